"""What the templates of games need beyond the tags of the site."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import template
from django.utils.dateparse import parse_datetime

from games.models import Game

register = template.Library()
# The clock of a view is text (it goes out as JSON); clocks in pages want a moment.
register.filter("moment", parse_datetime)


@register.filter
def template_of(game: Game, part: str) -> list[str]:
    """The template of a kind of game: the play itself, or its `_clock`, `_fact`, `_result`, `_rules`.

    A kind that has none of its own takes its type's.
    """
    return [f"games/play/{name}{part}.html" for name in (game.engine.kind, game.type) if name]


@register.filter
def score_percent(score: float) -> str:
    """A score as a percentage, rounded down to a tenth: one that misses the pass mark does not look as if it met it."""
    tenths = math.floor(Decimal(str(score)) * 1000 + Decimal("1e-6"))
    return f"{tenths // 10}%" if tenths % 10 == 0 else f"{tenths / 10:.1f}%"


@register.filter
def best_odds(game: Game) -> Decimal | None:
    """The highest odds on offer in a game's configuration; None where odds follow the player, or move."""
    options = game.metadata.get("options", [])
    return max((Decimal(option["odds"]) for option in options if "odds" in option), default=None)


@register.filter
def answer_words(answered: Mapping[str, Any], of: str) -> str:
    """What `answered[of]` (`answer` or `right_answer`) says, in the words of its options."""
    words = {option["id"]: option["text"] for option in answered["options"]}
    given = answered[of]
    ids = given if isinstance(given, list | tuple) else [given]
    return " + ".join(words.get(id, str(id)) for id in ids) or "nothing"


@register.filter
def posted(form: Mapping[str, Any], field: str) -> str:
    """What a form was sent with in a field whose name no template can spell (`guess:lower`)."""
    return str(form.get(field, ""))


# Word.

_MARK_WORDS = {"hit": "in its place", "near": "elsewhere in the word", "miss": "not in the word"}
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BETTER = ("miss", "near", "hit")


@register.filter
def mark_words(mark: str) -> str:
    return _MARK_WORDS[mark]


@register.filter
def letters(guess: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The letters of a guess, each with its mark."""
    return list(zip(guess["guess"], guess["marks"], strict=True))


@register.filter
def letter_pad(guesses: Sequence[Mapping[str, Any]]) -> list[list[tuple[str, str]]]:
    """A keyboard's rows: each letter with the best that its guesses have told of it; nothing: not guessed yet."""
    best: dict[str, str] = {}
    for letter, mark in (told for guess in guesses for told in letters(guess)):
        if letter not in best or _BETTER.index(mark) > _BETTER.index(best[letter]):
            best[letter] = mark
    return [[(letter, best.get(letter, "")) for letter in row] for row in _KEYS]


# Sudoku.


@dataclass(frozen=True)
class Cell:
    """A cell as it is drawn: `was` is what the player had in it, where the end shows something else."""

    row: int
    column: int
    digit: str
    was: str
    is_given: bool
    is_hinted: bool
    is_clash: bool

    @property
    def is_fixed(self) -> bool:
        return self.is_given or self.is_hinted

    @property
    def is_missed(self) -> bool:
        return not self.was and bool(self.digit)

    @property
    def is_wrong(self) -> bool:
        return bool(self.was) and self.was != self.digit


@register.filter
def sudoku_left(view: Mapping[str, Any]) -> int:
    """How many cells are empty."""
    return int(view["grid"].count("0"))


@register.filter
def sudoku_cells(view: Mapping[str, Any], content: Mapping[str, Any] | None) -> list[Cell]:
    """The cells row by row; with `content`, which is known after the end, filled in with the solution."""
    grid, shown = view["grid"], content["solution"] if content else view["grid"]
    hinted = {(cell["row"], cell["column"]) for cell in view["hinted"]}
    return [
        Cell(
            row=row + 1,
            column=column + 1,
            digit=shown[9 * row + column].replace("0", ""),
            was=grid[9 * row + column].replace("0", ""),
            is_given=view["given"][9 * row + column] != "0",
            is_hinted=(row + 1, column + 1) in hinted,
            is_clash=content is None and _clashes(grid, row, column),
        )
        for row in range(9)
        for column in range(9)
    ]


def _clashes(grid: str, row: int, column: int) -> bool:
    """Whether the digit of a cell comes again in its row, column or box: what anyone can see in the grid."""
    digit = grid[9 * row + column]
    seen = (
        grid[9 * r + c]
        for r in range(9)
        for c in range(9)
        if (r, c) != (row, column)
        and (r == row or c == column or (r // 3, c // 3) == (row // 3, column // 3))
    )
    return digit != "0" and digit in seen
