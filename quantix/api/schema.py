"""The OpenAPI document, where it says more than views and serializers do: errors, keys and headers."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import AllowAny

KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[ -~]+$"},
    OpenApiParameter.HEADER,
    description="Chosen by the client: sent again with the same request, it gets the first reply again.",
)
WORDS = {
    400: "Not understood, or not valid",
    401: "No valid token",
    403: "Not allowed",
    404: "Not there, or not yours",
    409: "Against the state of things",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "The Idempotency-Key came with another request before",
    429: "Too many requests",
    503: "The database is away",
}


class FieldProblem(serializers.Serializer[Any]):
    """One thing wrong with one field."""

    field = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """A problem document (RFC 9457)."""

    type = serializers.CharField(help_text="Where the code is explained.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField(help_text="Stable; all are listed at /api/docs/errors.")
    errors = FieldProblem(many=True, required=False)  # type: ignore[assignment]


class Schema(AutoSchema):
    """Adds the problems that an operation can have, and the header of those that happen once."""

    def get_override_parameters(self) -> list[Any]:
        return [KEY] if self._takes_key() else []

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        problem = {"application/problem+json": {"schema": self.resolve_serializer(Problem, "response").ref}}
        for status in self._statuses():
            operation["responses"].setdefault(str(status), {"description": WORDS[status], "content": problem})
        return operation

    def _takes_key(self) -> bool:
        return getattr(self.view, "action", None) in getattr(self.view, "once_actions", ())

    def _statuses(self) -> list[int]:
        is_public = any(isinstance(permission, AllowAny) for permission in self.view.get_permissions())
        applies = {
            400: True,
            # A token that is not valid is refused where none is needed, too.
            401: True,
            403: not is_public or self.method != "GET",
            404: "{" in self.path or self._takes_key(),
            409: self.method != "GET",
            413: self.method in ("POST", "PATCH", "PUT"),
            415: self.method in ("POST", "PATCH", "PUT"),
            422: self._takes_key(),
            429: True,
            503: True,
        }
        return [status for status, is_so in applies.items() if is_so]
