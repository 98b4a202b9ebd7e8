"""Webhooks and their deliveries in the back-office."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.backoffice import Panel, StaffAdmin, as_json, either, link_to, list_url
from accounts.roles import Can, may
from accounts.webhooks import backoffice
from accounts.webhooks.models import Delivery, Webhook
from quantix.backoffice import queues

#: Of a webhook's deliveries, as many as its page tells of.
NEWEST = 20


@admin.register(Webhook)
class WebhookAdmin(StaffAdmin[Webhook]):
    can_view = Can.MANAGE_WEBHOOKS
    action_pages = [
        backoffice.Create(), backoffice.Test(), backoffice.Edit(), backoffice.Rotate(), backoffice.SwitchOff(),
        backoffice.SwitchOn(), backoffice.Delete(),
    ]  # fmt: skip
    list_display = ["url", "told", "state", "failing_since", "created_at"]
    list_filter = [either("is_active", "state", "on", "off")]
    empty = "No program is told anything yet. Register a webhook to tell one."
    list_select_related = ["created_by"]
    fields = [
        "url", "told", "state", "disabled_because", "failing_since", "secret_number", "old_secret_until",
        "created_by", "created_at",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Webhook]:
        return super().get_queryset(request).filter(deleted_at=None)

    @admin.display(description="state", ordering="is_active")
    def state(self, webhook: Webhook) -> str:
        return "on" if webhook.is_active else "off"

    @admin.display(description="events")
    def told(self, webhook: Webhook) -> str:
        return ", ".join(webhook.events)


@admin.register(Delivery)
class DeliveryAdmin(StaffAdmin[Delivery]):
    can_view = Can.MANAGE_WEBHOOKS
    action_pages = [backoffice.Resend()]
    list_display = ["id", "type", "webhook", "status", "tries", "last_status", "last_error", "due_at"]
    list_filter = ["status"]
    empty = "Nothing was sent yet. Send a test, on the page of a webhook, to see it arrive."
    list_select_related = ["event", "webhook"]
    linked_by = frozenset({"webhook__id__exact"})
    fields = [
        "webhook_page", "type", "event", "status", "tries", "due_at", "last_tried_at", "last_status", "last_error",
        "delivered_at", "created_at", "data",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        found = super().get_queryset(request).filter(webhook__deleted_at=None)
        return found.select_related("event", "webhook")

    @admin.display(description="event")
    def type(self, delivery: Delivery) -> str:
        return delivery.event.type

    @admin.display(description="webhook")
    def webhook_page(self, delivery: Delivery) -> SafeString:
        return link_to(delivery.webhook)

    @admin.display(description="what is told")
    def data(self, delivery: Delivery) -> SafeString:
        return as_json(delivery.event.data)


def newest_deliveries(request: HttpRequest, webhook: Webhook) -> Panel:
    """What was last told to the webhook, and whether it arrived."""
    newest = webhook.deliveries.select_related("event").order_by("-id")[:NEWEST]
    rows = [
        [
            link_to(delivery, delivery.event),
            delivery.event.type,
            f"{timezone.localtime(delivery.created_at):%d %b, %H:%M:%S}",
            delivery.get_status_display(),
            delivery.tries,
            delivery.last_error or delivery.last_status or "–",
        ]
        for delivery in newest
    ]
    headings = ["event", "what", "when", "state", "tries", "last answer"]
    return Panel("Deliveries", headings, rows, url=list_url(Delivery, webhook__id__exact=webhook.pk))


WebhookAdmin.panels.append(newest_deliveries)
queues.append(lambda user: backoffice.given_up(user) if may(user, Can.MANAGE_WEBHOOKS) else None)
