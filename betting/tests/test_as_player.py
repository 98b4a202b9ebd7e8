"""Games as players will see them, looked at by staff before they are on offer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from betting.models import Bet
from games.models import Game, GameSession, Sighting
from games.services.events import change_game
from quantix import clock
from quantix.db import in_one_transaction
from quantix.tests import factories
from quantix.tests.api import count_queries
from quantix.tests.scriptless import open_page

pytestmark = pytest.mark.django_db(transaction=True)

PLAYED = {
    "quiz": factories.make_quiz,
    "codebreaker": factories.make_codebreaker,
    "word": factories.make_word,
    "sudoku": factories.make_sudoku,
    "daily": factories.make_daily,
}
EVENTS = ["fixed", "pool", "lmsr"]


def draft(make: Callable[..., Game], **config: Any) -> Game:
    """A game that is not on offer."""
    game, by = make(**config), factories.make_staff("games")
    return in_one_transaction(lambda: change_game(by=by, game_id=game.pk, changes={"is_active": False}))


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(factories.make_staff("games"))
    return client


@pytest.mark.parametrize("mechanism", EVENTS)
def test_an_event_is_seen_open_and_nothing_can_be_sent(mechanism: str, staff: Client) -> None:
    game = draft(factories.make_event, mechanism=mechanism)
    with count_queries():
        page = staff.get(f"/games/{game.pk}/as-player")
    assert page.status_code == 200
    html = page.content.decode()
    assert page.context["table"].market, "it shows what may be bet on"
    assert html.index('<fieldset class="as-player" disabled') < html.index('id="slip"')
    refused = staff.post(f"/games/{game.pk}/stake", {"pick": "winner/yes", "amount": "5.00"})
    assert refused.status_code == 409
    assert not Bet.objects.exists()


@pytest.mark.parametrize("kind", PLAYED)
def test_a_game_is_seen_with_its_first_move_and_nothing_is_written(kind: str, staff: Client) -> None:
    game = draft(PLAYED[kind])
    for address in ("as-player", "as-player/play"):
        with count_queries():
            page = staff.get(f"/games/{game.pk}/{address}")
        assert page.status_code == 200
        assert b"As a player sees it." in page.content
    assert not GameSession.objects.exists()
    assert not Sighting.objects.exists()


def test_a_quiz_that_lacks_questions_says_so(staff: Client) -> None:
    game = draft(factories.make_quiz, questions=5, bank=2)
    page = staff.get(f"/games/{game.pk}/as-player/play")
    assert page.status_code == 409
    assert "too few questions" in page.content.decode()


def test_what_is_not_on_offer_is_hidden_from_players_until_somebody_has_played_it(client: Client) -> None:
    game = draft(factories.make_codebreaker)
    client.force_login(factories.make_player())
    assert client.get(f"/games/{game.slug}").status_code == 404
    Game.objects.update(is_active=True)
    factories.start(factories.make_player(), game)
    Game.objects.update(is_active=False)
    assert client.get(f"/games/{game.slug}").status_code == 200


def test_the_back_office_leads_there(staff: Client) -> None:
    event, quiz = factories.make_event(), factories.make_quiz()
    for address, game in ((f"event/{event.pk}", event), (f"game/{quiz.pk}", quiz)):
        page = open_page(staff, f"/admin/games/{address}/change/")
        assert f'href="/games/{game.pk}/as-player"' in page.text


def test_an_event_that_has_closed_is_seen_closed(staff: Client) -> None:
    game = factories.make_event()
    with clock.set_to(clock.now() + timedelta(hours=2)):
        page = staff.get(f"/games/{game.pk}/as-player")
    assert page.context["table"].market is None
