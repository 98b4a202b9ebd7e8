import html
import json
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from betting.models import Bet
from games.models import GameSession
from games.services import sessions
from quantix import clock
from quantix.tests import factories
from quantix.tests.scriptless import Page, open_page

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page_of(client, player):
    """`page_of(quiz)`: the player, signed in, has started the quiz and sees its first page."""
    client.force_login(player)

    def begin(game) -> Page:
        return open_page(client, reverse("game", args=[game.slug])).send("/start")

    return begin


def right_answer(index: int) -> Any:
    state: Any = sessions.engine_of(GameSession.objects.get())[1]
    return state.questions[index].right


def wrong_answer(index: int) -> str:
    return next(id for id in "abcd" if id != right_answer(index))


def test_a_quiz_is_played_and_won_through_its_forms(page_of, player):
    page = page_of(factories.make_quiz(questions=3))
    page = page.send("/stake", pick="result/win", amount="5.00")
    assert "₹5.00 staked at" in page.text
    for index in range(3):
        page = page.send("/move").send("/move", answer=right_answer(index))
    assert "You won" in page.text
    assert "3 of 3 right" in page.text
    bet = Bet.objects.get()
    assert bet.outcome == "win"
    player.wallet.refresh_from_db()
    assert player.wallet.balance == Decimal("95.00") + bet.payout


def test_a_quiz_is_lost_with_its_stake(page_of, player):
    page = page_of(factories.make_quiz(questions=2))
    page = page.send("/stake", pick="question-0/right", amount="5.00")
    for index in range(2):
        page = page.send("/move").send("/move", answer=wrong_answer(index))
    assert "Not this time" in page.text
    assert "−₹5.00" in page.text
    player.wallet.refresh_from_db()
    assert player.wallet.balance == Decimal("95.00")


def test_every_kind_of_question_is_answered_by_its_form(page_of, client):
    rows: dict[str, dict[str, Any]] = {
        "single": {"options": ["x", "y"], "right": 0},
        "multiple": {"options": ["x", "y", "z"], "right": [0, 1]},
        "true_false": {"options": [], "right": True},
        "numeric": {"options": [], "right": {"value": "2.5", "tolerance": "0"}},
        "short": {"options": [], "right": ["Bayes"]},
    }
    game = factories.make_quiz(questions=5, bank=0)
    for kind, row in rows.items():
        factories.QuestionFactory(kind=kind, tags=game.metadata["tags"], **row)
    page = page_of(game)
    for index in range(5):
        page, right = page.send("/move"), right_answer(index)
        answer = {"answer__list": list(right)} if isinstance(right, tuple) else {"answer": right}
        page = page.send("/move", **answer)
    assert "5 of 5 right" in page.text


@pytest.mark.parametrize(("kind", "right", "sent", "words"), [
    ("numeric", {"value": "2", "tolerance": "0"}, "two", "Write a number with a point"),
    ("short", ["Bayes"], "", "Write a few words"),
    ("true_false", True, "", "Choose one of the options"),
])  # fmt: skip
def test_an_answer_of_the_wrong_form_is_told_beside_it_and_costs_nothing(page_of, kind, right, sent, words):
    game = factories.make_quiz(questions=1, bank=0)
    factories.QuestionFactory(kind=kind, options=[], right=right, tags=game.metadata["tags"])
    page = page_of(game).send("/move").send("/move", answer=sent)
    assert page.status == 400
    assert words in page.text
    assert "answer-error" in page.text
    assert GameSession.objects.get().is_running


def test_a_late_answer_is_told_kindly_and_play_goes_on(page_of):
    page = page_of(factories.make_quiz(questions=2, seconds=5))
    page = page.send("/move")
    with clock.set_to(clock.now() + timedelta(seconds=6)):
        late = page.send("/move", answer=right_answer(0))
    assert late.status == 409
    assert "The clock ran out before" in late.text
    assert "Time ran out" in late.text
    assert "Show question 2" in late.text


def test_a_session_past_its_time_is_shown_as_over_and_can_be_settled(page_of, client):
    page = page_of(factories.make_quiz(questions=1, seconds=5))
    page.send("/stake", pick="question-0/right", amount="5.00").send("/move")
    with clock.set_to(clock.now() + timedelta(seconds=10)):
        page = open_page(client, page_address())
        assert "Time is up" in page.text
        page = page.send("/settle")
    assert "0 of 1 right" in page.text
    assert Bet.objects.get().outcome == "loss"


