"""Who may tally and rank: one at a time, until the end of the transaction. Others skip, or wait."""

from django.db.backends.base.base import BaseDatabaseWrapper

#: The two halves of an advisory lock's key: of this room, and of what in it (0: tallying; else a board).
_ROOM, _TALLYING = 0x7374, 0


def lock_tallying(connection: BaseDatabaseWrapper) -> None:
    """Wait until nobody tallies, and keep it so."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_ROOM, _TALLYING])


def try_tallying(connection: BaseDatabaseWrapper) -> bool:
    """Whether nobody else tallies; then nobody else will."""
    return _try(connection, _TALLYING)


def try_ranking(connection: BaseDatabaseWrapper, board_id: int) -> bool:
    """Whether nobody else ranks the board; then nobody else will."""
    # Boards whose ids are 2^31 apart share a lock: one of them waits for its next turn.
    return _try(connection, board_id % 2**31 or 2**31 - 1)


def _try(connection: BaseDatabaseWrapper, what: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_ROOM, what])
        return bool(cursor.fetchone()[0])
