"""Health: whether the process is up, and whether it can work; and what becomes of pages while it cannot."""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from quantix import postgres

CHECKOUT = Path(__file__).resolve().parents[2]


def test_live_asks_no_database(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    # Without the `db` fixture any query would be refused.
    response = client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "live"})


@pytest.mark.django_db
def test_ready_says_that_the_database_is_there_and_migrated(client: Client) -> None:
    assert client.get("/health/ready").json() == {"status": "ready"}


@pytest.mark.django_db
def test_a_migration_that_is_due_is_told(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'accounts'")
    response = client.get("/health/ready")
    assert (response.status_code, response.json()) == (503, {"status": "not migrated"})
    assert int(response["Retry-After"]) > 0


@pytest.mark.django_db
def test_a_database_that_is_away_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("quantix.views.MigrationExecutor", away)
    response = client.get("/health/ready")
    assert (response.status_code, response.json()) == (503, {"status": "no database"})
    assert int(response["Retry-After"]) > 0


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
@pytest.mark.django_db
def test_health_is_looked_at_and_nothing_else(client: Client, path: str) -> None:
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder for a database server of the test's own."""
    folder = Path(tempfile.mkdtemp(prefix="quantix-health-"))
    folder.chmod(0o755)
    yield folder / "data"
    postgres.remove(folder / "data")
    shutil.rmtree(folder)


class Site:
    """The site under gunicorn, as in production but for HTTPS and DEBUG, on a database of its own."""

    def __init__(self, database_url: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environment = os.environ | {
            "DATABASE_URL": database_url,
            "PORT": str(self.port),
            "WEB_CONCURRENCY": "1",
            "DJANGO_SETTINGS_MODULE": "quantix.settings",
            "SIGNUP_MILLISECONDS_MIN": "0",
        }

    def manage(self, *command: str) -> str:
        run = [sys.executable, *command]
        return subprocess.run(
            run, cwd=CHECKOUT, env=self.environment, check=True, capture_output=True, text=True
        ).stdout

    def __enter__(self) -> "Site":
        serve = ["-m", "gunicorn", "--config", "python:quantix.gunicorn_settings", "quantix.wsgi"]
        self.process = subprocess.Popen([sys.executable, *serve], cwd=CHECKOUT, env=self.environment)
        self.wait_for("/health/live", 200)
        return self

    def __exit__(self, *error: object) -> None:
        self.process.terminate()
        self.process.wait(20)

    def get(self, path: str, cookie: str = "") -> tuple[int, dict[str, str], str]:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            link.request("GET", path, headers={"Cookie": cookie} if cookie else {})
            response = link.getresponse()
            return response.status, dict(response.headers), response.read().decode()
        finally:
            link.close()

    def wait_for(self, path: str, status: int) -> None:
        deadline = time.monotonic() + 30
        found = 0
        while time.monotonic() < deadline and found != status:
            time.sleep(0.1)
            try:
                found = self.get(path)[0]
            except OSError:
                continue
        assert found == status, f"{path} answers {found}"


SESSION_OF_A_PLAYER = """
import django; django.setup()
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from accounts.models import User
user = User.objects.create_superuser("21f1000001@ds.study.iitm.ac.in", "ada", "Ada", "correct horse battery")
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
print(session.session_key)
"""


@pytest.mark.slow
def test_while_the_database_is_away_all_wait_and_then_all_goes_on_without_a_restart(data_dir: Path) -> None:
    site = Site(postgres.ensure_running(data_dir))
    site.manage("manage.py", "migrate", "--verbosity", "0")
    cookie = f"sessionid={site.manage('-c', SESSION_OF_A_PLAYER).strip().splitlines()[-1]}"
    with site:
        assert site.get("/health/ready")[0] == 200
        assert "Sign out" in site.get("/account", cookie)[2]

        postgres.stop(data_dir)
        assert site.get("/health/live")[0] == 200
        for path in ("/health/ready", "/account", "/api/v1/me", "/api/v1/games"):
            status, headers, body = site.get(path, cookie)
            assert (status, int(headers["Retry-After"]) > 0) == (503, True), (path, status)
            assert "Traceback" not in body and "OperationalError" not in body
        assert "<h1>" in site.get("/account", cookie)[2]
        assert '"database-unavailable"' in site.get("/api/v1/me", cookie)[2]

        postgres.ensure_running(data_dir)
        for path in ("/health/ready", "/account", "/api/v1/me"):
            for _ in range(8):  # Whatever thread answers.
                assert site.get(path, cookie)[0] == 200, path