def test_what_is_right_is_nowhere_in_the_page_before_the_answer(page_of, client):
    game = factories.make_quiz(questions=2, bank=0)
    for secret in ("zanzibar", "quagmire"):
        row = {"kind": "short", "options": [], "right": [secret], "explanation": f"as {secret} says"}
        factories.QuestionFactory(tags=game.metadata["tags"], **row)
    page = page_of(game)
    metadata = GameSession.objects.get().metadata
    hidden = [metadata["salt"], metadata["state"]["seed"], right_answer(0), right_answer(1)]
    texts = [question["text"] for question in metadata["state"]["questions"]]
    for shown in (page, open_page(client, reverse("fair", args=[GameSession.objects.get().pk]))):
        assert not [one for one in [*hidden, *texts] if one in html.unescape(shown.text)]
    asked = page.send("/move")
    assert texts[0] in html.unescape(asked.text)
    assert not [one for one in [*hidden, texts[1]] if one in html.unescape(asked.text)]
    proof = client.get(reverse("proof", args=[GameSession.objects.get().pk])).json()
    assert set(proof) == {"session", "commitment"}
    answered = asked.send("/move", answer="wrong")
    assert right_answer(0) in answered.text
    assert right_answer(1) not in answered.text


def test_the_same_stake_sent_twice_is_placed_once(page_of, player, client):
    page = page_of(factories.make_quiz())
    form = page.form("/stake")
    body = form.fields | {"amount": "5.00"}
    first, second = client.post(form.action, body), client.post(form.action, body)
    assert first.status_code == second.status_code == 303
    assert Bet.objects.count() == 1
    player.wallet.refresh_from_db()
    assert player.wallet.balance == Decimal("95.00")


@pytest.mark.parametrize(("amount", "status", "words"), [
    ("20.01", 400, "Stake between 1.00 and 20.00"),
    ("0.50", 400, "Stake between"),
    ("five", 400, "Write an amount such as"),
    ("", 400, "Write an amount such as"),
])  # fmt: skip
def test_a_stake_out_of_range_is_told_beside_its_field(page_of, amount, status, words):
    page = page_of(factories.make_quiz()).send("/stake", amount=amount)
    assert page.status == status
    assert words in page.text
    assert 'id="stake-error"' in page.text
    assert not Bet.objects.exists()


def test_a_stake_that_the_wallet_cannot_pay_is_told_beside_its_field(client):
    client.force_login(factories.make_player("3.00"))
    game = factories.make_quiz()
    page = open_page(client, reverse("game", args=[game.slug])).send("/start").send("/stake", amount="5.00")
    assert page.status == 409
    assert "does not hold enough" in page.text
    assert 'value="5.00"' in page.text


def test_a_stake_on_a_market_that_closed_meanwhile_is_told(page_of):
    page = page_of(factories.make_quiz())
    page.send("/move")
    late = page.send("/stake", pick="result/win", amount="5.00")
    assert late.status == 409
    assert "This market is closed" in late.text
    assert not Bet.objects.exists()


def test_another_players_session_is_not_there(page_of, client):
    page_of(factories.make_quiz())
    pk = GameSession.objects.get().pk
    client.force_login(factories.make_player())
    for name in ("session", "fair", "proof", "forfeit"):
        assert client.get(reverse(name, args=[pk])).status_code == 404
    for name in ("move", "stake", "forfeit", "settle"):
        body = {"pick": "result/win", "amount": "5.00", "index:int": "0"}
        assert client.post(reverse(name, args=[pk]), body).status_code == 404


def test_starting_twice_leads_to_the_open_session(page_of, client, player):
    game = factories.make_quiz()
    page_of(game)
    page = open_page(client, reverse("start", args=[game.pk]), data={})
    assert "You were in the middle" in page.text
    assert GameSession.objects.count() == 1


def test_giving_up_is_asked_again_and_loses_the_stake(page_of, client):
    page = page_of(factories.make_quiz()).send("/stake", amount="5.00")
    page = open_page(client, reverse("forfeit", args=[GameSession.objects.get().pk])).send("/forfeit")
    assert "Given up" in page.text
    assert Bet.objects.get().outcome == "loss"


def test_a_stranger_is_asked_to_sign_in(client: Client):
    assert client.get(reverse("session", args=[1])).status_code == 302


def test_the_page_of_a_session_takes_few_queries_whatever_was_staked(
    page_of, client, django_assert_max_num_queries
):
    page = page_of(factories.make_quiz(questions=5))
    for _ in range(6):
        page = page.send("/stake", amount="1.00")
    address = page_address()
    with django_assert_max_num_queries(6):
        client.get(address)


def test_the_proof_is_kept_by_the_script_of_the_page(page_of, client, tmp_path):
    page = page_of(factories.make_quiz(questions=1))
    page.send("/move").send("/move", answer=wrong_answer(0))
    pk = GameSession.objects.get().pk
    text = client.get(reverse("fair", args=[pk])).content.decode()
    script = html.unescape(text.split('<code id="script">')[1].split("</code>")[0])
    (tmp_path / "check.py").write_text(script)
    proof = client.get(reverse("proof", args=[pk])).content
    (tmp_path / "proof.json").write_bytes(proof)
    command = [sys.executable, tmp_path / "check.py", tmp_path / "proof.json"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.startswith("matches")
    forged = json.loads(proof)
    forged["content"]["questions"][0]["text"] += "!"
    (tmp_path / "proof.json").write_text(json.dumps(forged))
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "DOES NOT MATCH" in checked.stdout and checked.returncode == 1


def page_address() -> str:
    return reverse("session", args=[GameSession.objects.get().pk])
