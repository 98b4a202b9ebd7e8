import base64
import json
from typing import Any
from urllib.parse import quote

import pytest

from games.formats import Option, Parsed, ParsedQuestion, QuestionFile, RefusedQuestion, format_of, read

ROW = {
    "type": "multiple",
    "difficulty": "hard",
    "category": "Science: Computers",
    "question": "What does “SQL” stand for & why?",
    "correct_answer": "Structured Query Language",
    "incorrect_answers": ["Simple Query Language", "Seven Quick Llamas", "It's not an acronym"],
}
TRUTH = ROW | {
    "type": "boolean",
    "question": "100% of 5 is 5.",
    "correct_answer": "True",
    "incorrect_answers": ["False"],
}


def entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("“", "&ldquo;").replace("”", "&rdquo;").replace("'", "&#039;")


def encoded(encode: Any, row: dict[str, Any], but: tuple[str, ...] = ()) -> dict[str, Any]:
    def whole(value: Any) -> Any:
        return [encode(one) for one in value] if isinstance(value, list) else encode(value)

    return {name: value if name in but else whole(value) for name, value in row.items()}


def parsed(rows: Any) -> list[Parsed]:
    file = QuestionFile("x.json", json.dumps({"response_code": 0, "results": rows}, indent=1).encode())
    assert format_of(file).name == "opentdb"
    return list(read(file))


@pytest.mark.parametrize(
    "encode",
    [
        entities,
        lambda text: quote(text, safe=""),
        lambda text: base64.b64encode(text.encode()).decode(),
        str,
    ],
    ids=["entities", "url3986", "base64", "plain"],
)
def test_each_encoding_says_the_same(encode: Any) -> None:
    first, second = parsed([encoded(encode, ROW), encoded(encode, TRUTH)])
    assert isinstance(first, ParsedQuestion) and isinstance(second, ParsedQuestion)
    assert (first.text, first.kind, first.right) == ("What does “SQL” stand for & why?", "single", 0)
    assert first.options[0] == Option("Structured Query Language", True)
    assert first.options[3] == Option("It's not an acronym", False)
    assert (first.tags, first.difficulty) == (("science-computers",), 4)
    assert (first.licence, first.source) == ("CC BY-SA 4.0", "Open Trivia Database (opentdb.com)")
    assert (second.text, second.kind, second.right) == ("100% of 5 is 5.", "true_false", True)


def test_a_bare_list_is_read_too_and_each_has_its_line() -> None:
    file = QuestionFile("x.json", f"[\n{json.dumps(ROW)},\n\n{json.dumps(TRUTH)}\n]".encode())
    assert [one.line for one in read(file)] == [2, 4]


@pytest.mark.parametrize(
    ("row", "part"),
    [
        (5, "no object"),
        (ROW | {"type": "essay"}, "its type is essay"),
        (ROW | {"incorrect_answers": "no"}, "no list"),
        (ROW | {"incorrect_answers": []}, "two options"),
        (ROW | {"question": ["7"]}, "a text is none"),
        (ROW | {"question": ""}, "no text"),
        (ROW | {"question": "half \ud800"}, "U+D800"),
        (ROW | {"question": "nul \0"}, "U+0000"),
        (TRUTH | {"correct_answer": "Perhaps"}, "neither True nor False"),
        ({"type": "bXVsdGlwbGU=", "question": "no base64!"}, "not base64"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_reason(row: Any, part: str) -> None:
    refusal, other = parsed([row, TRUTH])
    assert isinstance(refusal, RefusedQuestion) and part in refusal.reason
    assert isinstance(other, ParsedQuestion)


@pytest.mark.parametrize(
    "rest", ["{", '{"a": ' * 100_000, '{"question": 1e', "[" * 200_000, "5" * 100_000, "nonsense"]
)
def test_json_that_breaks_off_is_told_at_its_line(rest: str) -> None:
    found = list(read(QuestionFile("x.json", f'{{"results": [{json.dumps(TRUTH)},\n{rest}'.encode())))
    assert isinstance(found[0], ParsedQuestion)
    assert isinstance(found[-1], RefusedQuestion) and found[-1].line == 2
