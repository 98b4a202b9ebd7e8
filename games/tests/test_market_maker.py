"""Predictions with a market maker: what is on offer, at what prices, and what may not change."""

from decimal import Decimal
from typing import Any

import pytest

from games.engines.prediction.event import Book
from games.engines.prediction.lmsr import MarketMaker
from games.tests.samples import NOW, SAMPLES

GAME = MarketMaker()


def market(b: str = "100.00", **shares: str) -> Any:
    """The sample event, with these shares out."""
    config = GAME.load_config({**SAMPLES["prediction", "lmsr"].config, "b": b})
    return GAME.state_type(
        config=config, books={option: Book(shares=Decimal(held)) for option, held in shares.items()}
    )


def test_an_even_market_offers_even_odds():
    (found,) = GAME.markets(market(), NOW)
    assert {choice.choice: choice.odds for choice in found.choices} == {"yes": Decimal(2), "no": Decimal(2)}
    assert GAME.prices(market()) == {"yes": Decimal("0.5000"), "no": Decimal("0.5000")}


def test_a_deal_moves_the_price_and_its_odds_count_that():
    state = market()
    deal = GAME.deal(state, "yes", Decimal("10.00"))
    assert (deal.shares, deal.payout, deal.odds) == (
        Decimal("19.090282"),
        Decimal("19.09"),
        Decimal("1.9090"),
    )
    assert deal.shares is not None
    after = state.plus("yes", deal.added)
    assert GAME.prices(after) == {"yes": Decimal("0.5476"), "no": Decimal("0.4524")}
    assert GAME.worth(after, "yes", deal.shares) == Decimal("9.99")
    assert after.plus("yes", -deal.added) == state.plus("yes", Book())


@pytest.mark.parametrize(
    ("shares", "offered"),
    [("0", ["yes", "no"]), ("921.02", ["yes", "no"]), ("921.04", []), ("1000000000000", [])],
)
def test_a_price_at_the_end_of_its_range_is_not_offered(shares, offered):
    """9.2102… = ln 9999: from there on the one price is above 0.9999 and the other below 0.0001."""
    assert GAME.offered(market(yes=shares)) == offered


def test_whatever_is_out_it_can_be_told():
    for shares in ("0.000001", "1000", "100000", "999999999999999999.999999"):
        state = market(b="5.00", yes=shares)
        assert sum(GAME.prices(state).values()) == 1
        assert [set(option) for option in GAME.view(state, NOW)["options"]] == [{"id", "label", "price"}] * 2


def test_the_house_bears_b_ln_n_rounded_up():
    assert GAME.loss_max(market()) == Decimal("69.32")


def test_prices_rest_on_b_and_on_the_options():
    def rests_on(**changes: Any) -> object:
        return GAME.bound(GAME.load_config({**SAMPLES["prediction", "lmsr"].config, **changes}))

    more = [{"id": option, "label": option} for option in ("yes", "no", "maybe")]
    assert rests_on(b="200.00") != rests_on() != rests_on(options=more)
    assert rests_on(criteria="As it is said.") == rests_on(options=more[1::-1]) == rests_on()
