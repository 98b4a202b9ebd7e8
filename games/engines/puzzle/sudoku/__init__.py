"""Sudoku: a grid with one solution, as hard as the techniques it asks for, against a clock.

The server says of no single digit whether it is right. A full grid without a repeat is the solution, which
anyone can see; a partial one is answered by nothing, and a hint costs time.
"""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from games.engines import forms
from games.engines.base import Material, Several, Stakes, TooLate, Value, dice, move_form, parse, write_time
from games.engines.puzzle.solving import (
    Margin,
    Solving,
    SolvingConfig,
    SolvingState,
    StakesOrNone,
    check_within,
)
from games.engines.puzzle.sudoku.making import Grid, make
from games.engines.puzzle.sudoku.marks import BOXES
from games.engines.puzzle.sudoku.techniques import solve_by_hand
from quantix.errors import FieldError, Invalid, Refusal

#: Minutes in which half of those who play a level for the first time are through.
TYPICAL_MINUTES = {"easy": 7.0, "medium": 13.0, "hard": 20.0, "expert": 32.0}
SCORE_AT_TIME, SCORE_MIN = 0.1, 0.01
Difficulty = Literal["easy", "medium", "hard", "expert"]
Line = Annotated[int, Field(ge=1, le=9)]
Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{81}$")]


_GRID = {"type": "string", "pattern": "^[0-9]{81}$"}
_LINE = {"type": "integer", "minimum": 1, "maximum": 9}


class GridSolved(Refusal):
    code = "grid-solved"
    title = "This grid is solved already"


