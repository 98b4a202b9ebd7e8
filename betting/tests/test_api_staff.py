"""Bets and events called off by staff over the API."""

import pytest

from betting.models import Bet
from betting.services import Slip, place_bet
from quantix.db import in_one_transaction
from quantix.models import AuditEntry
from quantix.money import parse_money
from quantix.tests import books, factories
from quantix.tests.api import Program, assert_problem, count_queries
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True)
WHY = {"reason": "Rained off"}


@pytest.fixture
def games():
    return Program(factories.make_staff("games"))


@pytest.fixture(autouse=True)
def the_books_are_right_after_all():
    yield
    books.assert_right()


def bet_on(game, player, amount="10.00", choice="yes"):
    slip = Slip("winner", choice, parse_money(amount), game_id=game.pk)
    return in_one_transaction(lambda: place_bet(player=player, slip=slip)).bet


def test_a_bet_is_called_off_once_and_answered(games, player):
    bet = bet_on(factories.make_event(), player)
    path = f"/staff/bets/{bet.pk}/void"
    reply = games.ask("POST", path, WHY, idempotency_key="once")
    assert reply.status_code == 200
    told = reply.json()
    assert (told["id"], told["user"], told["outcome"], told["payout"]) == (bet.pk, player.pk, "void", "10.00")
    assert games.ask("POST", path, WHY, idempotency_key="once").json() == told
    assert_problem(games.ask("POST", path, WHY), 409, "bet-void")
    assert Wallet.objects.get(user=player).balance == 100
    assert AuditEntry.objects.get(action="bet.void").reason == "Rained off"


def test_neither_ones_own_bet_nor_one_that_is_not_there(player):
    staff = factories.make_staff("games")
    bet = bet_on(factories.make_event(), staff)
    assert_problem(Program(staff).ask("POST", f"/staff/bets/{bet.pk}/void", WHY), 403, "own-position")
    assert_problem(Program(staff).ask("POST", "/staff/bets/999999/void", WHY), 404, "not-found")
    assert_problem(Program(staff).ask("POST", f"/staff/bets/{bet.pk}/void"), 400, "required", "reason")


def test_an_event_is_called_off_and_its_stakes_are_back_with_the_reply(games, player):
    game = factories.make_event()
    bet_on(game, player)
    reply = games.ask("POST", f"/staff/games/{game.pk}/void", WHY)
    assert (reply.status_code, reply.json()["id"]) == (200, game.pk)
    assert reply.json()["event"]["status"] == "voided"
    assert Bet.objects.get().outcome == "void"
    assert Wallet.objects.get(user=player).balance == 100
    assert AuditEntry.objects.get(action="event.voided").reason == "Rained off"
    assert games.ask("POST", f"/staff/games/{game.pk}/void", WHY).status_code == 200
    puzzle = factories.make_codebreaker()
    assert_problem(games.ask("POST", f"/staff/games/{puzzle.pk}/void", WHY), 404, "not-found")


def test_who_has_bet_on_an_event_does_not_call_it_off():
    staff, game = factories.make_staff("games"), factories.make_event()
    bet_on(game, staff)
    assert_problem(Program(staff).ask("POST", f"/staff/games/{game.pk}/void", WHY), 403, "own-position")


def test_resolving_takes_no_more_statements_for_twenty_bets_than_for_one():
    """What staff do takes more than a player's call: it is locked, told apart, settled and audited; never by rows."""
    taken = []
    for bets in (1, 20):
        program, game = Program(factories.make_staff("games")), factories.make_event()
        for _ in range(bets):
            bet_on(game, factories.make_player())
        with count_queries(25) as statements:
            assert (
                program.ask("POST", f"/staff/games/{game.pk}/resolve", {"option": "yes"}).status_code == 200
            )
        taken.append(len(statements))
    assert taken[0] == taken[1]
