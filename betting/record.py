"""What a player's bets have come to: read by the page of bets."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from betting.models import Bet
from quantix.fields import MoneyField

_MONEY = MoneyField()
_NOTHING = Value(Decimal("0.00"), output_field=_MONEY)
_OPEN = Q(outcome=None)
# A stake that was given back was neither won nor lost: it counts in no rate.
_DECIDED = Q(outcome__isnull=False) & ~Q(outcome="void")


@dataclass(frozen=True)
class Record:
    """`staked` and `returned` are of decided bets, void ones left out; `to_return` is what the open ones would pay."""

    open: int
    settled: int
    won: int
    decided: int
    at_stake: Decimal
    to_return: Decimal
    staked: Decimal
    returned: Decimal

    @property
    def profit(self) -> Decimal:
        return self.returned - self.staked

    @property
    def profit_rate(self) -> Decimal | None:
        """Profit as a share of what was staked; None where nothing is decided."""
        return self.profit / self.staked if self.staked else None


def record_of(player: User) -> Record:
    """One query, over all of the player's bets."""
    return Record(
        **Bet.objects.of(player)
        .with_prospects()
        .aggregate(
            open=Count("pk", filter=_OPEN),
            settled=Count("pk", filter=~_OPEN),
            won=Count("pk", filter=_DECIDED & Q(is_successful=True)),
            decided=Count("pk", filter=_DECIDED),
            at_stake=Coalesce(Sum("amount", filter=_OPEN), _NOTHING, output_field=_MONEY),
            to_return=Coalesce(Sum("would_pay", filter=_OPEN), _NOTHING, output_field=_MONEY),
            staked=Coalesce(Sum("amount", filter=_DECIDED), _NOTHING, output_field=_MONEY),
            returned=Coalesce(Sum("payout", filter=_DECIDED), _NOTHING, output_field=_MONEY),
        )
    )
