"""Fields and the serializer of the API: nothing is coerced on the way in, one form each on the way out."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from drf_spectacular.drainage import set_override
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from quantix import clock
from quantix.fields import ID_MAX
from quantix.money import AMOUNT_MAX, FORM, FORM_HELP, format_money, parse_amount

_ODDS_FORM = r"[0-9]{1,8}(\.[0-9]{1,4})?"
_ODDS = re.compile(_ODDS_FORM, re.ASCII)


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses fields it does not know."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)  # type: ignore[no-any-return] # It says what is wrong.
        known = {name for name, field in self.fields.items() if not field.read_only}
        unknown = {name: [_UNKNOWN] for name in data if name not in known}
        if unknown:
            raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)  # type: ignore[no-any-return]


_UNKNOWN = serializers.ErrorDetail("There is no such field here.", code="unknown-field")


@extend_schema_serializer(examples=[OpenApiExample("Example", value={}, request_only=True)])
class NoFields(StrictSerializer):
    """A body in which there is nothing to say: none at all, or an empty object."""


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Example",
            value={"detail": "If this address can have one, a mail is on its way to it."},
            response_only=True,
            status_codes=["200", "202"],
        )
    ]
)
class Detail(serializers.Serializer[Any]):
    """What happened, in words."""

    detail = serializers.CharField()


class Text(serializers.CharField):
    """A string, as it was sent. `told` is what the OpenAPI document says of it beside; a service checks it."""

    def __init__(self, told: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)
        if told:
            set_override(self, "field", {"type": "string", **told})

    def to_internal_value(self, data: object) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class Reason(Text):
    """Why, in words: for the audit trail."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "Why, in words. It is kept in the audit trail.")
        super().__init__(max_length=255, **kwargs)

    def to_internal_value(self, data: object) -> str:
        text = super().to_internal_value(data)
        if not text.strip():
            self.fail("blank")
        return text


class Flag(serializers.BooleanField):
    """A JSON boolean, and nothing that means one."""

    def to_internal_value(self, data: object) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Id(serializers.IntegerField):
    """The id of an object: a JSON integer."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=ID_MAX, **kwargs)

    def to_internal_value(self, data: object) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$", "examples": ["12.50"]})
class Money(serializers.Field[Decimal, Any, str, Any]):
    """Money on its way out: a decimal string with two decimals."""

    def to_representation(self, value: Decimal) -> str:
        return format_money(value)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "pattern": f"^{FORM}$"},
            {"type": "integer", "minimum": 1, "maximum": int(AMOUNT_MAX)},
        ],
        "description": FORM_HELP,
    }
)
class Amount(serializers.Field[Decimal, Any, str, Any]):
    """An amount to be moved: a decimal string or a JSON integer, above zero."""

    def to_internal_value(self, data: object) -> Decimal:
        try:
            return parse_amount(data)
        except ValueError as error:
            raise serializers.ValidationError(str(error), code="amount-form") from error


@extend_schema_field({"type": "string", "pattern": f"^{_ODDS_FORM}$", "examples": ["1.8500"]})
class Odds(serializers.Field[Decimal, Any, str, Any]):
    """Odds: a decimal string, with four decimals on the way out."""

    def to_internal_value(self, data: object) -> Decimal:
        if not isinstance(data, str) or not _ODDS.fullmatch(data):
            raise serializers.ValidationError(
                'Write odds as a decimal string such as "1.8500".', code="odds-form"
            )
        return Decimal(data)

    def to_representation(self, value: Decimal | str) -> str:
        return f"{Decimal(value):.4f}"


class Moment(serializers.DateTimeField):
    """A time on its way out: RFC 3339 in UTC."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, read_only=True, **kwargs)


@extend_schema_field({"type": "string", "format": "date-time"})
class Time(serializers.Field[datetime, Any, str, Any]):
    """A time on its way in: RFC 3339, with its offset from UTC, between the years 2000 and 2999."""

    def to_internal_value(self, data: object) -> datetime:
        try:
            moment = clock.parse(data)
            # The first and the last years of the calendar cannot be told in every time zone.
            if not 2000 <= moment.year < 3000:
                raise ValueError("beyond the centuries")
            return moment
        except ValueError as error:
            words = 'Write a time such as "2026-12-01T09:30:00Z": RFC 3339, with its offset.'
            raise serializers.ValidationError(words, code="time-form") from error


@extend_schema_field({"type": "number", "description": "Seconds."})
class Seconds(serializers.Field[Any, Any, float, Any]):
    """A span of time on its way out, in seconds."""

    def to_representation(self, value: Any) -> float:
        return float(value.total_seconds())
