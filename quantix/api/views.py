"""What every viewset of the API has in common."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags
from django.views.decorators.csrf import csrf_exempt
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from quantix import idempotency
from quantix.api import rates
from quantix.api.fields import NoFields
from quantix.errors import FieldError, Invalid, NotFound, Refusal
from quantix.problems import reply_to


class APIViewSet(GenericViewSet[Any]):
    """Thin views: a serializer checks the body, a service decides, a serializer writes the reply."""

    # Longer numbers name nothing, and fit no column.
    lookup_value_regex = "[0-9]{1,18}"
    #: The actions whose effect happens once for an Idempotency-Key.
    once_actions: ClassVar[frozenset[str]] = frozenset()
    #: The actions that list all there is: nothing filters or pages them, and no parameter means anything.
    plain_lists: ClassVar[frozenset[str]] = frozenset()
    #: What each action may refuse, beside what every address does: for the OpenAPI document, which tests hold it to.
    refusals: ClassVar[Mapping[str, Sequence[type[Refusal]]]] = {}
    #: What every action of the view may refuse.
    refused_anywhere: ClassVar[Sequence[type[Refusal]]] = ()

    @property
    def player(self) -> Any:
        """Who asks: an `accounts.models.User`, wherever a token or a session is asked for."""
        return self.request.user

    def body(self, form: type[BaseSerializer[Any]] = NoFields) -> dict[str, Any]:
        """The request's body as `form` has checked it."""
        serializer = form(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data  # type: ignore[no-any-return]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action in self.plain_lists and request.query_params:
            name = next(iter(request.query_params))
            raise Invalid(
                FieldError(name, "unknown-parameter", "There is no such parameter: this list has none.")
            )

    def once(self, act: Callable[[], idempotency.Reply]) -> Response:
        """Run `act` in a transaction, once for the request's Idempotency-Key if it has one."""
        assert self.action in self.once_actions, "what takes a key says so"
        request = self.request
        reply = idempotency.once(
            user_id=self.player.pk,
            key=request.headers.get("Idempotency-Key"),
            request=(request.method or "", request.path, request.data),
            act=act,
        )
        if not reply.replayed:
            return Response(reply.body, reply.status)
        rates.give_back(request)
        return Response(reply.body, reply.status, headers={"Idempotent-Replayed": "true"})

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """Which methods there are: the Allow header says it."""
        return Response(status=204)

    def get_permissions(self) -> Sequence[Any]:
        return [AllowAny()] if self.request.method == "OPTIONS" else super().get_permissions()

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        is_read = request.method in ("GET", "HEAD") and response.status_code == 200 and not response.streaming
        if is_read:
            response.add_post_render_callback(partial(_unless_known, request._request))
        # A reply with an ETag may be kept, if it is asked about every time.
        keep = "private, no-cache" if is_read else "no-store"
        for name, value in {"Cache-Control": keep, **rates.headers_of(request)}.items():
            response[name] = value
        return response  # type: ignore[no-any-return]


def _unless_known(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The rendered `response` with its ETag; 304 instead for who has it already (RFC 9110, 13.1.2)."""
    # Weak: a proxy, or our own compression, may send the same in other bytes.
    response["ETag"] = f'W/"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" not in known and not any(
        tag.removeprefix("W/") == response["ETag"].removeprefix("W/") for tag in known
    ):
        return response
    kept = {name: value for name, value in response.headers.items() if not name.startswith("Content-")}
    return HttpResponseNotModified(headers=kept)


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """Every address under /api/ that is none."""
    return reply_to(request, NotFound())
