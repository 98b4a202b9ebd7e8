"""From a row to a receiver: tried again, given up, taken once, and nobody waits for the slow."""

import json
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.webhooks import delivering, sender, services, signing
from accounts.webhooks.models import Delivery, Webhook, WebhookEvent
from accounts.webhooks.tests.receiver import answering, listening, silent
from quantix import clock, periodic
from quantix.models import AuditEntry
from quantix.tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def happen():
    """`happen(webhook)`: something is to be told to it."""

    def write(webhook: Webhook, count: int = 1) -> list[Delivery]:
        events = [WebhookEvent.objects.create(type="session.ended", data={"id": n}) for n in range(count)]
        return [Delivery.objects.create(webhook=webhook, event=event) for event in events]

    return write


def state(delivery: Delivery) -> tuple[str, int, int | None]:
    delivery.refresh_from_db()
    return delivery.status, delivery.tries, delivery.last_status


def test_an_event_arrives_signed_and_once(receiver, subscribe, happen, deliver):
    webhook = subscribe(receiver.url)
    (delivery,) = happen(webhook)
    assert deliver() == 1
    assert deliver() == 0
    assert state(delivery) == ("delivered", 1, 204) and delivery.delivered_at
    (taken,) = receiver.taken
    told = json.loads(taken.body)
    assert told == {
        "id": f"evt_{delivery.event_id}",
        "type": "session.ended",
        "version": 1,
        "timestamp": told["timestamp"],
        "data": {"id": 0},
    }
    at = int(taken.headers["webhook-timestamp"])
    assert abs(at - time.time()) < 60 and taken.headers["webhook-id"] == told["id"]
    expected = signing.sign(signing.secret_of(webhook), told["id"], at, taken.body)
    assert taken.headers["webhook-signature"] == expected


def test_many_arrive_in_order(receiver, subscribe, happen, deliver):
    happen(subscribe(receiver.url), 25)
    assert deliver() == 1
    assert [json.loads(taken.body)["data"]["id"] for taken in receiver.taken] == list(range(25))


def test_a_failure_is_tried_again_later_and_later_and_then_given_up(receiver, subscribe, happen, deliver):
    webhook = subscribe(receiver.url)
    (delivery,) = happen(webhook)
    receiver.behave = answering(500)
    moment, pauses = timezone.now(), []
    for tries in range(1, delivering.TRIES_MAX + 1):
        with clock.set_to(moment):
            assert deliver() == 1
            assert deliver() == 0
        delivery.refresh_from_db()
        assert delivery.tries == tries and delivery.last_error == "The receiver answered 500."
        pauses.append((delivery.due_at - moment).total_seconds())
        moment = max(delivery.due_at, moment + timedelta(minutes=1))
    assert state(delivery) == ("failed", 8, 500)
    assert all(0.8 * 15 * 4**n <= pause <= 1.2 * 15 * 4**n for n, pause in enumerate(pauses))
    assert timedelta(hours=18) < timedelta(seconds=sum(pauses[:-1])) < timedelta(hours=30)
    assert len({taken.headers["webhook-id"] for taken in receiver.taken}) == 1
    assert len({taken.body for taken in receiver.taken}) == 1


def test_what_fails_first_arrives_once_the_receiver_is_well(receiver, subscribe, happen, deliver):
    webhook = subscribe(receiver.url)
    first, second = happen(webhook, 2)
    receiver.behave = answering(503)
    deliver()
    assert state(first) == ("pending", 1, 503)
    assert state(second) == ("pending", 0, None), "a webhook that fails is not asked again at once"
    webhook.refresh_from_db()
    assert webhook.failing_since and webhook.rests_until > timezone.now()
    receiver.behave = answering(200)
    with clock.set_to(timezone.now() + timedelta(minutes=1)):
        deliver()
    assert (state(first)[0], state(second)[0]) == ("delivered", "delivered")
    webhook.refresh_from_db()
    assert webhook.failing_since is webhook.rests_until is None


def test_a_receiver_that_is_gone_is_asked_no_more(receiver, subscribe, happen, deliver):
    webhook = subscribe(receiver.url)
    (delivery,) = happen(webhook)
    receiver.behave = answering(410)
    deliver()
    assert state(delivery) == ("failed", 1, 410)
    webhook.refresh_from_db()
    assert not webhook.is_active and "410" in webhook.disabled_because
    entry = AuditEntry.objects.get(action="webhook.disable")
    assert (entry.actor, entry.target_id) == (None, webhook.pk)


def test_a_webhook_that_fails_for_days_is_switched_off(receiver, subscribe, happen, deliver):
    webhook = subscribe(receiver.url)
    happen(webhook)
    receiver.behave = answering(500)
    deliver()
    for days in (2.9, 3.1):
        happen(webhook)
        with clock.set_to(timezone.now() + timedelta(days=days)):
            deliver()
        webhook.refresh_from_db()
        assert webhook.is_active == (days < 3)
    assert webhook.disabled_because.startswith("Nothing has arrived for 3 days.")
    assert AuditEntry.objects.filter(action="webhook.disable").count() == 1


