"""Bringing question files into the bank."""

from dataclasses import dataclass, field
from typing import Any

from games import gift
from games.models import Question


@dataclass
class Report:
    """What became of a file's questions: how many are new, how many were there already, and what was refused."""

    created: int = 0
    present: int = 0
    refused: list[gift.GiftError] = field(default_factory=list)


def import_gift(text: str) -> Report:
    """Add the questions of a GIFT file that the bank does not hold yet (told by their text). In a transaction."""
    report = Report()
    parsed = gift.parse(text)
    report.refused = [fate for fate in parsed if isinstance(fate, gift.GiftError)]
    questions = [_question(fate) for fate in parsed if isinstance(fate, gift.GiftQuestion)]
    known = set(Question.objects.filter(text__in=[q.text for q in questions]).values_list("text", flat=True))
    new = {question.text: question for question in questions if question.text not in known}
    Question.objects.bulk_create(new.values())
    report.created, report.present = len(new), len(questions) - len(new)
    return report


def _question(parsed: gift.GiftQuestion) -> Question:
    return Question(
        kind=parsed.kind,
        text=parsed.text,
        options=[option.text for option in parsed.options],
        right=_right(parsed),
        explanation=parsed.explanation,
        tags=list(parsed.tags),
        difficulty=parsed.difficulty or 3,
        licence=parsed.licence,
        source=parsed.source,
    )


def _right(parsed: gift.GiftQuestion) -> Any:
    """The right answer in the form the bank keeps it in, see `Question`."""
    if parsed.kind == "numeric":
        assert isinstance(parsed.right, tuple)
        value, tolerance = parsed.right
        return {"value": f"{value:f}", "tolerance": f"{tolerance:f}"}
    return list(parsed.right) if isinstance(parsed.right, tuple) else parsed.right
