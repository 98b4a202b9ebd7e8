"""Cursor pages: each says where it ended, so that rows arriving meanwhile shift nothing."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from django.db.models import Model, Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from quantix.errors import FieldError, Invalid

PAGE_SIZE, PAGE_SIZE_MAX = 50, 200
PARAMETERS = ("cursor", "page_size", "ordering")
_CURSOR = re.compile(r"([fb])([0-9]{1,18})(?:@([0-9]{1,16}))?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Listed(Protocol):
    """What a view says about its list: the field that holds the objects' own time."""

    time_field: str


@dataclass(frozen=True)
class Cursor:
    """A place between two rows: the row it follows in the direction it looks, by id and (where ordered so) time."""

    backwards: bool
    id: int
    at: datetime | None

    def write(self) -> str:
        at = "" if self.at is None else f"@{(self.at - _EPOCH) // timedelta(microseconds=1)}"
        return (
            base64.urlsafe_b64encode(f"{'b' if self.backwards else 'f'}{self.id}{at}".encode())
            .decode()
            .rstrip("=")
        )

    @classmethod
    def read(cls, text: str, *, by_time: bool) -> "Cursor":
        """Raises Invalid for what no page of this ordering has given out."""
        try:
            found = _CURSOR.fullmatch(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii"))
        except (ValueError, binascii.Error):
            found = None
        if found is None or (found[3] is not None) != by_time:
            raise _invalid(
                "cursor", "Take the cursor from the `next` or `previous` of a page of this ordering."
            )
        at = _EPOCH + timedelta(microseconds=int(found[3])) if by_time else None
        return cls(found[1] == "b", int(found[2]), at)


class CursorPage(BasePagination):
    """Pages of a list, newest first unless `ordering` (`id`, the view's `time_field`, each with -) says otherwise."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        size = _page_size(request)
        ordering = request.query_params.get("ordering", "-id")
        if ordering not in orderings(view):
            raise _invalid("ordering", f"Order by one of: {', '.join(orderings(view))}.")
        self.field = ordering.removeprefix("-")
        text = request.query_params.get("cursor")
        self.cursor = Cursor.read(text, by_time=self.field != "id") if text is not None else None
        backwards = self.cursor is not None and self.cursor.backwards
        rows = self._rows(queryset, descending=ordering.startswith("-") != backwards)[: size + 1]
        found = list(rows)
        self.has_more = len(found) > size
        self.page = found[:size][::-1] if backwards else found[:size]
        return self.page

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {"next": self._link(forwards=True), "previous": self._link(forwards=False), "results": data}
        )

    def _rows(self, queryset: QuerySet[Any], *, descending: bool) -> QuerySet[Any]:
        sign, compare = ("-", "lt") if descending else ("", "gt")
        if self.cursor:
            after = Q((f"id__{compare}", self.cursor.id))
            if self.cursor.at:
                same = Q((self.field, self.cursor.at))
                after = Q((f"{self.field}__{compare}", self.cursor.at)) | same & after
            queryset = queryset.filter(after)
        return queryset.order_by(*(f"{sign}{field}" for field in dict.fromkeys((self.field, "id"))))

    def _link(self, *, forwards: bool) -> str | None:
        looked_forwards = self.cursor is None or not self.cursor.backwards
        # The way that was looked goes on if there was a row too many; the way back exists if there was a cursor.
        exists = self.has_more if forwards == looked_forwards else self.cursor is not None
        if not (exists and self.page):
            return None
        edge: Model = self.page[-1 if forwards else 0]
        at = None if self.field == "id" else getattr(edge, self.field)
        cursor = Cursor(not forwards, edge.pk, at).write()
        return replace_query_param(self.request.build_absolute_uri(), "cursor", cursor)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        next_page = "http://127.0.0.1:8000/api/v1/bets?cursor=ZjMx&page_size=1"
        properties = {
            "next": link | {"example": next_page},
            "previous": link | {"example": None},
            "results": schema,
        }
        return {"type": "object", "required": list(properties), "properties": properties}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": PAGE_SIZE_MAX, "default": PAGE_SIZE}
        schemas: dict[str, tuple[dict[str, Any], str]] = {
            "cursor": ({"type": "string", "minLength": 1}, "From the `next` or `previous` of another page."),
            "page_size": (size, "How many results a page has."),
            "ordering": (
                {"type": "string", "enum": orderings(view), "default": "-id"},
                "Newest first by default.",
            ),
        }
        return [
            {"name": name, "in": "query", "required": False, "description": words, "schema": schema}
            for name, (schema, words) in schemas.items()
        ]


def orderings(view: Listed) -> Sequence[str]:
    return ["id", "-id", view.time_field, f"-{view.time_field}"]


def _page_size(request: Request) -> int:
    text = request.query_params.get("page_size", str(PAGE_SIZE))
    if not re.fullmatch("[0-9]{1,3}", text, re.ASCII) or not 1 <= int(text) <= PAGE_SIZE_MAX:
        raise _invalid("page_size", f"page_size is a number from 1 to {PAGE_SIZE_MAX}.")
    return int(text)


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(FieldError(field, f"{field.replace('_', '-')}-form", message))
