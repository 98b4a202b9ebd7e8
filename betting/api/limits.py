"""A player's limits in the API: looked at, and set."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from betting.errors import PauseStands
from betting.limits import services
from betting.limits.standing import MEASURES, NAMES, WINDOWS
from quantix import clock
from quantix.api.fields import Moment, Money, StrictSerializer, Time
from quantix.api.schema import answered, sent
from quantix.api.views import APIViewSet
from quantix.db import in_one_transaction
from quantix.money import FORM, FORM_HELP, parse_limit


@extend_schema_field(
    {"oneOf": [{"type": "string", "pattern": f"^{FORM}$"}, {"type": "integer"}], "description": FORM_HELP}
)
class Ceiling(serializers.Field[Decimal, Any, str, Any]):
    """A limit: zero or more, as money is written."""

    def to_internal_value(self, data: object) -> Decimal:
        try:
            return parse_limit(data)
        except ValueError as error:
            raise serializers.ValidationError(str(error), code="amount-form") from error


class Ceilings(StrictSerializer):
    """By window. What is not named stays as it is; null is no limit."""

    day = Ceiling(required=False, allow_null=True)
    week = Ceiling(required=False, allow_null=True)
    month = Ceiling(required=False, allow_null=True)


class Kept(StrictSerializer):
    """A raise that goes on waiting, as it was read."""

    limit = serializers.ChoiceField(choices=NAMES)
    value = Ceiling(required=False, allow_null=True)
    effective_at = Time(required=False)


@sent({"stake": {"day": "50.00"}, "loss": {"week": None}, "break_until": "2026-12-01T00:00:00Z"})
class NewLimits(StrictSerializer):
    """What is asked for. What is not named stays as it is."""

    stake = Ceilings(required=False)
    loss = Ceilings(required=False)
    break_until = Time(required=False, allow_null=True, help_text="1 to 42 days from now.")
    excluded_until = Time(
        required=False, allow_null=True, help_text="More than 42 days from now, up to 5 years."
    )
    pending = Kept(many=True, required=False, help_text="Raises to leave as they wait.")


class Values(serializers.Serializer[Any]):
    """By window; null is no limit."""

    day = Money(allow_null=True)
    week = Money(allow_null=True)
    month = Money(allow_null=True)


class Raise(serializers.Serializer[Any]):
    """A higher limit (null: none) that can be confirmed, by asking for it again, from `effective_at` on."""

    limit = serializers.ChoiceField(choices=NAMES)
    value = Money(allow_null=True)
    effective_at = Moment()


@answered(
    {
        "stake": {"day": "50.00", "week": None, "month": "400.00"},
        "loss": {"day": None, "week": "60.00", "month": None},
        "break_until": "2026-12-01T00:00:00Z",
        "excluded_until": None,
        "pending": [{"limit": "loss.week", "value": None, "effective_at": "2026-11-25T09:30:00Z"}],
    }
)
class Limits(serializers.Serializer[Any]):
    """One's limits, breaks, and the raises that wait."""

    stake = Values()
    loss = Values()
    break_until = Moment(allow_null=True)
    excluded_until = Moment(allow_null=True)
    pending = Raise(many=True)


class LimitsViewSet(APIViewSet):
    """One's own play limits."""

    refusals = {"update": [PauseStands]}

    @extend_schema(responses={200: Limits})
    def retrieve(self, request: Request) -> Response:
        """The limits that hold, and what waits."""
        return _reply(services.sheet_of(player=self.player))

    @extend_schema(request=NewLimits, responses={200: Limits})
    def update(self, request: Request) -> Response:
        """Set limits. Lower ones hold at once; a higher one is `pending` for 24 hours, and holds when it is then
        asked for again, within 7 days. Asking for what holds takes a pending raise back, unless `pending` lists it.
        """
        asked = self.body(NewLimits)
        sheet = in_one_transaction(
            lambda: services.set_limits(
                player=self.player,
                limits=dict(_named(asked)),
                pauses={field: asked[field] for field in ("break_until", "excluded_until") if field in asked},
                kept=[kept["limit"] for kept in asked.get("pending", [])],
            )
        )
        return _reply(sheet)


def _named(asked: dict[str, Any]) -> Iterator[tuple[str, Decimal | None]]:
    """The limits that a body names, by their names."""
    for measure in MEASURES:
        for window, value in asked.get(measure, {}).items():
            yield f"{measure}.{window}", value


def _reply(sheet: services.Sheet) -> Response:
    row, now = sheet.row, clock.now()
    values = {
        measure: {window: row.value_of(f"{measure}.{window}") for window in WINDOWS} for measure in MEASURES
    }
    ends = {field: getattr(row, field) for field in ("break_until", "excluded_until")}
    pauses = {field: until if until and until > now else None for field, until in ends.items()}
    return Response(Limits(values | pauses | {"pending": sheet.pending}).data)
