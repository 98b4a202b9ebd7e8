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
    """A place between two rows: the row it follows in the direction it looks, by id and (where ordered so) a key.

    The key is a whole number: a rank, or the microseconds of a time.
    """

    backwards: bool
    id: int
    key: int | None

    def write(self) -> str:
        at = "" if self.key is None else f"@{self.key}"
        return (
            base64.urlsafe_b64encode(f"{'b' if self.backwards else 'f'}{self.id}{at}".encode())
            .decode()
            .rstrip("=")
        )

    @classmethod
    def read(cls, text: str, *, has_key: bool) -> "Cursor":
        """Raises Invalid for what no page of this ordering has given out."""
        try:
            found = _CURSOR.fullmatch(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii"))
        except (ValueError, binascii.Error):
            found = None
        if found is None or (found[3] is not None) != has_key:
            raise _invalid(
                "cursor", "Take the cursor from the `next` or `previous` of a page of this ordering."
            )
        return cls(found[1] == "b", int(found[2]), int(found[3]) if has_key else None)


class CursorPage(BasePagination):
    """Pages of a list, newest first unless `ordering` (`id`, the view's `time_field`, each with -) says otherwise."""

    default_ordering = "-id"
    ordering_words = "Newest first by default."

    def orderings(self, view: Listed) -> Sequence[str]:
        return orderings_of("id", view.time_field)

    def field_of(self, ordering: str) -> str:
        """The field of the rows that is ordered by."""
        return ordering

    def key_of(self, value: Any) -> int:
        """The cursor's key for the ordering's field of a row."""
        return (value - _EPOCH) // timedelta(microseconds=1)  # type: ignore[no-any-return]

    def value_of(self, key: int) -> Any:
        """What `key_of` made the key from."""
        return _EPOCH + timedelta(microseconds=key)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        size = _page_size(request)
        ordering, known = request.query_params.get("ordering", self.default_ordering), self.orderings(view)
        if ordering not in known:
            raise _invalid("ordering", f"Order by one of: {', '.join(known)}.")
        self.field = self.field_of(ordering.removeprefix("-"))
        text = request.query_params.get("cursor")
        self.cursor = Cursor.read(text, has_key=self.field != "id") if text is not None else None
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
            if self.cursor.key is not None:
                value = self.value_of(self.cursor.key)
                later = Q((f"{self.field}__{compare}", value)) | Q((self.field, value)) & after
                # Said as one bound too: by an OR alone, an index would be read from its beginning.
                after = Q((f"{self.field}__{compare}e", value)) & later
            queryset = queryset.filter(after)
        return queryset.order_by(*(f"{sign}{field}" for field in dict.fromkeys((self.field, "id"))))

    def _link(self, *, forwards: bool) -> str | None:
        looked_forwards = self.cursor is None or not self.cursor.backwards
        # The way that was looked goes on if there was a row too many; the way back exists if there was a cursor.
        exists = self.has_more if forwards == looked_forwards else self.cursor is not None
        if not (exists and self.page):
            return None
        edge: Model = self.page[-1 if forwards else 0]
        key = None if self.field == "id" else self.key_of(getattr(edge, self.field))
        cursor = Cursor(not forwards, edge.pk, key).write()
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
                {"type": "string", "enum": self.orderings(view), "default": self.default_ordering},
                self.ordering_words,
            ),
        }
        return [
            {"name": name, "in": "query", "required": False, "description": words, "schema": schema}
            for name, (schema, words) in schemas.items()
        ]


class RankPage(CursorPage):
    """Pages of a board, the first rank first. A ranking that comes in between moves rows; a page does not mend that."""

    default_ordering = "rank"
    ordering_words = "The first rank first by default."

    def orderings(self, view: Any) -> Sequence[str]:
        return orderings_of("rank")

    def field_of(self, ordering: str) -> str:
        """Ranks tie, positions do not."""
        return "position"

    def key_of(self, value: int) -> int:
        return value

    def value_of(self, key: int) -> int:
        return key


def orderings_of(*fields: str) -> list[str]:
    return [f"{sign}{field}" for field in fields for sign in ("", "-")]


def _page_size(request: Request) -> int:
    text = request.query_params.get("page_size", str(PAGE_SIZE))
    if not re.fullmatch("[0-9]{1,3}", text, re.ASCII) or not 1 <= int(text) <= PAGE_SIZE_MAX:
        raise _invalid("page_size", f"page_size is a number from 1 to {PAGE_SIZE_MAX}.")
    return int(text)


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(FieldError(field, f"{field.replace('_', '-')}-form", message))