def test_what_waits_for_one_that_is_off_is_sent_once_it_is_on(receiver, subscribe, happen, deliver, commit):
    webhook = subscribe(receiver.url)
    (delivery,) = happen(webhook)
    change = {"by": webhook.created_by, "webhook_id": webhook.pk}
    commit(lambda: services.change_webhook(**change, is_active=False))
    assert deliver() == 0
    commit(lambda: services.change_webhook(**change, is_active=True))
    assert deliver() == 1 and state(delivery)[0] == "delivered"


def test_what_a_killed_worker_had_taken_is_sent_by_another(receiver, subscribe, happen, deliver, commit):
    webhook = subscribe(receiver.url)
    (delivery,) = happen(webhook)
    assert [row.pk for row in commit(lambda: delivering._take(webhook.pk))] == [delivery.pk]
    assert deliver() == 0
    with clock.set_to(timezone.now() + delivering.LEASE):
        assert deliver() == 1
    assert state(delivery) == ("delivered", 1, 204)


def test_many_workers_send_each_once(receiver, subscribe, happen):
    webhook = subscribe(receiver.url)
    happen(webhook, 60)
    assert at_once(4, lambda n: delivering.run_round(webhook.pk)) == [None] * 4
    names = [taken.headers["webhook-id"] for taken in receiver.taken]
    assert len(names) == len(set(names)) == 60


def test_a_slow_receiver_holds_up_nobody(receiver, subscribe, happen, monkeypatch):
    monkeypatch.setattr(sender, "TOTAL_SECONDS_MAX", 2.0)
    rounds = delivering.Rounds()
    with listening() as slow:
        slow.behave = silent(3)
        happen(subscribe(slow.url), 5)
        quick = happen(subscribe(receiver.url), 5)
        began = time.monotonic()
        assert rounds.start() == 2
        assert time.monotonic() - began < 0.5, "the worker does not wait"
        while len(receiver.taken) < 5:
            assert time.monotonic() - began < 1.5, "the others do not wait"
            time.sleep(0.01)
        rounds.wait(10)
        assert [state(delivery)[0] for delivery in quick] == ["delivered"] * 5
        assert len(slow.taken) == 1, "and who is slow is left alone for a moment"


def test_one_host_has_few_rounds_at_once(receiver, subscribe, happen):
    receiver.behave = silent(0.3)
    for number in range(5):
        happen(subscribe(f"{receiver.url}/{number}"))
    rounds = delivering.Rounds()
    assert rounds.start() == delivering.ROUNDS_PER_HOST_MAX
    rounds.wait(10)


def test_a_round_ends_when_its_time_is_over_and_gives_back_the_rest(receiver, subscribe, happen, monkeypatch):
    monkeypatch.setattr(delivering, "ROUND_SECONDS", 0.0)
    webhook = subscribe(receiver.url)
    deliveries = happen(webhook, 3)
    delivering.run_round(webhook.pk)
    assert [state(delivery)[0] for delivery in deliveries] == ["delivered", "pending", "pending"]
    assert Delivery.objects.due(timezone.now()).count() == 2


def test_a_worker_that_is_asked_to_end_begins_nothing_new(receiver, subscribe, happen):
    webhook = subscribe(receiver.url)
    happen(webhook, 3)
    periodic.stopping.set()
    try:
        delivering.run_round(webhook.pk)
    finally:
        periodic.stopping.clear()
    assert len(receiver.taken) == 1


def test_a_fault_of_ours_in_one_round_is_noted_and_comes_round_again(
    receiver, subscribe, happen, monkeypatch, caplog
):
    webhook = subscribe(receiver.url)
    happen(webhook)
    with monkeypatch.context() as patch:
        patch.setattr(sender, "post", lambda *_: 1 / 0)
        delivering.run_round(webhook.pk)
    assert "broke off" in caplog.text
    with clock.set_to(timezone.now() + delivering.LEASE):
        delivering.run_round(webhook.pk)
    assert len(receiver.taken) == 1


def test_after_thirty_days_all_is_forgotten(receiver, subscribe, happen, deliver, commit):
    webhook, kept = subscribe(receiver.url), subscribe("https://bot.example.org/")
    happen(webhook, 3)
    deliver()
    commit(lambda: services.delete_webhook(by=webhook.created_by, webhook_id=webhook.pk))
    delivering.forget_old()
    assert Delivery.objects.count() == 3
    with clock.set_to(timezone.now() + timedelta(days=31)):
        delivering.forget_old()
    assert Delivery.objects.count() == WebhookEvent.objects.count() == 0
    assert list(Webhook.objects.all()) == [kept]
