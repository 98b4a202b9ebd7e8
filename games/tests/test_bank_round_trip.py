"""The bank as GIFT: written, and read back as the very same bank."""

from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from games.bank_rows import COLUMNS, row_of
from games.formats import ParsedQuestion, QuestionFile, written
from games.formats.gift import parse
from games.formats.texts import tidy
from games.models import Question
from games.services.bank_import import import_file
from games.tests.bank_samples import prose, questions


@given(st.lists(questions(), max_size=4))
def test_what_is_written_reads_back_as_the_same_questions(drawn: list[ParsedQuestion]) -> None:
    read = parse("".join(map(written, drawn)))
    same: dict[str, Any] = {"line": 1, "title": ""}
    expected = [replace(one, is_retired=one.is_retired or None) for one in drawn]
    assert [replace(one, **same) if isinstance(one, ParsedQuestion) else one for one in read] == expected


@given(prose | st.text())
def test_what_is_tidy_stays_as_it_is(text: str) -> None:
    try:
        once = tidy(text)
    except ValueError:
        return
    assert tidy(once) == once


@pytest.mark.django_db
@given(drawn=st.lists(questions(), min_size=1, max_size=6, unique_by=lambda one: one.text))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_an_exported_bank_imports_to_exactly_the_same_bank(drawn: list[ParsedQuestion]) -> None:
    Question.objects.all().delete()
    Question.objects.bulk_create(map(row_of, drawn))
    before, file = bank(), exported()
    Question.objects.all().delete()
    report = import_file(by=None, file=QuestionFile("bank.gift", file.encode()), format="gift")
    assert dict(report.counts) == {"new": len(drawn)}
    assert bank() == before
    again = import_file(by=None, file=QuestionFile("bank.gift", file.encode()), format="gift")
    assert dict(again.counts) == {"present": len(drawn)}
    assert bank() == before


def bank() -> list[dict[str, Any]]:
    return list(Question.objects.order_by("id").values(*COLUMNS))


def exported() -> str:
    out = StringIO()
    call_command("export_questions", stdout=out)
    return out.getvalue()
