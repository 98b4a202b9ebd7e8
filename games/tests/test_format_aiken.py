import pytest

from games.formats import Option, Parsed, ParsedQuestion, QuestionFile, RefusedQuestion, format_of, read

FILE = """What is the mean of 1, 2, 6?
A. 2
B. 3
C) 6
ANSWER: B

Which are even,
and prime?
A) 2
B) 3
C) 4
answer: A, C
EXPLANATION: Not quite prime &amp; even.
A tree is a graph.
a. True
b. False
ANSWER: a
"""


def parsed(text: str) -> list[Parsed]:
    file = QuestionFile("x.txt", text.encode())
    assert format_of(file).name == "aiken"
    return list(read(file))


def reason_for(text: str) -> str:
    [refusal] = read(QuestionFile("x.txt", text.encode()), "aiken")
    assert isinstance(refusal, RefusedQuestion)
    return refusal.reason


def test_questions_options_and_answers_are_read_with_their_lines() -> None:
    first, second, third = parsed(FILE)
    assert isinstance(first, ParsedQuestion)
    assert (first.line, first.text, first.kind, first.right) == (
        1,
        "What is the mean of 1, 2, 6?",
        "single",
        1,
    )
    assert first.options == (Option("2", False), Option("3", True), Option("6", False))
    assert isinstance(second, ParsedQuestion)
    assert (second.line, second.text, second.right) == (7, "Which are even,\nand prime?", (0, 2))
    assert (second.kind, second.explanation) == ("multiple", "Not quite prime & even.")
    assert isinstance(third, ParsedQuestion) and (third.line, third.right) == (14, 0)


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    assert parsed("\ufeff" + FILE.replace("\n", "\r\n")) == parsed(FILE)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Which?\nA. x\nB. y\n", "ANSWER: is missing"),
        ("Which?\nANSWER: A", "no options"),
        ("Which?\nA. x\nB. y\nANSWER: C", "the answer C is none of the options"),
        ("Which?\nA. x\nC. y\nANSWER: A", "lettered A, C"),
        ("Which?\nA. x\nB. x\nANSWER: A", "two answers are the same"),
        ("Which?\nA. x\nANSWER: A", "two options"),
        ("line\n" * 1000, "more than 200 lines"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_reason(text: str, part: str) -> None:
    assert part in reason_for(text)


def test_a_question_without_its_answer_leaves_the_next_one_alone() -> None:
    first, second = parsed("One?\nA. x\nB. y\n\nTwo?\nA. x\nB. y\nANSWER: B\n")
    assert isinstance(first, RefusedQuestion) and isinstance(second, ParsedQuestion)
    assert (first.line, second.line) == (1, 5)
