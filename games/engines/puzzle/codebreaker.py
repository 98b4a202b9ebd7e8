"""Codebreaker: a hidden code; each guess answers how many symbols are exact and how many misplaced."""

import math
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from games.engines.base import (
    Engine,
    Market,
    Material,
    Outcome,
    Settings,
    Several,
    Stakes,
    TooLate,
    Value,
    dice,
    parse,
    write_time,
)
from games.engines.odds import skill_choices
from quantix.errors import FieldError, Invalid, Refusal

MARKET = "solve"


class NoGuessesLeft(Refusal):
    code = "no-guesses-left"
    title = "This code has no guesses left"


class Config(Settings):
    kind: Literal["codebreaker"] = "codebreaker"
    length: int = Field(default=4, ge=2, le=8, description="Symbols in the hidden code.")
    symbols: Several[str] = Field(
        default=("A", "B", "C", "D", "E", "F"),
        min_length=2,
        max_length=12,
        description="What a code is made of.",
    )
    guesses: int = Field(default=10, ge=1, le=20, description="Guesses a player has.")
    seconds: int = Field(default=900, ge=30, le=7200, description="For the whole session, in seconds.")
    within: Several[int] = Field(
        default=(5, 6, 7), description="One may stake on solving within so many guesses."
    )
    margin: float = Field(default=0.05, ge=0, le=0.5, description="The house's part of fair odds.")
    stakes: Stakes | None = Field(default_factory=Stakes, description="Stake limits; null: no stakes.")

    @field_validator("symbols")
    @classmethod
    def _are_distinct(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        visible = all(len(symbol) == 1 and symbol.isprintable() and symbol != " " for symbol in value)
        if len(set(value)) != len(value) or not visible:
            raise ValueError("Symbols are different single characters that can be seen.")
        return value

    @field_validator("within")
    @classmethod
    def _can_be_reached(cls, value: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        most = info.data.get("guesses", 0)
        if len(set(value)) != len(value) or any(not 1 <= n <= most for n in value):
            raise ValueError("Different numbers of guesses, each from 1 to what `guesses` gives.")
        return value


class Move(Value):
    guess: str


class Guess(Value):
    guess: str
    exact: int
    misplaced: int


class State(Value):
    config: Config
    seed: str
    code: str
    started_at: datetime
    chances: dict[str, float]
    stake_max: Decimal
    guesses: tuple[Guess, ...] = ()

    @property
    def ends_at(self) -> datetime:
        return self.started_at + timedelta(seconds=self.config.seconds)

    @property
    def is_solved(self) -> bool:
        return bool(self.guesses) and self.guesses[-1].guess == self.code

    @property
    def is_over(self) -> bool:
        return self.is_solved or len(self.guesses) == self.config.guesses


class Codebreaker(Engine[Config, State]):
    type = "puzzle"
    kind = "codebreaker"
    config_type = Config
    state_type = State

    def start(self, config: Config, seed: str, now: datetime, material: Material) -> State:
        code = "".join(dice(seed, "code").choices(config.symbols, k=config.length))
        return State(
            config=config,
            seed=seed,
            code=code,
            started_at=now,
            chances=dict(material.chances),
            stake_max=material.stake_max,
        )

    def play(self, state: State, move: Mapping[str, Any], now: datetime) -> State:
        sent = parse(Move, move, strict=True)
        if state.is_over:
            raise NoGuessesLeft
        if now >= state.ends_at:
            raise TooLate
        if len(sent.guess) != state.config.length or not set(sent.guess) <= set(state.config.symbols):
            message = f"A guess is {state.config.length} of the symbols {' '.join(state.config.symbols)}."
            raise Invalid(FieldError("guess", "guess-form", message))
        return state.model_copy(update={"guesses": (*state.guesses, compare(sent.guess, state.code))})

    def view(self, state: State, now: datetime) -> dict[str, Any]:
        return {
            "length": state.config.length,
            "symbols": list(state.config.symbols),
            "guesses": [guess.model_dump() for guess in state.guesses],
            "left": state.config.guesses - len(state.guesses),
            "seconds": state.config.seconds,
            "deadline": write_time(state.ends_at),
        }

    def outcome(self, state: State, now: datetime) -> Outcome | None:
        if not state.is_over and now < state.ends_at:
            return None
        score = self._score(state)
        return Outcome("win" if state.is_solved else "loss", score, "play" if state.is_over else "clock")

    def deadline(self, state: State) -> datetime | None:
        return state.ends_at

    def content(self, state: State) -> dict[str, Any]:
        return {"seed": state.seed, "code": state.code}

    def markets(self, state: State, now: datetime) -> list[Market]:
        stakes = state.config.stakes
        if stakes is None or state.stake_max < stakes.min or state.guesses or now >= state.ends_at:
            return []
        labels = {_within(n): f"Solved within {n} guesses" for n in sorted(state.config.within)}
        choices = skill_choices(state.chances, labels, state.config.margin)
        stake_max = min(stakes.max, state.stake_max)
        market = Market(MARKET, "Break the code", state.ends_at, choices, stakes.min, stake_max)
        return [market] if choices else []

    def all_choices(self, state: State) -> Collection[tuple[str, str]]:
        return {(MARKET, choice) for choice in self.priors(state.config)}

    def settle(self, state: State, market: str, choice: str) -> bool | None:
        return state.is_solved and len(state.guesses) <= int(choice.removeprefix("within-"))

    def priors(self, config: Config) -> dict[str, float]:
        return {_within(n): _prior(config, n) for n in config.within}

    def achieved(self, config: Config, name: str, score: float) -> bool:
        return score > 0 and score >= _score_of(config, int(name.removeprefix("within-"))) - 1e-9

    def _score(self, state: State) -> float:
        return _score_of(state.config, len(state.guesses)) if state.is_solved else 0.0


def compare(guess: str, code: str) -> Guess:
    """`exact`: the right symbol in its place; `misplaced`: the right symbol elsewhere, each counted once."""
    exact = sum(mine == hidden for mine, hidden in zip(guess, code, strict=True))
    common = (Counter(guess) & Counter(code)).total()
    return Guess(guess=guess, exact=exact, misplaced=common - exact)


def _within(n: int) -> str:
    return f"within-{n}"


def _score_of(config: Config, guesses: int) -> float:
    """1 for the first guess, down to 1/limit for the last."""
    return 1 - (guesses - 1) / config.guesses


def _prior(config: Config, n: int) -> float:
    """A rough chance that an unknown player breaks the code within n guesses: logistic around what its size asks.

    A guess brings a practised person about a factor of six; 6 symbols in 4 places are then solved in about six.
    """
    typical = math.log(len(config.symbols) ** config.length) / math.log(6) + 1.9
    return 1 / (1 + math.exp(-1.2 * (n - typical)))
