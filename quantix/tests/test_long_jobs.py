"""Work that takes long: it holds up neither mail nor the jobs that come round, nor a worker that is asked to end."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core import mail
from django.db import connection

from accounts.services import mails
from quantix import periodic
from quantix.db import in_one_transaction
from quantix.management.commands import worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def only_these(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing else comes round, and nothing is left going on."""
    monkeypatch.setattr(periodic, "_JOBS", {})
    monkeypatch.setattr(periodic, "_beside", {})
    yield
    periodic.stopping.clear()
    assert periodic.wait_beside(10)


def a_worker() -> worker.Command:
    command = worker.Command()
    command.due = {job.name: 0.0 for job in periodic.jobs()}
    return command


def held(release: threading.Event, begun: list[float]) -> Callable[[], None]:
    """A job that goes on until `release`."""

    def job() -> None:
        begun.append(time.monotonic())
        assert release.wait(10)

    return job


def test_mail_goes_out_while_a_long_job_goes_on(player: Any, commit: Any) -> None:
    release, begun = threading.Event(), list[float]()
    periodic.register(60, held(release, begun), is_long=True)
    commit(lambda: mails.ask_for_mail(player.email, "reset"))
    a_worker().turn()
    assert len(mail.outbox) == 1
    assert not periodic.wait_beside(0), "it goes on still"
    release.set()


def test_a_long_job_is_not_begun_again_while_it_goes_on() -> None:
    release, begun = threading.Event(), list[float]()
    job = held(release, begun)
    for _ in range(3):
        periodic.beside(job)
    release.set()
    assert periodic.wait_beside(10) and len(begun) == 1
    periodic.beside(job)
    assert periodic.wait_beside(10) and len(begun) == 2


def test_a_long_job_that_breaks_off_rests(caplog: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []

    def breaks() -> None:
        begun.append(1)
        raise ZeroDivisionError

    for _ in range(3):
        periodic.beside(breaks)
        assert periodic.wait_beside(10)
    assert len(begun) == 1 and "broke off" in caplog.text
    later = time.monotonic() + periodic.REST_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    periodic.beside(breaks)
    assert periodic.wait_beside(10) and len(begun) == 2


def test_a_worker_that_is_asked_to_end_cuts_a_long_statement_short(player: Any, caplog: Any) -> None:
    sleeps = threading.Event()

    def job() -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE users SET full_name = 'Half way'")
            sleeps.set()
            cursor.execute("SELECT pg_sleep(60)")

    periodic.register(60, lambda: in_one_transaction(job), is_long=True)
    command = a_worker()
    command.turn()
    assert sleeps.wait(10)
    began = time.monotonic()
    command.stop(15, None)
    periodic.end_beside(0.2)
    assert periodic.wait_beside(0) and time.monotonic() - began < 5
    player.refresh_from_db()
    assert player.full_name != "Half way"
    assert "broke off" not in caplog.text


def test_what_ends_by_itself_is_not_cut_short() -> None:
    ended = []

    def job() -> None:
        assert periodic.stopping.wait(10)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.2)")
        ended.append(1)

    periodic.beside(job)
    periodic.stopping.set()
    periodic.end_beside(5)
    assert ended == [1]


def test_a_turn_is_over_after_its_time_and_when_the_worker_is_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    pieces = 0
    for _ in periodic.turn():
        pieces, now = pieces + 1, now + 0.7
    assert pieces == 3
    periodic.stopping.set()
    assert list(periodic.turn()) == []


def test_asked_to_end_it_takes_no_further_mail(
    player: Any, commit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        commit(lambda: mails.ask_for_mail(player.email, "reset"))
    command, send = a_worker(), mails.send

    def send_and_be_stopped(*args: Any, **kwargs: Any) -> None:
        send(*args, **kwargs)
        command.stop(15, None)

    monkeypatch.setattr(mails, "send", send_and_be_stopped)
    command.turn()
    assert len(mail.outbox) == 1
    periodic.stopping.clear()
    monkeypatch.setattr(mails, "send", send)
    command.turn()
    assert len(mail.outbox) == 3
