"""Killed in the middle of it: web workers and the database, by SIGKILL, while clients bet and send again."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from quantix import postgres
from quantix.postgres.host import processes_in
from quantix.postgres.server import Server

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PLAYERS, BETS_EACH = 8, 25
PATIENCE_SECONDS = 90

_PEOPLE = f"""
import json
from accounts.services import signin
from quantix.db import in_one_transaction
from quantix.tests import factories
event = factories.make_event()
players = [factories.make_player("1000.00") for _ in range({PLAYERS})]
print(json.dumps({{"event": event.pk, "tokens": [signin.issue_api_token(user=player) for player in players]}}))
"""
_COUNT = """
import json
from django.db.models import Count
from betting.models import Bet
print(json.dumps(list(Bet.objects.values("session__user").annotate(n=Count("pk")).values_list("n", flat=True))))
"""


@dataclass
class Site:
    """A site of its own: a database under `folder`, and gunicorn in front of it."""

    folder: Path
    port: int = 0
    env: dict[str, str] = field(default_factory=dict)
    web: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.env = os.environ | {
            "DATABASE_URL": postgres.ensure_running(self.folder / "postgres"),
            "DEBUG": "on",
            "BIND": "127.0.0.1",
            "PORT": str(self.port),
            "WEB_CONCURRENCY": "2",
            "RATE_BETS": "",
            "RATE_REQUESTS": "",
            "DJANGO_SETTINGS_MODULE": "quantix.settings",
        }
        self.manage("migrate", "--verbosity", "0")
        command = ["-m", "gunicorn", "--config", "python:quantix.gunicorn_settings", "quantix.wsgi"]
        self.web = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=self.env)

    def stop(self) -> None:
        if self.web:
            self.web.terminate()
            self.web.wait(20)
        postgres.remove(self.folder / "postgres")

    def manage(self, *arguments: str, code: str | None = None) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.env, input=code, text=True, capture_output=True, check=True
        )
        return done.stdout

    def shell(self, code: str) -> object:
        return json.loads(self.manage("shell", "--verbosity", "0", code=code).strip().splitlines()[-1])

    def kill_a_web_worker(self) -> None:
        assert self.web
        children = Path(f"/proc/{self.web.pid}/task/{self.web.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)

    def kill_the_database(self) -> None:
        for pid in processes_in(Server(self.folder / "postgres").pgdata):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    tmp_path.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        site = Site(tmp_path, free.getsockname()[1])
    site.start()
    yield site
    site.stop()


class Client(threading.Thread):
    """Places its bets one after the other, and sends each again, with its key, until it is answered."""

    def __init__(self, site: Site, number: int, token: str, event: int) -> None:
        super().__init__()
        self.site, self.number, self.token, self.event = site, number, token, event
        self.bets: list[int] = []
        self.sent_again = 0
        self.refused: list[tuple[int, bytes]] = []

    def run(self) -> None:
        for number in range(BETS_EACH):
            self.place(f"{self.number}-{number}")

    def place(self, key: str) -> None:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            with suppress(OSError, http.client.HTTPException):
                status, body = self.post(key)
                if status == 201:
                    self.bets.append(json.loads(body)["id"])
                    return
                if status != 503:
                    self.refused.append((status, body))
                    return
            self.sent_again += 1
            time.sleep(0.1)

    def post(self, key: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=10)
        body = json.dumps({"game": self.event, "market": "winner", "choice": "yes", "amount": "1.00"})
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        connection.request("POST", "/api/v1/bets", body, headers)
        response = connection.getresponse()
        return response.status, response.read()


def test_killing_web_and_database_under_load_loses_and_doubles_nothing(site: Site) -> None:
    made: dict = site.shell(_PEOPLE)  # type: ignore[assignment]
    clients = [Client(site, number, token, made["event"]) for number, token in enumerate(made["tokens"])]
    for client in clients:
        client.start()
    time.sleep(1)
    site.kill_a_web_worker()
    time.sleep(0.5)
    site.kill_the_database()
    time.sleep(1)
    postgres.ensure_running(site.folder / "postgres")
    site.kill_a_web_worker()
    for client in clients:
        client.join(PATIENCE_SECONDS)

    assert [client.refused for client in clients] == [[]] * PLAYERS
    assert sum(client.sent_again for client in clients) > 0, "nothing was killed under load"
    answered = [bet for client in clients for bet in client.bets]
    assert len(set(answered)) == len(answered) == PLAYERS * BETS_EACH
    assert site.shell(_COUNT) == [BETS_EACH] * PLAYERS
    assert "The books are right." in site.manage("reconcile")
