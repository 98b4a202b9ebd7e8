"""Who asks, by the browser's session, and whether that session has passed the second factor."""

from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import User

#: Where a session keeps whose second factor it has passed.
PASSED = "second_factor"


class SessionUser(AuthenticationMiddleware):
    """Django's, with a word on the second factor; the user is still read when somebody asks for them."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _user_of(request))  # type: ignore[assignment]


def remember_passed(request: HttpRequest) -> None:
    """Note that the session at hand has passed its user's second factor; under a new key, as after signing in."""
    request.session[PASSED] = request.user.pk
    request.session.cycle_key()


def _user_of(request: HttpRequest) -> object:
    user = get_user(request)
    if isinstance(user, User):
        user.passed_second_factor = request.session.get(PASSED) == user.pk
    return user
