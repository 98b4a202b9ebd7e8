"""What all the trading came to, by mechanism: forecasts, the house's result, and the bots' return."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from betting.backtest.beliefs import OPTIONS, Bot, Known
from betting.backtest.measures import Forecasts
from betting.backtest.trading import MECHANISMS, Memory, Position, trade


@dataclass
class Return:
    """What one quality of bots staked and got back; money."""

    bets: int = 0
    staked: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)

    @property
    def rate(self) -> Decimal:
        return (self.paid - self.staked) / self.staked if self.staked else Decimal(0)

    def add(self, position: Position) -> None:
        assert position.payout is not None, "all is settled"
        self.bets += 1
        self.staked += position.stake
        self.paid += position.payout


@dataclass
class Tally:
    """One mechanism. `worst` is the house's worst event, `bound` what it could have lost there at most."""

    events: int = 0
    sold: int = 0
    closing: Forecasts = field(default_factory=Forecasts)
    returns: dict[str, Return] = field(default_factory=dict)
    worst: Decimal = Decimal(0)
    bound: Decimal = Decimal(0)
    broken: int = 0

    @property
    def all(self) -> Return:
        every = self.returns.values()
        return Return(
            sum(found.bets for found in every),
            sum((found.staked for found in every), Decimal(0)),
            sum((found.paid for found in every), Decimal(0)),
        )

    @property
    def house(self) -> Decimal:
        return self.all.staked - self.all.paid

    def add(self, floor: Memory, known: Known) -> None:
        self.events += 1
        chances = floor.engine.chances(floor.state)
        if chances:
            self.closing.add({option: float(chances[option]) for option in OPTIONS}, known.match.result)
        for position in floor.positions:
            self.returns.setdefault(position.bot.quality, Return()).add(position)
        house = sum((p.stake - (p.payout or 0) for p in floor.positions), Decimal(0))
        bound = bound_of(floor)
        self.broken += house < -bound
        if house < self.worst:
            self.worst, self.bound = house, bound


def bound_of(floor: Memory) -> Decimal:
    """What the house can lose on the event at most: known beforehand, or at fixed odds what the books allow."""
    known: Decimal | None = floor.engine.loss_max(floor.state)
    if known is not None:
        return known
    total: Decimal = floor.engine.total(floor.state)
    books: list[Decimal] = [floor.state.book(option).liability for option in OPTIONS]
    return max(Decimal(0), max(books) - total)


@dataclass
class Result:
    """All mechanisms, and beside them what the base rate and the ratings alone would have said."""

    matches: int = 0
    base: Forecasts = field(default_factory=Forecasts)
    rated: Forecasts = field(default_factory=Forecasts)
    tallies: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in MECHANISMS})


def dice_of(seed: int, known: Known, mechanism: str) -> Random:
    """The chance that is in one event, the same wherever it is traded."""
    return Random(f"{seed}:{known.match.name}:{mechanism}")


def in_memory(known: Sequence[Known], bots: Sequence[Bot], seed: int, say: Callable[[int], None]) -> Result:
    """Trade on every match in every mechanism by the engines alone. `say` is told how many matches are done."""
    result = Result()
    for one in known:
        result.matches += 1
        result.base.add(one.base, one.match.result)
        result.rated.add(one.rated, one.match.result)
        for mechanism, tally in result.tallies.items():
            tally.add(settled(mechanism, one, bots, seed), one)
        say(result.matches)
    return result


def settled(mechanism: str, known: Known, bots: Sequence[Bot], seed: int) -> Memory:
    """One event, traded and settled in memory."""
    floor = Memory.open(mechanism, known)
    trade(floor, known, bots, dice_of(seed, known, mechanism))
    floor.settle(known.match.result)
    return floor
