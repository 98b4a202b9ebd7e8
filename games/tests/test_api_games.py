"""Games and sessions of play, as programs see them."""

import hashlib
import json
from datetime import datetime

import pytest
import rfc8785

from games.models import Game, GameSession
from games.services import sessions
from quantix.rates import Rate
from quantix.tests import factories
from quantix.tests.api import Program, assert_problem, count_queries

pytestmark = pytest.mark.django_db(transaction=True)


def test_games_take_no_token_and_tell_only_what_is_public(db):
    game = factories.make_codebreaker()
    listed = Program().get_list("/games")
    assert [row["id"] for row in listed] == [game.pk]
    assert set(listed[0]) == {"id", "name", "type", "description", "metadata", "created_at"}
    assert listed[0]["metadata"]["length"] == 4
    assert Program().ask("GET", f"/games/{game.pk}").json() == listed[0]


def test_a_game_that_is_off_is_not_there(db):
    game = factories.make_codebreaker()
    Game.objects.update(is_active=False)
    assert Program().get_list("/games") == []
    for path in ("", "/markets"):
        assert_problem(Program().ask("GET", f"/games/{game.pk}{path}"), 404, "not-found")


def test_games_are_filtered_and_searched(db):
    puzzle, quiz = factories.make_codebreaker(), factories.make_quiz()
    for query, found in [
        ("type=puzzle", [puzzle]),
        ("search=quiz", [quiz]),
        ("search=%25", []),
        ("search=%20", [quiz, puzzle]),
    ]:
        assert [row["id"] for row in Program().get_list(f"/games?{query}")] == [game.pk for game in found], (
            query
        )
    assert_problem(Program().ask("GET", "/games?type=chess"), 400, "invalid-choice", "type")
    assert Program().ask("GET", "/games?search=%00").status_code == 400


def test_a_session_is_started_once_for_a_key(player):
    game, program = factories.make_codebreaker(), Program(player)
    first = program.ask("POST", "/sessions", {"game": game.pk}, idempotency_key="a")
    again = program.ask("POST", "/sessions", {"game": game.pk}, idempotency_key="a")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert ("Idempotent-Replayed" in first, again["Idempotent-Replayed"]) == (False, "true")
    session = first.json()
    assert set(session) == {
        "id", "game", "status", "result", "score", "started_at", "ended_at", "duration", "commitment", "state",
    }  # fmt: skip
    assert session["state"]["left"] == 10 and session["state"]["deadline"].endswith("Z")
    refused = assert_problem(program.ask("POST", "/sessions", {"game": game.pk}), 409, "session-open")
    assert refused["session"] == session["id"]


@pytest.mark.parametrize("key", ["", "x" * 129, "é", "a\tb"])
def test_a_key_of_another_form_is_refused(key, player):
    game = factories.make_codebreaker()
    response = Program(player).ask("POST", "/sessions", {"game": game.pk}, idempotency_key=key)
    assert_problem(response, 400, "invalid-key", "Idempotency-Key")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "required"),
        ({"game": "1"}, "invalid"),
        ({"game": True}, "invalid"),
        ({"game": 1.0}, "invalid"),
        ({"game": None}, "null"),
        ({"game": 10**30}, "max-value"),
    ],
)
def test_an_id_is_a_json_integer(body, code, player):
    assert_problem(Program(player).ask("POST", "/sessions", body), 400, code, "game")


def test_what_cannot_be_started_is_refused(player):
    program = Program(player)
    assert_problem(program.ask("POST", "/sessions", {"game": 999_999}), 404, "not-found")
    assert_problem(
        program.ask("POST", "/sessions", {"game": factories.make_event().pk}), 409, "not-a-session-game"
    )
    assert_problem(Program().ask("POST", "/sessions", {"game": 1}), 401, "not-authenticated")


def test_a_quiz_is_played_to_its_end(player):
    game, program = factories.make_quiz(questions=2), Program(player)
    session = program.ask("POST", "/sessions", {"game": game.pk}).json()
    moves = f"/sessions/{session['id']}/moves"
    for index in range(2):
        shown = program.ask("POST", moves, {"index": index}).json()["state"]["question"]
        assert {"text", "kind", "options", "deadline"} <= set(shown)
        assert_problem(
            program.ask("POST", moves, {"index": index, "answer": "zz"}), 400, "answer-form", "answer"
        )
        assert_problem(
            program.ask("POST", moves, {"index": index, "guess": "a"}), 400, "unknown-field", "guess"
        )
        right = next(option["id"] for option in shown["options"] if option["text"] == "right")
        session = program.ask("POST", moves, {"index": index, "answer": right}).json()
        assert session["state"]["answered"][index]["correct"] is True
    assert (session["status"], session["result"], session["score"]) == ("completed", "win", 1.0)
    took = datetime.fromisoformat(session["ended_at"]) - datetime.fromisoformat(session["started_at"])
    assert session["duration"] == took.total_seconds()
    assert_problem(program.ask("POST", moves, {"index": 2}), 409, "session-ended")


