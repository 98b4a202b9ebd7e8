from decimal import Decimal
from typing import Any

import pytest

from games.formats import (
    Option,
    Parsed,
    ParsedQuestion,
    QuestionFile,
    RefusedQuestion,
    UnreadableFile,
    format_of,
    read,
)

CHOICE = """
  <question type="multichoice">
    <name><text>Even primes</text></name>
    <questiontext format="html"><text><![CDATA[<p>Which is <em>even</em> &amp; prime?<br></p>]]></text></questiontext>
    <generalfeedback format="html"><text>&lt;p&gt;Only one is.&lt;/p&gt;</text></generalfeedback>
    <defaultgrade>1.0</defaultgrade><single>true</single><shuffleanswers>true</shuffleanswers>
    <answer fraction="100" format="html"><text><![CDATA[<code>2</code>]]></text>
      <feedback format="html"><text>Correct!</text></feedback></answer>
    <answer fraction="33.33333" format="html"><text>3</text>
      <feedback format="html"><text><![CDATA[<b>Odd.</b>]]></text></feedback></answer>
    <answer fraction="0" format="html"><text>4</text><feedback><text></text></feedback></answer>
    <tags><tag><text>primes</text></tag><tag><text>number theory</text></tag></tags>
  </question>"""


def quiz(*questions: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>{"".join(questions)}\n</quiz>\n'.encode()


def parsed(data: bytes) -> list[Parsed]:
    file = QuestionFile("x.xml", data)
    assert format_of(file).name == "moodle-xml"
    return list(read(file))


def one(*questions: str) -> ParsedQuestion:
    [question] = parsed(quiz(*questions))
    assert isinstance(question, ParsedQuestion), question
    return question


def of_type(kind: str, rest: str, text: str = "q") -> str:
    return f'<question type="{kind}"><questiontext><text>{text}</text></questiontext>{rest}</question>'


def answer(text: str, fraction: object = 100, rest: str = "") -> str:
    return f'<answer fraction="{fraction}"><text>{text}</text>{rest}</answer>'


def test_a_choice_with_its_html_feedback_and_tags() -> None:
    question = one(CHOICE)
    assert (question.text, question.kind, question.right) == ("Which is even & prime?", "single", 0)
    assert question.options == (Option("`2`", True), Option("3", False), Option("4", False))
    assert question.explanation == "Only one is.\n\n3: Odd."
    assert (question.tags, question.line, question.title) == (("primes", "number theory"), 3, "Even primes")
    assert question.notes == ("1 partly right answer counts as wrong",)


@pytest.mark.parametrize(
    ("kind", "rest", "read_as"),
    [
        (
            "multichoice", "<single>false</single>" + answer("a", 50) + answer("b", -100) + answer("c", 50),
            ("multiple", (0, 2)),
        ),
        ("truefalse", answer("true", 0) + answer("false", 100), ("true_false", False)),
        (
            "shortanswer", answer("Bayes") + answer("Thomas Bayes") + answer("Price", 50) + answer("*", 0),
            ("short", ("Bayes", "Thomas Bayes")),
        ),
        ("shortanswer", answer(r"SELECT \*"), ("short", ("SELECT *",))),
        (
            "numerical", answer("3.14", 100, "<tolerance>0.005</tolerance>") + answer("*", 0),
            ("numeric", (Decimal("3.14"), Decimal("0.005"))),
        ),
        ("numerical", answer("1e3"), ("numeric", (Decimal(1000), Decimal(0)))),
    ],
)  # fmt: skip
def test_each_kind_of_ours_is_read(kind: str, rest: str, read_as: Any) -> None:
    question = one(of_type(kind, rest))
    assert (question.kind, question.right) == read_as


@pytest.mark.parametrize(
    ("question", "part"),
    [
        *((of_type(kind, ""), f"type {kind}") for kind in ("matching", "essay", "cloze", "ddwtos", "description")),
        (of_type("multichoice", answer("a") + answer("b")), "more than one option earns full marks"),
        (of_type("multichoice", answer("a", 90) + answer("b", 0)), "no option earns full marks"),
        (of_type("multichoice", answer("a", "much") + answer("b", 0)), "no number"),
        (of_type("shortanswer", answer("SELECT *")), "wildcard"),
        (of_type("shortanswer", answer("x", 80)), "no answer is fully right"),
        (of_type("numerical", answer("1") + answer("2")), "more than one number"),
        (of_type("numerical", answer("many")), "not a number"),
        (of_type("truefalse", answer("true") + answer("false")), "not exactly one"),
        (of_type("truefalse", answer("true"), "&lt;img src='x'&gt;"), "picture"),
        (of_type("truefalse", answer("true"), "&lt;iframe src='x'&gt;"), "medium"),
        (of_type("truefalse", answer("true") + '<file name="x.png" encoding="base64">AAAA</file>'), "picture"),
        (of_type("truefalse", answer("true"), "@@PLUGINFILE@@/x.png"), "picture"),
    ],
)  # fmt: skip
def test_what_is_not_ours_is_refused_by_name_with_its_line(question: str, part: str) -> None:
    refusal, other = parsed(quiz("\n\n", question, CHOICE))
    assert isinstance(refusal, RefusedQuestion) and part in refusal.reason
    assert refusal.line == 4
    assert isinstance(other, ParsedQuestion)


def test_categories_become_tags_of_what_follows() -> None:
    category = (
        '<question type="category"><category><text>$course$/top/Bayes Theorem</text></category></question>'
    )
    assert one(category, of_type("truefalse", answer("true"))).tags == ("bayes-theorem",)


def test_scripts_are_dropped_and_unknown_tags_stay_text() -> None:
    text = "&lt;script&gt;alert(1)&lt;/script&gt;Is vector&lt;T&gt; &lt;b onclick=x&gt;bold&lt;/b&gt;?"
    assert one(of_type("truefalse", answer("true"), text)).text == "Is vector<T> bold?"


BOMBS = {
    "a bomb": b'<?xml version="1.0"?><!DOCTYPE q [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><quiz>&b;</quiz>',
    "a file of the server": b'<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz><question>&x;</question></quiz>',
    "another host": b'<!DOCTYPE quiz SYSTEM "http://example.com/x.dtd"><quiz/>',
    "deep": b"<quiz>" + b"<a>" * 100_000,
    "no XML": b"<quiz><question></quiz>",
    "cut short": b"<quiz>",
    "a NUL": b"<quiz>\0</quiz>",
    "an unknown encoding": b'<?xml version="1.0" encoding="none-such"?><quiz/>',
}  # fmt: skip


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS.keys())
def test_hostile_files_are_refused_as_a_whole(data: bytes) -> None:
    with pytest.raises(UnreadableFile, match="line 1: "):
        list(read(QuestionFile("x.xml", data), "moodle-xml"))


def test_what_comes_before_a_break_is_read_and_the_break_is_told() -> None:
    found = parsed(quiz(CHOICE) + b"<more/>")
    assert isinstance(found[0], ParsedQuestion) and isinstance(found[1], RefusedQuestion)
    assert "nothing behind it was read" in found[1].reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_an_encoding_that_is_declared_is_kept_to(encoding: str) -> None:
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><quiz>{of_type("shortanswer", answer("Müller"))}</quiz>'
    )
    [question] = parsed(text.encode(encoding))
    assert isinstance(question, ParsedQuestion) and question.right == ("Müller",)
