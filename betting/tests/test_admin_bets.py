"""The page of a bet says why it came out as it did, and leads to what decided it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from betting.backoffice.doubts import of_offer
from betting.models import Bet
from betting.tests.floor import call_off, place, resolve
from games.models import Game
from quantix import clock
from quantix.tests import factories
from quantix.tests.api import count_queries

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def game() -> Game:
    return factories.make_event()


def page_of(client: Client, bet: Bet) -> Any:
    client.force_login(factories.make_staff("games"))
    with count_queries():
        return client.get(f"/admin/betting/bet/{bet.pk}/change/").content.decode()


def test_a_bet_that_came_true_in_part_says_how_its_payout_comes_about(client: Client, game: Game) -> None:
    bet = place(factories.make_player(), game, "yes", "10.00")
    resolve(game, yes="0.5", no="0.5")
    page = page_of(client, bet)
    assert f"Yes came true in part (0.5): ₹10.00 × {Bet.objects.get().odds} × 0.5" in page
    assert f"/admin/games/event/{game.pk}/change/" in page
    assert "ncollected" not in page and "s successful" not in page


def test_a_bet_of_a_voided_event_leads_to_its_trail(client: Client, game: Game) -> None:
    bet = place(factories.make_player(), game, "yes", "10.00")
    call_off(game)
    page = page_of(client, bet)
    assert "Its event was called off" in page and f"/admin/games/event/{game.pk}/history/" in page
    trail = client.get(f"/admin/games/event/{game.pk}/history/", follow=True)
    assert "Rained off" in trail.content.decode()


def test_an_offer_that_is_hardly_meant_is_doubted(game: Game) -> None:
    options = [option | {"odds": "1.002"} for option in game.metadata["options"]]
    far = (clock.now() + timedelta(days=9000)).isoformat()
    game.metadata |= {"options": options, "liability_cap": "99999999999.00", "closes_at": far}
    doubts = " ".join(of_offer(game))
    assert "show as 1.00×" in doubts and "can lose ₹" in doubts and "more than a year" in doubts
