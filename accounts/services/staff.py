"""What staff do to accounts, beside suspending them: mails again, tokens revoked, roles. Each in a transaction."""

from collections.abc import Iterable

from django.contrib.auth.models import Group

from accounts import roles
from accounts.errors import OwnRoles
from accounts.models import User
from accounts.services.mails import ask_for_mail
from accounts.services.signin import locked, revoke_api_token
from quantix import audit
from quantix.errors import FieldError, Invalid


def send_mail_again(*, by: User, user_id: int, wanted: str, reason: str = "") -> User:
    """Send the user the mail that `wanted` ("verify" or "reset") stands for; the usual rate of mails holds.

    Raises NotFound, and Invalid for a verified user who would be sent a mail to verify.
    """
    roles.demand(by, roles.Can.SUSPEND)
    user = locked(user_id)
    if wanted == "verify" and user.is_verified:
        raise Invalid(FieldError("", "verified-already", "The address is verified already."))
    ask_for_mail(user.email, wanted)
    audit.record(actor=by, action=f"user.mail-{wanted}", target=user, reason=reason)
    return user


def revoke_token_of(*, by: User, user_id: int, reason: str) -> User:
    """Make the user's API token worthless. Raises NotFound."""
    roles.demand(by, roles.Can.SUSPEND)
    user = locked(user_id)
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
    user = locked(user_id)
    if user.pk == by.pk:
        raise OwnRoles
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
