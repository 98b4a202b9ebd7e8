"""Codebreaker: a hidden code; each guess answers how many symbols are exact and how many misplaced."""

import math
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from games.engines import forms
from games.engines.base import Material, Several, Stakes, TooLate, Value, dice, move_form, parse, write_time
from games.engines.puzzle.solving import (
    Margin,
    Solving,
    SolvingConfig,
    SolvingState,
    StakesOrNone,
    check_within,
    guesses_figure,
    guesses_score,
)
from quantix.errors import FieldError, Invalid, Refusal


class NoGuessesLeft(Refusal):
    code = "no-guesses-left"
    title = "This session has no guesses left"


class Config(SolvingConfig):
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
    margin: Margin = 0.05
    stakes: StakesOrNone = Field(default_factory=Stakes)

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
        return check_within(value, info.data.get("guesses", 0), "guesses")


class Move(Value):
    guess: str


class Guess(Value):
    guess: str
    exact: int
    misplaced: int


class State(SolvingState[Config]):
    code: str
    guesses: tuple[Guess, ...] = ()


class Codebreaker(Solving[Config, State]):
    kind = "codebreaker"
    config_type = Config
    state_type = State
    market_label = "Break the code"
    move_forms = (move_form(["guess"], guess={"type": "string"}),)
    move_examples = {"Codebreaker": {"guess": "ABCD"}}
    view_form = forms.thing(
        "Codebreaker",
        length=forms.COUNT,
        symbols=forms.several(forms.TEXT),
        guesses=forms.several(
            forms.thing("Guess", guess=forms.TEXT, exact=forms.COUNT, misplaced=forms.COUNT)
        ),
        left=forms.COUNT,
        seconds=forms.COUNT,
        deadline=forms.TIME,
    )

    def start(self, config: Config, seed: str, now: datetime, material: Material) -> State:
        code = "".join(dice(seed, "code").choices(config.symbols, k=config.length))
        return State(**self.begun(config, seed, now, material), code=code)

    def play(self, state: State, move: Mapping[str, Any], now: datetime) -> State:
        sent = parse(Move, move, strict=True)
        if self.is_over(state):
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

    def content(self, state: State) -> dict[str, Any]:
        return {"seed": state.seed, "code": state.code}

    def share(self, state: State) -> list[str]:
        lines = [
            "⚫" * guess.exact
            + "⚪" * guess.misplaced
            + "➖" * (state.config.length - guess.exact - guess.misplaced)
            for guess in state.guesses
        ]
        return [guesses_figure(len(state.guesses), state.config.guesses, self.is_solved(state)), *lines]

    def label(self, n: int) -> str:
        return f"Solved within {n} guesses"

    def has_begun(self, state: State) -> bool:
        return bool(state.guesses)

    def is_solved(self, state: State) -> bool:
        return bool(state.guesses) and state.guesses[-1].guess == state.code

    def is_over(self, state: State) -> bool:
        return self.is_solved(state) or len(state.guesses) == state.config.guesses

    def spent(self, state: State) -> int:
        return len(state.guesses)

    def score(self, config: Config, spent: float) -> float:
        return guesses_score(int(spent), config.guesses)

    def prior(self, config: Config, n: int) -> float:
        """Logistic around what the code's size asks.

        A guess brings a practised person about a factor of six; 6 symbols in 4 places are then solved in about six.
        """
        typical = math.log(len(config.symbols) ** config.length) / math.log(6) + 1.9
        return 1 / (1 + math.exp(-1.2 * (n - typical)))


def compare(guess: str, code: str) -> Guess:
    """`exact`: the right symbol in its place; `misplaced`: the right symbol elsewhere, each counted once."""
    exact = sum(mine == hidden for mine, hidden in zip(guess, code, strict=True))
    common = (Counter(guess) & Counter(code)).total()
    return Guess(guess=guess, exact=exact, misplaced=common - exact)
