"""What puzzles have in common: one thing to find, against a clock, and stakes on finding it soon."""

from abc import abstractmethod
from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import Field

from games.engines.base import Engine, Market, Material, Outcome, Settings, Several, Stakes, Value
from games.engines.odds import skill_choices

MARKET = "solve"


#: The house's part of fair odds.
Margin = Annotated[float, Field(ge=0, le=0.5, description="The house's part of fair odds.")]
#: Stake limits, or None for no stakes.
StakesOrNone = Annotated[Stakes | None, Field(description="Stake limits; null: no stakes.")]


class SolvingConfig(Settings):
    """What the configuration of every puzzle holds; each kind declares these fields in the order of its form."""

    if TYPE_CHECKING:
        seconds: int
        within: Several[int]
        margin: Margin
        stakes: StakesOrNone


def check_within(value: tuple[int, ...], most: int, unit: str) -> tuple[int, ...]:
    """`value`, if it is different whole numbers from 1 to `most`."""
    if len(set(value)) != len(value) or any(not 1 <= n <= most for n in value):
        raise ValueError(f"Different numbers of {unit}, each from 1 to {most}.")
    return value


C = TypeVar("C", bound=SolvingConfig)


class SolvingState(Value, Generic[C]):
    """Of every puzzle; a kind adds what was drawn, and the play."""

    config: C
    seed: str
    started_at: datetime
    chances: dict[str, float]
    stake_max: Decimal

    @property
    def ends_at(self) -> datetime:
        return self.started_at + timedelta(seconds=self.config.seconds)

    @property
    def stakes_close_at(self) -> datetime:
        """When staking ends although no move has come."""
        return self.ends_at


S = TypeVar("S", bound=SolvingState[Any])


class Solving(Engine[C, S]):
    """A puzzle: solved it is won, and one may stake on solving it within so much of what is `spent` on it."""

    type = "puzzle"
    market_label: ClassVar[str]

    @abstractmethod
    def label(self, n: int) -> str:
        """What solving within `n` is called."""

    @abstractmethod
    def has_begun(self, state: S) -> bool:
        """Whether a move was made: stakes are closed then."""

    @abstractmethod
    def is_solved(self, state: S) -> bool: ...

    @abstractmethod
    def is_over(self, state: S) -> bool:
        """Whether play has ended it, one way or the other."""

    @abstractmethod
    def spent(self, state: S) -> float:
        """What a solved puzzle has taken, in the unit of `within`: guesses, or minutes."""

    @abstractmethod
    def score(self, config: C, spent: float) -> float:
        """The score of having solved it with so much: the less, the higher; above 0."""

    @abstractmethod
    def prior(self, config: C, n: int) -> float:
        """A rough chance that an unknown player solves it within `n`."""

    # What follows is the same for all.

    def begun(self, config: C, seed: str, now: datetime, material: Material) -> dict[str, Any]:
        """The fields of a new state that every puzzle has."""
        return {
            "config": config,
            "seed": seed,
            "started_at": now,
            "chances": dict(material.chances),
            "stake_max": material.stake_max,
        }

    def outcome(self, state: S, now: datetime) -> Outcome | None:
        is_over = self.is_over(state)
        if not is_over and now < state.ends_at:
            return None
        ended_by: Literal["play", "clock"] = "play" if is_over else "clock"
        if not self.is_solved(state):
            return Outcome("loss", 0.0, ended_by)
        return Outcome("win", self.score(state.config, self.spent(state)), ended_by)

    def deadline(self, state: S) -> datetime | None:
        return state.ends_at

    def markets(self, state: S, now: datetime) -> list[Market]:
        stakes, closes_at = state.config.stakes, state.stakes_close_at
        if stakes is None or state.stake_max < stakes.min or self.has_begun(state) or now >= closes_at:
            return []
        labels = {_within(n): self.label(n) for n in sorted(state.config.within)}
        choices = skill_choices(state.chances, labels, state.config.margin)
        market = Market(
            MARKET, self.market_label, closes_at, choices, stakes.min, min(stakes.max, state.stake_max)
        )
        return [market] if choices else []

    def all_choices(self, state: S) -> Collection[tuple[str, str]]:
        return {(MARKET, choice) for choice in self.priors(state.config)}

    def settle(self, state: S, market: str, choice: str) -> bool | None:
        return self.is_solved(state) and self.spent(state) <= _number(choice)

    def priors(self, config: C) -> dict[str, float]:
        return {_within(n): self.prior(config, n) for n in config.within}

    def achieved(self, config: C, name: str, score: float) -> bool:
        return score > 0 and score >= self.score(config, _number(name)) - 1e-9


def guesses_figure(guesses: int, most: int, is_solved: bool) -> str:
    """Such as 4/6; X/6 for who did not get there."""
    return f"{guesses if is_solved else 'X'}/{most}"


def guesses_score(guesses: int, most: int) -> float:
    """1 for the first guess, down to 1/most for the last."""
    return 1 - (guesses - 1) / most


def _within(n: int) -> str:
    return f"within-{n}"


def _number(choice: str) -> int:
    return int(choice.removeprefix("within-"))
