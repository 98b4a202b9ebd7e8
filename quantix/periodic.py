"""Work that comes round: each job is whole and harmless to run twice, so any number of workers may do it.

Jobs run one after the other. So that none holds up the others, what has many pieces to do does them for a `turn`,
and what takes long in one piece `is_long`: it goes on beside the rest, in a thread and a connection of its own.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass

import psycopg2
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger("quantix.periodic")
#: How long a job of many pieces goes on before the others have their turn.
TURN_SECONDS = 2.0
#: Before work beside the rest that broke off by a fault is begun anew.
REST_SECONDS = 60.0


@dataclass(frozen=True)
class Job:
    """`run` every `seconds`."""

    name: str
    seconds: float
    run: Callable[[], object]
    is_long: bool = False


#: Set once the worker was asked to end: what goes on beside it finishes the piece of work at hand.
stopping = threading.Event()

_JOBS: dict[str, Job] = {}


def register(seconds: float, run: Callable[[], object], *, is_long: bool = False) -> None:
    """Have the worker call `run` every `seconds`; called by apps in `AppConfig.ready()`."""
    name = _name_of(run)
    _JOBS[name] = Job(name, seconds, run, is_long)


def jobs() -> list[Job]:
    return list(_JOBS.values())


def turn() -> Iterator[None]:
    """Once for each piece of work that a job may begin: none once TURN_SECONDS are over or the worker is to end."""
    until = time.monotonic() + TURN_SECONDS
    while not stopping.is_set():
        yield
        if time.monotonic() > until:
            return


class Beside(threading.Thread):
    """Work that goes on beside the worker's own, in a thread and a database connection of its own."""

    def __init__(self, name: str, work: Callable[[], object]) -> None:
        # Daemon: who is killed or must end at once does not wait for it.
        super().__init__(name=name, daemon=True)
        self.work, self.context = work, copy_context()
        self.database: BaseDatabaseWrapper | None = None
        self.rests_until = 0.0

    def run(self) -> None:
        # Each thread's own.
        self.database = connections[DEFAULT_DB_ALIAS]
        try:
            self.context.run(self.work)
        except Exception:
            self.rests_until = time.monotonic() + REST_SECONDS
            if not stopping.is_set():
                logger.exception("%s broke off; it begins anew in %s s at least", self.name, REST_SECONDS)
        finally:
            self.database.close()

    @property
    def may_follow(self) -> bool:
        """Whether the same work may be begun anew."""
        return not self.is_alive() and time.monotonic() >= self.rests_until

    def cut_short(self) -> None:
        """Have the database give up the statement at hand, and with it its transaction."""
        if self.database and self.database.connection:
            with suppress(psycopg2.Error):
                self.database.connection.cancel()


_beside: dict[str, Beside] = {}


def beside(run: Callable[[], object]) -> None:
    """Begin `run` beside the worker's own work, unless it is at it still, or rests."""
    name = _name_of(run)
    if name not in _beside or _beside[name].may_follow:
        _beside[name] = Beside(name, run)
        _beside[name].start()


def wait_beside(seconds: float | None = None) -> bool:
    """Until all that goes on beside is over, or `seconds` have passed; whether it is over."""
    until = None if seconds is None else time.monotonic() + seconds
    for thread in _beside.values():
        thread.join(None if until is None else max(0.0, until - time.monotonic()))
    return not any(thread.is_alive() for thread in _beside.values())


def end_beside(seconds: float) -> None:
    """Wait `seconds` for what goes on beside to end by itself, then cut it short: it is undone, and done anew."""
    if not wait_beside(seconds):
        for thread in _beside.values():
            thread.cut_short()
        wait_beside(seconds)


def _name_of(run: Callable[[], object]) -> str:
    return f"{run.__module__}.{run.__qualname__}"
