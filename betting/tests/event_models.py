"""Events in plain Python, for the state machine: what each mechanism owes its bets, worked out from the rules alone.

Nothing here calls the code that is tested. Whole numbers and fractions where the rules are exact; the market
maker's cost by its definition, in long decimals.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from typing import Any, ClassVar

OPTIONS = ("yes", "no", "tie")
CENT = Decimal("0.01")
#: The last decimal of a share.
SLIVER = Decimal("0.000001")
#: A price that is nearer to 0 or 1 takes no stakes.
STEP = Decimal("0.0001")


def cents_down(exact: Fraction) -> Decimal:
    """Rounded down to the cent, in whole numbers."""
    cents = exact * 100
    return Decimal(cents.numerator // cents.denominator) / 100


@dataclass
class MBet:
    """A bet in the model. `posted`: what settling has moved, per category; `owed`: what it could not take back."""

    id: int
    player: int
    choice: str
    stake: Decimal
    odds: Decimal
    placed_at: datetime
    shares: Decimal | None = None
    sold_at: datetime | None = None
    sold: Decimal = Decimal(0)
    is_voided: bool = False
    outcome: str | None = None
    payout: Decimal | None = None
    owed: Decimal = Decimal(0)
    posted: dict[str, Decimal] = field(default_factory=lambda: {"bet": Decimal(0), "win": Decimal(0)})

    def winnings(self, share: Fraction) -> Decimal:
        """At fixed odds."""
        return cents_down(Fraction(self.stake) * Fraction(self.odds) * share)

    def sell(self, worth: Decimal, at: datetime) -> None:
        self.outcome, self.payout = "cashed_out", worth
        self.sold, self.sold_at, self.posted["win"] = worth, at, worth

    @property
    def gain_if_void(self) -> Decimal:
        """What voiding it would bring its wallet."""
        return self.stake - self.posted["bet"] - self.posted["win"]

    def void(self) -> None:
        """For good."""
        self.is_voided, self.outcome, self.payout, self.owed = True, "void", self.stake, Decimal(0)
        self.posted = {"bet": self.stake, "win": Decimal(0)}

    @property
    def told(self) -> tuple[str | None, Decimal | None, bool | None, Decimal]:
        """(outcome, payout, is_successful, uncollected)."""
        if self.outcome is None:
            return None, None, None, Decimal(0)
        assert self.payout is not None
        is_dearer = self.outcome == "cashed_out" and self.payout > self.stake
        return self.outcome, self.payout, self.outcome == "win" or is_dearer, self.owed


@dataclass
class MEvent(ABC):
    """`decision`: the status, the result, and when it was known. `unsettled`: whose bets it has still to settle."""

    kind: ClassVar[str]
    config: ClassVar[dict[str, Any]] = {}
    bets: list[MBet] = field(default_factory=list)
    decision: tuple[str, dict[str, str] | None, datetime | None] | None = None
    unsettled: list[int] = field(default_factory=list)

    @property
    def players(self) -> list[int]:
        """In the order in which they joined, which is that of their sessions."""
        return list(dict.fromkeys(bet.player for bet in self.bets))

    @abstractmethod
    def due(self, bet: MBet) -> Decimal | None:
        """What a bet that stands is paid by the result; None where the stake goes back."""

    def takes(self, option: str) -> bool:
        """Whether a stake on the option is taken while the event is open."""
        return True

    def check(self, bet: MBet) -> None:
        """The new bet has got what it should have."""
        assert bet.shares is None

    def worth(self, bet: MBet) -> Decimal:
        """What selling the open bet brings: nothing where bets stand until the end."""
        return Decimal(0)

    def void(self, bet: MBet) -> None:
        """Void one bet."""
        bet.void()

    def weight(self, option: str) -> Fraction:
        """How much of the truth the option turned out to be."""
        assert self.decision is not None
        return Fraction((self.decision[1] or {}).get(option, "0"))

    def is_late(self, moment: datetime) -> bool:
        """Whether the outcome was known at that moment."""
        assert self.decision is not None
        known_at = self.decision[2]
        return known_at is not None and moment >= known_at

    def is_void(self, bet: MBet) -> bool:
        assert self.decision is not None
        return bet.is_voided or self.decision[0] == "voided" or self.is_late(bet.placed_at)

    def fate(self, bet: MBet) -> tuple[str, Decimal]:
        """(outcome, payout)."""
        if self.is_void(bet):
            return "void", bet.stake
        if bet.sold_at is not None and not self.is_late(bet.sold_at):
            return "cashed_out", bet.sold
        due = self.due(bet)
        if due is None:
            return "void", bet.stake
        return ("win" if due else "loss"), due

    def settle(self, count: int, balances: dict[int, Decimal]) -> None:
        """Settle the next so many players into `balances`."""
        for player in self.unsettled[:count]:
            self._settle_player(player, balances)
        del self.unsettled[:count]

    def _settle_player(self, player: int, balances: dict[int, Decimal]) -> None:
        """Credits first; then what must come back, by bet, as far as the wallet goes."""
        debts = []
        for bet, category, wanted in self._wanted(player):
            if wanted >= 0:
                balances[player] += wanted
                bet.posted[category] += wanted
            else:
                debts.append((bet, category, -wanted))
        for bet, category, owed in debts:
            given = min(owed, balances[player])
            balances[player] -= given
            bet.posted[category] -= given
            bet.owed += owed - given

    def _wanted(self, player: int) -> Iterator[tuple[MBet, str, Decimal]]:
        """What has still to move for each of the player's bets, which are settled by it."""
        for bet in self.bets:
            if bet.player == player:
                bet.outcome, bet.payout = self.fate(bet)
                bet.owed = Decimal(0)
                for category, is_its in (("bet", bet.outcome == "void"), ("win", bet.outcome != "void")):
                    yield bet, category, (bet.payout if is_its else Decimal(0)) - bet.posted[category]


