from collections import Counter
from pathlib import Path

import pytest

from games.formats import Option, ParsedQuestion, RefusedQuestion
from games.formats.gift import parse

FOLDER = Path(__file__).parent.parent / "demo" / "questions"
SUBJECTS = ["machine_learning", "probability", "python", "sql", "statistics"]


def questions_of(subject: str) -> list[ParsedQuestion]:
    found = list(parse((FOLDER / f"{subject}.gift").read_text(encoding="utf-8")))
    assert [item for item in found if isinstance(item, RefusedQuestion)] == []
    return [item for item in found if isinstance(item, ParsedQuestion)]


def all_questions() -> list[ParsedQuestion]:
    return [question for subject in SUBJECTS for question in questions_of(subject)]


def longest_option(question: ParsedQuestion) -> Option:
    """The longest; of options of one length, a wrong one."""
    return max(question.options, key=lambda option: (len(option.text), not option.right))


def test_the_folder_holds_the_five_subjects_and_nothing_else() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == [f"{subject}.gift" for subject in SUBJECTS]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_each_question_is_complete_and_tagged_with_its_subject(subject: str) -> None:
    for question in questions_of(subject):
        assert question.explanation and question.difficulty, question.title
        assert question.tags[0] == subject.replace("_", "-"), question.title
        assert 2 <= len(question.tags) <= 4, question.title
        assert (question.licence, question.source) == ("CC BY-SA 4.0", "Quantix question bank")


@pytest.mark.parametrize("subject", SUBJECTS)
def test_each_subject_has_every_kind_and_difficulties_from_easy_to_hard(subject: str) -> None:
    questions = questions_of(subject)
    assert len(questions) >= 34
    assert {question.kind for question in questions} == {
        "single",
        "multiple",
        "true_false",
        "numeric",
        "short",
    }
    assert {question.difficulty for question in questions} >= {1, 2, 3, 4}


def test_no_two_questions_have_the_same_text_or_title() -> None:
    questions = all_questions()
    assert len(questions) >= 150
    assert len({question.text for question in questions}) == len(questions)
    assert len({question.title for question in questions}) == len(questions)


def test_the_place_of_the_right_option_gives_nothing_away() -> None:
    singles = [question for question in all_questions() if question.kind == "single"]
    assert {len(question.options) for question in singles} == {4}
    for count in Counter(question.right for question in singles).values():
        assert 0.10 <= count / len(singles) <= 0.45


def test_the_right_option_is_not_usually_the_longest() -> None:
    singles = [question for question in all_questions() if question.kind == "single"]
    longest = [question for question in singles if longest_option(question).right]
    assert len(longest) / len(singles) < 0.40


def test_backticks_come_in_pairs() -> None:
    for question in all_questions():
        texts = [question.text, question.explanation, *(option.text for option in question.options)]
        assert all(text.count("`") % 2 == 0 for text in texts), question.title
