"""Bets into a pool, and with a market maker: each sees the one before, and is told what it gets itself."""

from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from betting import services
from betting.errors import LimitReached, OddsChanged, StakeOutOfRange
from betting.models import Bet, OptionBook
from betting.tests.floor import balance, place, slip
from games.services.events import save_game
from quantix.db import in_one_transaction
from quantix.errors import Invalid
from quantix.tests import books, crowd, factories
from quantix.tests.api import Program, assert_problem, count_queries

pytestmark = pytest.mark.django_db(transaction=True)
moving = pytest.mark.parametrize("mechanism", ["pool", "lmsr"])


def quote(player, game, choice, amount, **more):
    return services.quote_bet(player=player, slip=slip(game, choice, amount, **more))


def test_a_market_maker_sells_shares_at_a_price_that_follows(player):
    game = factories.make_event(mechanism="lmsr")
    first = place(player, game, "yes", "10.00")
    assert first.metadata == {
        "odds": "1.9090", "market": "winner", "label": f"{game.name}: Yes", "mechanism": "lmsr", "shares": "19.090282",
    }  # fmt: skip
    second = place(player, game, "yes", "10.00")
    # 100 ln((1 + e^-0.19090282) e^0.1 - e^-0.19090282), worked out with mpmath.
    assert second.metadata["shares"] == "17.568666"
    assert second.odds == Decimal("1.7568")
    book = OptionBook.objects.get(game=game, option="yes")
    assert (book.stakes, book.liability, book.shares) == (
        Decimal("20.00"),
        Decimal("36.65"),
        Decimal("36.658948"),
    )
    assert balance(player) == Decimal("80.00")
    books.assert_right()


def test_a_bet_in_a_pool_is_told_what_the_pool_would_pay_with_it(player):
    game = factories.make_event(mechanism="pool")
    assert place(player, game, "no", "30.00").odds == Decimal("1.0000")
    assert place(player, game, "yes", "10.00").odds == Decimal("4.0000")
    assert place(player, game, "yes", "10.00").odds == Decimal("2.5000")
    assert Bet.objects.latest("id").metadata["mechanism"] == "pool"
    assert dict(OptionBook.objects.values_list("option", "stakes")) == {"yes": 20, "no": 30}
    books.assert_right()


@moving
def test_a_quote_is_what_the_bet_then_gets(player, mechanism):
    game = factories.make_event(mechanism=mechanism)
    place(factories.make_player(), game, "no", "17.23")
    told = quote(player, game, "yes", "12.34")
    bet = place(player, game, "yes", "12.34")
    assert (told.odds, told.balance_after) == (bet.odds, balance(player))
    shown: Any = Bet.objects.with_prospects().get(pk=bet.pk)
    assert told.payout_if_won == shown.would_pay


@moving
def test_min_odds_count_the_stakes_own_effect(player, mechanism):
    game = factories.make_event(mechanism=mechanism)
    place(factories.make_player(), game, "no", "30.00")
    told = quote(player, game, "yes", "50.00").odds
    for act in (services.quote_bet, services.place_bet):
        too_much = slip(game, "yes", "50.00", min_odds=told + Decimal("0.0001"))
        with pytest.raises(OddsChanged) as refused:
            in_one_transaction(partial(act, player=player, slip=too_much))
        assert refused.value.extra == {"odds": f"{told:.4f}"}
    assert place(player, game, "yes", "50.00", min_odds=told).odds == told
    with pytest.raises(OddsChanged):
        quote(player, game, "yes", "50.00", min_odds=told)


@moving
def test_stakes_are_within_the_limits_of_the_event(player, mechanism):
    game = factories.make_event(mechanism=mechanism, stakes={"min": "2.00", "max": "40.00"})
    for amount in ("1.99", "40.01"):
        with pytest.raises(StakeOutOfRange):
            quote(player, game, "yes", amount)


def test_a_price_at_its_end_takes_no_more(player, commit):
    game = factories.make_event(mechanism="lmsr", b="5.00")
    place(player, game, "yes", "60.00")
    for choice in ("yes", "no"):
        with pytest.raises(LimitReached, match="end of its range"):
            commit(partial(services.place_bet, player=player, slip=slip(game, choice, "1.00")))
    assert Program().ask("GET", f"/games/{game.pk}/markets").json()[0]["choices"] == []


