"""Statistics of questions: what sessions leave when they end, and what the worker makes of it."""

import math
import statistics
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction

from games.models import Game, GameSession, Question
from games.models_bank import QuestionAnswer, QuestionStatistics
from games.services import bank_statistics, sessions
from quantix import clock
from quantix.errors import Refusal
from quantix.tests import factories

pytestmark = pytest.mark.django_db


def ended(quiz: Game, questions: list[Question], answers: str, **more: Any) -> None:
    """A session that answered `questions` with `r` right, `w` wrong, `-` out of time, after 1, 2, 3 … seconds."""
    session = GameSession(game=quiz, ended_at=clock.now(), status=more.get("status", "completed"))
    session.pk = factories.start(factories.make_player(), quiz).pk
    state = {
        "questions": [{"id": question.pk, "fresh": more.get("fresh", True)} for question in questions],
        "answered": [
            {"correct": letter == "r", "answer": None if letter == "-" else "a", "seconds": float(place)}
            for place, letter in enumerate(answers, start=1)
        ],
    }
    session.metadata = {"state": state}
    for told in bank_statistics.first_answers(session):
        question, is_right, seconds, rest_right = told
        QuestionAnswer.objects.create(
            session=session, question_id=question, is_right=is_right, seconds=seconds, rest_right=rest_right
        )


@pytest.fixture
def quiz() -> Game:
    return factories.make_quiz(questions=3)


@pytest.fixture
def asked(quiz: Game) -> list[Question]:
    return list(Question.objects.order_by("id")[:3])


def point_biserial(rows: list[tuple[bool, float]]) -> float:
    """By its own formula: (M1 - M0) / s · √(pq), s with the divisor n. Crocker and Algina (1986), p. 317."""
    scores = [score for _, score in rows]
    right = [score for is_right, score in rows if is_right]
    wrong = [score for is_right, score in rows if not is_right]
    share = len(right) / len(rows)
    spread = statistics.fmean(right) - statistics.fmean(wrong)
    return float(spread / statistics.pstdev(scores) * math.sqrt(share * (1 - share)))


def test_a_question_counts_its_answers_their_time_and_who_was_right(
    quiz: Game, asked: list[Question]
) -> None:
    for answers in ("rrr", "rrw", "rww", "wwr", "www", "r-r"):
        ended(quiz, asked, answers)
    assert bank_statistics.work_out() == 3
    first, second, _ = QuestionStatistics.objects.order_by("question_id")
    assert (first.answers, first.times_right, first.median_seconds) == (6, 4, 1.0)
    assert (second.answers, second.times_right, second.median_seconds) == (6, 2, 2.0)
    # Of the first question: right or not, and the share right of the other two.
    rest = [(True, 1.0), (True, 0.5), (True, 0.0), (False, 0.5), (False, 0.0), (True, 0.5)]
    assert first.discrimination == pytest.approx(point_biserial(rest))


def test_where_all_are_right_nothing_tells_the_strong_from_the_weak(
    quiz: Game, asked: list[Question]
) -> None:
    for answers in ("rrw", "rww"):
        ended(quiz, asked, answers)
    bank_statistics.work_out()
    assert QuestionStatistics.objects.get(question=asked[0]).discrimination is None


def test_only_first_answers_of_sessions_that_stand_count(quiz: Game, asked: list[Question]) -> None:
    ended(quiz, asked, "rrr", fresh=False)
    ended(quiz, asked, "rrr", status="voided")
    assert not QuestionAnswer.objects.exists()


def test_only_questions_with_new_answers_are_worked_out_again(quiz: Game, asked: list[Question]) -> None:
    ended(quiz, asked, "rrr")
    assert bank_statistics.work_out() == 3
    assert bank_statistics.work_out() == 0
    ended(quiz, asked[:1], "w")
    assert bank_statistics.work_out() == 1
    assert QuestionStatistics.objects.get(question=asked[0]).answers == 2


def test_the_newest_answers_count(quiz: Game, asked: list[Question], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_statistics, "ANSWERS_COUNTED_MAX", 2)
    for answers in ("w", "r", "r"):
        ended(quiz, asked[:1], answers)
    bank_statistics.work_out()
    assert QuestionStatistics.objects.get(question=asked[0]).times_right == 2


@pytest.mark.django_db(transaction=True)
def test_a_session_leaves_its_answers_as_it_ends() -> None:
    player, quiz = factories.make_player(), factories.make_quiz(questions=2)
    session = factories.start(player, quiz)
    right = session.metadata["state"]["questions"][0]["right"]
    for index, answer in enumerate((right, "wrong one")):
        for move in ({"index": index}, {"index": index, "answer": answer}):
            with suppress(Refusal), transaction.atomic():
                sessions.play_move(player=player, session_id=session.pk, move=move)
    assert not QuestionAnswer.objects.exists()
    with transaction.atomic():
        sessions.forfeit_session(player=player, session_id=session.pk)
    answer = QuestionAnswer.objects.get()
    assert (answer.is_right, answer.rest_right) == (True, None)
    assert answer.seconds is not None and answer.seconds < 5


def test_discrimination_is_told_from_twenty_answers_on() -> None:
    few, enough = (QuestionStatistics(answers=count, discrimination=0.3) for count in (19, 20))
    assert (few.discrimination_told, enough.discrimination_told) == (None, 0.3)
