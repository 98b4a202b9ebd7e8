"""Plays the game of docs/adding-a-game.md; `test_adding_a_game` runs this in a copy of the project that has it."""

import hashlib
import json
from typing import Any

import pytest
from django.urls import reverse

from games.models import Game, GameSession
from games.services.events import save_game
from quantix.db import in_one_transaction
from quantix.tests import factories
from quantix.tests.api import Program, assert_problem
from quantix.tests.scriptless import open_page

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def game(db: None) -> Game:
    made = Game(name="Higher or lower", type="puzzle", metadata={"kind": "higher_lower"})
    return in_one_transaction(lambda: save_game(by=factories.make_staff("games"), game=made))


def hidden() -> int:
    number: int = GameSession.objects.get().metadata["state"]["number"]
    return number


def wrong() -> tuple[int, str]:
    """A guess that is not it, and what it should be told."""
    return (hidden() - 1, "higher") if hidden() > 1 else (2, "lower")


def test_programs_play_it_with_a_stake_and_check_it(game: Game, player: Any) -> None:
    program = Program(player)
    session = program.ask("POST", "/sessions", {"game": game.pk}).json()
    path = f"/sessions/{session['id']}"
    (market,) = program.ask("GET", f"{path}/markets").json()
    slip = {"session": session["id"], "market": market["market"], "choice": "within-6", "amount": "5.00"}
    bet = program.ask("POST", "/bets", slip).json()
    assert_problem(program.ask("POST", f"{path}/moves", {"guess": 0}), 400, "guess-form", field="guess")
    guess, answer = wrong()
    after = program.ask("POST", f"{path}/moves", {"guess": guess}).json()
    assert after["state"]["guesses"] == [{"guess": guess, "answer": answer}]
    assert program.ask("GET", f"{path}/markets").json() == []
    assert program.ask("POST", f"{path}/moves", {"guess": hidden()}).json()["result"] == "win"
    assert program.ask("GET", f"/bets/{bet['id']}").json()["outcome"] == "win"
    told = program.ask("GET", f"{path}/fairness").json()
    text = told["salt"] + json.dumps(told["content"], sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == session["commitment"] == told["commitment"]


def test_people_play_it_without_script(game: Game, player: Any, client: Any) -> None:
    client.force_login(player)
    assert game.name in open_page(client, reverse("lobby")).text
    page = open_page(client, reverse("game", args=[game.slug])).send("/start")
    page = page.send("/stake", pick="solve/within-6", amount="5.00")
    guess, answer = wrong()
    page = page.send("/move", guess__int=str(guess))
    assert f"{guess}: <strong>{answer}</strong>" in page.text and "7 guesses left" in page.text
    assert page.send("/move", guess__int="101").status == 400
    page = page.send("/move", guess__int=str(hidden()))
    assert "You won" in page.text and f"The number was <strong>{hidden()}</strong>" in page.text


def test_staff_have_a_form_for_it(game: Game, client: Any) -> None:
    client.force_login(factories.make_staff("games"))
    assert "guesses" in client.get("/admin/games/game/do/new-puzzle-higher_lower/").content.decode()
