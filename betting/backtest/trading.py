"""How bots trade on one event: what they stake, and what becomes of it; the same in memory and by the services."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

from betting.backtest.beliefs import OPTIONS, Belief, Bot, Known, Match
from games.engines import ENGINES
from games.engines.prediction import pool
from games.engines.prediction.event import Deal
from games.engines.prediction.rounding import largest_remainder
from quantix.money import CENT, round_down

MECHANISMS = ("fixed", "pool", "lmsr")
MARGIN = Decimal("0.05")
#: What a bot stakes at most and at least, and how much better than fair a bet has to look to it.
STAKES = tuple(Decimal(stake) for stake in ("20.00", "5.00", "1.00"))
EDGE = 1.03
#: One position in so many is sold again before the close, where it can be.
SOLD_ONE_IN = 6


def configuration(mechanism: str, known: Known) -> dict[str, Any]:
    """An event on a match as staff would set it up, who know nothing but the base rate."""
    match = known.match
    options = [{"id": option, "label": label_of(match, option)} for option in OPTIONS]
    common = {
        "mechanism": mechanism,
        "options": options,
        "opens_at": (match.at - timedelta(days=1)).isoformat(),
        "closes_at": match.at.isoformat(),
        "criteria": "The score after the match, as openfootball has it.",
        "category": "football",
        "stakes": {"min": "1.00", "max": "100.00"},
    }
    if mechanism == "fixed":
        for option in options:
            option["odds"] = str(odds_of(known.base[option["id"]]))
        return common | {"liability_cap": "200.00"}
    return common | ({"b": "50.00"} if mechanism == "lmsr" else {})


def label_of(match: Match, option: str) -> str:
    return {"home": match.home, "draw": "A draw", "away": match.away}[option]


def odds_of(chance: float) -> Decimal:
    """Odds with the house's margin: (1 - MARGIN) / chance, two decimals, rounded down, above 1."""
    return max(Decimal("1.01"), round_down((1 - MARGIN) / Decimal(chance)))


@dataclass
class Position:
    """A bet of a bot's. `payout` once it is known; money."""

    bot: Bot
    option: str
    stake: Decimal
    deal: Deal
    payout: Decimal | None = None
    key: Any = None


class Floor(Protocol):
    """Where bets are placed: in memory, or by the services on a database."""

    engine: Any
    state: Any

    def place(self, bot: Bot, option: str, stake: Decimal) -> Position: ...

    def sell(self, position: Position) -> None: ...


@dataclass
class Memory:
    """An event without a database: the engine's own values, and the bets in a list."""

    engine: Any
    state: Any
    positions: list[Position] = field(default_factory=list)

    @classmethod
    def open(cls, mechanism: str, known: Known) -> "Memory":
        engine: Any = ENGINES["prediction", mechanism]
        config = engine.load_config(engine.clean_config(configuration(mechanism, known)))
        return cls(engine, engine.state_type(config=config))

    def place(self, bot: Bot, option: str, stake: Decimal) -> Position:
        deal = self.engine.deal(self.state, option, stake)
        self.state = self.state.plus(option, deal.added)
        self.positions.append(Position(bot, option, stake, deal))
        return self.positions[-1]

    def sell(self, position: Position) -> None:
        position.payout = self.engine.worth(self.state, position.option, position.deal.shares)
        self.state = self.state.plus(position.option, -position.deal.added)

    def settle(self, result: str) -> None:
        """Pay what each open position is due, by the rules that the services settle by."""
        open_ones = [position for position in self.positions if position.payout is None]
        dues = self._pool_dues(open_ones, result) if self.engine.kind == "pool" else None
        for place, position in enumerate(open_ones):
            if dues is not None:
                position.payout = dues[place]
            else:
                position.payout = (
                    round_down(position.deal.payout) if position.option == result else Decimal("0.00")
                )

    def _pool_dues(self, positions: Sequence[Position], result: str) -> list[Decimal]:
        stakes = {option: int(self.state.book(option).stakes * 100) for option in OPTIONS}
        found = pool.split(stakes, {result: Decimal(1)})
        if found is None:
            return [position.stake for position in positions]
        exact = {
            place: Fraction(
                int(position.stake * 100) * found.rates.get(position.option, 0), found.denominator
            )
            for place, position in enumerate(positions)
        }
        return [cents * CENT for cents in largest_remainder(exact).values()]


def trade(floor: Floor, known: Known, bots: Sequence[Bot], chance: random.Random) -> None:
    """One round of bets, in an order drawn by `chance`; some positions are sold before the close."""
    for bot in chance.sample(bots, len(bots)):
        wanted = _wish(floor, bot, bot.belief(known, chance), known, chance)
        if wanted is None:
            continue
        position = floor.place(bot, *wanted)
        if (
            floor.engine.is_sellable
            and chance.randrange(SOLD_ONE_IN) == 0
            and _is_worth_selling(floor, position)
        ):
            floor.sell(position)


def _is_worth_selling(floor: Floor, position: Position) -> bool:
    """One cent is the least that can be credited."""
    worth: Decimal = floor.engine.worth(floor.state, position.option, position.deal.shares)
    return worth >= CENT


def _wish(
    floor: Floor, bot: Bot, belief: Belief, known: Known, chance: random.Random
) -> tuple[str, Decimal] | None:
    """(option, stake) that looks best to the bot: the largest stake that is still worth it; None: no bet."""
    offered = [option for option in OPTIONS if option in floor.engine.offered(floor.state)]
    if bot.noise is None:
        possible = [option for option in offered if _fits(floor, option, STAKES[1])]
        return (chance.choice(possible), STAKES[1]) if possible else None
    for stake in STAKES:
        worths = {option: _worth(floor, option, stake, belief, known) for option in offered}
        best = max(worths, key=worths.__getitem__, default=None)
        if best is not None and worths[best] >= EDGE:
            return best, stake
    return None


def _worth(floor: Floor, option: str, stake: Decimal, belief: Belief, known: Known) -> float:
    """What a unit of the stake is expected to bring back."""
    if not _fits(floor, option, stake):
        return 0.0
    if floor.engine.kind == "pool" and not floor.engine.chances(floor.state):
        # Nobody has bet: the base rate is what others are expected to bet by.
        return belief[option] / known.base[option]
    return belief[option] * float(floor.engine.deal(floor.state, option, stake).odds)


def _fits(floor: Floor, option: str, stake: Decimal) -> bool:
    """Whether the book has room for it."""
    cap = floor.engine.cap(floor.state.config)
    deal = floor.engine.deal(floor.state, option, stake)
    return cap is None or (floor.state.book(option) + deal.added).liability <= cap
