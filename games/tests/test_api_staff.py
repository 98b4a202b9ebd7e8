"""Games made, changed, opened and closed by staff over the API, and sessions called off."""

import pytest

from betting.models import Bet
from betting.services import Slip, place_bet
from games.models import Event, Game
from quantix.db import in_one_transaction
from quantix.models import AuditEntry
from quantix.money import parse_money
from quantix.tests import books, crowd, factories
from quantix.tests.api import Program, assert_problem

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def games():
    return Program(factories.make_staff("games"))


WORD = {"name": "Five letters", "type": "puzzle", "metadata": {"kind": "codebreaker"}}


def test_a_game_is_made_with_its_defaults_and_is_on_offer(games):
    reply = games.ask("POST", "/staff/games", WORD | {"description": "Guess it."})
    assert reply.status_code == 201
    told = reply.json()
    assert (told["name"], told["is_active"], told["event"]) == ("Five letters", True, None)
    assert told["metadata"]["stakes"]["max"] == "50.00"
    assert Program().ask("GET", f"/games/{told['id']}").status_code == 200
    assert AuditEntry.objects.get(action="game.create", target_id=told["id"]).after["name"] == "Five letters"


def test_an_event_is_made_suspended_closed_and_opened_again(games):
    about = {"name": "Rain on Friday?", "type": "prediction", "metadata": factories.make_event().metadata}
    told = games.ask("POST", "/staff/games", about).json()
    assert (told["event"]["status"], told["event"]["weights"]) == ("open", None)
    for status in ("suspended", "closed", "open"):
        reply = games.ask("PATCH", f"/staff/games/{told['id']}", {"status": status})
        assert (reply.status_code, reply.json()["event"]["status"]) == (200, status)
        assert Event.objects.get(pk=told["id"]).status == status
        assert AuditEntry.objects.filter(action=f"event.{status}").count() == 1


def test_only_what_is_named_changes(games):
    game = factories.make_codebreaker()
    reply = games.ask("PATCH", f"/staff/games/{game.pk}", {"is_active": False})
    assert (reply.json()["is_active"], reply.json()["name"]) == (False, game.name)
    assert_problem(Program().ask("GET", f"/games/{game.pk}"), 404, "not-found")
    reply = games.ask("PATCH", f"/staff/games/{game.pk}", {"name": "Another name", "is_active": True})
    assert reply.json()["metadata"] == game.metadata
    assert games.ask("PATCH", f"/staff/games/{game.pk}", {}).status_code == 200
    assert Game.objects.get(pk=game.pk).name == "Another name"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"name": " "}, "required", "name"),
        ({"name": "x" * 101}, "max-length", "name"),
        ({"type": "chess"}, "invalid-choice", "type"),
        ({"is_active": "yes"}, "invalid", "is_active"),
        ({"metadata": []}, "not-a-dict", "metadata"),
        ({"metadata": {"kind": "chess"}}, "unknown-kind", "metadata.kind"),
        ({"metadata": {"kind": "codebreaker", "length": 99}}, "less-than-equal", "length"),
        ({"status": "open"}, "unknown-field", "status"),
    ],
)
def test_what_is_not_valid_is_named(games, change, code, field):
    assert_problem(games.ask("POST", "/staff/games", WORD | change), 400, code, field)


def test_a_name_is_given_once_also_at_the_same_moment(games):
    game = factories.make_codebreaker()
    assert_problem(games.ask("POST", "/staff/games", WORD | {"name": game.name}), 400, "taken", "name")
    programs = [Program(factories.make_staff("games")) for _ in range(6)]
    replies = crowd.at_once(*[lambda p=p: p.ask("POST", "/staff/games", WORD).status_code for p in programs])
    assert sorted(replies) == [201] + [400] * 5


def test_a_status_is_of_predictions_and_a_decided_one_stands(games):
    puzzle, event = factories.make_codebreaker(), factories.make_event()
    reply = games.ask("PATCH", f"/staff/games/{puzzle.pk}", {"status": "closed"})
    assert_problem(reply, 400, "no-event", "status")
    reply = games.ask("PATCH", f"/staff/games/{event.pk}", {"status": "resolved"})
    assert_problem(reply, 400, "invalid-choice", "status")
    games.ask("POST", f"/staff/games/{event.pk}/void", {"reason": "Rained off"})
    for change in ({"status": "open"}, {"name": "Once more"}):
        assert_problem(games.ask("PATCH", f"/staff/games/{event.pk}", change), 409, "event-decided")
    assert_problem(games.ask("PATCH", "/staff/games/999999", {"name": "Nobody's"}), 404, "not-found")


def test_a_session_is_called_off_once_and_its_stakes_go_back(games, player):
    session = factories.start(player, factories.make_codebreaker())
    slip = Slip("solve", "within-6", parse_money("5.00"), session_id=session.pk)
    in_one_transaction(lambda: place_bet(player=player, slip=slip))
    path = f"/staff/sessions/{session.pk}/void"
    reply = games.ask("POST", path, {"reason": "Broken"})
    assert (reply.status_code, reply.json()["status"], reply.json()["user"]) == (200, "voided", player.pk)
    assert Bet.objects.get().outcome == "void"
    books.assert_right()
    assert AuditEntry.objects.get(action="session.void").reason == "Broken"
    assert_problem(games.ask("POST", path, {"reason": "Again"}), 409, "session-ended")


def test_neither_a_prediction_nor_ones_own_session_is_called_off(player):
    staff = factories.make_staff("games")
    slip = Slip("winner", "yes", parse_money("5.00"), game_id=factories.make_event().pk)
    joined = in_one_transaction(lambda: place_bet(player=player, slip=slip)).bet.session_id
    own = factories.start(staff, factories.make_codebreaker()).pk
    program = Program(staff)
    for session, status, code in ((joined, 409, "not-a-session-game"), (own, 403, "own-position")):
        assert_problem(program.ask("POST", f"/staff/sessions/{session}/void", {"reason": "?"}), status, code)
    assert_problem(program.ask("POST", "/staff/sessions/999999/void", {"reason": "?"}), 404, "not-found")
