"""The page of a word, without script."""

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from betting.models import Bet
from games.engines.puzzle.word import answers
from games.models import GameSession
from games.services import sessions
from quantix.tests import factories
from quantix.tests.scriptless import open_page

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(client, player):
    """The first page of a word, begun through its game's page."""
    client.force_login(player)
    game = factories.make_word()
    return open_page(client, reverse("game", args=[game.slug])).send("/start")


def hidden_word() -> str:
    state: Any = sessions.engine_of(GameSession.objects.get())[1]
    return str(state.word)


def other_word() -> str:
    return next(word for word in answers() if word != hidden_word())


def test_a_word_is_found_with_its_stake_won_and_capitals_are_taken(page, player):
    page = page.send("/stake", pick="solve/within-5", amount="5.00")
    page = page.send("/move", guess__lower=f" {other_word().upper()}")
    assert "5 guesses left" in page.text
    page = page.send("/move", guess__lower=hidden_word().capitalize())
    assert "You won" in page.text and "Found in 2 guesses" in page.text
    player.wallet.refresh_from_db()
    assert player.wallet.balance == Decimal("95.00") + Bet.objects.get().payout


def test_a_word_that_is_not_found_is_shown(page):
    word = hidden_word()
    for _ in range(6):
        page = page.send("/move", guess__lower=other_word())
    assert "Not this time" in page.text
    assert f'aria-label="{word}"' in page.text


def test_the_board_says_its_marks_in_words(page):
    page = page.send("/move", guess__lower=other_word())
    told = ("in its place", "elsewhere in the word", "not in the word")
    assert sum(page.text.count(words) for words in told) >= 5


def test_a_guess_that_is_no_word_is_told_beside_the_field_and_costs_none(page):
    page = page.send("/move", guess__lower="zzzzz")
    assert page.status == 400
    assert "is not in the list of words" in page.text and "6 guesses left" in page.text
    assert 'value="zzzzz"' in page.text


@pytest.fixture
def rare(monkeypatch):
    """Words that no page has of itself: "elect" is in every `hx-select`."""
    monkeypatch.setattr("games.engines.puzzle.word.answers", lambda: ("fuzzy", "juicy"))


def test_the_word_is_nowhere_in_the_page_before_the_end(rare, page, client):
    session = GameSession.objects.get()
    page = page.send("/move", guess__lower=other_word())
    for shown in (page, open_page(client, reverse("fair", args=[session.pk]))):
        assert hidden_word() not in shown.text
        assert session.metadata["salt"] not in shown.text
        assert session.metadata["state"]["seed"] not in shown.text
