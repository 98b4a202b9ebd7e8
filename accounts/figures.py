"""What accounts count of a day (see `quantix.figures`)."""

from quantix import figures
from quantix.figures import Source

JOINED = Source(
    ("players.joined",),
    """
    SELECT 'players.joined', count(*)::numeric
    FROM users WHERE email_verified_at >= %(begin)s AND email_verified_at < %(end)s
    """,
    since="SELECT min(email_verified_at) FROM users",
)


def register() -> None:
    figures.register(JOINED)
