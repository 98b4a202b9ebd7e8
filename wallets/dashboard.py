"""What the front page of the back-office draws of money: net figures, as postings made them (docs/ledger.md)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from accounts.backoffice import days_url
from accounts.roles import Can, may
from quantix.dashboard import MONEY, SHARE, Chart, Measure
from quantix.figures import Span
from wallets.figures import CATEGORIES
from wallets.models import Transaction

#: Hold is told of so many days: what is staked on one day is paid out on another.
HOLD_DAYS = 7


def stakes(span: Span) -> Decimal:
    return -span.added["money.bet"]


def payouts(span: Span) -> Decimal:
    return span.added["money.win"]


def ggr(span: Span) -> Decimal:
    """What the house has won: net stakes less net payouts."""
    return stakes(span) - payouts(span)


def hold(span: Span) -> Decimal | None:
    """The house's share of what was staked; None where nothing was."""
    return ggr(span) / stakes(span) if stakes(span) > 0 else None


def supply(figures: Mapping[str, Decimal]) -> Decimal:
    return sum((figures[f"money.{category}"] for category in CATEGORIES), Decimal(0))


def _rows(span: Span, *categories: str) -> str:
    if len(categories) == 1:
        return days_url(Transaction, span, category__exact=categories[0])
    return days_url(Transaction, span, category__in=",".join(categories))


def _moved(category: str, label: str, tone: str) -> Measure:
    """What a category has put into the wallets, less what it took."""
    return Measure(
        label, lambda span: span.added[f"money.{category}"], lambda span: _rows(span, category), tone
    )


STAKES = Measure("stakes", stakes, lambda span: _rows(span, "bet"))
PAYOUTS = Measure("payouts", payouts, lambda span: _rows(span, "win"))
GGR = Measure("GGR", ggr, lambda span: _rows(span, "bet", "win"))
HOLD = Measure("hold", hold, lambda span: _rows(span, "bet", "win"))
SUPPLY = Measure(
    "in all wallets",
    lambda span: supply(span.so_far),
    lambda span: days_url(Transaction, span, since_ever=True),
)
MOVED = [
    _moved("bonus", "bonuses, minted", "gain"),
    _moved("admin_adjustment", "adjustments, minted", "puzzle"),
    _moved("win", "winnings, paid back", "link"),
    _moved("bet", "stakes, burned", "prediction"),
]


def charts(user: Any) -> Sequence[Chart]:
    if not may(user, Can.READ_LEDGER):
        return ()
    return (
        Chart("Stakes", "Staked, less what was given back.", MONEY, [STAKES]),
        Chart("Payouts", "Won by players, less what was taken back.", MONEY, [PAYOUTS]),
        Chart("GGR", "What the house won: stakes less payouts.", MONEY, [GGR]),
        Chart(
            "Hold",
            "GGR / stakes, of 7 days up to each.",
            SHARE,
            [HOLD],
            days=HOLD_DAYS,
            is_line=True,
        ),
        Chart("Supply", "What each category put into the wallets.", MONEY, MOVED, SUPPLY, "in all wallets"),
    )
