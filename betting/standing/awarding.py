"""Awarding: what ended sessions have earned, in the transaction that tallies them. Once each, and kept for good."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from betting.standing import achievements
from betting.standing.achievements import Deed, WonBet

#: So much of a player's history is looked at, the newest first.
HISTORY_MAX = 2000
#: On the boards of seasons: the places that are a podium.
PODIUM = 3

# What came before is what had ended by then, whenever this is run.
_DEEDS = """
    SELECT s.id, s.user_id, g.type, s.result, coalesce(s.score, 0), s.ended_at, bets.id, bets.odds::float,
        past.results, past.played, past.won_types, past.forecasts, coalesce(past.brier, 2), past.days
    FROM game_sessions s
    JOIN games g ON g.id = s.game_id
    LEFT JOIN LATERAL (
        SELECT b.id, b.odds FROM bets b WHERE b.session_id = s.id AND b.outcome = 'win'
        ORDER BY b.odds DESC, b.id LIMIT 1
    ) bets ON true
    CROSS JOIN LATERAL (
        SELECT (array_agg(p.result ORDER BY p.ended_at DESC, p.id DESC) FILTER (WHERE p.result IS NOT NULL))[1:6]
                AS results,
            count(*) AS played,
            array_agg(DISTINCT pg.type) FILTER (WHERE p.result = 'win') AS won_types,
            count(p.score) FILTER (WHERE pg.type = 'prediction') AS forecasts,
            avg(p.score) FILTER (WHERE pg.type = 'prediction') AS brier,
            count(DISTINCT (p.ended_at AT TIME ZONE %(zone)s)::date) FILTER (
                WHERE (p.ended_at AT TIME ZONE %(zone)s)::date > (s.ended_at AT TIME ZONE %(zone)s)::date - 10
            ) AS days
        FROM (
            SELECT * FROM game_sessions h WHERE h.user_id = s.user_id ORDER BY h.id DESC LIMIT %(history)s
        ) p
        JOIN games pg ON pg.id = p.game_id
        WHERE p.status NOT IN ('in_progress', 'voided') AND (p.ended_at, p.id) <= (s.ended_at, s.id)
    ) past
    WHERE s.id = ANY(%(sessions)s) AND s.status NOT IN ('in_progress', 'voided')
    ORDER BY s.ended_at, s.id
"""

# The first that earned it has it.
_AWARD = """
    INSERT INTO achievements (user_id, code, session_id, bet_id, earned_at)
    SELECT won.user_id, won.code, won.session_id, won.bet_id, s.ended_at
    FROM unnest(%(users)s::int[], %(codes)s::text[], %(sessions)s::bigint[], %(bets)s::bigint[])
        WITH ORDINALITY AS won (user_id, code, session_id, bet_id, number)
    JOIN game_sessions s ON s.id = won.session_id
    ORDER BY won.number
    ON CONFLICT (user_id, code) DO NOTHING
"""

_AWARD_PODIUM = """
    INSERT INTO achievements (user_id, code, earned_at)
    SELECT DISTINCT p.user_id, 'podium', %(now)s::timestamptz
    FROM placings p JOIN boards b ON b.id = p.board_id
    WHERE b.season_id = %(season)s AND b.game_id IS NULL AND p.rank <= %(podium)s
    ON CONFLICT (user_id, code) DO NOTHING
"""


def award(sessions: Sequence[int]) -> None:
    """Write what these sessions have earned. Two statements."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "sessions": list(sessions),
            "history": HISTORY_MAX,
            "zone": timezone.get_default_timezone_name(),
        }
        cursor.execute(_DEEDS, values)
        deeds = [_deed(*row) for row in cursor.fetchall()]
        rows = [
            (deed.user, code, deed.session, bet) for deed in deeds for code, bet in achievements.earned(deed)
        ]
        if rows:
            names = ("users", "codes", "sessions", "bets")
            cursor.execute(_AWARD, dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def award_podium(season_id: int, now: Any) -> None:
    """Write who ends the season among the first three of its boards."""
    with connection.cursor() as cursor:
        cursor.execute(_AWARD_PODIUM, {"season": season_id, "podium": PODIUM, "now": now})


def _deed(
    session: int, user: int, type: str, result: str | None, score: float, ended_at: Any, bet: int | None,
    odds: float | None, results: list[str] | None, played: int, won_types: list[str] | None, forecasts: int,
    brier: float, days: int,
) -> Deed:  # fmt: skip
    won = WonBet(bet, odds) if bet is not None and odds is not None else None
    is_event = type == "prediction"
    return Deed(
        session=session, user=user, type=type, result=result, score=score,
        own_win=None if is_event else won, event_win=won if is_event else None,
        results=tuple(results or ()), played=played, won_types=frozenset(won_types or ()),
        forecasts=forecasts, brier=brier, days=days,
    )  # fmt: skip
