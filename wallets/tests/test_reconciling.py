"""Reconciling as staff ask for it: done by the worker, told as it goes on, each difference with a link to its row."""

from contextlib import closing
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from quantix import clock, periodic
from quantix.db import in_one_transaction
from quantix.errors import Forbidden
from quantix.models import AuditEntry
from quantix.snapshot import Snapshot
from quantix.tests import books, factories
from quantix.tests.crowd import at_once, kinds
from wallets import reconcile, reconciling
from wallets.models import Reconciliation, Transaction
from wallets.reconciliation_admin import last_reconciliation, subject_link

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def finance() -> User:
    return factories.make_staff("finance")


@pytest.fixture
def request_run(finance: User) -> Any:
    return lambda: in_one_transaction(partial(reconciling.request_run, by=finance))


def page_of(client: Client, by: User, query: str = "") -> Any:
    client.force_login(by)
    run = Reconciliation.objects.latest("id")
    return client.get(reverse("admin:wallets_reconciliation_change", args=[run.pk]) + query)


def test_the_button_leads_to_a_run_that_waits_for_the_worker(client: Client, finance: User) -> None:
    client.force_login(finance)
    reply = client.post("/admin/wallets/reconciliation/do/run/")
    run = Reconciliation.objects.get()
    assert reply["Location"] == reverse("admin:wallets_reconciliation_change", args=[run.pk])
    assert (run.requested_by, run.started_at, run.is_clean) == (finance, None, None)
    entry = AuditEntry.objects.get(action="reconciliation.run")
    assert (entry.actor, entry.target_id) == (finance, run.pk)
    page = page_of(client, finance)
    assert "Refresh" in page
    assert "Waits for the worker" in page.content.decode()


def test_the_worker_does_it_beside_its_other_work(request_run: Any) -> None:
    factories.make_player()
    request_run()
    call_command("worker", once=True)
    run = Reconciliation.objects.get()
    assert run.is_clean and run.started_at and run.finished_at
    assert [finding["title"] for finding in run.findings] == [check.title for check in reconcile.checks()]


def test_the_page_tells_how_far_it_is_and_stays_still_if_asked(
    client: Client, finance: User, request_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_run()
    monkeypatch.setattr(periodic.stopping, "is_set", lambda: True)
    # A worker that is asked to end gives up after a check.
    assert reconciling.run_due() is None
    page = page_of(client, finance)
    text = page.content.decode()
    assert f"1 of {len(reconcile.checks())} checks" in text
    assert f"Checks now: {reconcile.checks()[1].title}" in text
    assert "Refresh" in page
    assert "Refresh" not in page_of(client, finance, "?still=1")
    monkeypatch.undo()
    assert reconciling.run_due() is not None
    assert "Refresh" not in page_of(client, finance)


def test_one_that_waits_is_not_asked_for_twice(request_run: Any) -> None:
    assert request_run() == request_run()
    reconciling.run_due()
    assert Reconciliation.objects.count() == 1
    request_run()
    assert Reconciliation.objects.count() == 2


def test_two_workers_do_it_once(request_run: Any) -> None:
    request_run()
    found = at_once(reconciling.run_due, reconciling.run_due)
    assert kinds(found) == {"NoneType": 1, "Reconciliation": 1}


def test_a_worker_that_was_killed_leaves_it_to_the_next(request_run: Any) -> None:
    request_run()
    with closing(Snapshot()) as killed:
        assert killed.take_place(reconciling._LOCK, 1)
        assert reconciling.run_due() is None
    assert reconciling.run_due() == Reconciliation.objects.get(is_clean=True)


def test_a_difference_leads_to_its_row(client: Client, finance: User, request_run: Any) -> None:
    player = factories.make_player()
    books.run_unguarded("UPDATE wallets SET balance = 7 WHERE user_id = %s", player.pk)
    request_run()
    run = reconciling.run_due()
    assert run is not None and run.is_clean is False
    address = reverse("admin:wallets_wallet_change", args=[player.wallet.pk])
    assert f'<a href="{address}">wallet {player.wallet.pk}</a>' in page_of(client, finance).content.decode()


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("transaction 5", "/admin/wallets/transaction/5/change/"),
        ("bet 7", "/admin/betting/bet/7/change/"),
        ("game 3", "/admin/games/event/3/change/"),
        ("option yes of game 3", "/admin/games/event/3/change/"),
        ("bet:17:stake", "/admin/wallets/transaction/?q=bet%3A17%3Astake"),
    ],
)
def test_what_checks_speak_of_has_a_page(words: str, address: str) -> None:
    assert str(subject_link(words)) == f'<a href="{address}">{words}</a>'


