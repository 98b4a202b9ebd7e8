"""What owners do to webhooks. Each to be called in a transaction."""

from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from django.db import connection

from accounts import roles
from accounts.models import User
from accounts.webhooks import addresses, signing
from accounts.webhooks.catalog import EVENTS, PING
from accounts.webhooks.errors import WebhookInactive, WebhooksFull
from accounts.webhooks.models import Delivery, Webhook
from quantix import audit, clock
from quantix.db import the_one
from quantix.errors import FieldError, Invalid

#: Each makes what it asks for a row more to write.
WEBHOOKS_MAX = 20


def create_webhook(*, by: User, url: str, events: Collection[str]) -> Webhook:
    """Have `events` told to `url` from now on. Raises Invalid, WebhookKnown, WebhooksFull.

    Its secret is `signing.secret_of(webhook)`: to be shown now, and never again.
    """
    roles.demand(by, roles.Can.MANAGE_WEBHOOKS)
    addresses.check_url(url)
    if Webhook.objects.live().count() >= WEBHOOKS_MAX:
        raise WebhooksFull
    webhook = Webhook.objects.create(
        url=url, events=_checked(events), salt=signing.new_salt(), created_by=by, created_at=clock.now()
    )
    audit.record(actor=by, action="webhook.create", target=webhook, after=_told(webhook))
    return webhook


def change_webhook(
    *,
    by: User,
    webhook_id: int,
    url: str | None = None,
    events: Collection[str] | None = None,
    is_active: bool | None = None,
) -> Webhook:
    """Change what is given. Switched on, or elsewhere, it is tried anew; what waits goes to the new address.

    Raises NotFound, Invalid, WebhookKnown.
    """
    webhook = lock(by, webhook_id)
    before = _told(webhook)
    if url is not None:
        addresses.check_url(url)
        webhook.url = url
    if events is not None:
        webhook.events = _checked(events)
    if is_active is not None:
        webhook.is_active, webhook.disabled_because = is_active, ""
    if url is not None or is_active:
        webhook.failing_since = webhook.rests_until = None
    webhook.save(
        update_fields=["url", "events", "is_active", "disabled_because", "failing_since", "rests_until"]
    )
    audit.record(actor=by, action="webhook.change", target=webhook, before=before, after=_told(webhook))
    return webhook


def delete_webhook(*, by: User, webhook_id: int) -> Webhook:
    """Send nothing to it any more. Its deliveries stay to be seen until they are forgotten. Raises NotFound."""
    webhook = lock(by, webhook_id)
    webhook.is_active, webhook.deleted_at = False, clock.now()
    webhook.save(update_fields=["is_active", "deleted_at"])
    audit.record(actor=by, action="webhook.delete", target=webhook, before=_told(webhook))
    return webhook


def rotate_secret(*, by: User, webhook_id: int) -> Webhook:
    """Make a new secret (`signing.secret_of`); the one before signs beside it for `OVERLAP`. Raises NotFound."""
    webhook = lock(by, webhook_id)
    webhook.secret_number += 1
    webhook.old_secret_until = clock.now() + signing.OVERLAP
    webhook.save(update_fields=["secret_number", "old_secret_until"])
    audit.record(
        actor=by, action="webhook.rotate", target=webhook, after={"secret_number": webhook.secret_number}
    )
    return webhook


_TEST = """
    WITH happened AS (INSERT INTO webhook_events (type, data) VALUES (%s, '{}') RETURNING id)
    INSERT INTO webhook_deliveries (webhook_id, event_id) SELECT %s, id FROM happened RETURNING id
"""


def send_test(*, by: User, webhook_id: int) -> Delivery:
    """Have the worker send an event `ping`, which means nothing. Raises NotFound, WebhookInactive."""
    webhook = lock(by, webhook_id)
    if not webhook.is_active:
        raise WebhookInactive
    with connection.cursor() as cursor:
        cursor.execute(_TEST, [PING, webhook.pk])
        delivery_id: int = cursor.fetchone()[0]
    audit.record(actor=by, action="webhook.test", target=webhook)
    return Delivery.objects.select_related("event").get(pk=delivery_id)


def resend_delivery(*, by: User, delivery_id: int) -> Delivery:
    """Send an event once more, with all its tries before it, whatever came of it. Raises NotFound, WebhookInactive."""
    roles.demand(by, roles.Can.MANAGE_WEBHOOKS)
    rows = Delivery.objects.filter(webhook__deleted_at=None).select_related("webhook", "event")
    delivery: Delivery = the_one(rows.select_for_update(no_key=True, of=("self",)).filter(pk=delivery_id))
    if not delivery.webhook.is_active:
        raise WebhookInactive
    before = {"status": delivery.status, "tries": delivery.tries}
    delivery.status, delivery.tries, delivery.due_at = Delivery.Status.PENDING, 0, clock.now()
    delivery.delivered_at = None
    delivery.save(update_fields=["status", "tries", "due_at", "delivered_at"])
    audit.record(actor=by, action="webhook.resend", target=delivery, before=before)
    return delivery


def lock(by: User, webhook_id: int) -> Webhook:
    """The webhook, locked until the end of the transaction, if `by` may change it. Raises Forbidden, NotFound.

    Whatever is settled meanwhile refers to the row, and does not wait for this lock.
    """
    roles.demand(by, roles.Can.MANAGE_WEBHOOKS)
    found: Webhook = the_one(Webhook.objects.live().select_for_update(no_key=True).filter(pk=webhook_id))
    return found


def _checked(events: Collection[str]) -> list[str]:
    wanted = [event for event in EVENTS if event in events]
    if not wanted or set(events) != set(wanted):
        raise Invalid(FieldError("events", "unknown-event", f"Choose among: {', '.join(EVENTS)}."))
    return wanted


def _told(webhook: Webhook) -> dict[str, Any]:
    """For the audit trail, which others read too: of the address the host, as the rest may be a secret."""
    return {
        "host": urlsplit(webhook.url).netloc,
        "events": webhook.events,
        "is_active": webhook.is_active,
    }
