from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from betting import selectors, settlement
from betting.events import resolve_event, void_event
from betting.models import Bet
from betting.tests.floor import place
from games.services import events
from quantix import clock
from quantix.rates import Rate
from quantix.tests import factories
from quantix.tests.scriptless import open_page

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def show(client, player):
    client.force_login(player)
    return lambda game: open_page(client, reverse("game", args=[game.slug]))


@pytest.fixture
def decide(commit):
    """`decide(game, "yes")` resolves and settles it, `decide(game)` calls it off."""
    boss = factories.make_staff("games")

    def act(game, option=None):
        if option:
            commit(lambda: resolve_event(by=boss, game_id=game.pk, weights={option: Decimal(1)}))
        else:
            commit(lambda: void_event(by=boss, game_id=game.pk, reason="rain"))
        settlement.settle_event(game.pk)

    return act


def test_an_event_shows_odds_and_the_chances_that_they_imply(show):
    text = show(factories.make_event()).text
    assert "2.00×" in text
    assert "47%" in text  # 1/2.00 of 1/2.00 + 1/1.80
    assert "As the notice board says." in text


def test_everyone_may_look_and_is_asked_to_sign_in_to_stake(client):
    text = client.get(reverse("game", args=[factories.make_event().slug])).content.decode()
    assert "Sign in to stake on it" in text
    assert 'id="slip"' not in text


def test_a_stake_on_an_option_is_placed_and_shown_as_ones_position(show, player):
    page = show(factories.make_event()).send("/stake", pick="winner/yes", amount="10.00")
    assert "₹10.00 staked at 2.00×" in page.text
    assert "Your position" in page.text
    assert "You: ₹10.00" in page.text
    player.wallet.refresh_from_db()
    assert player.wallet.balance == Decimal("90.00")


def test_the_same_stake_sent_twice_is_placed_once(show, client):
    form = show(factories.make_event()).form("/stake")
    body = form.fields | {"pick": "winner/no", "amount": "10.00"}
    assert [client.post(form.action, body).status_code for _ in range(2)] == [303, 303]
    assert Bet.objects.count() == 1


@pytest.mark.parametrize(("pick", "amount", "status", "words"), [
    ("winner/yes", "0.99", 400, "Stake between 1.00 and 500.00"),
    ("winner/yes", "100.01", 409, "does not hold enough"),
    ("winner/yes", "1e2", 400, "Write an amount such as"),
    ("", "10.00", 400, "Choose what to stake on"),
    ("winner/maybe", "10.00", 404, "There is no choice"),
])  # fmt: skip
def test_a_refused_stake_is_told_in_the_page(show, pick, amount, status, words):
    page = show(factories.make_event()).send("/stake", pick=pick, amount=amount)
    assert page.status == status
    assert words in page.text
    assert f'value="{amount}"' in page.text
    assert not Bet.objects.exists()


def test_odds_that_got_worse_are_told_with_what_they_are_now(show):
    game = factories.make_event()
    page = show(game)
    game.metadata["options"][0]["odds"] = "1.50"
    game.save()
    page = page.send("/stake", pick="winner/yes", amount="10.00")
    assert page.status == 409
    assert "They are 1.50× now" in page.text


def test_too_many_stakes_in_a_minute_are_refused_in_the_page(show, settings):
    settings.RATES = settings.RATES | {"bets": Rate(1, 60)}
    page = show(factories.make_event()).send("/stake", pick="winner/yes", amount="10.00")
    page = page.send("/stake", pick="winner/yes", amount="10.00")
    assert page.status == 429
    assert "Retry-After" in page.reply.headers
    assert Bet.objects.count() == 1


def test_an_option_that_is_full_cannot_be_picked(show):
    page = show(factories.make_event(liability_cap="20.00")).send("/stake", pick="winner/yes", amount="10.00")
    assert "Full" in page.text
    assert "disabled" in page.text


@pytest.mark.parametrize(("status", "words"), [
    ("suspended", "Betting is on hold"),
    ("closed", "Betting is closed"),
])  # fmt: skip
def test_an_event_that_takes_no_stakes_says_why(show, commit, status, words):
    game, boss = factories.make_event(), factories.make_staff("games")
    page = show(game)
    commit(lambda: events.set_event_status(by=boss, game_id=game.pk, status=status))
    assert words in show(game).text
    late = page.send("/stake", pick="winner/yes", amount="10.00")
    assert late.status == 409
    assert "This market is closed" in late.text


def test_an_event_that_opens_later_says_when(show):
    moments = {"opens_at": clock.now() + timedelta(hours=1), "closes_at": clock.now() + timedelta(hours=2)}
    page = show(factories.make_event(**{name: moment.isoformat() for name, moment in moments.items()}))
    assert "Betting opens on" in page.text


def test_what_one_has_staked_counts_every_bet_however_many_are_shown(show, monkeypatch):
    monkeypatch.setattr(selectors, "BETS_SHOWN", 1)
    page = show(factories.make_event())
    for _ in range(3):
        page = page.send("/stake", pick="winner/yes", amount="10.00")
    assert "You: ₹30.00" in page.text
    assert page.text.count('<td class="ledger__main">Yes') == 1


