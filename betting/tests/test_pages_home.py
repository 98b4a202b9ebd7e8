"""The start page, for who is not signed in and for who is."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from games.models import Event
from quantix.tests.factories import make_codebreaker, make_event, make_quiz

pytestmark = pytest.mark.django_db


def test_without_any_game_the_page_still_stands(client: Client) -> None:
    assert "The table is being laid" in client.get("/").content.decode()


def test_it_shows_one_game_of_each_type_and_the_events_that_close_first(client: Client) -> None:
    quiz, puzzle, later, sooner = make_quiz(), make_codebreaker(), make_event(), make_event()
    Event.objects.filter(game=sooner).update(closes_at=timezone.now() + timedelta(minutes=5))
    response: Any = client.get("/")
    assert response.context["games"] == [quiz, puzzle, later]
    assert [event.game for event in response.context["events"]] == [sooner, later]
    assert response.context["events"][0].options[0][0] == "No"


@pytest.mark.parametrize("change", [{"status": "suspended"}, {"opens_at": 5}, {"closes_at": -5}])
def test_events_that_take_no_bets_are_not_shown(change: dict[str, Any], client: Client) -> None:
    event = Event.objects.filter(game=make_event())
    moments = {key: timezone.now() + timedelta(minutes=v) for key, v in change.items() if key != "status"}
    event.update(**(change | moments))
    response: Any = client.get("/")
    assert not response.context["events"] and not response.context["games"]


def test_it_takes_four_queries_however_many_games_there_are(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(6):
        make_event()
        make_codebreaker()
    with django_assert_num_queries(4):
        client.get("/")


def test_the_seal_of_the_code_is_on_the_page(client: Client) -> None:
    response: Any = client.get("/")
    assert response.context["teaser"].commitment in response.content.decode()


def test_who_is_signed_in_goes_on_to_the_lobby(client: Client, player: User) -> None:
    client.force_login(player)
    assert client.get("/")["Location"] == "/lobby"
