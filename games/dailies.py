"""The daily puzzles as one player sees them: today's go, and the streak."""

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from games.models import Game, GameSession
from games.services.dailies import day_of
from games.services.sessions import engine_of

# A run of days that were won is what (day - number of the row) does not change in. One index holds all of it.
_DAILIES = """
    SELECT g.*, s.id AS session_id, s.status, s.result, s.metadata AS session_metadata,
        coalesce(runs.best, 0) AS best, coalesce(runs.current, 0) AS current
    FROM games g
    LEFT JOIN game_sessions s
        ON s.user_id = %(player)s AND s.game_id = g.id AND s.day = %(day)s AND s.status <> 'voided'
    LEFT JOIN LATERAL (
        SELECT max(days) AS best, max(days) FILTER (WHERE last >= %(day)s::date - 1) AS current
        FROM (
            SELECT count(*) AS days, max(day) AS last
            FROM (
                SELECT day, day - row_number() OVER (ORDER BY day)::int AS run FROM game_sessions
                WHERE user_id = %(player)s AND game_id = g.id AND day IS NOT NULL AND status <> 'voided'
                    AND result = 'win'
            ) AS won
            GROUP BY run
        ) AS run
    ) AS runs ON true
    WHERE g.is_daily AND g.is_active AND (%(game)s::bigint IS NULL OR g.id = %(game)s)
    ORDER BY g.id
"""


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
    # Today's loss ends what yesterday still held.
    is_over = session is not None and not session.is_running and session.result != "win"
    return Daily(row, day, session, streak=0 if is_over else row.current, best=row.best)
