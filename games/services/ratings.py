"""What the end of a session makes of ratings: its player's, and those of the questions or levels that were met.

The player's row is locked first, then the opponents' in order of id, all after the session's and before any
wallet's (docs/house.md): two sessions that share questions wait for each other, and never in a circle.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from games import bank, skill
from games.engines import rating
from games.engines.base import Engine
from games.engines.rating import UNKNOWN, Rating
from games.models import GameSession

#: (id of a question, or a level's name) and whether the player got the better of it, at the first attempt.
Meeting = tuple[int | str, bool]


@dataclass(frozen=True)
class Moves:
    """What ratings become: the player's (the id of its row, or None where nothing moves), opponents' by id."""

    player_id: int | None = None
    player: Rating = UNKNOWN
    opponents: Mapping[int, Rating] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A rating as it stands in the database."""

    id: int
    key: str
    value: Rating
    rated_at: datetime


def meetings(engine: Engine[Any, Any], state: Any, *, score: float | None) -> list[Meeting]:
    """What a session that ended in `state` says of player and opponents: first answers, or levels reached."""
    if engine.draws_questions:
        return list(bank.first_answers(state))
    return [(name, engine.achieved(state.config, name, score or 0.0)) for name in engine.priors(state.config)]


def moves_of(*, session: GameSession, engine: Engine[Any, Any], met: Sequence[Meeting]) -> Moves:
    """What the ratings become by these meetings of `session`, which ends. Locks their rows. One query.

    The player's row is locked even where nothing was met: what its bets make of the lead is written behind it.
    Sessions begun before their player was rated move nothing.
    """
    rows = _lock(session, engine, met)
    if not met or not rows or rows[0].key:
        return Moves()
    assert session.ended_at is not None
    player, opponents = rows[0], {row.key: row for row in rows[1:]}
    rested = skill.at_rest(player.value, player.rated_at, session.ended_at)
    known = [(opponents[str(key)], won) for key, won in met if str(key) in opponents]
    return Moves(
        player.id,
        moved_player(engine, player=rested, games=[(row.value, won) for row, won in known]),
        {row.id: rating.met_by(row.value, rested, won) for row, won in known},
    )


def moved_player(engine: Engine[Any, Any], *, player: Rating, games: Sequence[tuple[Rating, bool]]) -> Rating:
    """The player's rating after a session: questions are a game each, the levels of a puzzle are one together."""
    return rating.after(player, games if engine.draws_questions else rating.closest(player, games))


# The one-time filter on `player` makes that row be locked before any other.
_LOCK = """
    WITH player AS MATERIALIZED (
        SELECT id, '' AS key, rating, deviation, volatility, rated_at FROM player_ratings
        WHERE user_id = %(user)s AND scope = %(scope)s FOR NO KEY UPDATE
    ), met AS MATERIALIZED (
        SELECT id, coalesce(question_id::text, choice) AS key, rating, deviation, volatility, rated_at
        FROM opponent_ratings
        WHERE EXISTS (SELECT FROM player) AND {which}
        ORDER BY id FOR NO KEY UPDATE
    )
    SELECT * FROM player UNION ALL SELECT * FROM met
"""
_LOCK_QUESTIONS = _LOCK.format(which="question_id = ANY(%(met)s::bigint[])")
_LOCK_LEVELS = _LOCK.format(which="game_id = %(game)s AND choice = ANY(%(met)s::text[])")


def _lock(session: GameSession, engine: Engine[Any, Any], met: Sequence[Meeting]) -> list[Row]:
    values: dict[str, Any] = {
        "user": session.user_id,
        "scope": engine.scope,
        "game": session.game_id,
        "met": [key for key, _ in met],
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_QUESTIONS if engine.draws_questions else _LOCK_LEVELS, values)
        return [Row(id, key, Rating(*numbers), at) for id, key, *numbers, at in cursor.fetchall()]
