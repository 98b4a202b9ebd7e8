"""docs/questions.md: its examples are what it says they are."""

import re
import textwrap
from pathlib import Path

import pytest

from games.formats import FORMATS, ParsedQuestion, QuestionFile, format_of, read
from games.formats import texts as limits

PAGE = (Path(__file__).parents[2] / "docs" / "questions.md").read_text(encoding="utf-8")
EXAMPLES = {
    ("gift", "gift"): ["single", "multiple", "true_false", "numeric", "numeric", "short"],
    ("aiken", "aiken"): ["single", "multiple"],
    ("xml", "moodle-xml"): ["numeric"],
    ("json", "opentdb"): ["single"],
    ("csv", "csv"): ["single", "multiple", "numeric", "true_false"],
}


@pytest.mark.parametrize(("fence", "name"), EXAMPLES)
def test_each_example_is_told_by_its_content_and_read_whole(fence: str, name: str) -> None:
    [example] = re.findall(rf"^```{fence}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    file = QuestionFile("example", example.encode())
    assert format_of(file).name == name
    found = list(read(file))
    assert [one.kind if isinstance(one, ParsedQuestion) else one for one in found] == EXAMPLES[fence, name]


def test_the_file_that_new_staff_try_has_three_questions_and_one_at_fault() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
    [example] = re.findall(r"^ +```csv\n(.*?)^ +```$", page, re.MULTILINE | re.DOTALL)
    found = list(read(QuestionFile("week.csv", textwrap.dedent(example).encode())))
    assert [one.kind for one in found if isinstance(one, ParsedQuestion)] == [
        "single",
        "numeric",
        "true_false",
    ]
    assert [str(one.reason) for one in found if not isinstance(one, ParsedQuestion)] == [
        "two answers are the same"
    ]


def test_every_format_has_an_example() -> None:
    assert {name for _, name in EXAMPLES} == set(FORMATS)


def test_the_limits_that_it_names_are_the_ones_that_hold() -> None:
    for limit in (*limits.CHARACTERS_MAX.values(), limits.OPTION_CHARACTERS_MAX):
        assert f"{limit:,}" in PAGE or limit in (60, 200)
