"""What a decision would do to every wallet, as the pages of staff show it before it is confirmed."""

from collections.abc import Sequence

from django.http import StreamingHttpResponse

from accounts.backoffice import Panel, Preview
from betting.preview import ROWS_MAX, Considered, Decision, WalletChange, by_wallet, every_wallet
from quantix.db import in_one_transaction
from quantix.tables import csv_file
from quantix.templatetags.ui import money_filter, signed_money

COLUMNS = ["user", "username", "bets", "stakes", "payout", "delta", "balance", "balance_after", "uncollected"]
HEADINGS = [
    "player",
    "bets",
    "staked",
    "gets in all",
    "moves now",
    "balance now",
    "balance after",
    "uncollected",
]


def of_wallets(
    what: Considered, *, page: int, facts: Sequence[tuple[str, object]], warnings: Sequence[str] = ()
) -> Preview:
    """The sums, and a page of the wallets, those that move most first."""
    decision, page = _page_of(what, page)
    return Preview(
        [*facts, *_sums(decision)],
        Panel(
            f"Every wallet: {decision.players:,}" if decision.players else "Wallets",
            HEADINGS,
            [_row(wallet) for wallet in decision.wallets],
            empty="Nobody has bet on it: no wallet changes.",
            figures=range(1, len(HEADINGS)),
        ),
        warnings=[*warnings, *_warnings(decision)],
        seal=decision.seal,
        deed=f"{signed_money(decision.moved)} to {decision.players:,} wallet{'' if decision.players == 1 else 's'}",
        page=page,
        pages=_pages(decision),
        has_file=bool(decision.players),
    )


def as_file(what: Considered) -> StreamingHttpResponse:
    """Every wallet, row by row as it is read: any number of them takes no more memory."""
    rows = ([getattr(wallet, name) for name in COLUMNS] for wallet in every_wallet(what))
    return StreamingHttpResponse(
        csv_file.write(COLUMNS, rows),
        content_type=csv_file.CONTENT_TYPE,
        headers={
            "Content-Disposition": f'attachment; filename="quantix-event-{what.game_id}-preview.csv"',
            "Cache-Control": "private, no-store",
        },
    )


def _page_of(what: Considered, page: int) -> tuple[Decision, int]:
    """The decision with that page of its wallets, or with the first where there are fewer."""
    decision = _page(what, page)
    return (decision, page) if decision.wallets or page == 1 else (_page(what, 1), 1)


def _page(what: Considered, page: int) -> Decision:
    return in_one_transaction(lambda: by_wallet(what, first=(page - 1) * ROWS_MAX, rows=ROWS_MAX))


def _pages(decision: Decision) -> int:
    return max(-(-decision.players // ROWS_MAX), 1)


def _row(wallet: WalletChange) -> list[object]:
    return [
        wallet.username,
        f"{wallet.bets:,}",
        money_filter(wallet.stakes),
        money_filter(wallet.payout),
        signed_money(wallet.delta),
        money_filter(wallet.balance),
        money_filter(wallet.balance_after),
        money_filter(wallet.uncollected) if wallet.uncollected else "–",
    ]


def _sums(decision: Decision) -> list[tuple[str, object]]:
    return [
        ("Players", f"{decision.players:,}"),
        ("Bets", f"{decision.bets:,}"),
        ("Stakes", money_filter(decision.stakes)),
        ("Winnings", money_filter(decision.payouts)),
        ("Stakes given back", money_filter(decision.returned)),
        ("House keeps", money_filter(decision.stakes - decision.payouts - decision.returned)),
        ("Moves to wallets now", signed_money(decision.moved)),
    ]


def _warnings(decision: Decision) -> list[str]:
    if not decision.uncollected:
        return []
    sum_ = money_filter(decision.uncollected)
    return [f"{sum_} cannot be taken back: it was spent. It is kept on the bets, and listed as uncollected."]