@moving
def test_many_at_once_are_taken_one_after_another(mechanism):
    game = factories.make_event(mechanism=mechanism)
    people = [factories.make_player() for _ in range(24)]
    wanted = [slip(game, "yes" if number % 3 else "no", f"{number + 1}.37") for number in range(24)]
    results = crowd.at_once(
        *[
            crowd.committing(partial(services.place_bet, player=player, slip=one))
            for player, one in zip(people, wanted, strict=True)
        ]
    )
    assert crowd.kinds(results) == {"Placed": 24}
    books.assert_right()
    # As if they had come in the order in which they were taken, each with the prices that the one before left.
    replayed = factories.make_event(mechanism=mechanism)
    for bet in Bet.objects.filter(session__game=game).order_by("id"):
        again = place(factories.make_player(), replayed, bet.choice, str(bet.amount))
        assert (again.odds, again.shares) == (bet.odds, bet.shares)


def test_markets_and_state_tell_odds_or_prices(player):
    program = Program(player)
    for mechanism, odds, told in (
        ("pool", ["4.0000", "1.3333"], {"odds": "4.0000"}),
        ("lmsr", ["2.2305", "1.8126"], {"price": "0.4483"}),
    ):
        game = factories.make_event(mechanism=mechanism)
        place(player, game, "yes", "10.00")
        place(player, game, "no", "30.00" if mechanism == "pool" else "20.00")
        (market,) = program.ask("GET", f"/games/{game.pk}/markets").json()
        assert [choice["odds"] for choice in market["choices"]] == odds
        session = Bet.objects.latest("id").session_id
        state = program.ask("GET", f"/sessions/{session}").json()["state"]
        assert state["options"][0] == {"id": "yes", "label": "Yes", **told}
        assert {line["choice"]: line["stake"] for line in state["position"]}["yes"] == "10.00"
    assert set(state["position"][0]) == {"choice", "stake", "payout_if_won", "shares", "worth"}


def test_a_pool_without_stakes_has_no_odds_yet():
    game = factories.make_event(mechanism="pool")
    (market,) = Program().ask("GET", f"/games/{game.pk}/markets").json()
    assert [choice["odds"] for choice in market["choices"]] == [None, None]


def test_what_prices_rest_on_stays_once_somebody_has_joined(player, commit):
    game = factories.make_event(mechanism="lmsr")
    place(player, game, "yes", "10.00")
    staff = factories.make_staff("games")
    game.metadata["b"] = "200.00"
    with pytest.raises(Invalid) as refused:
        commit(lambda: save_game(by=staff, game=game))
    assert [(error.field, error.code) for error in refused.value.errors] == [("mechanism", "staked-on")]
    fixed = factories.make_event()
    place(player, fixed, "yes", "10.00")
    fixed.metadata = {
        **factories.make_event(mechanism="pool").metadata,
        "options": [{"id": option, "label": option} for option in ("yes", "no")],
    }
    with pytest.raises(Invalid):
        commit(lambda: save_game(by=staff, game=fixed))


@moving
def test_a_bet_takes_few_statements(player, mechanism):
    game, program = factories.make_event(mechanism=mechanism), Program(player)
    body = {"game": game.pk, "market": "winner", "choice": "yes", "amount": "5.00"}
    for path in ("/bets/quote", "/bets"):
        with count_queries():
            assert program.ask("POST", path, body, idempotency_key=path).status_code < 300
    bet = Bet.objects.get()
    with count_queries():
        reply = program.ask("POST", f"/bets/{bet.pk}/cash-out", {}, idempotency_key="sell")
    if mechanism == "lmsr":
        assert reply.status_code == 200
    else:
        assert_problem(reply, 409, "market-closed")
    for path in ("/sessions", f"/sessions/{bet.session_id}", f"/games/{game.pk}/prices"):
        with count_queries():
            assert program.ask("GET", path).status_code == 200
