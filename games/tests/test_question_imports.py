"""Files of questions brought into the bank: every fate, twice the same, and what files do to harm."""

import time
import tracemalloc
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from games.formats import FILE_BYTES_MAX, QuestionFile, UnreadableFile, read
from games.models import Question
from games.models_bank import QuestionImport
from games.services.bank_fates import Fate, Report, Terms
from games.services.bank_import import import_file, judge_file
from games.services.questions import retire_question
from quantix.errors import Invalid
from quantix.models import AuditEntry
from quantix.tests import factories

pytestmark = pytest.mark.django_db

GIFT = """// [tag:sums] [difficulty:1]
::one::[markdown]1 + 1?{=2 ~3 ####Count.}

::essay::Discuss.{}

::two::[markdown]2 + 2?{#4}

::again::[markdown]1 + 1?{=2 ~3}
"""


def file(text: str = GIFT, name: str = "sums.gift") -> QuestionFile:
    return QuestionFile(name, text.encode())


def words(report: Report) -> dict[int, str]:
    return {fate.line: fate.word for fate in report.fates}


def import_text(text: str = GIFT, **more: Any) -> Report:
    return import_file(by=None, file=file(text), **more)


def test_a_dry_run_tells_each_fate_and_writes_nothing() -> None:
    report = judge_file(file=file())
    assert words(report) == {2: "new", 4: "refused", 6: "new", 8: "repeated"}
    assert Fate(4, "refused", "essay", "essay questions have no right answer to check") in report.fates
    assert not Question.objects.exists() and not QuestionImport.objects.exists()


def test_what_is_valid_goes_in_and_the_same_file_again_changes_nothing() -> None:
    assert words(import_text()) == {2: "new", 4: "refused", 6: "new", 8: "repeated"}
    question = Question.objects.get(text="1 + 1?")
    assert (question.options, question.right, question.tags, question.difficulty) == (
        ["2", "3"],
        0,
        ["sums"],
        1,
    )
    assert words(import_text()) == {2: "present", 4: "refused", 6: "present", 8: "repeated"}
    assert Question.objects.count() == 2


def test_a_question_that_differs_is_told_and_left_alone() -> None:
    import_text()
    report = import_text(GIFT.replace("=2 ~3 ####", "=3 ~2 ####"))
    number = Question.objects.get(text="1 + 1?").pk
    assert Fate(2, "differs", "one", f"question {number} differs in: options") in report.fates
    assert Question.objects.get(text="1 + 1?").options == ["2", "3"]


def test_asked_to_update_it_is_brought_up_to_the_file_with_a_row_in_the_audit_trail() -> None:
    import_text()
    report = import_text(GIFT.replace("=2 ~3 ####Count.", "~1 =2 ####Count on."), terms=Terms(updates=True))
    assert words(report)[2] == "updated"
    question = Question.objects.get(text="1 + 1?")
    assert (question.options, question.right, question.explanation) == (["1", "2"], 1, "Count on.")
    entry = AuditEntry.objects.get(action="question.change", target_id=question.pk)
    assert entry.before["options"] == ["2", "3"] and entry.after["options"] == ["1", "2"]


def test_what_a_file_leaves_out_stays_as_the_bank_has_it() -> None:
    import_text("// [tag:sums] [difficulty:5] [licence:CC0]\nWhat?{T####Because.}")
    retire_question(
        by=factories.make_staff("games"), question_id=Question.objects.get().pk, reason="It leaked"
    )
    assert words(import_text("What?{T}", terms=Terms(updates=True))) == {1: "present"}
    assert not Question.objects.get().is_active


def test_terms_hold_for_all_questions_of_the_file() -> None:
    terms = Terms(("extra", ""), licence="CC BY 4.0", source="A book")
    import_text("// [licence:CC0] [tag:own]\nOne?{T}\n\nTwo?{T}", terms=terms)
    one, two = Question.objects.order_by("id")
    assert (one.tags, one.licence, one.source) == (["own", "extra"], "CC0", "A book")
    assert (two.tags, two.licence) == (["extra"], "CC BY 4.0")


