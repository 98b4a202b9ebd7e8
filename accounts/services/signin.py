"""Signing in, API tokens, and suspensions that run out."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import authenticate
from django.core import signing

from accounts.backends import find_by_login
from accounts.errors import EmailNotVerified, Suspended, WrongCredentials
from accounts.models import User
from accounts.services import sign_ins
from accounts.services.mail_tokens import digest
from accounts.sign_in_models import Result, Way
from quantix import clock, rates
from quantix.context import origin
from quantix.errors import Refusal

TOKEN_PREFIX = "qx_"  # noqa: S105
DEVICE_COOKIE = "device"
DEVICE_SECONDS = 365 * 24 * 3600


def check_credentials(
    *, login: str, password: str, device: str = "", held_by: User | None = None, way: Way = Way.PAGE
) -> User:
    """The user whose login and password these are. Not to be called in a transaction: attempts count at once.

    Wrong pairs are counted per login and address (RATE_SIGNIN), or apart for a `device` (what `device_of` gave this
    browser) that this user has signed in on, and for a program that holds a valid token of theirs (`held_by`, whose
    token it is): guesses, from wherever, lock nobody out there. How it ended is recorded as an attempt by `way`.
    Raises TooManyRequests, WrongCredentials; for a right pair, EmailNotVerified and Suspended.
    """
    who = _known_device(login, device, held_by) or f"{login.lower()[:120]}@{origin().address}"
    # Counted before it is checked, so that of many at once no more than allowed are checked at all.
    standing = rates.demand("signin", who, settings.RATES["signin"])
    user = authenticate(username=login, password=password)
    if user is None:
        sign_ins.record_wrong(login=login, way=way)
        raise WrongCredentials(headers=standing.headers if standing else None)
    rates.take_back("signin", who, standing)
    assert isinstance(user, User)
    _lift_past_suspension(user)
    refusal = _refusal(user)
    sign_ins.record(user=user, way=way, result=_RESULTS[refusal])
    if refusal:
        raise refusal
    return user


_RESULTS: dict[type[Refusal] | None, Result] = {
    None: Result.IN,
    EmailNotVerified: Result.UNVERIFIED,
    Suspended: Result.SUSPENDED,
}


def _refusal(user: User) -> type[Refusal] | None:
    """Why somebody with the right password does not get in."""
    if not user.is_verified:
        return EmailNotVerified
    return None if user.is_active else Suspended


def device_of(*, user: User) -> str:
    """What a browser keeps (cookie DEVICE_COOKIE, DEVICE_SECONDS) once `user` has proved there who they are.

    It opens nothing: it only counts this browser's sign-ins apart from everybody else's.
    """
    return signing.dumps([user.pk, secrets.token_urlsafe(12)], salt=DEVICE_COOKIE)


def _known_device(login: str, device: str, held_by: User | None) -> str:
    """The name under which attempts of this device or program count; empty unless `login`'s user has been there."""
    try:
        user_id, name = (
            (held_by.pk, f"token of {held_by.pk}")
            if held_by
            else signing.loads(device, salt=DEVICE_COOKIE, max_age=DEVICE_SECONDS)
        )
    except signing.BadSignature:
        return ""
    user = find_by_login(login)
    return f"device {name}" if user and user.pk == user_id else ""


def issue_api_token(*, user: User) -> str:
    """A new API token for `user`, which replaces the old one. Shown once: only its digest is kept.

    Made in a session that has passed the second factor, it has passed it too; by a password alone it has not.

    Raises WrongCredentials where the password was changed since `user` was read.
    """
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    now = clock.now()
    # A password reset ends the API token: one that was asked for with the old password must not outlive it.
    unchanged = User.objects.filter(pk=user.pk, password=user.password)
    proved = user.passed_second_factor is True
    if not unchanged.update(
        api_token=digest(token), api_token_created_at=now, api_token_second_factor=proved
    ):
        raise WrongCredentials
    user.api_token, user.api_token_created_at = digest(token), now
    return token


def revoke_api_token(*, user: User) -> None:
    user.api_token = user.api_token_created_at = None
    user.save(update_fields=["api_token", "api_token_created_at"])


def api_token_expires_at(user: User) -> datetime | None:
    """When the user's API token stops working; None without one."""
    created_at = user.api_token_created_at
    return created_at + timedelta(days=settings.API_TOKEN_DAYS) if created_at else None


def user_of_api_token(token: str) -> User | None:
    """The user whose valid token this is, if they may act. One query."""
    since = clock.now() - timedelta(days=settings.API_TOKEN_DAYS)
    valid = User.objects.filter(
        is_active=True, email_verified_at__isnull=False, api_token_created_at__gt=since
    )
    user = valid.filter(api_token=digest(token)).first()
    if user:
        user.passed_second_factor = user.api_token_second_factor
    return user


def lift_past_suspensions() -> int:
    """Let in everybody whose suspension has run out; how many."""
    due = User.objects.filter(is_active=False, suspended_until__lte=clock.now())
    return due.update(is_active=True, suspended_until=None)


def _lift_past_suspension(user: User) -> None:
    if not user.is_active and user.suspended_until and user.suspended_until <= clock.now():
        user.is_active, user.suspended_until = True, None
        user.save(update_fields=["is_active", "suspended_until"])
