"""`manage.py worker`: mails and other queued tasks, and the work that comes round."""

import logging
import signal
import time
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from quantix import periodic
from quantix.db import is_database_away
from quantix.errors import DatabaseAway

logger = logging.getLogger("quantix.worker")
#: Between two looks at the queue, and after the database was found away.
PAUSE_SECONDS, AWAY_SECONDS = 0.5, 2.0
#: For what goes on beside to end by itself when the worker is asked to end, and again once it is cut short.
END_SECONDS = 2.0


class Command(BaseCommand):
    help = "Send mail and webhooks, expire sessions, close and settle events, and do other background work."
    stopping = periodic.stopping
    once = False
    queue: Worker | None = None

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--once", action="store_true", help="do all that is due once, then end")

    def handle(self, *, once: bool, **options: Any) -> None:
        self.once = once
        self.stopping.clear()
        self.due = {job.name: 0.0 for job in periodic.jobs()}
        if not once:
            signal.signal(signal.SIGTERM, self.stop)
            signal.signal(signal.SIGINT, self.stop)
            self.stdout.write(f"Worker: the queue, and {len(self.due)} jobs that come round.")
        while not self.stopping.is_set():
            pause = self.turn()
            if once:
                periodic.wait_beside()
                return
            self.stopping.wait(pause)
        periodic.end_beside(END_SECONDS)

    def stop(self, signum: int, frame: FrameType | None) -> None:
        """Finish the piece of work at hand, then end: what is running is whole."""
        self.stopping.set()
        if self.queue:
            self.queue.running = False

    def turn(self) -> float:
        """One round of work; returns how long to rest. A database that is away is waited for, not died of."""
        close_old_connections()
        try:
            self.run_due_jobs()
            self.run_queue()
        except (DatabaseError, InterfaceError, DatabaseAway) as error:
            logger.warning("the database is away: %s", error)
            connection.close()
            return AWAY_SECONDS
        return PAUSE_SECONDS

    def run_due_jobs(self) -> None:
        for job in periodic.jobs():
            if self.due[job.name] > time.monotonic() or self.stopping.is_set():
                continue
            self.due[job.name] = time.monotonic() + job.seconds
            try:
                self.run(job)
            except Exception as error:
                if isinstance(error, DatabaseAway) or is_database_away(error):
                    raise
                logger.exception("%s failed; it comes round again in %s s", job.name, job.seconds)

    def run(self, job: periodic.Job) -> None:
        if job.is_long and not self.once:
            periodic.beside(job.run)
        else:
            job.run()

    def run_queue(self) -> None:
        self.queue = Worker(
            queue_names=["default"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=50,
            worker_id=get_random_string(32),
            excluded_queue_names=[],
        )
        self.queue.running = not self.stopping.is_set()
        self.queue.run()
