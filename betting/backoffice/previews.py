"""What a decision would do to every wallet, as the pages of staff show it before it is confirmed."""

from collections.abc import Sequence

from accounts.backoffice import Panel, Preview
from betting.preview import ROWS_MAX, Considered, Decision, WalletChange, by_wallet
from quantix.db import in_one_transaction
from quantix.templatetags.ui import money_filter, signed_money

HEADINGS = [
    "player",
    "bets",
    "staked",
    "gets in all",
    "wallet",
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
        page=page,
        pages=_pages(decision),
    )


def _page_of(what: Considered, page: int) -> tuple[Decision, int]:
    """The decision with that page of its wallets, or with the first where there are fewer."""
    decision = in_one_transaction(lambda: by_wallet(what, first=(page - 1) * ROWS_MAX))
    if decision.wallets or page == 1:
        return decision, page
    return in_one_transaction(lambda: by_wallet(what)), 1


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
