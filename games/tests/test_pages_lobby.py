from datetime import timedelta

import pytest
from django.urls import reverse

from games.models import GameSession
from quantix import clock
from quantix.tests import factories
from quantix.tests.scriptless import open_page

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lobby(client, player):
    client.force_login(player)
    return lambda: open_page(client, reverse("lobby"))


def test_an_empty_lobby_says_so_for_every_shelf(lobby):
    text = lobby().text
    assert "No quiz is on" in text
    assert "No puzzle is on" in text
    assert "Nothing to predict just now" in text


def test_the_lobby_shows_games_with_their_stakes_and_who_plays_now(lobby):
    game = factories.make_codebreaker()
    for _ in range(2):
        factories.start(factories.make_player(), game)
    text = lobby().text
    assert game.name in text
    assert "₹1.00 to ₹50.00" in text
    assert "2 playing now" in text


def test_the_lobby_leads_back_to_open_sessions(lobby, player):
    session = factories.start(player, factories.make_quiz())
    text = lobby().text
    assert "Go on where you were" in text
    assert reverse("session", args=[session.pk]) in text


def test_the_lobby_says_of_a_session_past_its_time_that_it_is_being_settled(lobby, player):
    session = factories.start(player, factories.make_quiz())
    GameSession.objects.filter(pk=session.pk).update(expires_at=clock.now() - timedelta(seconds=5))
    assert "Time is up, being settled" in lobby().text


def test_the_lobby_shows_events_that_close_soon_with_their_best_odds(lobby):
    soon = factories.make_event(closes_at=(clock.now() + timedelta(minutes=30)).isoformat())
    later = factories.make_event()
    over = factories.make_event(closes_at=(clock.now() - timedelta(minutes=1)).isoformat())
    text = lobby().text
    assert text.index(soon.name) < text.index(later.name)
    assert over.name not in text
    assert "2.00×" in text


def test_retired_games_are_not_on_offer(lobby):
    game = factories.make_quiz()
    game.is_active = False
    game.save()
    assert game.name not in lobby().text


def test_the_lobby_takes_few_queries_for_many_games(lobby, client, player, django_assert_max_num_queries):
    for _ in range(4):
        factories.start(player, factories.make_quiz())
        factories.make_codebreaker()
        factories.make_event()
    with django_assert_max_num_queries(8):
        client.get(reverse("lobby"))


def test_the_list_of_games_is_there_for_everyone(client, django_assert_max_num_queries):
    games = [factories.make_quiz(), factories.make_codebreaker(), factories.make_event()]
    with django_assert_max_num_queries(2):
        text = client.get(reverse("games")).content.decode()
    assert all(game.name in text for game in games)


@pytest.mark.parametrize("kind", ["quiz", "puzzle", "prediction", "decided"])
def test_a_tab_shows_its_kind_only(client, kind):
    games = {"quiz": factories.make_quiz(), "puzzle": factories.make_codebreaker()}
    games["prediction"] = factories.make_event()
    text = client.get(reverse("games"), {"type": kind}).content.decode()
    assert {name for name, game in games.items() if game.name in text} == {kind} & set(games)


def test_an_unknown_tab_is_not_there(client):
    assert client.get(reverse("games"), {"type": "poker"}).status_code == 404


def test_the_page_of_a_game_tells_its_rules_to_everyone(client):
    quiz, code = factories.make_quiz(), factories.make_codebreaker()
    text = client.get(reverse("game", args=[quiz.slug])).content.decode()
    assert "Sign in to play" in text
    assert "60% wins" in text
    assert "10 guesses" in client.get(reverse("game", args=[code.slug])).content.decode()


def test_the_page_of_a_game_shows_ones_record_and_leads_back_to_an_open_session(
    client, player, django_assert_max_num_queries
):
    game = factories.make_codebreaker(guesses=5, within=[5])
    client.force_login(player)
    session = factories.start(player, game)
    address = reverse("game", args=[game.slug])
    before = client.get(address).content.decode()
    assert "Go on playing" in before and "Your first go gives you one" in before
    open_page(client, reverse("forfeit", args=[session.pk])).send("/forfeit")
    with django_assert_max_num_queries(8):
        text = client.get(address).content.decode()
    assert "Your last goes" in text
    assert "most likely" in text and "It is still uncertain" in text
    assert "Forfeited" in text


def test_a_quiz_whose_questions_are_all_in_play_says_so(client, player):
    client.force_login(player)
    one = factories.make_quiz(questions=2, bank=2)
    other = factories.make_quiz(questions=2, bank=0, tags=one.metadata["tags"])
    open_page(client, reverse("game", args=[one.slug])).send("/start")
    page = open_page(client, reverse("game", args=[other.slug])).send("/start")
    assert page.status == 409
    assert "The bank has too few questions for this quiz" in page.text


def test_fairness_is_explained_to_everyone(client):
    assert "sealed envelope" in client.get(reverse("fairness")).content.decode()
