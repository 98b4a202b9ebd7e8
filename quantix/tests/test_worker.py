"""`manage.py worker --once`: mail, what comes round, and what is forgotten."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import DatabaseError, OperationalError
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.services import mails
from betting import events, services
from betting.models import Bet
from games.models import Event, GameSession
from quantix import clock, housekeeping, periodic
from quantix.management.commands import worker
from quantix.models import Attempts, IdempotencyKey
from quantix.tests import factories
from quantix.tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def work() -> None:
    call_command("worker", once=True)


@pytest.fixture
def jobs(monkeypatch) -> Callable[..., None]:
    """`jobs(one, two)`: nothing else comes round."""

    def only(*runs: Callable[[], Any]) -> None:
        monkeypatch.setattr(periodic, "_JOBS", {})
        for number, run in enumerate(runs):
            run.__qualname__ = f"job{number}"
            periodic.register(60, run)

    return only


def test_it_sends_the_mail_that_was_asked_for(player, commit):
    commit(lambda: mails.ask_for_mail(player.email, "reset"))
    assert mail.outbox == []
    work()
    (sent,) = mail.outbox
    assert sent.to == [player.email]
    assert DBTaskResult.objects.get().status == TaskResultStatus.SUCCESSFUL
    work()
    assert len(mail.outbox) == 1


def test_it_ends_sessions_whose_time_is_over(player):
    session, running = factories.start(player, factories.make_codebreaker(seconds=60)), None
    running = factories.start(player, factories.make_codebreaker(seconds=600))
    with clock.set_to(session.started_at + timedelta(seconds=90)):
        work()
    session.refresh_from_db()
    running.refresh_from_db()
    assert (session.status, session.ended_at) == ("expired", session.started_at + timedelta(seconds=60))
    assert running.status == "in_progress"


def test_it_closes_events_at_their_time():
    game = factories.make_event()
    work()
    assert Event.objects.get(pk=game.pk).status == "open"
    with clock.set_to(timezone.now() + timedelta(hours=2)):
        work()
    assert Event.objects.get(pk=game.pk).status == "closed"


def decided_event(commit: Any, player: Any, staff: Any) -> Bet:
    """An open bet of 10.00 on `yes` (2.00), in an event that came out so, and is not settled yet."""
    game = factories.make_event()
    slip = services.Slip("winner", "yes", Decimal("10.00"), game_id=game.pk)
    bet: Bet = commit(lambda: services.place_bet(player=player, slip=slip)).bet
    decider = staff("games")
    commit(lambda: events.resolve_event(by=decider, game_id=game.pk, weights={"yes": Decimal(1)}))
    return bet


def test_it_settles_what_a_decision_has_left_open(player, staff, commit):
    bet = decided_event(commit, player, staff)
    assert Bet.objects.get(pk=bet.pk).outcome is None
    work()
    work()
    settled = Bet.objects.get(pk=bet.pk)
    assert (settled.outcome, settled.payout) == ("win", Decimal("20.00"))
    player.wallet.refresh_from_db()
    assert player.wallet.balance == Decimal("110.00")
    assert GameSession.objects.get(pk=bet.session_id).status == "completed"


def test_an_event_that_cannot_be_settled_does_not_keep_the_others_from_it(player, staff, commit, caplog):
    broken, whole = decided_event(commit, player, staff), decided_event(commit, player, staff)
    Event.objects.filter(pk=broken.session.game_id).update(weights={"yes": "much"})
    work()
    assert Bet.objects.get(pk=broken.pk).outcome is None
    assert Bet.objects.get(pk=whole.pk).outcome == "win"
    assert f"event {broken.session.game_id} cannot be settled" in caplog.text


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("oops"), DatabaseError("a wrong statement"), ValueError("no")]
)
def test_a_job_that_fails_stops_neither_the_others_nor_the_mail(player, commit, jobs, caplog, error):
    done = []

    def fails() -> None:
        raise error

    jobs(fails, lambda: done.append("other"))
    commit(lambda: mails.ask_for_mail(player.email, "reset"))
    work()
    assert done == ["other"] and len(mail.outbox) == 1
    assert "failed; it comes round again" in caplog.text


def test_a_database_that_is_away_is_waited_for(jobs, caplog):
    def breaks() -> None:
        raise OperationalError("server closed the connection unexpectedly")

    jobs(breaks)
    work()
    assert "the database is away" in caplog.text


def test_a_job_comes_round_when_its_time_has_come(jobs, monkeypatch):
    runs: list[float] = []
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    jobs(lambda: runs.append(now))
    command = worker.Command()
    command.stopping = threading.Event()
    command.due = {job.name: 0.0 for job in periodic.jobs()}
    for now in (1000.0, 1001.0, 1059.9, 1060.0, 1100.0, 1121.0):  # noqa: B007 - read by the job and the clock
        command.run_due_jobs()
    assert runs == [1000.0, 1060.0, 1121.0]


def task(status: str, *, tries: int = 1, started: timedelta = timedelta(0), **fields: Any) -> Any:
    return DBTaskResult.objects.create(
        status=status,
        started_at=timezone.now() - started,
        args_kwargs={"args": ["nobody@ds.study.iitm.ac.in", "reset"], "kwargs": {}},
        task_path="accounts.services.mails.send_account_mail",
        worker_ids=["someone"] * tries,
        backend_name="default",
        run_after=timezone.now() - timedelta(days=30),
        exception_class_path="",
        traceback="",
        **fields,
    )


def test_tasks_whose_worker_died_are_queued_again():
    lost = task(TaskResultStatus.RUNNING, started=timedelta(minutes=6))
    at_work = task(TaskResultStatus.RUNNING, started=timedelta(minutes=4))
    assert housekeeping.revive_tasks() == 1
    lost.refresh_from_db()
    at_work.refresh_from_db()
    assert (lost.status, at_work.status) == (TaskResultStatus.READY, TaskResultStatus.RUNNING)
    work()
    lost.refresh_from_db()
    assert lost.status == TaskResultStatus.SUCCESSFUL


def test_failed_tasks_are_tried_again_a_minute_later_five_times_in_all():
    failed, given_up = task(TaskResultStatus.FAILED, tries=4), task(TaskResultStatus.FAILED, tries=5)
    before = timezone.now()
    assert housekeeping.revive_tasks() == 1
    failed.refresh_from_db()
    given_up.refresh_from_db()
    assert (failed.status, given_up.status) == (TaskResultStatus.READY, TaskResultStatus.FAILED)
    assert timedelta(seconds=59) < failed.run_after - before < timedelta(seconds=70)


def test_a_mail_that_fails_once_is_sent_in_the_end(player, commit, monkeypatch):
    commit(lambda: mails.ask_for_mail(player.email, "reset"))
    with monkeypatch.context() as broken:
        broken.setattr(mails, "send", lambda *args, **kwargs: 1 / 0)
        work()
    assert mail.outbox == [] and DBTaskResult.objects.get().status == TaskResultStatus.FAILED
    housekeeping.revive_tasks()
    DBTaskResult.objects.update(run_after=timezone.now())
    work()
    assert len(mail.outbox) == 1


def test_old_keys_attempts_and_tasks_are_forgotten_and_young_ones_kept(player, settings):
    settings.IDEMPOTENCY_HOURS = 24
    now = timezone.now()
    for age in (23, 25):
        key = IdempotencyKey.objects.create(user=player, key=f"hours-{age}", fingerprint="0" * 64)
        IdempotencyKey.objects.filter(pk=key.pk).update(created_at=now - timedelta(hours=age))
    for minutes in (-1, 1):
        Attempts.objects.create(key=f"x:{minutes}", at=[now], expires_at=now + timedelta(minutes=minutes))
    for days in (6, 8):
        task(TaskResultStatus.SUCCESSFUL, finished_at=now - timedelta(days=days))
    waiting = task(TaskResultStatus.READY)
    housekeeping.forget_old_keys()
    assert [key.key for key in IdempotencyKey.objects.all()] == ["hours-23"]
    assert [attempts.expires_at > now for attempts in Attempts.objects.all()] == [True]
    assert DBTaskResult.objects.count() == 2 and DBTaskResult.objects.filter(pk=waiting.pk).exists()


def test_two_workers_send_a_mail_once(player, commit):
    for _ in range(4):
        commit(lambda: mails.ask_for_mail(player.email, "reset"))
    assert at_once(2, lambda number: work()) == [None, None]
    assert len(mail.outbox) == 4
