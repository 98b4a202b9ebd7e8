"""What Django REST framework raises, as refusals: with it, every reply that is no success is problem+json."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework import exceptions

from quantix.api.parsers import MalformedBody, UnsupportedMediaType
from quantix.errors import FieldError, Forbidden, Invalid, NotFound, Refusal
from quantix.problems import ServerFault, refusal_of, reply_to

logger = logging.getLogger("quantix.api")
_NO_CSRF = (
    "A change by the cookie of a session takes its CSRF token, as X-CSRFToken; an API token needs none."
)
CHALLENGE = 'Bearer realm="Quantix"'


class NotAuthenticated(Refusal):
    code = "not-authenticated"
    status = 401
    title = "This takes a token"
    detail = "Send a valid API token: Authorization: Bearer qx_…"


class MethodNotAllowed(Refusal):
    code = "method-not-allowed"
    status = 405
    title = "This address does not take this method"


def reply_to_exception(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """The reply to anything a view of the API raises; a fault of ours is logged and told without a trace."""
    request: HttpRequest = context["request"]._request
    refusal = (
        _refusal_of_framework(error) if isinstance(error, exceptions.APIException) else refusal_of(error)
    )
    if refusal is None:
        logger.error("%s %s failed", request.method, request.path, exc_info=error)
        refusal = ServerFault()
    if refusal.status == 401:
        refusal.headers.setdefault("WWW-Authenticate", CHALLENGE)
    return reply_to(request, refusal)


def _refusal_of_framework(error: exceptions.APIException) -> Refusal | None:
    match error:
        case exceptions.ValidationError():
            return Invalid(*field_errors(error.detail))
        case exceptions.ParseError():
            return MalformedBody()
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return NotAuthenticated()
        case exceptions.PermissionDenied():
            return Forbidden(_NO_CSRF if str(error.detail).startswith("CSRF") else "")
        case exceptions.NotFound():
            return NotFound()
        case exceptions.MethodNotAllowed():
            return MethodNotAllowed(str(error.detail))
        case exceptions.UnsupportedMediaType():
            return UnsupportedMediaType()
    return None


def field_errors(detail: Any, path: str = "") -> Iterator[FieldError]:
    """One error for each message in a ValidationError's `detail`, with the path of the field it is about."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from field_errors(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            is_message = isinstance(inner, exceptions.ErrorDetail)
            yield from field_errors(inner, path if is_message else f"{path}.{place}")
    else:
        yield FieldError(path.removesuffix(".non_field_errors"), detail.code.replace("_", "-"), str(detail))
