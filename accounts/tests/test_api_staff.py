"""Users kept out and let in by staff over the API; and what staff do not see through players' doors."""

from datetime import timedelta

import pytest

from betting.services import Slip, place_bet
from quantix import clock
from quantix.models import AuditEntry
from quantix.money import parse_money
from quantix.tests import factories
from quantix.tests.api import Program, assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def support():
    return Program(factories.make_staff("support"))


def moment(**ahead):
    return (clock.now() + timedelta(**ahead)).isoformat()


def test_a_suspended_user_is_out_at_once_and_in_again_when_pardoned(support, player):
    program, path = Program(player), f"/staff/users/{player.pk}"
    reply = support.ask("POST", f"{path}/suspend", {"until": moment(days=2), "reason": "Noise"})
    assert reply.status_code == 200
    assert (reply.json()["id"], reply.json()["is_active"]) == (player.pk, False)
    assert_problem(program.ask("GET", "/me"), 401, "not-authenticated")
    reply = support.ask("POST", f"{path}/unsuspend", {"reason": "Quiet again"})
    assert (reply.json()["is_active"], reply.json()["suspended_until"]) == (True, None)
    assert program.ask("GET", "/me").status_code == 200
    told = AuditEntry.objects.filter(target_id=player.pk).order_by("id").values_list("action", "reason")
    assert list(told) == [("user.suspend", "Noise"), ("user.unsuspend", "Quiet again")]


@pytest.mark.parametrize("until", [{}, {"until": None}])
def test_without_an_end_it_holds_until_further_notice(support, player, until):
    reply = support.ask("POST", f"/staff/users/{player.pk}/suspend", {"reason": "Noise", **until})
    assert (reply.json()["is_active"], reply.json()["suspended_until"]) == (False, None)


@pytest.mark.parametrize(
    ("until", "code"),
    [
        ("2020-01-01T00:00:00Z", "in-the-past"),
        ("tomorrow", "time-form"),
        ("2099-01-01T00:00:00", "time-form"),
        ("9999-12-31T23:59:59Z", "time-form"),
        (1800000000, "time-form"),
    ],
)
def test_an_end_of_another_form_or_past_is_named(support, player, until, code):
    reply = support.ask("POST", f"/staff/users/{player.pk}/suspend", {"until": until, "reason": "Noise"})
    assert_problem(reply, 400, code, "until")


def test_it_takes_a_reason_and_a_user(support, player):
    assert_problem(support.ask("POST", f"/staff/users/{player.pk}/suspend", {}), 400, "required", "reason")
    for verb in ("suspend", "unsuspend"):
        assert_problem(support.ask("POST", f"/staff/users/999999/{verb}", {"reason": "?"}), 404, "not-found")


def test_staff_are_suspended_by_owners_only(support):
    colleague = factories.make_staff("games")
    path = f"/staff/users/{colleague.pk}/suspend"
    assert_problem(support.ask("POST", path, {"reason": "Noise"}), 403, "forbidden")
    assert Program(factories.make_staff("owner")).ask("POST", path, {"reason": "Noise"}).status_code == 200


def test_the_role_is_asked_for_before_the_body_is_looked_at(player):
    for program in (Program(player), Program(factories.make_staff()), Program(factories.make_staff("games"))):
        for body in (b"not JSON", {"reason": 7}, None):
            reply = program.ask("POST", f"/staff/users/{player.pk}/suspend", body)
            assert_problem(reply, 403, "forbidden")
    assert_problem(Program().ask("POST", f"/staff/users/{player.pk}/suspend", b"{"), 401, "not-authenticated")


def test_staff_find_nothing_of_others_behind_players_doors(player):
    event = factories.make_event()
    session = factories.start(player, factories.make_codebreaker())
    bet = place_bet(player=player, slip=Slip("winner", "yes", parse_money("5.00"), game_id=event.pk)).bet
    row = player.wallet.transactions.latest("id")
    owner = Program(factories.make_staff("owner"))
    for path in (f"/bets/{bet.pk}", f"/sessions/{session.pk}", f"/transactions/{row.pk}"):
        assert_problem(owner.ask("GET", path), 404, "not-found")
    for path in ("/bets", "/sessions"):
        assert owner.get_list(path) == []
    assert_problem(owner.ask("POST", f"/sessions/{session.pk}/forfeit"), 404, "not-found")
