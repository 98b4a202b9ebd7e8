"""Refusals as replies: problem+json (RFC 9457) for programs, a page in the site's look for people."""

from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.template.loader import render_to_string

from quantix.db import refusal_for
from quantix.errors import Forbidden, NotFound, Refusal

CONTENT_TYPE = "application/problem+json"
ERROR_PAGES = {400, 403, 404, 405, 409, 429, 500, 503}


class BadRequestForm(Refusal):
    code = "bad-request"
    status = 400
    title = "The request could not be understood"


class BodyTooLarge(Refusal):
    code = "body-too-large"
    status = 413
    title = "The body is too large"
    detail = "The body is larger than this address takes; the API takes 64 KiB."


class ServerFault(Refusal):
    code = "server-error"
    status = 500
    title = "Something went wrong on our side"
    detail = "Something went wrong on our side. It has been noted; nothing was half done."


def problem(refusal: Refusal) -> dict[str, Any]:
    """The problem document: type, title, status, detail, code, and errors where fields are to blame."""
    document: dict[str, Any] = {
        "type": f"/api/docs/errors#{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "code": refusal.code,
    }
    if refusal.errors:
        document["errors"] = [
            {"field": error.field, "code": error.code, "message": error.message} for error in refusal.errors
        ]
    return document | refusal.extra


def refusal_of(error: Exception) -> Refusal | None:
    """The refusal that one of Django's or the database's exceptions means, if it means one."""
    match error:
        case Refusal():
            return error
        case Http404():
            return NotFound()
        case PermissionDenied():
            return Forbidden(str(error))
        case RequestDataTooBig():
            return BodyTooLarge()
        case BadRequest() | SuspiciousOperation() | UnreadablePostError():
            return BadRequestForm("The request is malformed.")
        case DatabaseError() | InterfaceError():
            return refusal_for(error)
    return None


def is_for_program(request: HttpRequest) -> bool:
    """Whether the reply must be JSON: everything under /api/ but the documentation pages."""
    return request.path.startswith("/api/") and not request.path.startswith("/api/docs/")


def _page(request: HttpRequest, refusal: Refusal) -> str:
    template = f"errors/{refusal.status if refusal.status in ERROR_PAGES else 400}.html"
    # By the address alone: who is signed in may not be known (see below).
    in_back_office = request.path.startswith("/admin/")
    context = {"refusal": refusal, "errors": refusal.errors, "in_back_office": in_back_office}
    if refusal.status < 500:
        return render_to_string(template, context, request)
    # No word about who is signed in: to find out takes the database, which may be what is away.
    return render_to_string(template, context | {"request": request})


def reply_to(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """`refusal` in the form that `request` expects, with its headers."""
    response: HttpResponse
    if is_for_program(request):
        response = JsonResponse(problem(refusal), status=refusal.status, content_type=CONTENT_TYPE)
    else:
        response = HttpResponse(_page(request, refusal), status=refusal.status)
    for name, value in refusal.headers.items():
        response[name] = value
    return response
