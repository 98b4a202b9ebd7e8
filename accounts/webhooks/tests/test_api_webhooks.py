"""Webhooks by the API: registered, changed, tested, seen, and sent again, by owners alone."""

import pytest

from accounts.webhooks import services, signing
from accounts.webhooks.models import Delivery, Webhook, WebhookEvent
from quantix.models import AuditEntry, IdempotencyKey
from quantix.tests import factories
from quantix.tests.api import Program, assert_problem, count_queries

pytestmark = pytest.mark.django_db(transaction=True)
URL = "https://bot.example.org/quantix"
BODY = {"url": URL, "events": ["bet.settled", "event.resolved"]}


@pytest.fixture
def owner():
    return Program(factories.make_staff("owner"))


@pytest.fixture
def webhook(subscribe):
    return subscribe(URL)


@pytest.fixture
def delivery(webhook):
    event = WebhookEvent.objects.create(type="session.ended", data={"id": 1})
    return Delivery.objects.create(
        webhook=webhook, event=event, status="failed", tries=8, last_error="It was away."
    )


ADDRESSES = [
    ("GET", "/staff/webhooks"),
    ("POST", "/staff/webhooks"),
    ("GET", "/staff/webhooks/1"),
    ("PATCH", "/staff/webhooks/1"),
    ("DELETE", "/staff/webhooks/1"),
    ("POST", "/staff/webhooks/1/rotate-secret"),
    ("POST", "/staff/webhooks/1/test"),
    ("GET", "/staff/webhooks/1/deliveries"),
    ("GET", "/staff/deliveries/1"),
    ("POST", "/staff/deliveries/1/resend"),
]


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_only_owners_may(method, path):
    assert_problem(Program().ask(method, path), 401, "not-authenticated")
    for who in (
        factories.make_player(),
        *(factories.make_staff(role) for role in ("support", "games", "finance")),
    ):
        assert_problem(Program(who).ask(method, path), 403, "forbidden")


@pytest.mark.parametrize(("method", "path"), [found for found in ADDRESSES if "1" in found[1]])
def test_what_is_not_there_is_not_found(owner, method, path):
    assert_problem(owner.ask(method, path), 404, "not-found")


def test_a_webhook_is_registered_and_its_secret_shown_once(owner):
    with count_queries():
        response = owner.ask("POST", "/staff/webhooks", BODY)
    assert response.status_code == 201
    made = response.json()
    webhook = Webhook.objects.get()
    assert made["secret"] == signing.secret_of(webhook)
    assert (made["url"], made["events"], made["is_active"]) == (URL, BODY["events"], True)
    with count_queries():
        shown = owner.ask("GET", f"/staff/webhooks/{webhook.pk}").json()
    assert "secret" not in shown and shown == {k: v for k, v in made.items() if k != "secret"}
    assert owner.get_list("/staff/webhooks") == [shown]
    entry = AuditEntry.objects.get(action="webhook.create")
    assert entry.after == {"host": "bot.example.org", "events": BODY["events"], "is_active": True}


def test_sent_again_with_its_key_it_is_the_same_webhook_and_no_secret_is_kept(owner):
    replies = [owner.ask("POST", "/staff/webhooks", BODY, idempotency_key="a") for _ in range(2)]
    assert replies[0].json() == replies[1].json() and replies[1]["Idempotent-Replayed"] == "true"
    assert Webhook.objects.count() == 1
    assert "secret" not in str(IdempotencyKey.objects.values_list("body__secret", flat=True).get())


def test_an_address_has_one_webhook(owner, webhook):
    assert_problem(owner.ask("POST", "/staff/webhooks", BODY), 409, "webhook-known")
    assert owner.ask("DELETE", f"/staff/webhooks/{webhook.pk}").status_code == 204
    assert owner.ask("POST", "/staff/webhooks", BODY).status_code == 201


def test_there_are_only_so_many(owner, subscribe, monkeypatch):
    monkeypatch.setattr(services, "WEBHOOKS_MAX", 1)
    subscribe()
    assert_problem(owner.ask("POST", "/staff/webhooks", BODY | {"url": URL + "2"}), 409, "webhooks-full")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("url", "http://bot.example.org/", "url-not-allowed"),
        ("url", "https://127.0.0.1/", "url-not-allowed"),
        ("url", "https://169.254.169.254/latest/meta-data", "url-not-allowed"),
        ("url", 5, "invalid"),
        ("events", [], "unknown-event"),
        ("events", ["ping"], "unknown-event"),
        ("events", ["bet.settled", "bet.placed"], "unknown-event"),
        ("events", "bet.settled", "not-a-list"),
        ("secret", "mine", "unknown-field"),
    ],
)
def test_what_will_not_do_is_refused_by_its_field(owner, field, value, code):
    assert_problem(owner.ask("POST", "/staff/webhooks", BODY | {field: value}), 400, code, field)
    assert Webhook.objects.count() == 0


