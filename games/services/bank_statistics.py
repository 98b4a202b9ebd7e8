"""How each question does: from the first answers of sessions that have ended, worked out by the worker.

Discrimination is the point-biserial correlation of answering right with the share right of the other
questions of the same session: whether who is strong elsewhere is more often right here. Without the question
itself, as it would correlate with itself (the corrected item-total correlation). Sources: S. Henrysson,
"Correction of item-total correlations in item analysis", Psychometrika 28 (1963), 211-218; L. Crocker and
J. Algina, "Introduction to Classical and Modern Test Theory" (1986), chapter 14. The point-biserial
coefficient is Pearson's with one variable in {0, 1}, which is what PostgreSQL's `corr` gives.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import connection

from games.models import Game, GameSession
from quantix import clock

#: The newest first answers of a question that its statistics are made of.
ANSWERS_COUNTED_MAX = 2_000
#: Questions worked out at a time.
QUESTIONS_AT_A_TIME = 100

_WORK_OUT = """
    WITH stale AS (
        SELECT q.id, newest.id AS newest_id
        FROM questions q
        CROSS JOIN LATERAL (
            SELECT a.id FROM question_answers a WHERE a.question_id = q.id ORDER BY a.id DESC LIMIT 1
        ) newest
        LEFT JOIN question_statistics s ON s.question_id = q.id
        WHERE newest.id IS DISTINCT FROM s.newest_answer
        ORDER BY s.worked_out_at NULLS FIRST, q.id
        LIMIT %(questions_max)s
    )
    INSERT INTO question_statistics
        (question_id, answers, times_right, median_seconds, discrimination, newest_answer, worked_out_at)
    SELECT stale.id, count(*), count(*) FILTER (WHERE a.is_right),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY a.seconds),
        corr(a.is_right::int, a.rest_right),
        stale.newest_id, %(now)s
    FROM stale CROSS JOIN LATERAL (
        SELECT * FROM question_answers a WHERE a.question_id = stale.id ORDER BY a.id DESC LIMIT %(answers_max)s
    ) a
    GROUP BY stale.id, stale.newest_id
    ON CONFLICT (question_id) DO UPDATE SET
        (answers, times_right, median_seconds, discrimination, newest_answer, worked_out_at)
        = (excluded.answers, excluded.times_right, excluded.median_seconds, excluded.discrimination,
           excluded.newest_answer, excluded.worked_out_at)
"""


class FirstAnswer(NamedTuple):
    """What a session tells of one of its questions; see `QuestionAnswer`."""

    question: int
    is_right: bool
    seconds: float | None
    rest_right: float | None


def first_answers(session: GameSession) -> list[FirstAnswer]:
    """What a session that has ended tells of its questions; nothing where it was called off, or is no quiz."""
    if session.ended_at is None or session.status == GameSession.Status.VOIDED:
        return []
    return list(_told(session.metadata["state"])) if session.game.type == Game.Type.QUIZ else []


def work_out() -> int:
    """Work out the statistics of questions that have new answers, QUESTIONS_AT_A_TIME at most; how many."""
    limits: dict[str, Any] = {
        "questions_max": QUESTIONS_AT_A_TIME,
        "answers_max": ANSWERS_COUNTED_MAX,
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_WORK_OUT, limits)
        return int(cursor.rowcount)


def _told(state: dict[str, Any]) -> Iterator[FirstAnswer]:
    """By question; what ran out of time is wrong, and took no time that would tell anything."""
    answered = state["answered"]
    count, right = len(answered), sum(one["correct"] for one in answered)
    for question, one in zip(state["questions"], answered, strict=False):
        if question["fresh"]:
            seconds = None if one["answer"] is None else one["seconds"]
            rest = (right - one["correct"]) / (count - 1) if count > 1 else None
            yield FirstAnswer(question["id"], one["correct"], seconds, rest)
