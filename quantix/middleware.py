"""What happens around every request: knowing where it comes from, and turning refusals into replies."""

import re
import uuid
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from quantix.context import Origin, client_address, coming_from
from quantix.errors import Refusal
from quantix.problems import BadRequestForm, is_for_program, refusal_of, reply_to

GetResponse = Callable[[HttpRequest], HttpResponse]
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class RequestOrigin:
    """Names each request (X-Request-Id, taken over if it is sane) and finds the client's address."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = request.headers.get("X-Request-Id", "")
        request_id = sent if _REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex
        forwarded = request.headers.get("X-Forwarded-For", "")
        address = client_address(request.META.get("REMOTE_ADDR", ""), forwarded, settings.TRUSTED_PROXIES)
        with coming_from(Origin(request_id, address)):
            response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response


class Refusals:
    """The one place where a refusal that a view lets through becomes a page or a problem document."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_for_program(request) and not _is_our_host(request):
            return reply_to(request, BadRequestForm("The request is for another host."))
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        refusal = error if isinstance(error, Refusal) else refusal_of(error)
        return reply_to(request, refusal) if refusal else None


def _is_our_host(request: HttpRequest) -> bool:
    # Django would tell of it on a page of its own.
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True
