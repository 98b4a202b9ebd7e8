# ruff: noqa: S608 (the statement is this module's own words)
"""What is counted of a day where play and money meet (see `quantix.figures`)."""

from quantix import figures
from quantix.figures import Source

#: Who began a session or staked, by the stake's own posting: one that a correction takes again is no deed of theirs.
ACTED = """
    SELECT user_id FROM game_sessions WHERE started_at >= %(begin)s AND started_at < %(end)s
    UNION ALL
    SELECT w.user_id FROM transactions t JOIN wallets w ON w.id = t.wallet_id
    WHERE t.created_at >= %(begin)s AND t.created_at < %(end)s
        AND t.category = 'bet' AND t.type = 'debit' AND t.reference ~ '^bet:[0-9]+:stake$'
"""

ACTIVE = Source(
    ("players.active",),
    f"SELECT 'players.active', count(DISTINCT user_id)::numeric FROM ({ACTED}) AS acted",
    since="SELECT min(started_at) FROM game_sessions",
)


def register() -> None:
    figures.register(ACTIVE)
