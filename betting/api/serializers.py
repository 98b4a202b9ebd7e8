"""The shapes of markets and bets in the API."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from betting import services
from betting.models import Bet as BetRow
from games.api.serializers import Session
from games.models import GameSession
from quantix.api.fields import Amount, Id, Moment, Money, Odds, StrictSerializer, Text
from quantix.api.schema import answered, sent
from quantix.money import format_money


class Choice(serializers.Serializer[Any]):
    choice = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    odds = Odds(allow_null=True)


class StakeLimits(serializers.Serializer[Any]):
    min = Money(source="stake_min")
    max = Money(source="stake_max")


@answered(
    {
        "market": "winner",
        "closes_at": "2026-02-10T12:30:00Z",
        "choices": [
            {"choice": "nilgiri", "label": "Team Nilgiri", "odds": "2.1000"},
            {"choice": "kaveri", "label": "Team Kaveri", "odds": "1.7500"},
        ],
        "stake": {"min": "1.00", "max": "500.00"},
    }
)
class Market(serializers.Serializer[Any]):
    """What may be bet on now."""

    market = serializers.CharField()
    closes_at = Moment(allow_null=True)
    choices = Choice(many=True)
    stake = StakeLimits(source="*")


@sent(
    {"session": 58, "market": "solve", "choice": "within-6", "amount": "5.00", "min_odds": "1.8000"},
    {"game": 9, "market": "winner", "choice": "nilgiri", "amount": "12.50"},
    names=("On oneself", "On an event"),
)
class Slip(StrictSerializer):
    """A bet as it is asked for: in a `session` of one's own, or on the `game` that is a prediction."""

    session = Id(source="session_id", required=False)
    game = Id(source="game_id", required=False)
    market = Text(max_length=100)
    choice = Text(max_length=100)
    amount = Amount()
    min_odds = Odds(
        required=False, help_text="Refuse the bet, at no cost, where it would get less than this."
    )


@answered({"odds": "2.1000", "payout_if_won": "26.25", "balance_after": "87.50"})
class Quote(serializers.Serializer[Any]):
    """What a bet would get."""

    odds = Odds()
    payout_if_won = Money()
    balance_after = Money()


BET = {
    "id": 31,
    "session": 58,
    "game": 9,
    "market": "winner",
    "choice": "nilgiri",
    "amount": "12.50",
    "odds": "2.1000",
    "placed_at": "2026-02-04T10:02:13.5Z",
    "outcome": None,
    "payout": None,
    "is_successful": None,
    "settled_at": None,
    "metadata": {"odds": "2.1000", "market": "winner", "label": "Who wins the hackathon?: Team Nilgiri"},
}


@answered(BET)
class Bet(serializers.ModelSerializer[BetRow]):
    """A stake, and what became of it: `outcome` is null while it is open."""

    session = serializers.IntegerField(source="session_id")
    game = serializers.IntegerField(source="session.game_id")
    market = serializers.CharField()
    amount = Money()
    odds = Odds(source="metadata.odds")
    placed_at = Moment()
    payout = Money(allow_null=True)
    settled_at = Moment(allow_null=True)
    metadata = serializers.DictField()

    class Meta:
        model = BetRow
        fields = [
            "id",
            "session",
            "game",
            "market",
            "choice",
            "amount",
            "odds",
            "placed_at",
            "outcome",
            "payout",
            "is_successful",
            "settled_at",
            "metadata",
        ]
        read_only_fields = fields


@answered(BET | {"balance": "87.50"})
class PlacedBet(Bet):
    """A bet just placed, and the wallet's balance after it."""

    balance = Money()

    class Meta(Bet.Meta):
        fields = [*Bet.Meta.fields, "balance"]
        read_only_fields = fields


class SessionWithPosition(Session):
    """A session; that of a prediction tells what one holds in it."""

    def prediction_state(self, session: GameSession, now: datetime) -> dict[str, Any]:
        return super().prediction_state(session, now) | {"position": position(session)}


def position(session: GameSession) -> list[dict[str, str]]:
    """The open bets in `session` by choice, in order: what is staked, and paid if it comes true."""
    held: dict[str, list[BetRow]] = {}
    for bet in session.bets.all():
        if bet.outcome is None:
            held.setdefault(bet.choice, []).append(bet)
    return [
        {
            "choice": choice,
            "stake": format_money(sum((bet.amount for bet in bets), Decimal(0))),
            "payout_if_won": format_money(
                sum((services.payout(bet.amount, bet.odds) for bet in bets), Decimal(0))
            ),
        }
        for choice, bets in sorted(held.items())
    ]