def test_it_is_changed_and_switched_off_and_on(owner, webhook):
    path = f"/staff/webhooks/{webhook.pk}"
    with count_queries():
        changed = owner.ask("PATCH", path, {"events": ["session.ended"], "is_active": False}).json()
    assert (changed["events"], changed["is_active"], changed["url"]) == (["session.ended"], False, URL)
    assert_problem(owner.ask("PATCH", path, {"url": "https://10.0.0.1/"}), 400, "url-not-allowed", "url")
    assert_problem(owner.ask("PATCH", path, {"is_active": "yes"}), 400, "invalid", "is_active")
    Webhook.objects.update(disabled_because="It failed.")
    assert owner.ask("PATCH", path, {"is_active": True}).json()["disabled_because"] == ""


def test_a_secret_is_replaced_and_the_old_one_signs_for_a_day(owner, webhook):
    with count_queries():
        turned = owner.ask("POST", f"/staff/webhooks/{webhook.pk}/rotate-secret").json()
    assert turned["secret"] != signing.secret_of(webhook)
    webhook.refresh_from_db()
    assert turned["secret"] == signing.secret_of(webhook) and turned["secret_number"] == 2
    assert webhook.old_secret_until is not None


def test_a_test_is_sent_as_any_event(owner, receiver, subscribe, deliver):
    webhook = subscribe(receiver.url)
    with count_queries():
        asked = owner.ask("POST", f"/staff/webhooks/{webhook.pk}/test")
    assert (asked.status_code, asked.json()["type"], asked.json()["status"]) == (202, "ping", "pending")
    deliver()
    shown = owner.ask("GET", f"/staff/deliveries/{asked.json()['id']}").json()
    assert (shown["status"], shown["last_status"], shown["tries"]) == ("delivered", 204, 1)
    assert receiver.taken[0].headers["webhook-id"] == shown["event"]


def test_deliveries_are_seen_and_filtered(owner, webhook, delivery):
    path = f"/staff/webhooks/{webhook.pk}/deliveries"
    with count_queries():
        (shown,) = owner.get_list(path)
    assert (shown["id"], shown["event"], shown["data"]) == (
        delivery.pk,
        f"evt_{delivery.event_id}",
        {"id": 1},
    )
    assert (shown["status"], shown["tries"], shown["last_error"]) == ("failed", 8, "It was away.")
    assert owner.get_list(f"{path}?status=failed&type=session.ended&ordering=-created_at") == [shown]
    assert owner.get_list(f"{path}?status=pending") == owner.get_list(f"{path}?type=ping") == []
    assert_problem(owner.ask("GET", f"{path}?state=failed"), 400, "unknown-parameter", "state")
    assert_problem(owner.ask("GET", f"{path}?status=lost"), 400, "invalid-choice", "status")


def test_a_delivery_is_sent_again_under_the_same_name(owner, receiver, subscribe, deliver):
    webhook = subscribe(receiver.url)
    test = owner.ask("POST", f"/staff/webhooks/{webhook.pk}/test").json()
    deliver()
    with count_queries():
        again = owner.ask("POST", f"/staff/deliveries/{test['id']}/resend")
    assert (again.status_code, again.json()["status"], again.json()["tries"]) == (200, "pending", 0)
    deliver()
    first, second = receiver.taken
    assert first.body == second.body and first.headers["webhook-id"] == second.headers["webhook-id"]


def test_keyed_posts_take_no_more_statements(owner, delivery):
    for path in (
        f"/staff/webhooks/{delivery.webhook_id}/test",
        f"/staff/webhooks/{delivery.webhook_id}/rotate-secret",
        f"/staff/deliveries/{delivery.pk}/resend",
    ):
        with count_queries():
            assert owner.ask("POST", path, idempotency_key=path).status_code < 300


def test_nothing_is_sent_to_one_that_is_off(owner, delivery):
    owner.ask("PATCH", f"/staff/webhooks/{delivery.webhook_id}", {"is_active": False})
    for path in (f"/staff/webhooks/{delivery.webhook_id}/test", f"/staff/deliveries/{delivery.pk}/resend"):
        assert_problem(owner.ask("POST", path), 409, "webhook-inactive")


def test_one_that_is_deleted_is_gone_with_its_deliveries(owner, delivery):
    path = f"/staff/webhooks/{delivery.webhook_id}"
    with count_queries():
        assert owner.ask("DELETE", path).status_code == 204
    for gone in (path, f"{path}/deliveries", f"/staff/deliveries/{delivery.pk}"):
        assert_problem(owner.ask("GET", gone), 404, "not-found")
