"""Tables that every app stands on: kept replies, counted attempts, the audit trail, and figures by day."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F
from django.db.models.functions import Now, Upper

from quantix import guards
from quantix.sections import name_of


class IdempotencyKey(models.Model):
    """The reply to a request that must have its effect once, kept IDEMPOTENCY_HOURS (24) for who sends it again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=128)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "idempotency_keys"
        constraints = [models.UniqueConstraint("user", "key", name="idempotency_key_once_per_user")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_key_age")]

    def __str__(self) -> str:
        return self.key


class BrowserSession(AbstractBaseSession):
    """Django's session, with whose it is: so that players see where they are signed in, and end it there."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")

    class Meta:
        db_table = "browser_sessions"

    @classmethod
    def get_session_store_class(cls) -> Any:
        from quantix.sessions import SessionStore

        return SessionStore


class Attempts(models.Model):
    """The newest attempts under one rate's key, oldest first: what the sliding windows of `quantix.rates` count."""

    key = models.CharField(max_length=200, primary_key=True)
    at = ArrayField(models.DateTimeField())
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "attempts"

    def __str__(self) -> str:
        return self.key


class AuditEntry(models.Model):
    """Who of the staff did what to which object, and why: written by services, never changed (by trigger)."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60)
    target_id = models.BigIntegerField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)
    address = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "audit_entries"
        verbose_name_plural = "audit entries"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["target_type", "target_id", "-id"], name="audit_by_target"),
            models.Index(fields=["actor", "-id"], name="audit_by_actor"),
            models.Index(fields=["created_at"], name="audit_by_moment"),
            # Of the action's beginning: `user.` finds what was done to users.
            models.Index(OpClass("action", "varchar_pattern_ops"), F("created_at"), name="audit_by_action"),
            # Any part of a reason.
            GinIndex(OpClass(Upper("reason"), name="gin_trgm_ops"), name="audit_by_reason"),
        ]
        triggers = [guards.never_changed("audit_append_only"), guards.not_truncated("audit_append_only")]

    def __str__(self) -> str:
        return f"{self.action} {self.target_type} {self.target_id}"


class DailyFigure(models.Model):
    """What one figure of `quantix.figures` came to on one day (in Kolkata) that is over: written by it alone."""

    day = models.DateField()
    name = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=24, decimal_places=2)

    class Meta:
        db_table = "daily_figures"
        constraints = [models.UniqueConstraint("day", "name", name="daily_figure_once")]

    def __str__(self) -> str:
        return f"{self.name} of {self.day}"


class Export(models.Model):
    """A list that a member of staff has taken away as a file: which rows of what, and whether all of it was sent.

    `filters` is how the list was narrowed, `rows` how many had been written when it ended.
    """

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    listed = models.CharField(max_length=60)
    format = models.CharField(max_length=10)
    filters = models.JSONField(default=dict)
    rows = models.BigIntegerField(null=True)
    is_whole = models.BooleanField(null=True)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "exports"

    def __str__(self) -> str:
        return f"{name_of(self.listed)} as {self.format.upper()}"
