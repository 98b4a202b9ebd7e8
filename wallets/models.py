"""Wallets, the ledger of their postings, and what staff ask to be adjusted."""

from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Now

from quantix import clock
from quantix.db import retry_when_lost
from quantix.fields import MoneyField, amount_check, one_of
from quantix.templatetags.ui import money_filter
from wallets import guards


def default_currency() -> str:
    return settings.CURRENCY


class Wallet(models.Model):
    """A player's money. `balance` is written by `wallets.ledger` alone, together with a posting."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="wallet")
    balance = MoneyField(default=0, db_default=0, editable=False)
    currency = models.CharField(max_length=10, default=default_currency)
    last_updated = models.DateTimeField(default=clock.now, db_default=Now(), editable=False)

    class Meta:
        db_table = "wallets"
        constraints = [
            models.CheckConstraint(condition=Q(balance__gte=0), name="wallet_balance_not_negative"),
            # NaN is greater than every number in PostgreSQL: only an upper bound refuses it.
            models.CheckConstraint(condition=Q(balance__lt=10**16), name="wallet_balance_is_number"),
        ]
        triggers = [guards.matches_ledger]

    def __str__(self) -> str:
        return f"Wallet of {self.user}"


def wallet_key(user: Any) -> Subquery:
    """The wallet's id, for a filter of its postings.

    Not as a join: of a wallet that is known the index gives the postings in order, and no more than are read.
    """
    return Subquery(Wallet.objects.filter(user=user).values("pk")[:1])


def refers_to(words: str) -> Q:
    """Postings by their reference, whole or up to its second colon: `bet:17` (or "bet 17") are all of bet 17.

    Both are read along the index of references; up to the first, half of the ledger would fit.
    """
    start = ":".join(words.split()).rstrip(":")
    if ":" not in start:
        return Q(reference=start)
    return Q(reference=start) | Q(reference__startswith=f"{start}:")


class TransactionQuerySet(QuerySet["Transaction"]):
    def of(self, user_id: int) -> "TransactionQuerySet":
        return self.filter(wallet=wallet_key(user_id))

    def live(self) -> "TransactionQuerySet":
        """Without voided pairs."""
        return self.filter(deleted_at=None)


class Transaction(models.Model):
    """One posting: what moved, and the balance it left."""

    class Type(models.TextChoices):
        CREDIT = "credit", "credit"
        DEBIT = "debit", "debit"

    class Category(models.TextChoices):
        BET = "bet", "stake"
        WIN = "win", "winnings"
        BONUS = "bonus", "bonus"
        ADMIN_ADJUSTMENT = "admin_adjustment", "adjustment"

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="transactions", db_index=False)
    amount = MoneyField()
    type = models.CharField(max_length=10, choices=Type)
    category = models.CharField(max_length=20, choices=Category, null=True, blank=True)
    description = models.CharField(max_length=255, blank=True, default="", db_default="")
    metadata = models.JSONField(default=dict, blank=True, db_default={})
    balance_after = MoneyField()
    reference = models.CharField(max_length=100, null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, db_default=Now())
    updated_at = models.DateTimeField(default=clock.now, db_default=Now())
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = TransactionQuerySet.as_manager()

    class Meta:
        db_table = "transactions"
        constraints = [
            amount_check("transaction_amount_range"),
            one_of("transaction_type", "type", ["credit", "debit"]),
            one_of(
                "transaction_category", "category", ["bet", "win", "bonus", "admin_adjustment"], null=True
            ),
            models.CheckConstraint(
                condition=Q(balance_after__gte=0, balance_after__lt=10**16),
                name="transaction_balance_after_range",
            ),
            models.UniqueConstraint("reference", name=retry_when_lost("transaction_reference_once")),
            models.UniqueConstraint(KT("metadata__reverses"), name="transaction_reversed_once"),
        ]
        indexes = [
            # With what postings are counted, chosen and added up by: for that their rows need not be read.
            models.Index(
                fields=["wallet", "-id"],
                include=["type", "category", "amount", "created_at", "deleted_at"],
                name="transaction_statement",
            ),
            models.Index(
                fields=["category", "created_at", "id"],
                include=["type", "amount", "deleted_at"],
                name="transaction_category_newest",
            ),
            models.Index(fields=["created_at", "id"], name="transaction_created"),
            # What staff look for among millions: the odd amount, also of one kind.
            models.Index(
                fields=["amount", "id"],
                include=["type", "category", "created_at", "deleted_at"],
                name="transaction_by_amount",
            ),
            models.Index(
                fields=["type", "amount", "id"],
                include=["category", "created_at", "deleted_at"],
                name="transaction_type_by_amount",
            ),
            models.Index(
                fields=["category", "amount", "id"],
                include=["type", "created_at", "deleted_at"],
                name="transaction_category_by_amount",
            ),
            # The few among the many: voided rows, and those that go against what their category is for.
            models.Index(
                fields=["created_at", "id"],
                include=["type", "category", "amount", "wallet"],
                condition=Q(deleted_at__isnull=False),
                name="transaction_voided",
            ),
            models.Index(
                fields=["category", "created_at", "id"],
                include=["type", "amount"],
                condition=Q(type="debit", category__in=["win", "bonus", "admin_adjustment"])
                | Q(type="credit", category="bet"),
                name="transaction_against_category",
            ),
        ]
        triggers = [
            guards.append_only,
            guards.not_truncated,
            guards.follows_on,
            guards.voided_in_pairs,
        ]

    def __str__(self) -> str:
        return f"Transaction {self.pk}"

    @property
    def signed_amount(self) -> Decimal:
        amount: Decimal = self.amount
        return amount if self.type == self.Type.CREDIT else -amount


class Adjustment(models.Model):
    """A credit or debit that staff ask for; from ADJUSTMENT_APPROVAL_FROM a day and player, another approves it."""

    class Status(models.TextChoices):
        PENDING = "pending", "waits for approval"
        POSTED = "posted", "posted"
        REJECTED = "rejected", "rejected"

    class ReasonCode(models.TextChoices):
        GOODWILL = "goodwill", "Goodwill"
        PRIZE = "prize", "Prize of an event"
        CORRECTION = "correction", "Correction of a mistake"
        ABUSE = "abuse", "Abuse taken back"
        OTHER = "other", "Other"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="adjustments")
    type = models.CharField(max_length=10, choices=Transaction.Type)
    amount = MoneyField()
    reason = models.CharField(max_length=255)
    reason_code = models.CharField(max_length=20, choices=ReasonCode, default=ReasonCode.OTHER)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    transaction = models.OneToOneField(Transaction, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now, db_default=Now())
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "adjustments"
        constraints = [
            amount_check("adjustment_amount_range"),
            one_of("adjustment_type", "type", ["credit", "debit"]),
            one_of("adjustment_status", "status", ["pending", "posted", "rejected"]),
            models.CheckConstraint(
                condition=Q(status="posted", transaction__isnull=False)
                | ~Q(status="posted") & Q(transaction=None),
                name="adjustment_posted_with_transaction",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "created_at"], name="adjustment_of_day"),
            models.Index(fields=["created_at"], condition=Q(status="pending"), name="adjustment_queue"),
            models.Index(fields=["created_at"], name="adjustment_created"),
        ]

    def __str__(self) -> str:
        return f"Adjustment {self.pk}: {self.type} of {money_filter(self.amount)} for {self.user}"


class Reconciliation(models.Model):
    """One run of `wallets.reconcile`: how long it took, what each check found (see its Finding), and if all held.

    One that staff ask for waits until the worker begins it (`started_at`); until it is finished, `findings` are those
    of the checks that are done.
    """

    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    started_at = models.DateTimeField(default=clock.now, null=True)
    finished_at = models.DateTimeField(default=clock.now, null=True)
    is_clean = models.BooleanField(null=True)
    findings = models.JSONField(default=list)

    class Meta:
        db_table = "reconciliations"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at=None, is_clean=None)
                | Q(started_at__isnull=False, finished_at__isnull=False, is_clean__isnull=False),
                name="reconciliation_finished_whole",
            )
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(finished_at=None), name="reconciliation_to_run"),
        ]

    def __str__(self) -> str:
        return f"Reconciliation {self.pk}: {self.state}"

    @property
    def state(self) -> str:
        if self.finished_at is None:
            return "running" if self.started_at else "waiting for the worker"
        broken = sum(1 for finding in self.findings if finding["broken"])
        return "clean" if self.is_clean else f"{broken} promises broken"
