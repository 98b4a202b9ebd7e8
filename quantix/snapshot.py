"""One moment of the database, read for as long as it takes, over a connection of its own."""

from collections.abc import Iterator
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

_ROWS_AT_A_TIME = 2000


class Snapshot:
    """All that is read through it is as of one moment (REPEATABLE READ), and nothing is written.

    The request's own connection stays free for what goes on around it. Whoever opens a snapshot closes it: until
    then the database keeps what has changed since. To be used in one thread.
    """

    def __init__(self) -> None:
        self._connection = connections.create_connection(DEFAULT_DB_ALIAS)
        self._connection.set_autocommit(False)
        self.ask("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    def take_place(self, name: int, places: int) -> bool:
        """Take one of the `places` that there are under the number `name`, until it closes; False if none is free."""
        take = "SELECT pg_try_advisory_xact_lock(%s, %s)"
        return any(self.ask(take, name, place)[0][0] for place in range(places))

    def rows(self, found: "QuerySet[Any, tuple[Any, ...]]") -> Iterator[tuple[Any, ...]]:
        """The rows of a `values_list`, from a cursor in the database, a few at a time."""
        # Not `iterator()`: that fetches all at once where PgBouncer is told to have no cursors between transactions.
        compiler = found.query.get_compiler(connection=self._connection)
        rows: Iterator[tuple[Any, ...]] = compiler.results_iter(
            tuple_expected=True, chunked_fetch=True, chunk_size=_ROWS_AT_A_TIME
        )
        return rows

    def ask(self, sql: str, *values: int) -> list[tuple[Any, ...]]:
        """The rows that a statement of ours gives; all at once."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        self._connection.close()
