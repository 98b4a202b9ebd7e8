"""Tallying: what ended sessions count, and the sums of it. Whole batches, one tallier at a time.

Nothing is added to what was there: a session's tally is written anew from the session, a player's standings
anew from their tallies of the season. Told twice, or after a kill, it comes to the same.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from betting.standing.awarding import award
from betting.standing.locks import try_tallying
from betting.standing.seasons import ensure_season
from quantix import clock, periodic
from quantix.db import in_one_transaction

BATCH_SESSIONS = 1000

_TAKE = """
    DELETE FROM sessions_to_tally WHERE id IN (SELECT id FROM sessions_to_tally ORDER BY id LIMIT %(size)s)
    RETURNING session_id
"""

# A session counts in the season of its end, or where that is archived (it was told late) in the running one.
# Where it counted first it counts for good; what is in an archive stays.
_TALLY = """
    INSERT INTO tallies (session_id, season_id, user_id, game_id, played, won, bets, stakes, winnings, brier,
        scope, rating, deviation)
    SELECT s.id, coalesce(season.id, %(running)s), s.user_id, s.game_id,
        (s.status <> 'voided')::int, coalesce((s.result = 'win')::int, 0),
        counted.bets, counted.stakes, counted.winnings,
        CASE WHEN g.type = 'prediction' THEN s.score END, point.scope, point.rating, point.deviation
    FROM game_sessions s
    JOIN games g ON g.id = s.game_id
    LEFT JOIN rating_points point ON point.session_id = s.id
    LEFT JOIN seasons season ON season.begins_at <= s.ended_at AND season.ends_at > s.ended_at
        AND season.archived_at IS NULL
    CROSS JOIN LATERAL (
        SELECT count(*) AS bets, coalesce(sum(b.amount), 0) AS stakes, coalesce(sum(b.payout), 0) AS winnings
        FROM bets b WHERE b.session_id = s.id AND b.outcome <> 'void'
    ) counted
    WHERE s.id = ANY(%(sessions)s) AND s.status <> 'in_progress'
    ON CONFLICT (session_id) DO UPDATE SET
        (played, won, bets, stakes, winnings, brier, scope, rating, deviation) = (excluded.played, excluded.won,
            excluded.bets, excluded.stakes, excluded.winnings, excluded.brier, excluded.scope, excluded.rating,
            excluded.deviation)
        WHERE NOT EXISTS (
            SELECT FROM seasons WHERE seasons.id = tallies.season_id AND seasons.archived_at IS NOT NULL)
    RETURNING season_id, user_id, game_id
"""

_OPEN_BOARDS = """
    INSERT INTO boards (season_id, game_id)
    SELECT season_id, game_id FROM unnest(%(seasons)s::bigint[], %(games)s::bigint[]) AS t (season_id, game_id)
    UNION SELECT unnest(%(seasons)s::bigint[]), NULL
    ON CONFLICT DO NOTHING
"""

# On a board of several kinds of game, a player's skill is that of the kind they are surest to be best at.
_SUM_UP = """
    WITH mine AS MATERIALIZED (
        SELECT b.id AS board_id, t.*
        FROM (SELECT DISTINCT * FROM unnest(%(seasons)s::bigint[], %(users)s::int[]) AS p (season_id, user_id)) touched
        JOIN tallies t USING (season_id, user_id)
        JOIN boards b ON b.season_id = t.season_id AND (b.game_id = t.game_id OR b.game_id IS NULL)
    ), sums AS (
        SELECT board_id, user_id, sum(played) AS played, sum(won) AS won, sum(bets) AS bets,
            sum(stakes) AS stakes, sum(winnings) AS winnings, count(brier) AS forecasts, avg(brier) AS brier
        FROM mine GROUP BY 1, 2
    ), newest AS (
        SELECT DISTINCT ON (board_id, user_id, scope) board_id, user_id, scope, rating, deviation
        FROM mine WHERE rating IS NOT NULL ORDER BY board_id, user_id, scope, session_id DESC
    ), best AS (
        SELECT DISTINCT ON (board_id, user_id) * FROM newest ORDER BY board_id, user_id, rating - 2 * deviation DESC
    ), written AS (
        INSERT INTO standings AS s (board_id, user_id, played, won, bets, stakes, winnings, forecasts, brier,
            scope, rating, deviation)
        SELECT sums.*, best.scope, best.rating, best.deviation
        FROM sums LEFT JOIN best USING (board_id, user_id)
        ON CONFLICT (user_id, board_id) DO UPDATE SET
            (played, won, bets, stakes, winnings, forecasts, brier, scope, rating, deviation) = (excluded.played,
                excluded.won, excluded.bets, excluded.stakes, excluded.winnings, excluded.forecasts,
                excluded.brier, excluded.scope, excluded.rating, excluded.deviation)
            WHERE (s.played, s.won, s.bets, s.stakes, s.winnings, s.forecasts, s.brier, s.rating, s.deviation)
                IS DISTINCT FROM (excluded.played, excluded.won, excluded.bets, excluded.stakes,
                    excluded.winnings, excluded.forecasts, excluded.brier, excluded.rating, excluded.deviation)
        RETURNING s.board_id
    )
    UPDATE boards SET changes = changes + 1 WHERE id IN (SELECT board_id FROM written)
"""


def tally_ended() -> int:
    """Tally sessions that ended, batch by batch, for the worker's turn; how many."""
    taken = 0
    for _ in periodic.turn():
        batch = in_one_transaction(tally_batch)
        taken += batch
        if batch < BATCH_SESSIONS:
            break
    return taken


def tally_batch(size: int = BATCH_SESSIONS) -> int:
    """Tally up to `size` sessions, in the transaction at hand; how many were taken. None while another tallies."""
    if not try_tallying(connection):
        return 0
    running = ensure_season(clock.now())
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"size": size})
        sessions = [session for (session,) in cursor.fetchall()]
        if sessions:
            cursor.execute(_TALLY, {"sessions": sessions, "running": running.pk})
            sum_up(cursor.fetchall())
            award(sessions)
    return len(sessions)


def sum_up(tallied: Sequence[tuple[int, int, int]]) -> None:
    """Write the standings that tallies of (season, user, game) are summed up in."""
    seasons, users, games = zip(*tallied, strict=True) if tallied else ((), (), ())
    values: dict[str, Any] = {"seasons": list(seasons), "users": list(users), "games": list(games)}
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_BOARDS, values)
        cursor.execute(_SUM_UP, values)
