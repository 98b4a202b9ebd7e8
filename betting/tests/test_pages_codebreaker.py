from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from betting.models import Bet
from games.models import GameSession
from games.services import sessions
from quantix.tests import factories
from quantix.tests.scriptless import open_page

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(client, player):
    """The first page of a codebreaker, begun through its game's page."""
    client.force_login(player)
    game = factories.make_codebreaker()
    return open_page(client, reverse("game", args=[game.slug])).send("/start")


def hidden_code() -> str:
    state: Any = sessions.engine_of(GameSession.objects.get())[1]
    return str(state.code)


def other_code() -> str:
    return "".join("B" if symbol == "A" else "A" for symbol in hidden_code())


def test_a_code_is_broken_with_its_stake_won(page, player):
    page = page.send("/stake", pick="solve/within-6", amount="5.00")
    page = page.send("/move", guess=other_code())
    assert "9 guesses left" in page.text
    page = page.send("/move", guess=hidden_code())
    assert "You won" in page.text
    assert "Broken in 2 guesses" in page.text
    player.wallet.refresh_from_db()
    assert player.wallet.balance == Decimal("95.00") + Bet.objects.get().payout


def test_a_code_that_stays_hidden_loses_the_stake_and_is_shown(page):
    code = hidden_code()
    page = page.send("/stake", pick="solve/within-5", amount="5.00")
    for _ in range(10):
        page = page.send("/move", guess=other_code())
    assert "Not this time" in page.text
    assert f'aria-label="{" ".join(code)} "' in page.text
    assert Bet.objects.get().outcome == "loss"


def test_the_board_says_its_marks_in_words(page):
    page = page.send("/move", guess=other_code())
    assert "<span>exact</span>" in page.text
    assert "<span>misplaced</span>" in page.text


def test_small_letters_or_spaces_around_a_guess_are_told_or_taken(page):
    page = page.send("/move", guess=f" {other_code()} ")
    assert "9 guesses left" in page.text
    page = page.send("/move", guess="xyzw")
    assert page.status == 400
    assert "A guess is 4 of the symbols" in page.text
    assert 'value="xyzw"' in page.text


def test_the_code_is_nowhere_in_the_page_before_the_end(page, client):
    code, metadata = hidden_code(), GameSession.objects.get().metadata
    page = page.send("/move", guess=other_code())
    for shown in (page, open_page(client, reverse("fair", args=[GameSession.objects.get().pk]))):
        assert code not in shown.text
        # The line that names the symbols is no code, though a code may read like its beginning.
        assert " ".join(code) not in shown.text.replace("A B C D E F", "")
        assert metadata["salt"] not in shown.text
        assert metadata["state"]["seed"] not in shown.text


def test_stakes_close_with_the_first_guess(page):
    after = page.send("/move", guess=other_code())
    assert 'id="slip"' not in after.text
    late = page.send("/stake", pick="solve/within-6", amount="5.00")
    assert late.status == 409
    assert "This market is closed" in late.text


def test_a_guess_sent_twice_counts_once(page, client):
    form = page.form("/move")
    body = form.fields | {"guess": other_code()}
    for _ in range(2):
        assert client.post(form.action, body).status_code == 303
    assert "9 guesses left" in open_page(client, reverse("session", args=[GameSession.objects.get().pk])).text


def test_a_move_after_the_end_shows_how_it_ended(page, client):
    other_tab = open_page(client, reverse("session", args=[GameSession.objects.get().pk]))
    page.send("/move", guess=hidden_code())
    late = other_tab.send("/move", guess=other_code())
    assert late.status == 409
    assert "You won" in late.text


def test_a_form_that_comes_back_with_another_guess_is_not_played(page):
    page.send("/move", guess=other_code())
    again = page.send("/move", guess=hidden_code())
    assert again.status == 422
    assert "This form was sent before" in again.text
    assert "9 guesses left" in again.text


def test_a_session_called_off_gives_the_stake_back(page, client, commit):
    page.send("/stake", pick="solve/within-6", amount="5.00")
    session = GameSession.objects.get()
    boss = factories.make_staff("games")
    commit(lambda: sessions.void_session(by=boss, session_id=session.pk, reason="a fault"))
    text = open_page(client, reverse("session", args=[session.pk])).text
    assert "Called off" in text
    assert "Void, stake back" in text
