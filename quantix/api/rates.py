"""Rates of the API: how a request is counted, what its reply says of it, and what a replay gives back."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from quantix import rates
from quantix.context import origin
from quantix.errors import TooManyRequests
from quantix.idempotency import is_kept


def _address(request: Request) -> str | None:
    # What is no sign-up (another method) does not count for one.
    return origin().address if request.method == "POST" else None


def _player(request: Request) -> str | None:
    return str(request.user.pk) if request.user.is_authenticated else None


def _token(request: Request) -> str | None:
    return _player(request) if request.auth else None


#: Whom a request counts for, by the name of the rate; None: it does not count.
WHO: dict[str, Callable[[Request], str | None]] = {"requests": _token, "bets": _player, "signup": _address}


class Rates(BaseThrottle):
    """Counts every request under `names`, before its view runs and whatever becomes of it."""

    names: tuple[str, ...]

    def allow_request(self, request: Request, view: Any) -> bool:
        asked = [
            (name, who, rate)
            for name in self.names
            if (rate := settings.RATES[name]) and (who := WHO[name](request)) is not None
        ]
        standings = rates.attempts(asked)
        request._request.counted = [  # type: ignore[attr-defined]
            (name, who, standing) for (name, who, _), standing in zip(asked, standings, strict=True)
        ]
        refused = next((standing for standing in standings if not standing.allowed), None)
        # A reply that is kept is given again even to who has used up the rate.
        if refused and not _will_be_replayed(request):
            raise TooManyRequests(headers=refused.headers)
        return True


class PerToken(Rates):
    """RATE_REQUESTS, for requests that bring a token."""

    names = ("requests",)


class BetsPerPlayer(Rates):
    """RATE_BETS beside it, for attempts to place a bet."""

    names = ("requests", "bets")


class SignUpsPerAddress(Rates):
    """RATE_SIGNUP, for attempts to sign up from one network address."""

    names = ("signup",)


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
