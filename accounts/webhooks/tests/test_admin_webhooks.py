"""Webhooks in the back-office: registered with a secret shown once, looked at, switched, and sent again."""

from urllib.parse import urlparse

import pytest

from accounts.webhooks import signing
from accounts.webhooks.models import Delivery, Webhook, WebhookEvent
from quantix.models import IdempotencyKey
from quantix.tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
FORM = {"url": "https://bot.example.org/quantix", "events": ["bet.settled"]}


@pytest.fixture
def office(client):
    client.force_login(factories.make_staff("owner"))
    return client


def path(row: Webhook | Delivery, slug: str) -> str:
    return f"/admin/webhooks/{row._meta.model_name}/{row.pk}/do/{slug}/"


def test_a_secret_is_shown_once_and_kept_nowhere(office):
    done = office.post("/admin/webhooks/webhook/do/new/", FORM | {"idempotency_key": "a"})
    webhook = Webhook.objects.get()
    secret = signing.secret_of(webhook)
    page = urlparse(done.headers["Location"]).path
    assert secret in office.get(page).content.decode()
    assert secret not in office.get(page).content.decode()
    assert not IdempotencyKey.objects.exists()


def test_what_will_not_do_is_shown_beside_its_field(office):
    page = office.post("/admin/webhooks/webhook/do/new/", FORM | {"url": "https://10.0.0.1/"})
    assert page.status_code == 400
    assert "The address is not one of the public Internet." in page.content.decode()


def test_it_is_edited_switched_rotated_and_deleted(office, subscribe):
    webhook = subscribe()
    office.post(path(webhook, "edit"), FORM | {"events": ["session.ended"]})
    for slug, was_on in (("disable", False), ("enable", True)):
        assert office.post(path(webhook, slug)).status_code == 303
        webhook.refresh_from_db()
        assert (webhook.is_active, webhook.events) == (was_on, ["session.ended"])
    done = office.post(path(webhook, "rotate"))
    webhook.refresh_from_db()
    assert signing.secret_of(webhook, 2) in office.get(done.headers["Location"]).content.decode()
    assert office.post(path(webhook, "remove")).status_code == 303
    assert office.get(f"/admin/webhooks/webhook/{webhook.pk}/change/").status_code == 302


def test_a_test_and_what_came_of_it_are_seen_and_sent_again(office, receiver, subscribe, deliver):
    webhook = subscribe(receiver.url)
    page = office.post(path(webhook, "test")).headers["Location"]
    deliver()
    assert "delivered" in office.get(page).content.decode()
    assert "ping" in office.get(f"/admin/webhooks/webhook/{webhook.pk}/change/").content.decode()
    assert office.post(path(Delivery.objects.get(), "resend")).status_code == 303
    deliver()
    assert len(receiver.taken) == 2 and WebhookEvent.objects.count() == 1


def test_one_that_was_given_up_waits_on_the_front_page(office, subscribe):
    subscribe()
    Webhook.objects.update(is_active=False, disabled_because="The receiver answered 410: gone.")
    queue = next(q for q in office.get("/admin/").context["queues"] if "webhooks" in q.title)
    assert queue.count == 1
    assert "bot.example.org" in office.get(queue.url).content.decode()
