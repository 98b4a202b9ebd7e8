"""Roles: one table says who may do what, and services ask it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, Group

from accounts.models import User
from accounts.roles import ROLES, Can, demand, may, roles_of
from accounts.services.staff import suspend_user, unsuspend_user
from quantix import clock
from quantix.context import Origin, coming_from
from quantix.errors import Forbidden, NotFound
from quantix.models import AuditEntry
from quantix.tests import factories

pytestmark = pytest.mark.django_db
Staff = Callable[..., User]

#: What each role may, in the words of the club.
TABLE = {
    "support": "READ_PLAYERS SUSPEND SET_LIMITS HANDLE_REPORTS",
    "games": "READ_PLAYERS MANAGE_GAMES RESOLVE VOID_PLAY",
    "finance": "READ_PLAYERS READ_LEDGER ADJUST VOID_POSTING RECONCILE EXPORT",
    "owner": " ".join(Can.__members__),
}


def test_the_table_names_every_role() -> None:
    assert set(TABLE) == set(ROLES)


def test_nobody_keeps_themselves_out(staff: Staff) -> None:
    owner = staff("owner")
    with pytest.raises(Forbidden):
        suspend_user(by=owner, user_id=owner.pk, until=None, reason="Holidays")


@pytest.mark.parametrize("role", TABLE)
def test_each_role_may_what_its_row_says_and_no_more(role: str, staff: Staff) -> None:
    member = staff(role)
    assert {can.name for can in Can if may(member, can)} == set(TABLE[role].split())


def test_two_roles_may_what_either_may(staff: Staff) -> None:
    member = staff("support", "finance")
    assert may(member, Can.SUSPEND) and may(member, Can.ADJUST) and not may(member, Can.RESOLVE)
    assert roles_of(member) == {"support", "finance"}


def test_a_player_may_nothing(player: User) -> None:
    assert not any(may(player, can) for can in Can)


def test_a_stranger_may_nothing() -> None:
    assert not any(may(AnonymousUser(), can) for can in Can)


def test_a_player_in_a_role_may_nothing_while_no_staff(player: User) -> None:
    player.groups.add(Group.objects.get_or_create(name="owner")[0])
    assert not any(may(player, can) for can in Can)


def test_staff_without_a_role_may_nothing(staff: Staff) -> None:
    assert not any(may(staff(), can) for can in Can)


def test_suspended_staff_may_nothing(staff: Staff) -> None:
    assert not any(may(staff("owner", is_active=False), can) for can in Can)


def test_who_came_by_the_command_line_may_everything() -> None:
    root = User.objects.create_superuser("21f1000001@ds.study.iitm.ac.in", "root", "Root", factories.PASSWORD)
    assert root.is_staff and root.is_verified and all(may(root, can) for can in Can)


def test_who_may_not_is_told_which_role_it_takes(staff: Staff) -> None:
    with pytest.raises(Forbidden, match="adjust balances"):
        demand(staff("support"), Can.ADJUST)


@pytest.mark.parametrize("role", ["games", "finance"])
def test_only_support_and_owners_suspend(role: str, staff: Staff, player: User) -> None:
    with pytest.raises(Forbidden):
        suspend_user(by=staff(role), user_id=player.pk, until=None, reason="Noise")
    with pytest.raises(Forbidden):
        unsuspend_user(by=staff(role), user_id=player.pk)
    player.refresh_from_db()
    assert player.is_active and not AuditEntry.objects.filter(action__startswith="user.").exists()


def test_a_suspension_and_its_end_are_written_down(staff: Staff, player: User) -> None:
    support, until = staff("support"), clock.now() + timedelta(days=1)
    with coming_from(Origin("request-1", "192.0.2.7")):
        suspend_user(by=support, user_id=player.pk, until=until, reason="Noise")
    unsuspend_user(by=support, user_id=player.pk, reason="Quiet again")
    lifted, suspended = AuditEntry.objects.filter(target_id=player.pk, action__startswith="user.")
    assert (suspended.actor, suspended.reason, suspended.address) == (support, "Noise", "192.0.2.7")
    assert suspended.after == {"is_active": False, "until": until.isoformat()}
    assert (lifted.action, lifted.reason) == ("user.unsuspend", "Quiet again")


def test_nobody_suspends_who_is_not_there(staff: Staff) -> None:
    with pytest.raises(NotFound):
        suspend_user(by=staff("support"), user_id=0, until=None, reason="Noise")


def test_only_who_gives_roles_keeps_staff_out_and_lets_them_in(staff: Staff) -> None:
    colleague, owner = staff("games"), staff("owner")
    with pytest.raises(Forbidden, match="give and take roles"):
        suspend_user(by=staff("support"), user_id=colleague.pk, until=None, reason="Noise")
    suspend_user(by=owner, user_id=colleague.pk, until=None, reason="Noise")
    with pytest.raises(Forbidden, match="give and take roles"):
        unsuspend_user(by=staff("support"), user_id=colleague.pk)
    assert unsuspend_user(by=owner, user_id=colleague.pk).is_active
