"""Exports as the running site sends them: in pieces, cut visibly when they break, and in nobody's way."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from quantix.models import Export
from quantix.tests import books, factories
from quantix.tests.running import Line, Site, request, running

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
#: More than the buffers between server and client hold.
ROWS = 60_000
_CSRF = "a" * 32


@pytest.fixture
def ask(tmp_path: Path, client: Client) -> Callable[[Site], Line]:
    """`ask(site)`: a connection over which the whole ledger was asked for, and nothing of it read yet."""
    player = factories.make_player()
    books.run_unguarded(
        "INSERT INTO transactions (wallet_id, amount, type, category, balance_after, description)"
        " SELECT %s, 1, 'credit', 'bonus', 100 + n, repeat('words ', 30) FROM generate_series(1, %s) n",
        player.wallet.pk,
        ROWS,
    )
    client.force_login(factories.make_staff("finance"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    headers = {
        "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={_CSRF}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    body = urlencode({"csrfmiddlewaretoken": _CSRF, "format": "csv"}).encode()

    def send(site: Site) -> Line:
        line = site.line(60)
        line.send(request("POST", "/admin/wallets/transaction/do/export/", body, **headers))
        return line

    return send


def head_of(line: Line) -> tuple[int, dict[str, str]]:
    status = int(line.reader.readline().split()[1])
    return status, dict(line._headers())


def wait_until(is_so: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < give_up
        time.sleep(0.1)


def ended(is_whole: bool) -> bool:
    return Export.objects.filter(is_whole=is_whole).exists()


def test_a_whole_one_comes_in_chunks(ask: Callable[[Site], Line], tmp_path: Path) -> None:
    with running(tmp_path) as site:
        line = ask(site)
        status, headers = head_of(line)
        assert (status, headers["transfer-encoding"]) == (200, "chunked")
        assert b"".join(line._chunks()).count(b"\r\n") == ROWS + 3
        wait_until(partial(ended, True))


def test_one_that_breaks_has_no_end(ask: Callable[[Site], Line], tmp_path: Path) -> None:
    with running(tmp_path) as site:
        line = ask(site)
        assert head_of(line)[0] == 200
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND state LIKE 'idle in transaction%%'"
            )
        # In place of the length of the next chunk there is nothing.
        with pytest.raises(ValueError, match="invalid literal"):
            list(line._chunks())
        wait_until(partial(ended, False))
        assert site.ask("GET", "/health/ready").status == 200


def test_those_that_nobody_reads_hold_up_nobody_and_are_given_up(
    ask: Callable[[Site], Line], tmp_path: Path
) -> None:
    with running(tmp_path) as site:
        stuck = [ask(site) for _ in range(2)]
        assert [head_of(line)[0] for line in stuck] == [200, 200]
        status, headers = head_of(ask(site))
        assert (status, headers["retry-after"]) == (429, "10")
        for _ in range(20):
            began = time.monotonic()
            assert site.ask("GET", "/games").status == 200
            assert time.monotonic() - began < 5
        wait_until(lambda: Export.objects.filter(is_whole=False).count() == 2)