def test_a_resolved_event_tells_what_came_true_and_what_one_won(show, decide):
    game = factories.make_event()
    page = show(game).send("/stake", pick="winner/yes", amount="10.00")
    page.send("/stake", pick="winner/no", amount="5.00")
    decide(game, "yes")
    text = show(game).text
    assert "Came true" in text
    assert "+₹5.00" in text
    assert "₹15.00 staked, ₹20.00 paid" in text
    assert "Forecast score" in text


def test_an_event_called_off_tells_that_stakes_went_back(show, decide):
    game = factories.make_event()
    show(game).send("/stake", pick="winner/yes", amount="10.00")
    decide(game)
    assert "Every stake goes back" in show(game).text
    assert "Void, stake back" in show(game).text


def test_a_session_of_an_event_leads_to_its_page(show, client):
    game = factories.make_event()
    show(game).send("/stake", pick="winner/yes", amount="10.00")
    reply = client.get(reverse("session", args=[Bet.objects.get().session_id]))
    assert reply["Location"] == reverse("game", args=[game.slug])


def test_the_page_takes_few_queries_whatever_was_staked(show, client, django_assert_max_num_queries):
    game = factories.make_event()
    page = show(game)
    for _ in range(4):
        page = page.send("/stake", pick="winner/yes", amount="1.00")
    with django_assert_max_num_queries(8):
        client.get(reverse("game", args=[game.slug]))


@pytest.fixture
def ask(client, player):
    """`ask(game, …)`: the slip's quote, as htmx asks for it."""
    client.force_login(player)

    def send(game, **fields):
        address = reverse("quote-on-event", args=[game.pk])
        return client.post(
            address, {"pick": "winner/yes", "amount": "10.00"} | fields, headers={"HX-Request": "true"}
        )

    return send


@pytest.mark.parametrize(("mechanism", "pays"), [("fixed", "₹20.00"), ("pool", "₹10.00"), ("lmsr", "₹19.09")])
def test_a_quote_is_told_as_one_types_and_nothing_is_placed(ask, mechanism, pays):
    text = ask(factories.make_event(mechanism=mechanism)).content.decode()
    assert pays in text and "₹90.00" in text and "data-quote" in text
    assert "<html" not in text
    assert not Bet.objects.exists()


def test_a_quote_says_why_there_is_none(ask):
    refused = ask(factories.make_event(), amount="0.50")
    assert refused.status_code == 400
    assert "Stake between" in refused.content.decode()


def test_without_script_a_button_quotes_in_the_page_and_the_stake_gets_what_was_quoted(client, show):
    game = factories.make_event(mechanism="lmsr")
    page = show(game)
    assert "<noscript>" in page.text and 'formaction="' in page.text
    filled = page.form("/stake").fields | {"pick": "winner/yes", "amount": "10.00"}
    quoted = open_page(client, reverse("quote-on-event", args=[game.pk]), filled)
    assert "₹19.09" in quoted.text and 'value="winner/yes 10.00 1.9090"' in quoted.text
    placed = quoted.send("/stake", pick="winner/yes", amount="10.00")
    assert "₹10.00 staked at 1.91×" in placed.text


def test_a_quote_that_holds_no_more_is_told_and_nothing_staked(client, show):
    game = factories.make_event(mechanism="lmsr")
    filled = show(game).form("/stake").fields | {"pick": "winner/yes", "amount": "10.00"}
    quoted = open_page(client, reverse("quote-on-event", args=[game.pk]), filled)
    place(factories.make_player(), game, "yes", "50.00")
    page = quoted.send("/stake", pick="winner/yes", amount="10.00")
    assert page.status == 409
    assert Bet.objects.count() == 1


def test_a_position_is_sold_from_the_page(show, player):
    game = factories.make_event(mechanism="lmsr")
    bet = place(player, game, "yes", "10.00")
    page = show(game)
    assert "for ₹9.99" in page.text
    sold = page.send(f"/bets/{bet.pk}/cash-out")
    assert "Sold for ₹9.99" in sold.text and "Cashed out" in sold.text
    player.wallet.refresh_from_db()
    assert player.wallet.balance == Decimal("99.99")


def test_a_position_that_has_lost_worth_is_not_sold_for_less_than_was_shown(show, player):
    game = factories.make_event(mechanism="lmsr")
    bet = place(player, game, "yes", "10.00")
    page = show(game)
    place(factories.make_player(), game, "no", "50.00")
    refused = page.send(f"/bets/{bet.pk}/cash-out")
    assert refused.status == 409 and "Nothing was sold" in refused.text


@pytest.mark.parametrize("mechanism", ["pool", "lmsr"])
def test_prices_over_time_are_drawn_with_a_table_behind_them(show, player, mechanism):
    game = factories.make_event(mechanism=mechanism)
    for choice in ("yes", "no", "yes"):
        place(player, game, choice, "10.00")
    text = show(game).text
    assert "Chances over time" in text and "As a table" in text and "plot__line--2" in text
    assert ("in the pool" if mechanism == "pool" else "price of a share") in text
