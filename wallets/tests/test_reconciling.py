"""Reconciling as staff ask for it: done by the worker, told as it goes on, each difference with a link to its row."""

import threading
from contextlib import closing
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from quantix import periodic
from quantix.db import in_one_transaction
from quantix.errors import Forbidden
from quantix.models import AuditEntry
from quantix.snapshot import Snapshot
from quantix.tests import books, factories
from quantix.tests.crowd import at_once, kinds
from wallets import reconcile, reconciling
from wallets.models import Reconciliation, Transaction
from wallets.reconciliation_admin import subject_link

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
    for thread in threading.enumerate():
        if thread.name == reconciling.__name__:
            thread.join(30)
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
