"""What staff may do: one table of roles, enforced by services, the admin and the API alike."""

from enum import StrEnum

from django.contrib.auth.models import AnonymousUser

from accounts.errors import SecondFactorNeeded
from accounts.models import User
from quantix.errors import Forbidden


class Can(StrEnum):
    """One thing that takes a role."""

    READ_PLAYERS = "read players, sessions and bets"
    SUSPEND = "suspend players and send their mails again"
    SET_LIMITS = "lower players' limits"
    HANDLE_REPORTS = "handle reports of players"
    MANAGE_GAMES = "create, open and close games and questions"
    RESOLVE = "resolve and void events"
    VOID_PLAY = "void sessions and bets"
    READ_LEDGER = "read wallets and the ledger"
    ADJUST = "adjust balances and approve adjustments"
    VOID_POSTING = "void postings"
    RECONCILE = "reconcile the ledger"
    EXPORT = "take lists away as files"
    MANAGE_STAFF = "give and take roles"
    MANAGE_WEBHOOKS = "have programs told of what happens"


ROLES: dict[str, frozenset[Can]] = {
    "support": frozenset({Can.READ_PLAYERS, Can.SUSPEND, Can.SET_LIMITS, Can.HANDLE_REPORTS}),
    "games": frozenset({Can.READ_PLAYERS, Can.MANAGE_GAMES, Can.RESOLVE, Can.VOID_PLAY}),
    "finance": frozenset(
        {Can.READ_PLAYERS, Can.READ_LEDGER, Can.ADJUST, Can.VOID_POSTING, Can.RECONCILE, Can.EXPORT}
    ),
    "owner": frozenset(Can),
}


def may(user: User | AnonymousUser, can: Can) -> bool:
    """Whether `user` is staff with a role that allows it. One query the first time it is asked of a user."""
    if not isinstance(user, User) or not (user.is_active and user.is_admin) or user.lacks_second_factor:
        return False
    return user.is_superuser or any(can in ROLES.get(role, ()) for role in roles_of(user))


def roles_of(user: User) -> set[str]:
    """The names of the user's roles."""
    if not hasattr(user, "_roles"):
        user._roles = set(user.groups.values_list("name", flat=True))  # type: ignore[attr-defined]
    return user._roles  # type: ignore[attr-defined, no-any-return]


def demand(user: User, can: Can) -> None:
    """Raises Forbidden unless `user` may, SecondFactorNeeded where no role counts yet."""
    if user.lacks_second_factor:
        raise SecondFactorNeeded
    if not may(user, can):
        raise Forbidden(f"This takes a role that may {can}.")