def test_a_move_that_is_none_is_refused(player):
    game, program = factories.make_codebreaker(), Program(player)
    session = program.ask("POST", "/sessions", {"game": game.pk}).json()
    for body, field, code in [
        ({}, "guess", "missing"),
        ({"guess": "ABC"}, "guess", "guess-form"),
        ({"guess": "ABCZ"}, "guess", "guess-form"),
        ({"guess": 1234}, "guess", "string-type"),
        ({"guess": "ABCD", "cheat": True}, "cheat", "unknown-field"),
    ]:
        assert_problem(program.ask("POST", f"/sessions/{session['id']}/moves", body), 400, code, field)


def test_giving_up_ends_a_session_once(player):
    session = factories.start(player, factories.make_codebreaker())
    program, path = Program(player), f"/sessions/{session.pk}/forfeit"
    assert_problem(program.ask("POST", path, {"sure": True}), 400, "unknown-field", "sure")
    given_up = program.ask("POST", path, idempotency_key="a")
    assert (given_up.json()["status"], given_up.json()["result"]) == ("forfeited", "loss")
    assert program.ask("POST", path, idempotency_key="a")["Idempotent-Replayed"] == "true"
    assert_problem(program.ask("POST", path), 409, "session-ended")


def test_fairness_shows_the_commitment_and_at_the_end_what_it_was_made_to(player):
    session = factories.start(player, factories.make_codebreaker())
    program, path = Program(player), f"/sessions/{session.pk}/fairness"
    running = program.ask("GET", path).json()
    assert set(running) == {"commitment"}
    program.ask("POST", f"/sessions/{session.pk}/forfeit")
    ended = program.ask("GET", path).json()
    assert ended["commitment"] == running["commitment"]
    hashed = hashlib.sha256(ended["salt"].encode() + rfc8785.dumps(ended["content"])).hexdigest()
    assert hashed == ended["commitment"]


def test_a_running_session_gives_nothing_away(player):
    session = factories.start(player, factories.make_codebreaker())
    code = session.metadata["state"]["code"]
    program = Program(player)
    for path in (f"/sessions/{session.pk}", "/sessions", f"/sessions/{session.pk}/markets"):
        told = json.dumps(program.ask("GET", path).json())
        assert code not in told and session.metadata["salt"] not in told


def test_another_s_session_is_not_there(player):
    session = factories.start(player, factories.make_codebreaker())
    stranger = Program(factories.make_player())
    assert stranger.get_list("/sessions") == []
    for method, path, body in [
        ("GET", "", None),
        ("GET", "/markets", None),
        ("GET", "/fairness", None),
        ("POST", "/moves", {"guess": "ABCD"}),
        ("POST", "/forfeit", None),
    ]:
        assert_problem(stranger.ask(method, f"/sessions/{session.pk}{path}", body), 404, "not-found")


def test_sessions_are_filtered(player, commit):
    game = factories.make_codebreaker()
    session = factories.start(player, game)
    commit(lambda: sessions.forfeit_session(player=player, session_id=session.pk))
    factories.start(player, factories.make_quiz())
    program = Program(player)
    for query, count in [
        (f"game={game.pk}", 1),
        ("status=in_progress", 1),
        ("result=loss", 1),
        ("result=win", 0),
    ]:
        assert len(program.get_list(f"/sessions?{query}")) == count, query
    for query in ("game=x", "game=-1", "game=1e3", f"game={'9' * 30}", "status=over"):
        assert program.ask("GET", f"/sessions?{query}").status_code == 400, query


def test_play_takes_few_statements(player, settings):
    settings.RATES = dict.fromkeys(settings.RATES, Rate(100, 60))
    program = Program(player)
    puzzle, quiz = factories.make_codebreaker(), factories.make_quiz()
    with count_queries():
        session = program.ask("POST", "/sessions", {"game": puzzle.pk}, idempotency_key="a").json()["id"]
    with count_queries():
        program.ask("POST", f"/sessions/{session}/moves", {"guess": "ABCD"}, idempotency_key="b")
    with count_queries():
        program.ask("POST", f"/sessions/{session}/forfeit", idempotency_key="c")
    with count_queries():
        session = program.ask("POST", "/sessions", {"game": quiz.pk}, idempotency_key="d").json()["id"]
    for market, choice in (("result", "win"), ("question-0", "right")):
        slip = {"session": session, "market": market, "choice": choice, "amount": "5.00"}
        assert program.ask("POST", "/bets", slip).status_code == 201
    # The last of them ends the session, and settles what was staked.
    state = GameSession.objects.get(pk=session).metadata["state"]
    for index, question in enumerate(state["questions"]):
        for move in ({"index": index}, {"index": index, "answer": question["right"]}):
            with count_queries():
                reply = program.ask("POST", f"/sessions/{session}/moves", move, idempotency_key=str(move))
    assert reply.json()["result"] == "win"
    assert program.ask("GET", "/wallet").json()["totals"]["win"] != "0.00"


def test_statements_do_not_grow_with_rows(player, commit):
    program = Program(player)
    for rows in (1, 20):
        while GameSession.objects.count() < rows:
            session = factories.start(player, factories.make_codebreaker())
        for path in ("/games", f"/games/{session.game_id}", f"/games/{session.game_id}/markets", "/sessions"):
            with count_queries(4):
                assert program.ask("GET", f"{path}").status_code == 200
        for path in ("", "/markets", "/fairness"):
            with count_queries(4):
                assert program.ask("GET", f"/sessions/{session.pk}{path}").status_code == 200
