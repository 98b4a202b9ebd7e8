"""What players do: honest ones of every skill, and those who try to take more out than their luck.

Each is asked before every moment in which it may stake, and says what it stakes, and whether what comes is lost on
purpose. Those who stop where it does not pay know nearly all of what there is to know about themselves.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar, TypeVar

from betting.economy.world import Dice, Person
from games.engines.base import Choice, Market

T = TypeVar("T")
STAKES = tuple(Decimal(stake) for stake in (2, 5, 5, 10, 15, 25))


@dataclass(frozen=True)
class Offer:
    """A choice that may be staked on now, with the chance that the player believes in."""

    market: Market
    choice: Choice
    belief: float

    @property
    def worth(self) -> float:
        """What a unit staked brings back on average, as the player sees it."""
        assert self.choice.odds is not None
        return self.belief * float(self.choice.odds)


@dataclass(frozen=True)
class Decision:
    """A stake on an offer, or none; and whether what comes is lost on purpose, as far as nothing is staked on it."""

    offer: Offer | None = None
    stake: Decimal = Decimal(0)
    loses: bool = False


@dataclass
class Bot(ABC):
    """A player. `told` holds the questions whose answers it was told, `tells` is whom it tells all that it sees."""

    person: Person
    sessions_a_day: float
    only_quizzes: ClassVar[bool] = False
    from_day: ClassVar[int] = 0
    told: set[int] = field(default_factory=set)
    tells: "Bot | None" = None

    @abstractmethod
    def decide(self, offers: list[Offer], day: int, dice: Dice) -> Decision:
        """What it does now, having `offers`, on this day of the simulation (from 0)."""


class Honest(Bot):
    """Stakes now and then, on anything, and plays as well as it can."""

    def decide(self, offers: list[Offer], day: int, dice: Dice) -> Decision:
        if not offers or dice.random() > 0.5:
            return Decision()
        offer, wish = _one_of(offers, dice), _one_of(STAKES, dice)
        return Decision(offer, min(wish, offer.market.stake_max))


class Eager(Bot):
    """Stakes its most on one of whatever is offered, every time."""

    def decide(self, offers: list[Offer], day: int, dice: Dice) -> Decision:
        if not offers:
            return Decision()
        offer = _one_of(offers, dice)
        return Decision(offer, offer.market.stake_max)


class Memoriser(Eager):
    """Plays quizzes until it has seen every question, to be paid for those it knows by then."""

    only_quizzes = True


class Pair(Eager):
    """One of two who tell each other every answer that they see."""

    only_quizzes = True


class Sandbagger(Eager):
    """Loses on purpose at first, to be taken for worse than it is; then stakes its most and plays as well as it can."""

    throws_until = 15

    def decide(self, offers: list[Offer], day: int, dice: Dice) -> Decision:
        return Decision(loses=True) if day < self.throws_until else super().decide(offers, day, dice)


class Picker(Bot):
    """No cheat: plays as well as it can, and stakes its most where it thinks itself better than the odds say."""

    wanted = 1.03

    def decide(self, offers: list[Offer], day: int, dice: Dice) -> Decision:
        best = max(offers, key=lambda offer: offer.worth, default=None)
        if best is None or best.worth < self.wanted:
            return Decision()
        return Decision(best, best.market.stake_max)


class Thrower(Picker):
    """Stakes its most where that pays, and loses on purpose all else, for ever."""

    def decide(self, offers: list[Offer], day: int, dice: Dice) -> Decision:
        found = super().decide(offers, day, dice)
        return found if found.offer else Decision(loses=True)


class Told(Thrower):
    """Waits until a friend has seen the whole bank and told it all, then plays as a Thrower does."""

    only_quizzes = True
    from_day = 20


class Friend(Bot):
    """Plays quizzes as well as it can and much, never stakes, and tells all that it sees."""

    only_quizzes = True

    def decide(self, offers: list[Offer], day: int, dice: Dice) -> Decision:
        return Decision()


def _one_of(things: Sequence[T], dice: Dice) -> T:
    return things[int(dice.random() * len(things))]
