"""Reads of the ledger."""

from decimal import Decimal

from django.db.models import Case, Count, F, Q, Sum, When
from django.db.models.functions import Coalesce

from quantix.fields import MoneyField
from wallets.models import Transaction, Wallet


def wallet_of(user_id: int) -> Wallet:
    """The user's wallet with `total_bet`, `total_win`…: credits less debits by category, over all rows.

    They add up to the balance: one query, and so one moment. `voided_rows` are as many of them as were voided.
    """
    amount = F("transactions__amount")
    signed = Case(When(transactions__type="credit", then=amount), default=-amount, output_field=MoneyField())
    sums = {
        f"total_{category}": Coalesce(Sum(signed, filter=Q(transactions__category=category)), Decimal(0))
        for category in Transaction.Category.values
    }
    voided = Count("transactions", filter=Q(transactions__deleted_at__isnull=False))
    return Wallet.objects.annotate(**sums, voided_rows=voided).get(user_id=user_id)