def test_what_has_no_page_stays_words() -> None:
    assert subject_link("supply") == "supply"


def test_a_run_is_asked_for_by_finance(player: User) -> None:
    with pytest.raises(Forbidden):
        reconciling.request_run(by=player)


def test_the_front_page_tells_of_the_last_that_is_over(
    client: Client, finance: User, request_run: Any
) -> None:
    reconcile.run()
    request_run()
    client.force_login(finance)
    assert "clean" in client.get("/admin/").content.decode()
    assert Transaction.objects.exists()


@pytest.fixture
def night_falls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "HOUR", 4)


def at(hour: int, day: int = 5) -> Any:
    """That hour in Kolkata."""
    return clock.set_to(datetime(2026, 3, day, hour, 30, tzinfo=ZoneInfo("Asia/Kolkata")))


def test_a_run_is_asked_for_once_a_night(night_falls: None) -> None:
    for day in (5, 6):
        with at(3, day):
            assert reconciling.ask_nightly() is None
        with at(4, day):
            run = reconciling.ask_nightly()
            assert run is not None and run.state == "waiting for the worker"
            assert reconciling.ask_nightly() is None, "it waits"
            assert reconciling.run_due() == run
        with at(23, day):
            assert reconciling.ask_nightly() is None
    assert [run.requested_by for run in Reconciliation.objects.all()] == [None, None]
    assert AuditEntry.objects.filter(action="reconciliation.run", actor=None).count() == 2


def test_a_worker_that_was_off_at_night_makes_up_for_it(night_falls: None) -> None:
    with at(11):
        assert reconciling.ask_nightly() is not None


def test_what_staff_ran_since_counts_and_what_they_ran_before_does_not(
    night_falls: None, request_run: Any
) -> None:
    with at(2):
        request_run()
        reconciling.run_due()
    with at(4):
        assert reconciling.ask_nightly() is not None
        reconciling.run_due()
    with at(5, day=6):
        request_run()
        reconciling.run_due()
        assert reconciling.ask_nightly() is None


def test_of_several_workers_one_asks(night_falls: None) -> None:
    def ask() -> Any:
        with at(4):
            return reconciling.ask_nightly()

    assert kinds(at_once(*[ask] * 4)) == {"NoneType": 3, "Reconciliation": 1}


def test_the_night_s_difference_stands_on_the_front_page(
    client: Client, finance: User, night_falls: None
) -> None:
    player = factories.make_player()
    books.run_unguarded("UPDATE wallets SET balance = 7 WHERE user_id = %s", player.pk)
    with at(4):
        call_command("worker", once=True)
    run = Reconciliation.objects.get()
    assert run.requested_by is None and run.is_clean is False
    client.force_login(finance)
    queue = last_reconciliation(finance)
    assert queue is not None and (queue.count, queue.words) == (1, "differences")
    assert "differences" in client.get("/admin/").content.decode()


def test_a_night_without_a_run_stands_there_too(finance: User, night_falls: None) -> None:
    with at(4):
        reconciling.ask_nightly()
        reconciling.run_due()
    for day, words in ((6, "clean"), (7, "overdue")):
        with at(10, day):
            queue = last_reconciliation(finance)
            assert queue is not None and queue.words == words
