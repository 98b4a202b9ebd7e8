from decimal import Decimal
from typing import Any

import pytest

from games.formats import Parsed, ParsedQuestion, QuestionFile, RefusedQuestion, format_of, read


def parsed(text: str | bytes) -> list[Parsed]:
    file = QuestionFile("x.csv", text.encode() if isinstance(text, str) else text)
    assert format_of(file).name == "csv"
    return list(read(file))


def one(text: str) -> ParsedQuestion:
    [question] = parsed(text)
    assert isinstance(question, ParsedQuestion), question
    return question


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_the_heading_names_the_columns_in_any_order_whatever_parts_them(mark: str) -> None:
    rows = [
        [
            "Difficulty",
            "Answer",
            "Option A",
            "Option B",
            "Option_C",
            "Remarks",
            "Question",
            "Tags",
            "License",
        ],
        ["2", "B", "two", "three", "four", "ignored", "Which?", "sums|easy", "CC0"],
    ]
    question = one("\n".join(mark.join(row) for row in rows))
    assert (question.text, question.kind, question.right) == ("Which?", "single", 1)
    assert [option.text for option in question.options] == ["two", "three", "four"]
    assert (question.difficulty, question.tags, question.licence, question.line) == (
        2,
        ("sums", "easy"),
        "CC0",
        2,
    )


@pytest.mark.parametrize(
    ("kind", "options", "right", "read_as"),
    [
        ("", "x|y|z", "y", ("single", 1)),
        ("", "x|y|z", "3", ("single", 2)),
        ("", "3|2|1", "3", ("single", 0)),
        ("", "x|y|z", "A|C", ("multiple", (0, 2))),
        ("", "x|y|z", "A;C", ("multiple", (0, 2))),
        ("multiple answers", "x|y|z", "z", ("multiple", (2,))),
        ("Multiple Choice", "x|y|z", "x|z", ("multiple", (0, 2))),
        ("", "", "TRUE", ("true_false", True)),
        ("true/false", "", "F", ("true_false", False)),
        ("", "", "3.5", ("numeric", (Decimal("3.5"), Decimal(0)))),
        ("", "", "3.5 ± 0.25", ("numeric", (Decimal("3.5"), Decimal("0.25")))),
        ("", "", "-3 +/- 1", ("numeric", (Decimal(-3), Decimal(1)))),
        ("", "", "Bayes|Thomas Bayes", ("short", ("Bayes", "Thomas Bayes"))),
        ("short", "", "42", ("short", ("42",))),
    ],
)
def test_each_kind_is_read_with_or_without_its_name(
    kind: str, options: str, right: str, read_as: Any
) -> None:
    question = one(f'text,kind,options,right\nq,{kind},{options},"{right}"')
    assert (question.kind, question.right) == read_as


def test_what_spreadsheets_add_is_no_part_of_the_question() -> None:
    file = 'sep=;\nquestion;answer;;\n"Two\nlines of ""it""";3,5;;\n;;;\n"=""007""";="bond";;\n\'-1?;true;;\n'
    first, second, third = parsed(("\ufeff" + file.replace("\n", "\r\n")).encode())
    assert isinstance(first, ParsedQuestion) and isinstance(second, ParsedQuestion)
    assert (first.text, first.right, first.line) == ('Two\nlines of "it"', (Decimal("3.5"), Decimal(0)), 3)
    assert (second.text, second.right) == ("007", ("bond",))
    assert isinstance(third, ParsedQuestion) and third.text == "-1?"


def test_old_windows_encoding_and_utf_16_are_understood() -> None:
    text = "question;answer\nÀ quoi sert “la médiane” ?;résister\n"
    for encoding in ("cp1252", "utf-16", "utf-16-le", "utf-8-sig"):
        [question] = parsed(text.encode(encoding))
        assert isinstance(question, ParsedQuestion) and question.right == ("résister",), encoding


@pytest.mark.parametrize(
    ("row", "part"),
    [
        ("q,essay,,x", "type essay"),
        ("q,single,x|y,C", "none of the options"),
        ("q,single,,x", "two options"),
        ("q,numeric,,many", "not a number"),
        ("q,numeric,,٣", "not a number"),
        ("q,numeric,,3 ± -1", "below 0"),
        ("q,tf,,perhaps", "neither true nor false"),
        ("q,single,x|y,", "no right answer"),
        (",single,x|y,x", "no text"),
        ("q,single,x|x,x", "the same"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_reason(row: str, part: str) -> None:
    [refusal] = parsed(f"text,kind,options,right\n{row}\n")
    assert isinstance(refusal, RefusedQuestion) and part in refusal.reason
    assert refusal.line == 2


def test_an_endless_cell_is_told_at_its_line() -> None:
    *_, last = parsed('text,right\nq,true\n"' + "x" * 200_000)
    assert isinstance(last, RefusedQuestion) and "breaks off" in last.reason
