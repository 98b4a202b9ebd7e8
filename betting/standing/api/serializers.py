"""The shapes of boards and seasons in the API."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from betting.standing.models import Measure, Placing
from betting.standing.models import Season as SeasonRow
from quantix.api.fields import Moment
from quantix.api.schema import answered
from quantix.money import format_money

_NUMBERS = {name: {"type": "number"} for name in ("rating", "deviation", "coverage")}
_COUNTS = {name: {"type": "integer"} for name in ("bets", "events", "played")}
_TEXTS = {name: {"type": "string"} for name in ("stakes", "winnings", "scope")}
_DETAIL = {
    "type": "object",
    "properties": _NUMBERS | _COUNTS | _TEXTS,
    "description": "The figures behind the value. profit and return: stakes, winnings, bets. skill: rating, deviation,"
    " scope (the kind of game), played. prediction: events, coverage (the share of the events held).",
}
_VALUE = {
    "oneOf": [{"type": "string"}, {"type": "number"}],
    "description": "profit: money, a decimal string. return: profit as a share of the stakes. skill: the rating less"
    " two deviations. prediction: the mean Brier score, from 0 (perfect) to 2.",
}


@answered(
    {
        "rank": 1,
        "username": "diya.chatterjee",
        "value": "312.40",
        "detail": {"stakes": "420.00", "winnings": "732.40", "bets": 31},
    },
    {
        "rank": 1,
        "username": "kavya.shetty",
        "value": 1612.4,
        "detail": {"rating": 1748.2, "deviation": 67.9, "scope": "quiz", "played": 40},
    },
    names=("By profit", "By skill"),
)
class Place(serializers.Serializer[Any]):
    """A player's place on a board. Players who tie have the same rank."""

    rank = serializers.IntegerField()
    username = serializers.CharField(source="user.username")
    value = serializers.SerializerMethodField("written_value")
    detail = serializers.SerializerMethodField()

    @extend_schema_field(_VALUE)
    def written_value(self, placing: Placing) -> Any:
        return format_value(placing.measure, placing.value)

    @extend_schema_field(_DETAIL)
    def get_detail(self, placing: Placing) -> Any:
        return placing.detail


def format_value(measure: str, value: Decimal) -> str | float:
    """Money as money is written; a share or a score, of four decimals at most, as a number."""
    return format_money(value) if measure == Measure.PROFIT else float(value)


@answered(
    {
        "id": 3,
        "name": "February 2026",
        "begins_at": "2026-01-31T18:30:00Z",
        "ends_at": "2026-02-28T18:30:00Z",
        "archived_at": None,
    }
)
class Season(serializers.ModelSerializer[SeasonRow]):
    """A season; its boards are final once it is archived."""

    begins_at = Moment()
    ends_at = Moment()
    archived_at = Moment(allow_null=True)

    class Meta:
        model = SeasonRow
        fields = ["id", "name", "begins_at", "ends_at", "archived_at"]
        read_only_fields = fields