class Fixed(MEvent):
    kind = "fixed"
    ODDS: ClassVar = {"yes": "3.3333", "no": "1.07", "tie": "5"}

    def due(self, bet: MBet) -> Decimal:
        return bet.winnings(self.weight(bet.choice))

    def check(self, bet: MBet) -> None:
        assert bet.odds == Decimal(self.ODDS[bet.choice])


class Pool(MEvent):
    kind = "pool"

    def due(self, bet: MBet) -> Decimal | None:
        """The bet's part, the cents that rounding leaves over going by remainder, then by id."""
        exact = self._exact([other for other in self.bets if not self.is_void(other)])
        if not exact:
            return None
        cents = {number: quota.numerator // quota.denominator for number, quota in exact.items()}
        left = int(sum(exact.values())) - sum(cents.values())
        in_order = sorted(exact, key=lambda number: (cents[number] - exact[number], number))
        return Decimal(cents[bet.id] + (bet.id in in_order[:left])) / 100

    def _exact(self, live: list[MBet]) -> dict[int, Fraction]:
        """Bet to cents, as fractions that add up to the pool; empty where all goes back."""
        stakes: dict[str, Fraction] = {}
        for bet in live:
            stakes[bet.choice] = stakes.get(bet.choice, Fraction(0)) + Fraction(bet.stake)
        weight = sum(self.weight(option) for option in stakes)
        if len(stakes) < 2 or not weight:
            return {}
        for_one = sum(stakes.values()) / weight * 100
        return {
            bet.id: for_one * self.weight(bet.choice) * Fraction(bet.stake) / stakes[bet.choice]
            for bet in live
        }

    def void(self, bet: MBet) -> None:
        """What the others share is another sum now."""
        super().void(bet)
        if self.decision:
            self.unsettled = self.players


class MarketMaker(MEvent):
    kind = "lmsr"
    B: ClassVar = Decimal("20.00")
    config: ClassVar = {"b": str(B)}

    def due(self, bet: MBet) -> Decimal:
        assert bet.shares is not None
        return cents_down(Fraction(bet.shares) * self.weight(bet.choice))

    def takes(self, option: str) -> bool:
        with localcontext(Context(prec=50)):
            each = {name: (shares / self.B).exp() for name, shares in self._out().items()}
            return STEP <= each[option] / sum(each.values()) <= 1 - STEP

    def check(self, bet: MBet) -> None:
        """Its shares cost no more than the stake, and a sliver of a share more would have."""
        assert bet.shares is not None
        out, held = self._out(), bet.shares
        assert self._cost(out, bet.choice, held) <= bet.stake < self._cost(out, bet.choice, held + SLIVER)

    def worth(self, bet: MBet) -> Decimal:
        assert bet.shares is not None
        return cents_down(Fraction(-self._cost(self._out(), bet.choice, -bet.shares)))

    def _out(self) -> dict[str, Decimal]:
        """Option to the shares that are out."""
        out = dict.fromkeys(OPTIONS, Decimal(0))
        for bet in self.bets:
            if bet.outcome is None:
                assert bet.shares is not None
                out[bet.choice] += bet.shares
        return out

    def _cost(self, out: dict[str, Decimal], option: str, shares: Decimal) -> Decimal:
        """C(q + shares of the option) - C(q), with C(q) = b ln(sum of exp(q / b))."""
        with localcontext(Context(prec=50)):
            before = sum((q / self.B).exp() for q in out.values())
            moved = {**out, option: out[option] + shares}
            after = sum((q / self.B).exp() for q in moved.values())
            return self.B * (Decimal(after) / Decimal(before)).ln()


MECHANISMS: tuple[type[MEvent], ...] = (Fixed, Pool, MarketMaker)
