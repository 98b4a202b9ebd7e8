"""A player's limits, and the raises that wait."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from betting.limits.standing import NAMES, column_of
from quantix import clock
from quantix.fields import MoneyField, one_of
from quantix.money import AMOUNT_MAX

#: A raise can be confirmed from this long after it was asked for, and lapses unless it is within the second span.
RAISE_WAITS = timedelta(hours=24)
RAISE_LAPSES = timedelta(days=7)


def _limit_check(field: str) -> models.CheckConstraint:
    """Zero (nothing at all) to AMOUNT_MAX, or null: none. Only the upper bound refuses a NaN."""
    condition = Q((f"{field}__isnull", True)) | Q((f"{field}__gte", 0), (f"{field}__lte", AMOUNT_MAX))
    return models.CheckConstraint(condition=condition, name=f"play_limit_{field}")


class PlayLimits(models.Model):
    """What a player may stake and lose; a null is no limit. The row is locked by each bet of theirs."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="play_limits"
    )
    stake_day = MoneyField(null=True)
    stake_week = MoneyField(null=True)
    stake_month = MoneyField(null=True)
    loss_day = MoneyField(null=True)
    loss_week = MoneyField(null=True)
    loss_month = MoneyField(null=True)
    break_until = models.DateTimeField(null=True)
    excluded_until = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(default=clock.now, db_default=Now())

    class Meta:
        db_table = "play_limits"
        verbose_name_plural = "play limits"
        constraints = [_limit_check(column_of(name)) for name in NAMES]

    def __str__(self) -> str:
        return f"Limits of {self.user_id}"

    def value_of(self, name: str) -> Decimal | None:
        value: Decimal | None = getattr(self, column_of(name))
        return value

    def set_value(self, name: str, value: Decimal | None) -> None:
        setattr(self, column_of(name), value)


class LimitRaise(models.Model):
    """A higher limit, or (null) none, that the player has asked for and has yet to confirm."""

    limits = models.ForeignKey(PlayLimits, on_delete=models.CASCADE, related_name="raises", db_index=False)
    limit = models.CharField(max_length=20)
    value = MoneyField(null=True)
    asked_at = models.DateTimeField()
    effective_at = models.DateTimeField(help_text="From when on it can be confirmed.")

    class Meta:
        db_table = "limit_raises"
        constraints = [
            models.UniqueConstraint(fields=["limits", "limit"], name="limit_raise_once"),
            one_of("limit_raise_limit", "limit", NAMES),
            _limit_check("value"),
            models.CheckConstraint(
                condition=Q(effective_at__gte=models.F("asked_at") + RAISE_WAITS), name="limit_raise_waits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.limit} of {self.limits_id}"

    def is_due(self, now: datetime) -> bool:
        return self.effective_at <= now

    @property
    def lapses_at(self) -> datetime:
        lapses_at: datetime = self.effective_at + RAISE_LAPSES
        return lapses_at

    def has_lapsed(self, now: datetime) -> bool:
        return now > self.lapses_at
