"""What a user can change about themselves."""

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest

from accounts import rules
from accounts.models import User
from accounts.services.signup import check_password_rules, free_lapsed, taken_faults
from quantix.errors import FieldError, Invalid

#: Name to values, the first of which holds for whoever has not chosen.
PREFERENCES: dict[str, tuple[str, ...]] = {
    "theme": ("auto", "light", "dark"),
    "boards": ("shown", "hidden"),
    "profile": ("shown", "hidden"),
    "profile_ratings": ("shown", "hidden"),
    "profile_forecasts": ("shown", "hidden"),
    "profile_achievements": ("shown", "hidden"),
    "profile_results": ("shown", "hidden"),
}


def update_profile(
    *,
    user: User,
    full_name: str | None = None,
    username: str | None = None,
    preferences: dict[str, Any] | None = None,
) -> User:
    """Change what is given; None leaves a field. In a transaction. Raises Invalid, naming each field."""
    # Read anew and locked: of two changes at once, to different fields, neither undoes the other.
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    faults = []
    if full_name is not None:
        if not rules.is_full_name(full_name):
            faults.append(FieldError("full_name", "full-name-form", rules.FULL_NAME_HELP))
        user.full_name = full_name
    if username is not None:
        faults += _username_faults(user, username)
        user.username = username
    if preferences is not None:
        faults += _preference_faults(preferences)
        user.preferences = user.preferences | preferences
    if faults:
        raise Invalid(*faults)
    user.save(update_fields=["full_name", "username", "preferences"])
    return user


def change_password(*, request: HttpRequest, user: User, old: str, new: str) -> None:
    """A new password for who knows the old one; other sessions end, this one stays. Raises Invalid."""
    if not user.check_password(old):
        raise Invalid(FieldError("old_password", "wrong-password", "This is not your password."))
    try:
        check_password_rules(new, user)
    except Invalid as error:
        raise Invalid(
            *(FieldError("new_password", fault.code, fault.message) for fault in error.errors)
        ) from error
    user.set_password(new)
    user.save(update_fields=["password"])
    update_session_auth_hash(request, user)


def _username_faults(user: User, username: str) -> list[FieldError]:
    if not rules.is_username(username):
        return [FieldError("username", "username-form", rules.USERNAME_HELP)]
    free_lapsed(username)
    return taken_faults(username, user.email)


def _preference_faults(preferences: dict[str, Any]) -> list[FieldError]:
    return [
        FieldError(
            f"preferences.{name}",
            "unknown-preference",
            f"Known: {', '.join(PREFERENCES.get(name, PREFERENCES))}.",
        )
        for name, value in preferences.items()
        if value not in PREFERENCES.get(name, ())
    ]
