"""The bank as a GIFT file, which imports again to the same bank."""

from collections.abc import Iterator

from django.db.models import QuerySet

from accounts import roles
from accounts.models import User
from games.bank_rows import parsed_of
from games.formats import written
from games.models import Question
from quantix import audit

_HEAD = "// Quantix question bank. How to read and write this: docs/questions.md.\n\n"
_ROWS_AT_A_TIME = 500


def export_questions(*, by: User | None, tag: str = "", with_retired: bool = True) -> Iterator[str]:
    """The questions, those that carry `tag` or all, piece by piece: a bank of any size takes no more memory.

    Leaves a row in the audit trail at once; to be called in a transaction. Raises Forbidden.
    """
    if by is not None:
        roles.demand(by, roles.Can.MANAGE_GAMES)
        newest = Question.objects.order_by("-id").first() or Question(pk=0)
        asked = {"tag": tag, "with_retired": with_retired}
        audit.record(actor=by, action="question.export", target=newest, after=asked)
    return _pieces(_asked(tag, with_retired))


def _asked(tag: str, with_retired: bool) -> QuerySet[Question]:
    questions = Question.objects.order_by("id")
    if tag:
        questions = questions.filter(tags__contains=[tag])
    return questions if with_retired else questions.filter(is_active=True)


def _pieces(questions: QuerySet[Question]) -> Iterator[str]:
    yield _HEAD
    for question in questions.iterator(chunk_size=_ROWS_AT_A_TIME):
        yield written(parsed_of(question))
