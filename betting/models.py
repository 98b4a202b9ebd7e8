"""Bets, and the books that are kept of an event's options. Limits and standing have rooms of their own."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Case, DecimalField, F, Func, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Now, NullIf

from betting import announced
from betting.limits import guards
from betting.limits.models import LimitRaise, PlayLimits
from betting.links.models import AccountLink, LinkSearch
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
from games.engines.prediction.event import Book
from games.models import Event, Game, GameSession
from quantix import clock
from quantix.fields import MoneyField, amount_check, one_of
from quantix.money import MONEY_PLACES, round_down

__all__ = [
    "AccountLink",
    "Achieved",
    "Bet",
    "BetQuerySet",
    "Board",
    "LimitRaise",
    "LinkSearch",
    "OptionBook",
    "Placing",
    "PlayLimits",
    "PlayedSession",
    "PricePoint",
    "Proposal",
    "Season",
    "SessionToTally",
    "Standing",
    "Tally",
]

_SHARES: Any = DecimalField(max_digits=24, decimal_places=6)


def _cents(amount: Any) -> Func:
    """`amount` without what is smaller than a cent."""
    return Func(amount, Value(MONEY_PLACES), function="trunc", output_field=MoneyField())


class BetQuerySet(QuerySet["Bet"]):
    def of(self, user: Any) -> "BetQuerySet":
        return self.filter(user=user)

    def open(self) -> "BetQuerySet":
        return self.filter(outcome=None)

    def with_prospects(self) -> "BetQuerySet":
        """Each with `would_pay`: what it pays if it comes true, from a pool as the pool stands now."""
        books = OptionBook.objects.filter(game=OuterRef("game")).order_by()
        pool = books.values("game").annotate(sum=Sum("stakes")).values("sum")
        backed = books.filter(option=OuterRef("choice")).values("stakes")
        return self.annotate(
            would_pay=Case(
                When(metadata__has_key="shares", then=_cents(Cast(KT("metadata__shares"), _SHARES))),
                When(
                    metadata__mechanism="pool",
                    then=_cents(F("amount") * Subquery(pool) / NullIf(Subquery(backed), Value(0))),
                ),
                # As `services.payout` rounds.
                default=_cents(F("amount") * F("odds")),
                output_field=MoneyField(),
            )
        )

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
    # Written by a trigger, from the session, whose own foreign keys are the guards of both.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        editable=False,
    )
    game = models.ForeignKey(
        Game,
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

    #: What it would bring if it were sold now; set where that is shown.
    worth: Decimal | None

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
            models.Index(
                fields=["placed_at"],
                include=["outcome", "user"],
                condition=Q(metadata__has_key="uncollected"),
                name="bet_uncollected",
            ),
            models.Index(fields=["user", "placed_at"], include=["id", "outcome"], name="bet_of_player"),
            models.Index(fields=["game", "placed_at", "id"], include=["outcome", "user"], name="bet_of_game"),
            models.Index(fields=["placed_at"], include=["user"], name="bet_placed"),
            # Of all outcomes the rare ones: others are met soon by whoever looks for them from the newest on.
            models.Index(fields=["placed_at"], condition=Q(outcome=None), name="bet_open_newest"),
            models.Index(
                fields=["outcome", "placed_at"],
                condition=Q(outcome__in=["void", "cashed_out"]),
                name="bet_rare_outcome",
            ),
        ]
        triggers = [guards.bet_of_session, guards.bet_within_limits, note_changed_bet, announced.bet_settled]

    def __str__(self) -> str:
        return f"Bet {self.pk}"

    @property
    def market(self) -> str:
        return str(self.metadata["market"])

    @property
    def mechanism(self) -> str | None:
        """How an event prices what is bet on it; None for a bet on oneself."""
        mechanism: str | None = self.metadata.get("mechanism")
        return mechanism

    @property
    def shares(self) -> Decimal | None:
        """What it holds of its option, where a market maker has sold it."""
        shares = self.metadata.get("shares")
        return None if shares is None else Decimal(shares)

    @property
    def book(self) -> Book:
        """What it adds to its option's book while it is open."""
        if self.mechanism == "pool":
            return Book(stakes=self.amount)
        pays = round_down(self.amount * self.odds if self.shares is None else self.shares)
        return Book(stakes=self.amount, liability=pays, shares=self.shares or Decimal(0))


class OptionBook(models.Model):
    """What the open bets on one option of an event have staked, would be paid if it came true, and hold in shares.

    Once the event is decided it stays as it was then.
    """

    game = models.ForeignKey(Game, on_delete=models.PROTECT, related_name="books", db_index=False)
    option = models.CharField(max_length=40)
    stakes = MoneyField(default=0, db_default=0)
    liability = MoneyField(default=0, db_default=0)
    shares = models.DecimalField(max_digits=24, decimal_places=6, default=0, db_default=0)

    class Meta:
        db_table = "option_books"
        constraints = [
            models.UniqueConstraint("game", "option", name="option_book_once"),
            models.CheckConstraint(
                condition=Q(stakes__gte=0, liability__gte=0, shares__gte=0), name="option_book_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.game}: {self.option}"


class PricePoint(models.Model):
    """What each option's chance was, by the prices, from a moment on: option to a decimal string, adding up to 1."""

    game = models.ForeignKey(Game, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    prices = models.JSONField()

    class Meta:
        db_table = "price_points"
        indexes = [models.Index(fields=["game", "-at", "-id"], name="price_point_of_game")]

    def __str__(self) -> str:
        return f"{self.game} at {self.at}"


class Proposal(models.Model):
    """A result of an event with a large pool, told by one member of staff and not confirmed by another yet.

    There is one an event: a second replaces the first. `key` names it to who confirms it. `settlement` is the number
    that the event had then: a decision meanwhile makes the proposal void.
    """

    #: One that nobody has confirmed by then has lapsed.
    HOURS = 24

    event = models.OneToOneField(Event, on_delete=models.CASCADE, primary_key=True, related_name="proposal")
    key = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID())
    weights = models.JSONField()
    outcome_known_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=255, blank=True, default="")
    settlement = models.PositiveIntegerField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=clock.now, db_default=Now())

    class Meta:
        db_table = "event_proposals"
        constraints = [
            # An object with something in it: nothing else contains an empty one, and is none.
            models.CheckConstraint(
                condition=Q(weights__contains={}) & ~Q(weights={}), name="event_proposal_has_weights"
            )
        ]
        indexes = [models.Index(fields=["proposed_at"], name="event_proposal_queue")]

    def __str__(self) -> str:
        return f"Proposed result of {self.event}"

    @property
    def lapses_at(self) -> datetime:
        return self.proposed_at + timedelta(hours=self.HOURS)