class Config(SolvingConfig):
    kind: Literal["sudoku"] = "sudoku"
    difficulty: Difficulty = Field(
        default="medium",
        description="By what it asks for: singles; pairs; triples and wings; more than these.",
    )
    seconds: int = Field(default=1800, ge=60, le=7200, description="For the whole session, in seconds.")
    hint_seconds: int = Field(default=60, ge=0, le=600, description="What a hint adds to the time taken.")
    stake_seconds: int = Field(
        default=60,
        ge=10,
        le=300,
        description="Staking ends so long after the start: the grid is on view by then.",
    )
    within: Several[int] = Field(
        default=(8, 12, 20), description="One may stake on solving within so many minutes."
    )
    margin: Margin = 0.05
    stakes: StakesOrNone = Field(default_factory=Stakes)

    @field_validator("within")
    @classmethod
    def _can_be_reached(cls, value: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        return check_within(value, info.data.get("seconds", 0) // 60, "minutes")


class Move(Value):
    """A digit into a cell (0 clears it), or a whole grid (0 for empty cells), or a hint, which may come with a grid."""

    row: Line | None = None
    column: Line | None = None
    digit: Annotated[int, Field(ge=0, le=9)] | None = None
    grid: Digits | None = None
    hint: bool | None = None


class State(SolvingState[Config]):
    given: str
    solution: str
    grid: str
    #: Cells that hints have filled, from 0, in order.
    hinted: tuple[int, ...] = ()
    has_begun: bool = False
    solved_at: datetime | None = None

    @property
    def stakes_close_at(self) -> datetime:
        return self.started_at + timedelta(seconds=min(self.config.stake_seconds, self.config.seconds))

    def is_fixed(self, cell: int) -> bool:
        return self.given[cell] != "0" or cell in self.hinted


class Sudoku(Solving[Config, State]):
    kind = "sudoku"
    config_type = Config
    state_type = State
    market_label = "Solve the grid"
    scripts = ("js/sudoku.js",)
    move_forms = (
        move_form(["row", "column", "digit"], row=_LINE, column=_LINE, digit=_LINE | {"minimum": 0}),
        move_form(["grid"], grid=_GRID, hint={"const": True}),
        move_form(["hint"], hint={"const": True}),
    )
    move_examples = {
        "Sudoku: put a digit (0 clears the cell)": {"row": 1, "column": 3, "digit": 4},
        "Sudoku: the whole grid, 0 for empty cells": {"grid": "534678912" + "0" * 72},
        "Sudoku: a hint, which costs time": {"hint": True},
    }
    view_form = forms.thing(
        "Sudoku",
        grid=_GRID,
        given=_GRID,
        hinted=forms.several(forms.thing("Cell", row=_LINE, column=_LINE)),
        hint_seconds=forms.COUNT,
        difficulty=forms.TEXT,
        seconds=forms.COUNT,
        deadline=forms.TIME,
    )

    def start(self, config: Config, seed: str, now: datetime, material: Material) -> State:
        grid = _grid(seed, config.difficulty)
        return State(
            **self.begun(config, seed, now, material),
            given=grid.given,
            solution=grid.solution,
            grid=grid.given,
        )

    def play(self, state: State, move: Mapping[str, Any], now: datetime) -> State:
        sent = parse(Move, move, strict=True)
        _check_form(sent)
        if self.is_over(state):
            raise GridSolved
        if now >= state.ends_at:
            raise TooLate
        if sent.digit is not None:
            state = _put_digit(state, sent)
        if sent.grid is not None:
            state = _put_grid(state, sent.grid)
        if sent.hint and state.grid != state.solution:
            state = _hint(state)
        solved_at = now if state.grid == state.solution else None
        return state.model_copy(update={"has_begun": True, "solved_at": solved_at})

    def view(self, state: State, now: datetime) -> dict[str, Any]:
        return {
            "grid": state.grid,
            "given": state.given,
            "hinted": [{"row": cell // 9 + 1, "column": cell % 9 + 1} for cell in state.hinted],
            "hint_seconds": state.config.hint_seconds,
            "difficulty": state.config.difficulty,
            "seconds": state.config.seconds,
            "deadline": write_time(state.ends_at),
        }

    def content(self, state: State) -> dict[str, Any]:
        return {"seed": state.seed, "given": state.given, "solution": state.solution}

    def share(self, state: State) -> list[str]:
        """The time, and a square for each box: all found, found with a hint, not found."""
        figure = "not solved"
        if state.solved_at:
            seconds = int((state.solved_at - state.started_at).total_seconds())
            figure = f"{state.config.difficulty}, {seconds // 60}:{seconds % 60:02d}"
        if state.hinted:
            figure += f", {len(state.hinted)} hint{'s' if len(state.hinted) > 1 else ''}"
        squares = [_square(state, [cell for cell in range(81) if box >> cell & 1]) for box in BOXES]
        return [figure, *("".join(squares[row : row + 3]) for row in (0, 3, 6))]

    def label(self, n: int) -> str:
        return f"Solved within {n} minute{'' if n == 1 else 's'}"

    def has_begun(self, state: State) -> bool:
        return state.has_begun

    def is_solved(self, state: State) -> bool:
        return state.solved_at is not None

    def is_over(self, state: State) -> bool:
        return state.solved_at is not None

    def spent(self, state: State) -> float:
        """Minutes to the solution; each hint has added its own."""
        assert state.solved_at is not None
        taken = (state.solved_at - state.started_at).total_seconds()
        return (taken + len(state.hinted) * state.config.hint_seconds) / 60

    def score(self, config: Config, spent: float) -> float:
        """1 at once, down to SCORE_AT_TIME at the end of the time; less, but above 0, with hints that lead past it."""
        return max(1 - (1 - SCORE_AT_TIME) * spent * 60 / config.seconds, SCORE_MIN)

    def prior(self, config: Config, n: int) -> float:
        """Log-logistic around the level's typical time; a few in a hundred do not get there at all."""
        return 0.95 / (1 + math.exp(-2.5 * math.log(n / TYPICAL_MINUTES[config.difficulty])))


@lru_cache(maxsize=16)
def _grid(seed: str, difficulty: str) -> Grid:
    """The grid of a seed; many start from that of the day."""
    return make(dice(seed, "grid"), difficulty)


_FORMS: tuple[set[str], ...] = ({"row", "column", "digit"}, {"grid"}, {"hint"}, {"grid", "hint"})


def _check_form(sent: Move) -> None:
    """Raise Invalid for a move of none of its forms."""
    given = {name for name, value in sent if value is not None}
    if given not in _FORMS or sent.hint is False:
        message = "A move is row, column and digit, or grid, or hint: true."
        raise Invalid(FieldError(min(_FORMS[0] - given, default="body"), "move-form", message))


def _put_digit(state: State, sent: Move) -> State:
    assert sent.row and sent.column and sent.digit is not None
    cell = 9 * (sent.row - 1) + sent.column - 1
    if state.is_fixed(cell):
        message = f"Row {sent.row}, column {sent.column} is fixed: it was given, or a hint has filled it."
        raise Invalid(FieldError("digit", "given-cell", message))
    return state.model_copy(update={"grid": _with(state.grid, cell, str(sent.digit))})


def _put_grid(state: State, grid: str) -> State:
    changed = [cell for cell in range(81) if state.is_fixed(cell) and grid[cell] != state.grid[cell]]
    if changed:
        row, column = changed[0] // 9 + 1, changed[0] % 9 + 1
        message = f"The grid changes row {row}, column {column}, which is fixed."
        raise Invalid(FieldError("grid", "given-cell", message))
    return state.model_copy(update={"grid": grid})


def _hint(state: State) -> State:
    """Fill the cell that is found next by hand; where none is empty, put a wrong one right."""
    order = solve_by_hand(state.given).order
    by_hand = (*order, *(cell for cell in range(81) if cell not in order))
    wrong = [cell for cell in by_hand if state.grid[cell] != state.solution[cell]]
    cell = next((cell for cell in wrong if state.grid[cell] == "0"), wrong[0])
    grid = _with(state.grid, cell, state.solution[cell])
    return state.model_copy(update={"grid": grid, "hinted": (*state.hinted, cell)})


def _square(state: State, cells: list[int]) -> str:
    if any(state.grid[cell] != state.solution[cell] for cell in cells):
        return "⬛"
    return "🟨" if any(cell in state.hinted for cell in cells) else "🟩"


def _with(grid: str, cell: int, digit: str) -> str:
    return grid[:cell] + digit + grid[cell + 1 :]
