"""Signing in by e-mail or username, in the same time whether or not there is such an account."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Q
from django.db.models.functions import Lower
from django.http import HttpRequest

from accounts.models import User


def find_by_login(login: str) -> User | None:
    """The user whose e-mail or username (in any case) `login` is. One query."""
    if "\x00" in login:
        return None
    lowered = login.lower()
    named = User.objects.alias(name=Lower("username")).filter(Q(email=lowered) | Q(name=lowered))
    return named.first()


class EmailOrUsername(ModelBackend):
    """Checks a login and a password, nothing else: whether the account may sign in is told apart by services."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if username is None or password is None:
            return None
        user = find_by_login(username)
        if user is None:
            # The same work as for a known login, so that time tells nothing.
            User().set_password(password)
            return None
        return user if user.check_password(password) else None
