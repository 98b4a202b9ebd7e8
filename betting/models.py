"""Bets, and the books that are kept of an event's options. Limits and standing have rooms of their own."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import DecimalField, F, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Now

from betting import announced
from betting.limits import guards
from betting.limits.models import LimitRaise, PlayLimits
from betting.standing.guards import note_changed_bet
from betting.standing.models import (
    Achieved,
    Board,
    Placing,
    PlayedSession,
    Season,
    SessionToTally,
    Standing,
    Tally,
)
from games.models import Game, GameSession
from quantix import clock
from quantix.fields import MoneyField, amount_check, one_of

__all__ = [
    "Achieved",
    "Bet",
    "BetQuerySet",
    "Board",
    "LimitRaise",
    "OptionBook",
    "Placing",
    "PlayLimits",
    "PlayedSession",
    "Season",
    "SessionToTally",
    "Standing",
    "Tally",
]


class BetQuerySet(QuerySet["Bet"]):
    def of(self, user: Any) -> "BetQuerySet":
        return self.filter(session__user=user)

    def open(self) -> "BetQuerySet":
        return self.filter(outcome=None)

    def uncollected(self) -> "BetQuerySet":
        """Whose correction took back less than it should have: the wallet held no more."""
        return self.filter(metadata__has_key="uncollected")


class Bet(models.Model):
    """A stake on one choice of one market, at the odds it was placed at. Settled once: all four columns or none."""

    class Outcome(models.TextChoices):
        WIN = "win", "won"
        LOSS = "loss", "lost"
        VOID = "void", "void"
        CASHED_OUT = "cashed_out", "cashed out"

    session = models.ForeignKey(GameSession, on_delete=models.PROTECT, related_name="bets")
    # Written by a trigger, from the session, whose own foreign key is the guard of both.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        editable=False,
    )
    amount = MoneyField()
    placed_at = models.DateTimeField(default=clock.now, db_default=Now())
    outcome = models.CharField(max_length=20, choices=Outcome, null=True)
    payout = MoneyField(null=True)
    choice = models.CharField(max_length=100)
    is_successful = models.BooleanField(null=True)
    metadata = models.JSONField(default=dict)
    odds = models.GeneratedField(
        expression=Cast(KT("metadata__odds"), DecimalField(max_digits=12, decimal_places=4)),
        output_field=DecimalField(max_digits=12, decimal_places=4),
        db_persist=True,
    )
    settled_at = models.DateTimeField(null=True)

    objects: ClassVar = BetQuerySet.as_manager()

    class Meta:
        db_table = "bets"
        constraints = [
            amount_check("bet_amount_range"),
            one_of("bet_outcome", "outcome", ["win", "loss", "void", "cashed_out"], null=True),
            models.CheckConstraint(
                condition=Q(outcome=None, payout=None, is_successful=None, settled_at=None)
                | Q(
                    outcome__isnull=False,
                    payout__isnull=False,
                    is_successful__isnull=False,
                    settled_at__isnull=False,
                ),
                name="bet_settled_whole",
            ),
            models.CheckConstraint(
                condition=Q(payout=None) | Q(payout__gte=0, payout__lt=10**16), name="bet_payout_range"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="loss") | Q(payout=0, is_successful=False), name="bet_loss_pays_nothing"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="void") | Q(payout=F("amount"), is_successful=False),
                name="bet_void_pays_stake",
            ),
        ]
        indexes = [
            models.Index(fields=["session"], condition=Q(outcome=None), name="bet_open"),
            models.Index(fields=["id"], condition=Q(metadata__has_key="uncollected"), name="bet_uncollected"),
            models.Index(fields=["user", "placed_at"], name="bet_of_player"),
        ]
        triggers = [guards.bet_of_player, guards.bet_within_limits, note_changed_bet, announced.bet_settled]

    def __str__(self) -> str:
        return f"Bet {self.pk}"

    @property
    def market(self) -> str:
        return str(self.metadata["market"])


class OptionBook(models.Model):
    """What the bets on one option of an event have staked, and would be paid if it came true."""

    game = models.ForeignKey(Game, on_delete=models.PROTECT, related_name="books", db_index=False)
    option = models.CharField(max_length=40)
    stakes = MoneyField(default=0, db_default=0)
    liability = MoneyField(default=0, db_default=0)

    class Meta:
        db_table = "option_books"
        constraints = [
            models.UniqueConstraint("game", "option", name="option_book_once"),
            models.CheckConstraint(
                condition=Q(stakes__gte=0, liability__gte=0), name="option_book_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.game}: {self.option}"
