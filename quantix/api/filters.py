"""Filters of lists: strict forms, and no parameter that means nothing."""

import re
from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.request import Request

from quantix import clock
from quantix.api.paging import PARAMETERS
from quantix.errors import FieldError, Invalid

_ID = re.compile("[0-9]{1,18}", re.ASCII)
_BOOLEANS = {"true": True, "false": False}


class StrictFilters(DjangoFilterBackend):
    """A view's `filterset_class`, on its list; each parameter is known, given once, and not empty."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        if view.action != "list":
            return queryset
        filterset = self.get_filterset_class(view, queryset)
        known = {*PARAMETERS, *(filterset.base_filters if filterset else ())}
        faults = [
            fault for name, values in request.query_params.lists() if (fault := _fault(name, values, known))
        ]
        if faults:
            raise Invalid(*faults)
        return super().filter_queryset(request, queryset, view)  # type: ignore[no-any-return]


def _fault(name: str, values: list[Any], known: set[str]) -> FieldError | None:
    if name not in known:
        return FieldError(
            name, "unknown-parameter", f"There is no such parameter. Known: {', '.join(sorted(known))}."
        )
    if len(values) > 1:
        return FieldError(name, "repeated-parameter", "Give this parameter once.")
    return (
        None
        if values[0]
        else FieldError(name, "empty-parameter", "Give this parameter a value, or leave it out.")
    )


class _IdField(forms.Field):
    def to_python(self, value: str | None) -> int | None:
        if not value:
            return None
        if not _ID.fullmatch(value):
            raise forms.ValidationError("Give the number of an object.", code="invalid")
        return int(value)


class _BooleanField(forms.Field):
    def to_python(self, value: str | None) -> bool | None:
        if not value:
            return None
        if value not in _BOOLEANS:
            raise forms.ValidationError("Choose true or false.", code="invalid")
        return _BOOLEANS[value]


class _MomentField(forms.Field):
    def to_python(self, value: str | None) -> datetime | None:
        if not value:
            return None
        try:
            return clock.parse(value)
        except ValueError as error:
            message = (
                "Give a time such as 2026-01-31T18:30:00Z (RFC 3339; in an address, a plus sign is escaped)."
            )
            raise forms.ValidationError(message, code="invalid") from error


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": 10**18 - 1})
class IdFilter(django_filters.Filter):
    field_class = _IdField


@extend_schema_field({"type": "string", "minLength": 1})
class TextFilter(django_filters.CharFilter):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)


@extend_schema_field(OpenApiTypes.BOOL)
class BooleanFilter(django_filters.Filter):
    field_class = _BooleanField


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentFilter(django_filters.Filter):
    field_class = _MomentField
