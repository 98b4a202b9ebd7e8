"""The site and its worker, kept alive until Ctrl-C."""

import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from quantix import postgres

LOOK_SECONDS = 0.25
# A part that dies at once is not started more often than this.
RESTART_SECONDS_MIN = 2.0
STOP_SECONDS_MAX = 8.0
PR_SET_PDEATHSIG = 1

DEMO = """
  Site      {site}/
  Admin     {site}/admin/
  API       {site}/api/docs/
  Outbox    {site}/outbox   (mail that was sent)

  Demo sign-ins, password quantix-demo:
    21f1000001@ds.study.iitm.ac.in   owner
    21f1000002@ds.study.iitm.ac.in   finance
    21f1000003@ds.study.iitm.ac.in   finance
    21f1000004@ds.study.iitm.ac.in   games
    21f1000006@ds.study.iitm.ac.in   games
    21f1000005@ds.study.iitm.ac.in   support
    21f2000001@ds.study.iitm.ac.in   player, and so on to 21f2000040@…

  Ctrl-C stops it; `make stop` stops PostgreSQL too.
"""


def die_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent goes, even by kill -9 (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Part:
    """A child process in a group of its own, so that Ctrl-C reaches it through us alone."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = field(default=0.0)

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            cwd=settings.BASE_DIR,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - there are no threads here
        )

    def fate(self) -> int | None:
        """The exit code of a part that ended, negative for a signal."""
        return self.process.poll() if self.process else None

    def signal(self, number: signal.Signals) -> None:
        """To the whole group: a killed server's own children would keep its port."""
        if self.process:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def stop(self, deadline: float) -> None:
        """Wait for the end until the deadline (monotonic seconds), then make it."""
        if self.process:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(max(0.0, deadline - time.monotonic()))
            self.signal(signal.SIGKILL)
            self.process.wait()


class Command(BaseCommand):
    help = "Run the web server and the worker, restart either when it dies, and end both on Ctrl-C."
    stopping = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        host = os.environ.get("BIND", "127.0.0.1")
        refuse_taken_port(host, port)
        os.environ["PORT"] = str(port)
        web = [
            sys.executable,
            "-m",
            "gunicorn",
            "--config",
            "python:quantix.gunicorn_settings",
            "quantix.wsgi",
        ]
        parts = [
            Part("web server", web),
            Part("worker", [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker"]),
        ]
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.ask_to_stop)
        try:
            self.keep_alive(parts, f"http://{host}:{port}")
        finally:
            self.say("Stopping")
            end(parts)
        self.say("Stopped")

    def ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def say(self, text: str) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(f"==> {text}"))
        self.stdout.flush()

    def keep_alive(self, parts: list[Part], site: str) -> None:
        for part in parts:
            part.start()
        announced = False
        while not self.stopping:
            time.sleep(LOOK_SECONDS)
            self.keep_database()
            for part in parts:
                self.restart_if_dead(part)
            if not announced and answers(site):
                self.stdout.write(DEMO.format(site=site))
                self.stdout.flush()
                announced = True

    def keep_database(self) -> None:
        """Start the embedded PostgreSQL again should it have been killed."""
        if os.environ.get("DATABASE_URL"):
            return
        try:
            postgres.ensure_running(settings.DATA_DIR / "postgres")
        except postgres.PostgresError as error:
            self.say(f"The database is down: {error}")

    def restart_if_dead(self, part: Part) -> None:
        fate = part.fate()
        if fate is None or self.stopping or time.monotonic() - part.started_at < RESTART_SECONDS_MIN:
            return
        how = f"was killed by {signal.Signals(-fate).name}" if fate < 0 else f"ended with exit code {fate}"
        self.say(f"The {part.name} {how}: starting it again")
        part.signal(signal.SIGKILL)
        part.start()


def refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(
                    f"Port {port} is in use already. Choose another: PORT={port + 1} make run"
                ) from error
            raise CommandError(f"Port {port} on {host} cannot be had: {error.strerror}") from error


def answers(site: str) -> bool:
    """Whether something speaks HTTP there, whatever it says."""
    try:
        urllib.request.urlopen(f"{site}/health/live", timeout=2).close()  # noqa: S310
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def end(parts: list[Part]) -> None:
    """Ask all to end, wait for them together, and leave no orphan."""
    deadline = time.monotonic() + STOP_SECONDS_MAX
    for part in parts:
        if part.process:
            part.process.terminate()
    for part in parts:
        part.stop(deadline)
