"""Rates of the API: how a request is counted, what its reply says of it, and what a replay gives back."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from quantix import rates
from quantix.context import origin
from quantix.errors import TooManyRequests
from quantix.idempotency import is_kept


class CountedUnder(BaseThrottle):
    """Counts every request under one rate, before its view runs and whatever becomes of it."""

    rate_name: str

    def who(self, request: Request) -> str | None:
        """Whom the request counts for; None: it does not count."""
        return str(request.user.pk) if request.user.is_authenticated else None

    def allow_request(self, request: Request, view: Any) -> bool:
        rate, who = settings.RATES[self.rate_name], self.who(request)
        if rate is None or who is None:
            return True
        standing = rates.attempt(self.rate_name, who, rate)
        request._request.counted = [*counted(request), (self.rate_name, who, standing)]  # type: ignore[attr-defined]
        # A reply that is kept is given again even to who has used up the rate.
        if not standing.allowed and not _will_be_replayed(request):
            raise TooManyRequests(headers=standing.headers)
        return True


class PerToken(CountedUnder):
    """RATE_REQUESTS: requests that bring a token."""

    rate_name = "requests"

    def who(self, request: Request) -> str | None:
        return super().who(request) if request.auth else None


class BetsPerPlayer(CountedUnder):
    """RATE_BETS: attempts to place a bet."""

    rate_name = "bets"


class SignUpsPerAddress(CountedUnder):
    """RATE_SIGNUP: attempts to sign up from one network address."""

    rate_name = "signup"

    def who(self, request: Request) -> str | None:
        return origin().address


def counted(request: Request) -> list[tuple[str, str, rates.Standing]]:
    """The rates under which `request` was counted, with the standing after it."""
    return getattr(request._request, "counted", [])


def headers_of(request: Request) -> dict[str, str]:
    """RateLimit headers for the reply, of the rate that has the least left."""
    standings = [standing for _, _, standing in counted(request)]
    return min(standings, key=lambda standing: standing.remaining).headers if standings else {}


def give_back(request: Request) -> None:
    """The reply was a replay: the request does not count."""
    for name, who, standing in counted(request):
        rates.take_back(name, who, standing)
    request._request.counted = []  # type: ignore[attr-defined]


def _will_be_replayed(request: Request) -> bool:
    key = request.headers.get("Idempotency-Key")
    return key is not None and request.user.is_authenticated and is_kept(user_id=request.user.pk, key=key)
