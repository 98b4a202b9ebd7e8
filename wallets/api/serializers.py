"""The shapes of money in the API."""

from typing import Any

from rest_framework import serializers

from quantix.api.fields import Moment, Money
from quantix.api.schema import answered
from wallets.models import Transaction
from wallets.models import Wallet as WalletRow


class Totals(serializers.Serializer[Any]):
    """Credits less debits, by category: they add up to the balance."""

    bet = Money(source="total_bet")
    win = Money(source="total_win")
    bonus = Money(source="total_bonus")
    admin_adjustment = Money(source="total_admin_adjustment")


@answered(
    {
        "id": 17,
        "balance": "112.50",
        "currency": "INR",
        "last_updated": "2026-02-04T10:02:13.5Z",
        "totals": {"bet": "-20.00", "win": "32.50", "bonus": "100.00", "admin_adjustment": "0.00"},
    }
)
class Wallet(serializers.ModelSerializer[WalletRow]):
    balance = Money()
    last_updated = Moment()
    totals = Totals(source="*")

    class Meta:
        model = WalletRow
        fields = ["id", "balance", "currency", "last_updated", "totals"]
        read_only_fields = fields


@answered(
    {
        "id": 204,
        "type": "debit",
        "category": "bet",
        "amount": "12.50",
        "balance_after": "87.50",
        "description": "Stake: Who wins the hackathon?: Team Nilgiri",
        "metadata": {"bet": 31, "session": 58},
        "reference": "bet:31:stake",
        "created_at": "2026-02-04T10:02:13.5Z",
        "updated_at": "2026-02-04T10:02:13.5Z",
        "deleted_at": None,
    }
)
class Posting(serializers.ModelSerializer[Transaction]):
    """One posting to one's wallet, and the balance it left."""

    amount = Money()
    balance_after = Money()
    metadata = serializers.DictField()
    created_at = Moment()
    updated_at = Moment()
    deleted_at = Moment(allow_null=True)

    class Meta:
        model = Transaction
        fields = [
            "id",
            "type",
            "category",
            "amount",
            "balance_after",
            "description",
            "metadata",
            "reference",
            "created_at",
            "updated_at",
            "deleted_at",
        ]
        read_only_fields = fields
