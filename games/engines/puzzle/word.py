"""Word: a hidden word of five letters; each guess, a word itself, tells of its letters which are right and where."""

import math
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, ValidationInfo, field_validator

from games.engines import forms
from games.engines.base import Material, Several, Stakes, TooLate, Value, dice, move_form, parse, write_time
from games.engines.puzzle.codebreaker import NoGuessesLeft
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
from quantix.errors import FieldError, Invalid

LENGTH = 5
LISTS = Path(__file__).with_name("words")
Mark = Literal["hit", "near", "miss"]
Marks = tuple[Mark, ...]
_SQUARES: dict[Mark, str] = {"hit": "🟩", "near": "🟨", "miss": "⬛"}


@cache
def answers() -> tuple[str, ...]:
    """The common words that may be hidden, in order."""
    return tuple((LISTS / "answers.txt").read_text(encoding="ascii").split())


@cache
def guessable() -> frozenset[str]:
    """The words that may be guessed: many more, the answers among them."""
    return frozenset((LISTS / "guesses.txt").read_text(encoding="ascii").split())


class Config(SolvingConfig):
    kind: Literal["word"] = "word"
    guesses: int = Field(default=6, ge=1, le=12, description="Guesses a player has.")
    seconds: int = Field(default=600, ge=30, le=7200, description="For the whole session, in seconds.")
    within: Several[int] = Field(
        default=(3, 4, 5), description="One may stake on solving within so many guesses."
    )
    margin: Margin = 0.05
    stakes: StakesOrNone = Field(default_factory=Stakes)

    @field_validator("within")
    @classmethod
    def _can_be_reached(cls, value: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        return check_within(value, info.data.get("guesses", 0), "guesses")


class Move(Value):
    guess: str


class Guess(Value):
    guess: str
    marks: Marks


class State(SolvingState[Config]):
    word: str
    guesses: tuple[Guess, ...] = ()


class Word(Solving[Config, State]):
    kind = "word"
    config_type = Config
    state_type = State
    market_label = "Find the word"
    move_forms = (move_form(["guess"], guess={"type": "string"}),)
    move_examples = {"Word": {"guess": "crane"}}
    view_form = forms.thing(
        "Word",
        length=forms.COUNT,
        guesses=forms.several(
            forms.thing("Guess", guess=forms.TEXT, marks=forms.several({"enum": list(get_args(Mark))}))
        ),
        left=forms.COUNT,
        seconds=forms.COUNT,
        deadline=forms.TIME,
    )

    def start(self, config: Config, seed: str, now: datetime, material: Material) -> State:
        return State(**self.begun(config, seed, now, material), word=dice(seed, "word").choice(answers()))

    def play(self, state: State, move: Mapping[str, Any], now: datetime) -> State:
        sent = parse(Move, move, strict=True)
        if self.is_over(state):
            raise NoGuessesLeft
        if now >= state.ends_at:
            raise TooLate
        _check(sent.guess)
        guess = Guess(guess=sent.guess, marks=compare(sent.guess, state.word))
        return state.model_copy(update={"guesses": (*state.guesses, guess)})

    def view(self, state: State, now: datetime) -> dict[str, Any]:
        return {
            "length": LENGTH,
            "guesses": [guess.model_dump(mode="json") for guess in state.guesses],
            "left": state.config.guesses - len(state.guesses),
            "seconds": state.config.seconds,
            "deadline": write_time(state.ends_at),
        }

    def content(self, state: State) -> dict[str, Any]:
        return {"seed": state.seed, "word": state.word}

    def share(self, state: State) -> list[str]:
        lines = ["".join(_SQUARES[mark] for mark in guess.marks) for guess in state.guesses]
        return [guesses_figure(len(state.guesses), state.config.guesses, self.is_solved(state)), *lines]

    def label(self, n: int) -> str:
        return f"Found within {n} guesses"

    def has_begun(self, state: State) -> bool:
        return bool(state.guesses)

    def is_solved(self, state: State) -> bool:
        return bool(state.guesses) and state.guesses[-1].guess == state.word

    def is_over(self, state: State) -> bool:
        return self.is_solved(state) or len(state.guesses) == state.config.guesses

    def spent(self, state: State) -> int:
        return len(state.guesses)

    def score(self, config: Config, spent: float) -> float:
        return guesses_score(int(spent), config.guesses)

    def prior(self, config: Config, n: int) -> float:
        """Logistic around four guesses, which is what people need in the middle."""
        return 1 / (1 + math.exp(-1.2 * (n - 3.9)))


def compare(guess: str, word: str) -> Marks:
    """The marks of `guess`, letter by letter.

    `hit`: right letter, right place. `near`: the word has the letter elsewhere. A letter that comes more often in
    the guess than in the word is marked only as often as the word has it: hits first, then from the left.
    """
    spare = Counter(hidden for mine, hidden in zip(guess, word, strict=True) if mine != hidden)
    marks: list[Mark] = []
    for mine, hidden in zip(guess, word, strict=True):
        if mine == hidden:
            marks.append("hit")
        elif spare[mine]:
            spare[mine] -= 1
            marks.append("near")
        else:
            marks.append("miss")
    return tuple(marks)


def _check(guess: str) -> None:
    if len(guess) != LENGTH or not (guess.isascii() and guess.isalpha() and guess.islower()):
        raise Invalid(
            FieldError("guess", "guess-form", f"A guess is a word of {LENGTH} small letters, a to z.")
        )
    if guess not in guessable():
        raise Invalid(
            FieldError("guess", "unknown-word", f"“{guess}” is not in the list of words. Try another.")
        )
