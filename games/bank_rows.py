"""A question as a file tells it, and as the bank keeps it: one turned into the other, and back."""

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import MD5

from games.formats import Option, ParsedQuestion
from games.models import Question

#: The columns that a file tells of.
COLUMNS = (
    "kind", "text", "options", "right", "explanation", "tags", "difficulty", "licence", "source", "is_active",
)  # fmt: skip
_DIFFICULTY = 3


def row_of(parsed: ParsedQuestion) -> Question:
    """The new question that `parsed` tells of."""
    return Question(
        kind=parsed.kind,
        text=parsed.text,
        options=[option.text for option in parsed.options],
        right=_right_kept(parsed),
        explanation=parsed.explanation,
        tags=list(parsed.tags),
        difficulty=parsed.difficulty or _DIFFICULTY,
        licence=parsed.licence,
        source=parsed.source,
        is_active=not parsed.is_retired,
    )


def parsed_of(question: Question) -> ParsedQuestion:
    """What a file tells of `question`; its line is its number."""
    return ParsedQuestion(
        line=question.pk or 0,
        title=f"Question {question.pk}",
        text=question.text,
        kind=question.kind,  # type: ignore[arg-type] # the database holds the five kinds only
        options=tuple(
            Option(text, place in _places(question)) for place, text in enumerate(question.options)
        ),
        right=_right_told(question),
        explanation=question.explanation,
        tags=tuple(question.tags),
        difficulty=question.difficulty,
        licence=question.licence,
        source=question.source,
        is_retired=not question.is_active,
    )


def differences(parsed: ParsedQuestion, question: Question) -> list[str]:
    """The columns in which the file tells something else than the bank; what it leaves out is no difference."""
    told = row_of(parsed)
    unsaid = {
        "explanation": not parsed.explanation,
        "tags": not parsed.tags,
        "difficulty": parsed.difficulty is None,
        "licence": not parsed.licence,
        "source": not parsed.source,
        "is_active": parsed.is_retired is None,
    }
    return [
        name for name in COLUMNS if not unsaid.get(name) and getattr(told, name) != getattr(question, name)
    ]


def known_by_text(texts: Iterable[str]) -> QuerySet[Question]:
    """The questions of the bank with these texts, by the index that holds each text once."""
    digests = [digest_of(text).hex() for text in texts]
    return Question.objects.alias(digest=MD5("text")).filter(digest__in=digests)


def digest_of(text: str) -> bytes:
    """What two questions of the same text share; short, for files of a million."""
    return hashlib.md5(text.encode(), usedforsecurity=False).digest()


def _right_kept(parsed: ParsedQuestion) -> Any:
    if parsed.kind == "numeric":
        assert isinstance(parsed.right, tuple)
        value, tolerance = map(Decimal, parsed.right)
        return {"value": f"{value:f}", "tolerance": f"{tolerance:f}"}
    return list(parsed.right) if isinstance(parsed.right, tuple) else parsed.right


def _right_told(question: Question) -> Any:
    right = question.right
    if question.kind == Question.Kind.NUMERIC:
        return (Decimal(right["value"]), Decimal(right["tolerance"]))
    return tuple(right) if isinstance(right, list) else right


def _places(question: Question) -> list[int]:
    return question.right if isinstance(question.right, list) else [question.right]
