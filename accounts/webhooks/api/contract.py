"""What receivers are sent, as the OpenAPI document's `webhooks` says it.

The rooms above write the data (`games.announced`, `betting.announced`); their tests hold it to this.
"""

from typing import Any

from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiWebhook,
    extend_schema,
    extend_schema_field,
    inline_serializer,
)
from rest_framework import serializers

from accounts.webhooks import catalog
from quantix.api.fields import Moment, Money, Odds


class BetSettled(serializers.Serializer[Any]):
    """A bet as it stands after it was settled. `user` is the player's id."""

    id = serializers.IntegerField()
    user = serializers.IntegerField()
    session = serializers.IntegerField()
    game = serializers.IntegerField()
    market = serializers.CharField()
    choice = serializers.CharField()
    amount = Money()
    odds = Odds(allow_null=True)
    placed_at = Moment()
    outcome = serializers.ChoiceField(["win", "loss", "void", "cashed_out"])
    payout = Money()
    is_successful = serializers.BooleanField()
    settled_at = Moment()


class SessionEnded(serializers.Serializer[Any]):
    """A session after its end. `user` is the player's id."""

    id = serializers.IntegerField()
    user = serializers.IntegerField()
    game = serializers.IntegerField()
    status = serializers.ChoiceField(["completed", "forfeited", "expired", "voided"])
    result = serializers.ChoiceField(["win", "loss", "draw"], allow_null=True)
    score = serializers.FloatField(allow_null=True)
    started_at = Moment()
    ended_at = Moment()
    duration = serializers.FloatField(help_text="Seconds.")


class EventResolved(serializers.Serializer[Any]):
    """How an event came out. A correction is told again, with the next `settlement`."""

    game = serializers.IntegerField()
    status = serializers.ChoiceField(["resolved", "voided"])
    weights = serializers.DictField(
        child=serializers.CharField(),
        allow_null=True,
        help_text="Option to share of the truth, adding up to 1.",
    )
    outcome_known_at = Moment(allow_null=True)
    decided_at = Moment()
    settlement = serializers.IntegerField(help_text="Which decision this is, from 1.")


class Nothing(serializers.Serializer[Any]):
    """An empty object."""


def _always(type: str, value: str | int) -> serializers.Field[Any, Any, Any, Any]:
    """A field that is the same in every request."""

    @extend_schema_field({"type": type, "const": value})
    class Constant(serializers.Field[Any, Any, Any, Any]):
        pass

    return Constant()


def _webhook(
    event: str, name: str, data: type[serializers.Serializer[Any]], example: dict[str, Any]
) -> OpenApiWebhook:
    envelope = inline_serializer(
        f"{name}Webhook",
        {
            "id": serializers.RegexField("^evt_[0-9]+$", help_text="The same each time it is sent."),
            "type": _always("string", event),
            "version": _always("integer", catalog.VERSION),
            "timestamp": Moment(help_text="When it happened."),
            "data": data(),
        },
    )
    told = {
        "id": "evt_17",
        "type": event,
        "version": catalog.VERSION,
        "timestamp": "2026-01-31T13:00:00.123456Z",
        "data": example,
    }
    # From the receiver's side, as the library sees it, what we request is a response.
    told_so = extend_schema(
        summary=event,
        description=f"{data.__doc__} How to check the signature is in docs/webhooks.md.",
        request={"application/json": envelope},
        responses={"2XX": None},
        examples=[OpenApiExample(event, told, response_only=True)],
    )
    return OpenApiWebhook(event, told_so)


BET_SETTLED = _webhook(
    catalog.BET_SETTLED,
    "BetSettled",
    BetSettled,
    {
        "id": 81,
        "user": 12,
        "session": 40,
        "game": 4,
        "market": "winner",
        "choice": "yes",
        "amount": "12.50",
        "odds": "1.8500",
        "placed_at": "2026-01-31T12:00:00.000000Z",
        "outcome": "win",
        "payout": "23.12",
        "is_successful": True,
        "settled_at": "2026-01-31T13:00:00.000000Z",
    },
)
SESSION_ENDED = _webhook(
    catalog.SESSION_ENDED,
    "SessionEnded",
    SessionEnded,
    {
        "id": 41,
        "user": 12,
        "game": 2,
        "status": "completed",
        "result": "win",
        "score": 0.8,
        "started_at": "2026-01-31T12:55:00.000000Z",
        "ended_at": "2026-01-31T13:00:00.000000Z",
        "duration": 300.0,
    },
)
EVENT_RESOLVED = _webhook(
    catalog.EVENT_RESOLVED,
    "EventResolved",
    EventResolved,
    {
        "game": 4,
        "status": "resolved",
        "weights": {"yes": "1"},
        "outcome_known_at": None,
        "decided_at": "2026-01-31T13:00:00.000000Z",
        "settlement": 1,
    },
)
PING = _webhook(catalog.PING, "Ping", Nothing, {})
