"""What games tell on the page of a user: sessions, those that run, and ratings."""

from collections.abc import Iterable

from django.utils.html import format_html

from accounts.backoffice import Panel, list_url
from accounts.backoffice.dossier import Fact, Part, Row, link, register, when
from accounts.models import User
from games.models import GameSession

SESSIONS = """
    SELECT s.id, s.started_at, s.ended_at, g.name, s.status, s.result, s.score
    FROM game_sessions s JOIN games g ON g.id = s.game_id WHERE s.user_id = %(user)s ORDER BY s.id DESC LIMIT 10
"""
RUNNING = "SELECT count(*) AS running FROM game_sessions WHERE user_id = %(user)s AND status = 'in_progress'"
RATINGS = """
    SELECT scope, rating, deviation, games, rated_at FROM player_ratings
    WHERE user_id = %(user)s AND games > 0 ORDER BY scope
"""


def session_panel(user: User, rows: list[Row]) -> Panel:
    told = [
        [
            link(GameSession, row["id"], when(row["started_at"])),
            when(row["ended_at"]),
            row["name"],
            GameSession.Status(row["status"]).label,
            row["result"],
            None if row["score"] is None else f"{row['score']:.2f}",
        ]
        for row in rows
    ]
    url = list_url(GameSession, user__id__exact=user.pk)
    return Panel("Sessions", ["started", "ended", "game", "status", "result", "score"], told, url)


def running_facts(user: User, rows: list[Row]) -> Iterable[Fact]:
    (row,) = rows
    url = list_url(GameSession, user__id__exact=user.pk, status__exact="in_progress")
    yield Fact("Sessions running", format_html('<a href="{}">{}</a>', url, row["running"]))


def rating_panel(user: User, rows: list[Row]) -> Panel:
    told = [
        [
            row["scope"],
            f"{row['rating']:.0f} ± {2 * row['deviation']:.0f}",
            row["games"],
            when(row["rated_at"]),
        ]
        for row in rows
    ]
    return Panel("Ratings", ["at", "rating", "results", "last"], told, empty="Nothing rated yet.")


register(
    Part(RUNNING, 31, facts=running_facts),
    Part(SESSIONS, 40, panel=session_panel),
    Part(RATINGS, 55, panel=rating_panel),
)