def test_every_import_leaves_a_record_and_a_row_in_the_audit_trail() -> None:
    import_text()
    record, entry = QuestionImport.objects.get(), AuditEntry.objects.get(action="question.import")
    assert (record.file_name, record.format, record.counts["new"]) == ("sums.gift", "gift", 2)
    assert (entry.target_id, entry.after["counts"]) == (record.pk, {"new": 2, "refused": 1, "repeated": 1})


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "none of the formats"),
        (b"Just some words.\n", "none of the formats"),
        (b"q{T}\n\xff\xfe\xe2\x82\xac", "line 2: not UTF-8"),
        (b"q{T}\nhalf \xed\xa0\x80", "line 2: not UTF-8"),
        (b"%PDF-1.7\n\x00\x01", "none of the formats"),
        (b"PK\x03\x04" + bytes(100), "none of the formats"),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused(data: bytes, part: str) -> None:
    with pytest.raises(UnreadableFile, match=part):
        import_file(by=None, file=QuestionFile("x", data))


def test_a_file_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(UnreadableFile, match="more than 33,554,432 bytes"):
        QuestionFile("x", bytes(FILE_BYTES_MAX + 1))


def test_a_text_too_long_for_an_index_is_kept_once() -> None:
    # Random words, so that nothing can be squeezed.
    text = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(4000))
    for word in ("new", "present"):
        assert list(words(import_text(f"[plain]{text}{{T}}")).values()) == [word]
    assert "4,000 characters" in import_text(f"[plain]{text}x{{T}}").fates[0].reason


def test_a_nul_or_a_control_is_refused_where_it_stands() -> None:
    report = import_text("a\0b{T}\n\nbell\a{T}\n\nfine{T}")
    assert words(report) == {1: "refused", 3: "refused", 5: "new"}


HOSTILE = {
    "blank lines": "\n" * 1_000_000,
    "lines of one letter": "a\n" * 500_000,
    "open braces": "q{\n\n" * 100_000,
    "one open brace": "q{" + "\n\nmore" * 100_000,
    "comments": "// [tag:[tag:[tag:\n" * 50_000,
    "tags of HTML": "[html]" + "<a" * 20_000 + "{T}",
    "open comments of HTML": "[html]" + "<!--" * 12_000 + "{T}",
    "entities": "&lt;" * 20_000 + "{T}",
    "escapes": "\\" * 90_000 + "{T}",
    "weights": "q{" + "~%50%" * 15_000 + "}",
    "letters": "A. x\n" * 200_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("format", ["gift", "aiken", "csv", "opentdb"])
def test_no_file_takes_more_than_a_few_seconds(name: str, format: str) -> None:
    began = time.process_time()
    for _ in read(QuestionFile("x", HOSTILE[name].encode()), format):
        pass
    assert time.process_time() - began < 10


@pytest.mark.slow
def test_a_long_file_is_read_in_the_memory_of_a_few_files() -> None:
    text = "".join(f"[markdown]Question {number}?{{\n=yes\n~no\n}}\n\n" for number in range(20_000))
    source = file(text)
    del text
    tracemalloc.start()
    count = sum(1 for _ in read(source, "gift"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 4 * len(source.data)


def test_the_command_tells_file_line_and_reason_and_exits_with_one(tmp_path: Path) -> None:
    path = tmp_path / "sums.gift"
    path.write_text(GIFT)
    out, told = StringIO(), StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("import_questions", str(path), tags="extra", stdout=out, stderr=told)
    assert failed.value.returncode == 1
    assert f"{path}:4: refused: essay questions have no right answer" in told.getvalue()
    assert "gift: 2 new" in out.getvalue()
    assert Question.objects.get(text="2 + 2?").tags == ["extra"]


def test_the_command_only_looks_in_a_dry_run(tmp_path: Path) -> None:
    path = tmp_path / "sums.gift"
    path.write_text(GIFT)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("import_questions", str(path), dry_run=True, stdout=out, stderr=StringIO())
    assert "dry run: nothing is written" in out.getvalue()
    assert not Question.objects.exists()


def test_the_command_goes_on_after_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "sums.gift"
    path.write_text("q{T}")
    told = StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("import_questions", str(tmp_path / "missing"), str(path), stdout=StringIO(), stderr=told)
    assert failed.value.returncode == 2
    assert "No such file" in told.getvalue()
    assert Question.objects.count() == 1


@pytest.mark.parametrize(
    ("terms", "field"),
    [({"tags": "bell\a"}, "tags"), ({"licence": "x" * 61}, "licence"), ({"source": "x" * 201}, "source")],
)
def test_terms_that_the_bank_cannot_keep_name_their_field(terms: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        Terms.of_words(**terms)
    assert [error.field for error in refused.value.errors] == [field]


def test_terms_are_tidied() -> None:
    assert Terms.of_words(tags=" a ,,b\u00a0c, a", source="A\nbook") == Terms(("a", "b c"), source="A book")
