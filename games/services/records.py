"""How a session is written: one statement for its beginning, one for each step, with the questions that go with it."""

import json
from collections.abc import Sequence

from django.db import connection

from games.models import GameSession

_BEGIN = """
    WITH session AS (
        INSERT INTO game_sessions (user_id, game_id, started_at, status, metadata, expires_at)
        VALUES (%(user)s, %(game)s, %(started_at)s, 'in_progress', %(metadata)s::jsonb, %(expires_at)s)
        RETURNING id
    ), drawn AS (
        INSERT INTO question_sightings (user_id, question_id, session_id)
        SELECT %(user)s, question_id, session.id FROM session, unnest(%(questions)s::bigint[]) AS question_id
        ON CONFLICT (user_id, question_id) DO UPDATE SET session_id = excluded.session_id
    )
    SELECT id FROM session
"""

# Only a first attempt says something of a question and its player; later ones move neither.
_STEP = """
    WITH answered AS (
        UPDATE question_sightings s SET is_right = answer.is_right
        FROM unnest(%(questions)s::bigint[], %(right)s::boolean[]) AS answer (question_id, is_right)
        WHERE s.user_id = %(user)s AND s.session_id = %(session)s AND s.question_id = answer.question_id
            AND s.is_right IS NULL
        RETURNING s.question_id, s.is_right
    ), learned AS (
        UPDATE questions q
        SET times_answered = q.times_answered + 1, times_right = q.times_right + answered.is_right::int
        FROM answered WHERE q.id = answered.question_id
    )
    UPDATE game_sessions SET metadata = %(metadata)s::jsonb, expires_at = %(expires_at)s,
        status = %(status)s, ended_at = %(ended_at)s, result = %(result)s, score = %(score)s
    WHERE id = %(session)s
"""


def begin(session: GameSession, question_ids: Sequence[int]) -> None:
    """Insert the new `session`, and note that its player has been given these questions."""
    with connection.cursor() as cursor:
        cursor.execute(
            _BEGIN,
            {
                "user": session.user_id,
                "game": session.game_id,
                "started_at": session.started_at,
                "metadata": json.dumps(session.metadata),
                "expires_at": session.expires_at,
                "questions": list(question_ids),
            },
        )
        session.pk = cursor.fetchone()[0]
    session._state.adding = False
    session.duration = None


def step(session: GameSession, answers: Sequence[tuple[int, bool]]) -> None:
    """Write what a step has made of `session`, and the first answers that it gave: (question, right or not)."""
    with connection.cursor() as cursor:
        cursor.execute(
            _STEP,
            {
                "user": session.user_id,
                "session": session.pk,
                "metadata": json.dumps(session.metadata),
                "expires_at": session.expires_at,
                "status": session.status,
                "ended_at": session.ended_at,
                "result": session.result,
                "score": session.score,
                "questions": [question for question, _ in answers],
                "right": [is_right for _, is_right in answers],
            },
        )
    # As the database has generated it.
    session.duration = session.ended_at - session.started_at if session.ended_at else None
