"""What staff do to accounts: suspensions, mails again, tokens revoked, roles. Each in a transaction."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.contrib.auth.models import Group

from accounts import roles
from accounts.errors import OwnRoles
from accounts.models import User
from accounts.services.mails import ask_for_mail
from accounts.services.signin import revoke_api_token
from quantix import audit, clock
from quantix.db import the_one
from quantix.errors import FieldError, Forbidden, Invalid


def suspend_user(*, by: User, user_id: int, until: datetime | None, reason: str) -> User:
    """Keep a user out, `until` a moment or (None) until further notice; running bets still settle.

    Staff are suspended by who gives roles. Raises NotFound, Forbidden, Invalid for a moment that has passed.
    """
    user = _lock_to_suspend(by, user_id)
    if until is not None and until <= clock.now():
        raise Invalid(FieldError("until", "in-the-past", "Choose a moment in the future, or none."))
    before = {"is_active": user.is_active, "until": user.suspended_until}
    user.is_active, user.suspended_until = False, until
    user.save(update_fields=["is_active", "suspended_until"])
    audit.record(
        actor=by,
        action="user.suspend",
        target=user,
        before=_told(before),
        after=_told({"is_active": False, "until": until}),
        reason=reason,
    )
    return user


def unsuspend_user(*, by: User, user_id: int, reason: str = "") -> User:
    """Let a suspended user in again; staff, by who gives roles. Raises NotFound, Forbidden."""
    user = _lock_to_suspend(by, user_id)
    user.is_active, user.suspended_until = True, None
    user.save(update_fields=["is_active", "suspended_until"])
    audit.record(actor=by, action="user.unsuspend", target=user, after={"is_active": True}, reason=reason)
    return user


def send_mail_again(*, by: User, user_id: int, wanted: str) -> User:
    """Send the user the mail that `wanted` ("verify" or "reset") stands for; the usual rate of mails holds.

    Raises NotFound, and Invalid for a verified user who would be sent a mail to verify.
    """
    roles.demand(by, roles.Can.SUSPEND)
    user = _locked(user_id)
    if wanted == "verify" and user.is_verified:
        raise Invalid(FieldError("", "verified-already", "The address is verified already."))
    ask_for_mail(user.email, wanted)
    audit.record(actor=by, action=f"user.mail-{wanted}", target=user)
    return user


def revoke_token_of(*, by: User, user_id: int, reason: str) -> User:
    """Make the user's API token worthless. Raises NotFound."""
    roles.demand(by, roles.Can.SUSPEND)
    user = _locked(user_id)
    had_token = user.api_token is not None
    revoke_api_token(user=user)
    before = {"api_token": had_token}
    audit.record(
        actor=by,
        action="user.revoke-token",
        target=user,
        before=before,
        after={"api_token": False},
        reason=reason,
    )
    return user


def set_roles(*, by: User, user_id: int, names: Iterable[str], reason: str) -> User:
    """Give the user these roles and no others; who has none is no staff. Raises NotFound, OwnRoles, Invalid."""
    roles.demand(by, roles.Can.MANAGE_STAFF)
    user = _locked(user_id)
    demand_others_roles(by=by, user=user)
    wanted = set(names)
    unknown = wanted - roles.ROLES.keys()
    if unknown:
        raise Invalid(FieldError("roles", "unknown-role", f"There is no role {min(unknown)!r}."))
    before = {"roles": sorted(roles.roles_of(user)), "is_admin": user.is_admin}
    user.groups.set([Group.objects.get_or_create(name=name)[0] for name in sorted(wanted)])
    user.is_admin = bool(wanted)
    user.save(update_fields=["is_admin"])
    after = {"roles": sorted(wanted), "is_admin": user.is_admin}
    audit.record(actor=by, action="user.roles", target=user, before=before, after=after, reason=reason)
    return user


def _lock_to_suspend(by: User, user_id: int) -> User:
    """The user, locked, if `by` may keep them out or let them in."""
    roles.demand(by, roles.Can.SUSPEND)
    user = _locked(user_id)
    demand_may_suspend(by=by, user=user)
    return user


def demand_may_suspend(*, by: User, user: User) -> None:
    """Raises Forbidden for staff (who gives roles suspends them) and for oneself."""
    if user.is_admin:
        roles.demand(by, roles.Can.MANAGE_STAFF)
    if user.pk == by.pk:
        raise Forbidden("Nobody keeps themselves out: another member of staff has to.")


def demand_others_roles(*, by: User, user: User) -> None:
    """Raises OwnRoles for one's own."""
    if user.pk == by.pk:
        raise OwnRoles


def _locked(user_id: int) -> User:
    """The user, locked until the end of the transaction. Raises NotFound."""
    return the_one(User.objects.select_for_update(no_key=True).filter(pk=user_id))


def _told(values: Mapping[str, object]) -> dict[str, object]:
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in values.items()}
