"""The OpenAPI document, where it says more than views and serializers do: what is refused, keys and headers.

A view says what its actions refuse (`refusals`); the rest of what can be answered follows from what an
operation is. Each problem of an operation is told by its code and an example of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema_serializer
from rest_framework import serializers

from quantix.api.fields import StrictSerializer
from quantix.api.parsers import MalformedBody, UnsupportedMediaType
from quantix.api.problems import NotAuthenticated
from quantix.errors import (
    DatabaseAway,
    FieldError,
    Forbidden,
    Invalid,
    KeyReused,
    NotFound,
    Refusal,
    TooManyRequests,
    every_refusal,
)
from quantix.problems import CONTENT_TYPE, BadRequestForm, BodyTooLarge, problem

KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[ -~]+$"},
    OpenApiParameter.HEADER,
    description="Chosen by the client: sent again with the same request, it gets the first reply again.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    {"type": "string"},
    OpenApiParameter.HEADER,
    description="The ETag of an earlier reply: where nothing has changed since, the answer is 304 without a body.",
)
WORDS = {
    200: "Done; here is how things stand.",
    201: "Made.",
    202: "Taken on; what remains happens elsewhere.",
    204: "Done; there is nothing to say.",
    304: "Nothing has changed since the reply with this ETag.",
    400: "Not understood, or not valid.",
    401: "No valid token.",
    403: "Not allowed.",
    404: "Not there, or not yours.",
    409: "Against the state of things.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The Idempotency-Key came with another request before.",
    429: "Too many requests.",
    503: "The database is away.",
}
_HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "X-Request-Id": ("The request's name in our logs: tell it when you ask about it.", {"type": "string"}),
    "ETag": ("Names this state of the reply, for If-None-Match.", {"type": "string"}),
    "Idempotent-Replayed": (
        "`true` where this is the first reply again.",
        {"type": "string", "enum": ["true"]},
    ),
    "RateLimit-Limit": ("Requests allowed in the window.", {"type": "string", "pattern": "^[0-9]+$"}),
    "RateLimit-Remaining": ("Requests left in the window.", {"type": "string", "pattern": "^[0-9]+$"}),
    "RateLimit-Reset": (
        "Seconds until the window has room again.",
        {"type": "string", "pattern": "^[0-9]+$"},
    ),
    "Retry-After": ("Seconds to wait before trying again.", {"type": "string", "pattern": "^[0-9]+$"}),
    "WWW-Authenticate": ("How to authenticate.", {"type": "string"}),
}
_RATE_HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


def sent(*values: Any, names: tuple[str, ...] = ()) -> Any:
    """A decorator of serializers: examples of a body that is sent."""
    return _shown(values, names, request_only=True)


def answered(*values: Any, names: tuple[str, ...] = ()) -> Any:
    """A decorator of serializers: examples of a body that is answered; where it is listed, of one in the list."""
    return _shown(values, names, response_only=True, status_codes=["200", "201", "202"])


def _shown(values: tuple[Any, ...], names: tuple[str, ...], **where: Any) -> Any:
    named = zip(names or ("Example",) * len(values), values, strict=True)
    return extend_schema_serializer(
        examples=[OpenApiExample(name, value=value, **where) for name, value in named]
    )


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
    """Adds the problems that an operation can have, the headers of its replies, and the key of what happens once."""

    def get_override_parameters(self) -> list[Any]:
        if self._takes_key():
            return [KEY]
        return [IF_NONE_MATCH] if self._is_read() else []

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        responses = operation["responses"]
        if self._is_read():
            responses["304"] = {}
        reference = self.resolve_serializer(Problem, "response").ref
        for status, refusals in _by_status(self._refusals()).items():
            responses[str(status)] = {"content": {CONTENT_TYPE: _problems(reference, refusals)}}
        for status, response in responses.items():
            response["description"] = WORDS[int(status)]
            response["headers"] = {name: _reference("headers", name) for name in self._headers(int(status))}
        return operation

    def _map_serializer(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        mapped = super()._map_serializer(serializer, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        if isinstance(serializer, StrictSerializer) and mapped.get("type") == "object":
            mapped["additionalProperties"] = False
        return mapped

    def _refusals(self) -> Iterator[type[Refusal]]:
        """All that the operation may refuse."""
        has_body = self.method in ("POST", "PATCH", "PUT")
        yield from (BadRequestForm, Invalid, NotAuthenticated, TooManyRequests, DatabaseAway)
        if has_body:
            yield from (MalformedBody, BodyTooLarge, UnsupportedMediaType)
        # A session's cookie comes with CSRF, and a change of things with permissions.
        if has_body or self.method == "DELETE":
            yield Forbidden
        if "{" in self.path:
            yield NotFound
        if self._takes_key():
            yield KeyReused
        yield from getattr(self.view, "refused_anywhere", ())
        yield from getattr(self.view, "refusals", {}).get(getattr(self.view, "action", ""), ())

    def _headers(self, status: int) -> Iterable[str]:
        yield "X-Request-Id"
        if status in (200, 304) and self._is_read():
            yield "ETag"
        if status < 300 and self._takes_key():
            yield "Idempotent-Replayed"
        if status == 401:
            yield "WWW-Authenticate"
        if status in (429, 503):
            yield "Retry-After"
        yield from _RATE_HEADERS if status != 503 else ()

    def _takes_key(self) -> bool:
        return getattr(self.view, "action", None) in getattr(self.view, "once_actions", ())

    def _is_read(self) -> bool:
        return self.method == "GET" and hasattr(self.view, "action")


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Put in what the operations refer to: headers, and an example of each problem. A hook of drf-spectacular's."""
    components = result["components"]
    components["responses"] = dict(_shared_responses(result["paths"]))
    components["headers"] = {
        name: {"description": words, "schema": schema} for name, (words, schema) in _HEADERS.items()
    }
    components["examples"] = {
        refusal.code: _example(refusal) for refusal in sorted(set(every_refusal()), key=_code)
    }
    return result


def _shared_responses(paths: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Take what is refused out of the operations, which refuse much alike, and refer to it: (name, response)."""
    for item in paths.values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                told = response.get("content", {}).get(CONTENT_TYPE)
                if told:
                    name = ".".join([status, *told["examples"]])
                    yield name, response
                    operation["responses"][status] = _reference("responses", name)


def _by_status(refusals: Iterable[type[Refusal]]) -> Mapping[int, list[type[Refusal]]]:
    found: dict[int, list[type[Refusal]]] = {}
    for refusal in sorted(set(refusals), key=lambda refusal: (refusal.status, refusal.code)):
        found.setdefault(refusal.status, []).append(refusal)
    return found


def _problems(reference: dict[str, Any], refusals: list[type[Refusal]]) -> dict[str, Any]:
    codes = {"properties": {"code": {"enum": [refusal.code for refusal in refusals]}}}
    examples = {refusal.code: _reference("examples", refusal.code) for refusal in refusals}
    return {"schema": {"allOf": [reference, codes]}, "examples": examples}


def _example(refusal: type[Refusal]) -> dict[str, Any]:
    if refusal is Invalid:
        message = "There is no such field here."
        raised: Refusal = Invalid(FieldError("amuont", "unknown-field", message))
    else:
        raised = refusal()
    return {
        "summary": f"{refusal.status} {HTTPStatus(refusal.status).phrase}: {refusal.title}",
        "value": problem(raised),
    }


def _reference(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _code(refusal: type[Refusal]) -> str:
    return refusal.code
