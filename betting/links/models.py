"""Pairs of accounts whose behaviour chance does not explain, and the nights on which it was looked for."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, QuerySet

from quantix import clock

#: What pairs are compared by, and what that means.
KINDS = {
    "times": "the same minutes",
    "bets": "mirrored bets",
    "answers": "answers after the other's",
    "address": "a network address few share",
}


class AccountLinkQuerySet(QuerySet["AccountLink"]):
    def of(self, user: object) -> Self:
        return self.filter(Q(low=user) | Q(high=user))


class AccountLink(models.Model):
    """Two accounts that behave as if they belonged together. `low` has the smaller id.

    `weight` is how many times likelier their behaviour is if they do than if they do not, as a power of ten.
    `kinds`: by kind of evidence {trials, matches, weight}. `shared`: the newest shared things of each kind, each
    {kind, at, low, high} and what else tells of it.
    """

    low = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    high = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    weight = models.FloatField()
    kinds = models.JSONField()
    shared = models.JSONField(default=list)
    first_found_at = models.DateTimeField(default=clock.now)
    found_at = models.DateTimeField(default=clock.now)

    objects: ClassVar = AccountLinkQuerySet.as_manager()

    class Meta:
        db_table = "account_links"
        constraints = [
            models.UniqueConstraint("low", "high", name="account_link_once"),
            models.CheckConstraint(condition=Q(low__lt=F("high")), name="account_link_in_order"),
        ]
        indexes = [models.Index(fields=["-weight"], name="account_link_heaviest")]

    def __str__(self) -> str:
        return f"{self.low} and {self.high}"


class LinkSearch(models.Model):
    """A night's search: among how many `accounts`, how many pairs were weighed (`candidates`), how many found."""

    day = models.DateField(unique=True, help_text="In Kolkata.")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    accounts = models.PositiveIntegerField()
    candidates = models.PositiveIntegerField()
    links = models.PositiveIntegerField()

    class Meta:
        db_table = "link_searches"
        verbose_name_plural = "link searches"

    def __str__(self) -> str:
        return f"Search of {self.day}"
