"""Answers with weights, as GIFT and Moodle have them, made into the one right answer of a kind of ours.

There is no partial credit here: an answer that earns part of the marks is a wrong one, and the reader is told.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from games.engines.quiz.answers import Kind
from games.formats.base import Option, Right, refuse

_FULL = 100
#: Thirds and the like: the last digits of a weight are not to be relied on.
_NEARLY_FULL = Decimal("99.9")


class Weighted(NamedTuple):
    """An answer's text, the marks that it earns in percent, and what is said to who gives it."""

    text: str
    weight: Decimal
    feedback: str = ""


class Solution(NamedTuple):
    kind: Kind
    options: tuple[Option, ...]
    right: Right
    notes: tuple[str, ...] = ()


def choice(answers: Sequence[Weighted], *, is_single: bool) -> Solution:
    """Single: the option that earns full marks. Multiple: the options that earn any."""
    is_right = [_is_full(answer) if is_single else answer.weight > 0 for answer in answers]
    options = tuple(Option(answer.text, right) for answer, right in zip(answers, is_right, strict=True))
    right = tuple(index for index, marked in enumerate(is_right) if marked)
    if not right:
        refuse(
            "no option earns full marks" if any(one.weight > 0 for one in answers) else "no option is right"
        )
    if not is_single:
        return Solution("multiple", options, right)
    if len(right) > 1:
        refuse("more than one option earns full marks")
    return Solution("single", options, right[0], _notes(answers))


def short(answers: Sequence[Weighted]) -> Solution:
    """The texts that earn full marks. An answer `*` without marks is Moodle's way to speak of all others."""
    asked = [answer for answer in answers if answer.text.strip() != "*" or answer.weight > 0]
    accepted = tuple(_without_wildcards(answer.text) for answer in asked if _is_full(answer))
    return Solution("short", (), accepted or refuse("no answer is fully right"), _notes(asked))


def number(answers: Sequence[tuple[Decimal, tuple[Decimal, Decimal]]]) -> Solution:
    """The one number (value, tolerance) whose weight, in percent, is full."""
    full = list(dict.fromkeys(right for weight, right in answers if weight >= _NEARLY_FULL))
    if not full:
        refuse("no answer is fully right")
    if len(full) > 1:
        refuse("more than one number is fully right; ask for one, with a tolerance")
    return Solution("numeric", (), full[0], _notes([Weighted("", weight) for weight, _ in answers]))


def _is_full(answer: Weighted) -> bool:
    return answer.weight >= _NEARLY_FULL


def _notes(answers: Sequence[Weighted]) -> tuple[str, ...]:
    partly = sum(0 < answer.weight < _NEARLY_FULL for answer in answers)
    words = "answers count" if partly > 1 else "answer counts"
    return (f"{partly} partly right {words} as wrong",) if partly else ()


def _without_wildcards(text: str) -> str:
    """Moodle's `*` stands for anything, and `\\*` for itself."""
    if "*" in text.replace("\\*", ""):
        refuse("it accepts answers by a wildcard *; list them, or write \\* for the character itself")
    return text.replace("\\*", "*")
