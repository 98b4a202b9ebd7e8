"""What games count of a day (see `quantix.figures`)."""

from quantix import figures
from quantix.figures import Source

SESSIONS = Source(
    ("sessions.quiz", "sessions.puzzle", "sessions.prediction"),
    """
    SELECT 'sessions.' || g.type, count(*)::numeric
    FROM game_sessions s JOIN games g ON g.id = s.game_id
    WHERE s.started_at >= %(begin)s AND s.started_at < %(end)s
    GROUP BY g.type
    """,
    since="SELECT min(started_at) FROM game_sessions",
)


def register() -> None:
    figures.register(SESSIONS)
