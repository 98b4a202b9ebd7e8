"""The daily puzzles as one player sees them: today's go, and the streak."""

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import JSONField
from django.db.models.expressions import RawSQL
from django.utils import timezone

from accounts.models import User
from games.models import Game, GameSession
from games.services.dailies import day_of
from games.services.sessions import engine_of

# A run of days that were won is what (day - number of the row) does not change in. One index holds all of it.
# Of `asked` (player, day) and `g`, a game; today's loss ends what yesterday still held.
_RUNS = """
    SELECT coalesce(max(days), 0) AS best, CASE
        WHEN EXISTS (
            SELECT FROM game_sessions WHERE user_id = asked.player AND game_id = g.id AND day = asked.day
                AND status <> 'voided' AND result <> 'win'
        ) THEN 0
        ELSE coalesce(max(days) FILTER (WHERE last >= asked.day - 1), 0) END AS current
    FROM (
        SELECT count(*) AS days, max(day) AS last
        FROM (
            SELECT day, day - row_number() OVER (ORDER BY day)::int AS run FROM game_sessions
            WHERE user_id = asked.player AND game_id = g.id AND day IS NOT NULL AND status <> 'voided'
                AND result = 'win'
        ) AS won
        GROUP BY run
    ) AS run
"""
_DAILIES = f"""
    SELECT g.*, s.id AS session_id, s.status, s.result, s.metadata AS session_metadata, runs.best, runs.current
    FROM games g
    CROSS JOIN (SELECT %(player)s::bigint AS player, %(day)s::date AS day) AS asked
    LEFT JOIN game_sessions s
        ON s.user_id = asked.player AND s.game_id = g.id AND s.day = asked.day AND s.status <> 'voided'
    CROSS JOIN LATERAL ({_RUNS}) AS runs
    WHERE g.is_daily AND g.is_active AND (%(game)s::bigint IS NULL OR g.id = %(game)s)
    ORDER BY g.id
"""  # noqa: S608 - put together of what stands here
_STREAKS = f"""(
    SELECT coalesce(jsonb_agg(jsonb_build_object('name', g.name, 'slug', g.slug, 'now', runs.current,
        'best', runs.best) ORDER BY g.id), '[]')
    FROM games g
    CROSS JOIN (SELECT users.id AS player, %s::date AS day) AS asked
    CROSS JOIN LATERAL ({_RUNS}) AS runs
    WHERE g.is_daily AND g.is_active AND runs.best > 0
)"""  # noqa: S608 - put together of what stands here


@dataclass(frozen=True)
class Daily:
    """A daily puzzle on `day`, and how it stands with a player.

    `streak` is the number of days in a row, up to today or yesterday, on which the player has solved it; `best`
    the longest there was. `next_at` is the midnight after which there is another.
    """

    game: Game
    day: date
    session: GameSession | None
    streak: int
    best: int

    @property
    def next_at(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.day + timedelta(days=1), time()))

    @property
    def status(self) -> str:
        """`new`, `in_progress`, `win`, or `loss`."""
        if self.session is None:
            return "new"
        return "in_progress" if self.session.is_running else str(self.session.result)

    @property
    def share(self) -> str | None:
        """What one may show of today's go without giving anything away; None before its end."""
        return share_text(self.session, self.streak) if self.session and not self.session.is_running else None


def dailies_of(player: User | None, now: datetime, game: Game | None = None) -> list[Daily]:
    """Today's puzzles (or that of `game` alone) for a player, or for somebody who is not known. One query."""
    day = day_of(now)
    asked = {"player": player.pk if player else None, "day": day, "game": game.pk if game else None}
    return [_daily(row, day) for row in Game.objects.raw(_DAILIES, asked)]


def streaks(now: datetime) -> RawSQL:
    """To annotate players with: `name`, `slug`, `now` and `best` of each daily puzzle that they ever solved."""
    return RawSQL(_STREAKS, [day_of(now)], JSONField())  # noqa: S611 - nothing of a request is in it


def share_text(session: GameSession, streak: int = 0) -> str:
    """How an ended session went, in lines that give nothing away. `session.game` should be loaded."""
    engine, state = engine_of(session)
    figure, *squares = engine.share(state)
    words = [f"Quantix {session.game.name}{_date_words(session.day)}: {figure}"]
    if streak > 1:
        words.append(f"{streak} days in a row")
    return "\n".join([", ".join(words), *squares])


def _date_words(day: date | None) -> str:
    return f", {day.day} {day:%b %Y}" if day else ""


def _daily(row: Any, day: date) -> Daily:
    session = None
    if row.session_id:
        session = GameSession(
            pk=row.session_id,
            game=row,
            status=row.status,
            result=row.result,
            metadata=json.loads(row.session_metadata),
            day=day,
        )
    return Daily(row, day, session, streak=row.current, best=row.best)
