"""Webhooks, what is told by them, and whether it has arrived."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from accounts.webhooks.catalog import EVENTS, PING
from quantix.fields import one_of

URL_MAX = 500


class WebhookQuerySet(QuerySet["Webhook"]):
    def live(self) -> "WebhookQuerySet":
        return self.filter(deleted_at=None)

    def ready(self, now: datetime) -> "WebhookQuerySet":
        """Those that something can be sent to at this moment."""
        return self.filter(Q(rests_until=None) | Q(rests_until__lte=now), is_active=True)

    def with_something_due(self, now: datetime) -> "WebhookQuerySet":
        return self.ready(now).filter(Exists(Delivery.objects.due(now).filter(webhook=OuterRef("pk"))))


class Webhook(models.Model):
    """An address of somebody's program, and what it wants to be told.

    Its secrets are not here: they follow from the site's key, `salt` and their number (`signing`).
    Deleted ones stay until their deliveries are forgotten.
    """

    url = models.CharField("address", max_length=URL_MAX)
    events = ArrayField(models.CharField(max_length=40))
    is_active = models.BooleanField(default=True, db_default=True)
    disabled_because = models.CharField(max_length=200, blank=True, default="", db_default="")
    salt = models.CharField(max_length=43, editable=False)
    secret_number = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    old_secret_until = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    rests_until = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now())
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar = WebhookQuerySet.as_manager()

    class Meta:
        db_table = "webhooks"
        constraints = [
            models.UniqueConstraint(fields=["url"], condition=Q(deleted_at=None), name="webhook_url_once"),
            models.CheckConstraint(
                condition=Q(events__contained_by=list(EVENTS)) & ~Q(events=[]), name="webhook_events_known"
            ),
            models.CheckConstraint(
                condition=Q(is_active=False) | Q(deleted_at=None), name="webhook_deleted_is_off"
            ),
        ]

    def __str__(self) -> str:
        return self.url


class WebhookEvent(models.Model):
    """Something that happened, as it is told: written in the transaction that made it happen."""

    type = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "webhook_events"
        constraints = [one_of("webhook_event_type", "type", [*EVENTS, PING])]
        indexes = [models.Index(fields=["created_at"], name="webhook_event_age")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What receivers know it by: the same however often it is sent, and to whomever."""
        return f"evt_{self.pk}"


class DeliveryQuerySet(QuerySet["Delivery"]):
    def due(self, now: datetime) -> "DeliveryQuerySet":
        """Those that wait, whose time has come, and that no worker has in hand."""
        free = Q(taken_until=None) | Q(taken_until__lte=now)
        return self.filter(free, status=Delivery.Status.PENDING, due_at__lte=now)


class Delivery(models.Model):
    """One event for one webhook. A worker that sends it has it until `taken_until`; then it is anybody's again."""

    class Status(models.TextChoices):
        PENDING = "pending", "waits"
        DELIVERED = "delivered", "delivered"
        FAILED = "failed", "given up"

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="deliveries")
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING, db_default="pending")
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    due_at = models.DateTimeField("next try", db_default=Now())
    taken_until = models.DateTimeField(null=True)
    last_tried_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=200, default="", db_default="")
    delivered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar = DeliveryQuerySet.as_manager()

    class Meta:
        db_table = "webhook_deliveries"
        verbose_name_plural = "deliveries"
        constraints = [
            one_of("webhook_delivery_status", "status", ["pending", "delivered", "failed"]),
            models.UniqueConstraint("webhook", "event", name="webhook_delivery_once"),
            models.CheckConstraint(
                condition=Q(status="delivered", delivered_at__isnull=False)
                | ~Q(status="delivered") & Q(delivered_at=None),
                name="webhook_delivered_with_time",
            ),
        ]
        indexes = [
            models.Index(
                F("webhook"), F("due_at"), F("id"), condition=Q(status="pending"), name="webhook_delivery_due"
            ),
            models.Index(fields=["webhook", "-id"], name="webhook_delivery_newest"),
            models.Index(fields=["id"], condition=Q(status="failed"), name="webhook_delivery_failed"),
        ]

    def __str__(self) -> str:
        return f"Delivery {self.pk}"
