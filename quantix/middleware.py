"""What happens around every request: knowing where it comes from, and turning refusals into replies."""

import logging
import re
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import add_never_cache_headers

from quantix.api.parsers import UnsupportedMediaType
from quantix.context import AGENT_CHARACTERS_MAX, Origin, client_address, coming_from
from quantix.problems import BadRequestForm, ServerFault, refusal_of, reply_to

GetResponse = Callable[[HttpRequest], HttpResponse]
logger = logging.getLogger("quantix.faults")
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
        agent = request.headers.get("User-Agent", "")[:AGENT_CHARACTERS_MAX]
        with coming_from(Origin(request_id, address, agent)):
            response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response


class PrivatePages:
    """Keeps what the signed-in see out of every cache, the browser's own too: Back after signing out shows nothing."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


class Compressed(GZipMiddleware):
    """gzip for whoever takes it, for what is read only.

    BREACH learns a secret from the lengths of many replies that have it beside words of the attacker's. Tokens and
    secrets are shown once, by the API in replies to POST; the token of forms is masked anew in each page; and Django
    adds a random length.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return super().process_response(request, response) if request.method == "GET" else response


class Refusals:
    """The one place where a refusal that a view lets through becomes a page or a problem document.

    A request for a host that is not ours, or with a body too large, cut short or compressed, reaches no view.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            demand_whole(request)
        except Exception as error:
            if refusal := refusal_of(error):
                return reply_to(request, refusal)
            raise
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse:
        """The reply to what a view raised. A fault of ours is told to the log, with DEBUG too, and to nobody else."""
        refusal = refusal_of(error)
        if refusal is None:
            logger.error("fault at %s %s", request.method, request.path, exc_info=error)
        return reply_to(request, refusal or ServerFault())


def demand_whole(request: HttpRequest) -> None:
    """Raises what Django does of a host or a body that will not do, UnsupportedMediaType for a compressed one.

    BadRequestForm for half a body.

    Half of `amount=100` is `amount=10`: what a client that went away has sent is never acted on.
    """
    request.get_host()
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Send the body as it is, without a Content-Encoding.")
    if len(request.body) < int(request.META.get("CONTENT_LENGTH") or 0):
        raise BadRequestForm("The body ended before its length was reached.")
