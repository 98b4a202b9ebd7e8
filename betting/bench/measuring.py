"""How much time of the database a page takes: when nothing of it is in memory, and when it has just been opened."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection
from django.test import Client

from betting.bench.pages import Page

#: What no page may take.
MILLISECONDS_MAX = 300
#: After so long a statement is given up; what it would have taken is no longer of interest.
GIVE_UP_SECONDS = 20


@dataclass
class Taken:
    """The statements of one reply, each with its milliseconds."""

    statements: list[tuple[float, str]] = field(default_factory=list)
    status: int = 0

    @property
    def milliseconds(self) -> float:
        return sum(each for each, _ in self.statements)

    @property
    def slowest(self) -> tuple[float, str]:
        return max(self.statements, default=(0.0, ""))

    def __call__(self, execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(statement, params, many, context)
        finally:
            took = (time.perf_counter() - began) * 1000
            text = statement if isinstance(statement, str) else statement.as_string(context["cursor"].cursor)
            self.statements.append((took, text))


@dataclass(frozen=True)
class Measured:
    page: Page
    cold: Taken
    warm: Taken

    @property
    def is_slow(self) -> bool:
        return self.warm.milliseconds > MILLISECONDS_MAX

    @property
    def is_slow_cold(self) -> bool:
        """Waits for the disk, once: how long is the disk's affair as much as the page's."""
        return self.cold.milliseconds > MILLISECONDS_MAX

    @property
    def is_broken(self) -> bool:
        """A refusal is an answer; a fault, or a page that is not there, is none."""
        return any(status >= 500 or status == 404 for status in (self.cold.status, self.warm.status))


class Stopwatch:
    """Opens pages with `client` and measures what they ask of the database."""

    def __init__(self, client: Client) -> None:
        self.client = client
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = '{GIVE_UP_SECONDS}s'")
            cursor.execute(
                "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"
            )
            folder, database = cursor.fetchone()
            with suppress(DatabaseError):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_buffercache")
        self.files = Path(folder) / "base" / str(database)

    def measure(self, page: Page) -> Measured:
        self._forget()
        return Measured(page, self.open(page), self.open(page))

    def open(self, page: Page) -> Taken:
        taken = Taken()
        with connection.execute_wrapper(taken):
            reply = (
                self.client.get(page.address)
                if page.sent is None
                else self.client.post(page.address, page.sent)
            )
        taken.status = reply.status_code
        return taken

    def _forget(self) -> None:
        """Nothing of the tables is in memory: neither the server's own nor the system's, as far as they let one."""
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_buffercache_evict_all()")
        with suppress(OSError):
            for path in self.files.iterdir():
                with _opened(path) as file:
                    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    file = os.open(path, os.O_RDONLY)
    try:
        yield file
    finally:
        os.close(file)
