"""The shapes of markets and bets in the API."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from betting import books
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


@sent({"min_payout": "9.50"}, {}, names=("For 9.50 at least", "For whatever it brings"))
class CashOut(StrictSerializer):
    min_payout = Amount(required=False, help_text="Refuse to sell, at no cost, where it would bring less.")


@answered(
    BET
    | {
        "outcome": "cashed_out",
        "payout": "13.47",
        "is_successful": True,
        "settled_at": "2026-02-05T08:00:41Z",
    }
    | {"balance": "100.97"}
)
class SoldBet(PlacedBet):
    """A position just sold, and the wallet's balance after it."""


@answered({"at": "2026-02-04T10:02:13.5Z", "prices": {"nilgiri": "0.5476", "kaveri": "0.4524"}})
class PricePoint(serializers.Serializer[Any]):
    """What the prices said from a moment on: the chance of each option, adding up to 1."""

    at = Moment()
    prices = serializers.DictField(child=serializers.RegexField(r"^[01]\.[0-9]{4}$"))


class SessionWithPosition(Session):
    """A session; that of a prediction tells how the event stands, and what one holds in it."""

    def prediction_state(self, session: GameSession, now: datetime) -> dict[str, Any]:
        state = books.current_state(session.game.event)
        return session.game.engine.view(state, now) | {"position": position(session, state)}


def position(session: GameSession, state: Any) -> list[dict[str, str]]:
    """The open bets in `session` by choice, in order: what is staked, and paid if it comes true (from a pool as it
    stands); with a market maker also the shares held, and their worth if they were sold now.
    """
    held: dict[str, list[BetRow]] = {}
    for bet in session.bets.all():
        if bet.outcome is None:
            held.setdefault(bet.choice, []).append(bet)
    return [_line(session, state, choice, bets) for choice, bets in sorted(held.items())]


def _line(session: GameSession, state: Any, choice: str, bets: list[Any]) -> dict[str, str]:
    line = {
        "choice": choice,
        "stake": format_money(sum((bet.amount for bet in bets), Decimal(0))),
        "payout_if_won": format_money(sum((bet.would_pay for bet in bets), Decimal(0))),
    }
    engine = session.game.event.engine
    if not engine.is_sellable:
        return line
    shares = sum((bet.shares or Decimal(0) for bet in bets), Decimal(0))
    worth = engine.worth(state, choice, shares)
    return line | {"shares": f"{shares:.6f}", "worth": format_money(worth)}
