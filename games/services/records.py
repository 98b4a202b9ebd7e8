"""How a session is written: one statement for its beginning, one for each step, with all that goes with it."""

import json
from collections.abc import Mapping, Sequence

from django.db import connection

from games.engines.rating import OPPONENT_DEVIATION, UNKNOWN, Rating
from games.models import GameSession
from games.rating_models import START_SHIFT_MAX
from games.services.bank_statistics import first_answers
from games.services.ratings import Moves

# What is met for the first time gets its rating here: at the end there is a row to lock. In order, as two
# sessions that meet the same must not wait for each other.
_BEGIN = """
    WITH session AS (
        INSERT INTO game_sessions (user_id, game_id, started_at, status, metadata, expires_at, day)
        VALUES (%(user)s, %(game)s, %(started_at)s, 'in_progress', %(metadata)s::jsonb, %(expires_at)s, %(day)s)
        RETURNING id
    ), drawn AS (
        INSERT INTO question_sightings (user_id, question_id, session_id)
        SELECT %(user)s, question_id, session.id FROM session, unnest(%(questions)s::bigint[]) AS question_id
        ON CONFLICT (user_id, question_id) DO UPDATE SET session_id = excluded.session_id
    ), player AS (
        INSERT INTO player_ratings (user_id, scope, rating, deviation, volatility, rated_at)
        SELECT %(user)s, %(scope)s, %(unknown)s, %(unknown_deviation)s, %(volatility)s, %(started_at)s
        WHERE NOT EXISTS (SELECT FROM player_ratings WHERE user_id = %(user)s AND scope = %(scope)s)
        ON CONFLICT DO NOTHING
    ), asked AS (
        INSERT INTO opponent_ratings (question_id, start, rating, deviation, volatility, rated_at)
        SELECT question, start, start, %(deviation)s, %(volatility)s, %(started_at)s
        FROM unnest(%(questions)s::bigint[], %(question_starts)s::float8[]) AS one (question, start)
        WHERE NOT EXISTS (SELECT FROM opponent_ratings o WHERE o.question_id = one.question)
        ORDER BY question
        ON CONFLICT DO NOTHING
    ), tried AS (
        INSERT INTO opponent_ratings (game_id, choice, start, rating, deviation, volatility, rated_at)
        SELECT %(game)s, choice, start, start, %(deviation)s, %(volatility)s, %(started_at)s
        FROM unnest(%(levels)s::text[], %(level_starts)s::float8[]) AS one (choice, start)
        WHERE NOT EXISTS (SELECT FROM opponent_ratings o WHERE o.game_id = %(game)s
            AND o.choice = one.choice AND abs(o.start - one.start) < %(shift)s)
        ORDER BY choice
        ON CONFLICT (game_id, choice) DO UPDATE SET start = excluded.start, rating = excluded.rating, games = 0,
            deviation = excluded.deviation, volatility = excluded.volatility, rated_at = excluded.rated_at
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
    ), player AS (
        UPDATE player_ratings SET rating = %(rating)s, deviation = %(deviation)s, volatility = %(volatility)s,
            games = games + 1, rated_at = %(rated_at)s
        WHERE id = %(player)s
        RETURNING user_id, scope, rating, deviation, volatility, rated_at
    ), point AS (
        INSERT INTO rating_points (user_id, scope, session_id, at, rating, deviation, volatility)
        SELECT user_id, scope, %(session)s, rated_at, rating, deviation, volatility FROM player
    ), opponents AS (
        UPDATE opponent_ratings o SET rating = moved.rating, deviation = moved.deviation,
            volatility = moved.volatility, games = games + 1, rated_at = %(rated_at)s
        FROM unnest(%(opponents)s::bigint[], %(ratings)s::float8[], %(deviations)s::float8[],
            %(volatilities)s::float8[]) AS moved (id, rating, deviation, volatility)
        WHERE o.id = moved.id
    ), told AS (
        INSERT INTO question_answers (session_id, question_id, is_right, seconds, rest_right)
        SELECT %(session)s, one.* FROM unnest(%(told)s::bigint[], %(told_right)s::boolean[],
            %(told_seconds)s::float8[], %(told_rest)s::float8[]) AS one
        ON CONFLICT DO NOTHING
    )
    UPDATE game_sessions SET metadata = %(metadata)s::jsonb, expires_at = %(expires_at)s,
        status = %(status)s, ended_at = %(ended_at)s, result = %(result)s, score = %(score)s
    WHERE id = %(session)s
"""


def begin(
    session: GameSession, *, scope: str, questions: Mapping[int, Rating], levels: Mapping[str, Rating]
) -> None:
    """Insert the new `session`, and note that its player has been given these questions.

    `questions` and `levels` say where the ratings of the new ones among them start.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _BEGIN,
            {
                "user": session.user_id,
                "game": session.game_id,
                "scope": scope,
                "started_at": session.started_at,
                "metadata": json.dumps(session.metadata),
                "expires_at": session.expires_at,
                "day": session.day,
                "unknown": UNKNOWN.value,
                "unknown_deviation": UNKNOWN.deviation,
                "deviation": OPPONENT_DEVIATION,
                "volatility": UNKNOWN.volatility,
                "questions": list(questions),
                "question_starts": [start.value for start in questions.values()],
                "levels": list(levels),
                "level_starts": [start.value for start in levels.values()],
                "shift": START_SHIFT_MAX,
            },
        )
        session.pk = cursor.fetchone()[0]
    session._state.adding = False
    session.duration = None


def step(session: GameSession, *, answers: Sequence[tuple[int, bool]], moves: Moves) -> None:
    """Write what a step has made of `session`: its first answers (question, right or not), the ratings it moves."""
    opponents, told = moves.opponents, first_answers(session)
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
                "player": moves.player_id,
                "rating": moves.player.value,
                "deviation": moves.player.deviation,
                "volatility": moves.player.volatility,
                "rated_at": session.ended_at,
                "opponents": list(opponents),
                "ratings": [moved.value for moved in opponents.values()],
                "deviations": [moved.deviation for moved in opponents.values()],
                "volatilities": [moved.volatility for moved in opponents.values()],
                "told": [one.question for one in told],
                "told_right": [one.is_right for one in told],
                "told_seconds": [one.seconds for one in told],
                "told_rest": [one.rest_right for one in told],
            },
        )
    # As the database has generated it.
    session.duration = session.ended_at - session.started_at if session.ended_at else None
