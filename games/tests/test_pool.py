"""A pool's shares: what each side is due, exactly, and cents that add up."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from games.engines.prediction.event import Book
from games.engines.prediction.pool import Pool, split
from games.engines.prediction.rounding import largest_remainder
from games.tests.samples import NOW, SAMPLES

GAME = Pool()


def pool(**stakes: str) -> Any:
    """The sample event, with these stakes by option."""
    config = GAME.load_config(SAMPLES["prediction", "pool"].config)
    return GAME.state_type(
        config=config, books={option: Book(stakes=Decimal(staked)) for option, staked in stakes.items()}
    )


def due(stakes: dict[str, int], weights: dict[str, str]) -> dict[str, Fraction] | None:
    """What all bets on each option together are due, in cents."""
    found = split(stakes, {option: Decimal(weight) for option, weight in weights.items()})
    if found is None:
        return None
    return {
        option: Fraction(stakes[option] * rate, found.denominator) for option, rate in found.rates.items()
    }


@pytest.mark.parametrize(
    ("stakes", "weights", "paid"),
    [
        ({"yes": 1000, "no": 3000}, {"yes": "1"}, {"yes": 4000}),
        ({"yes": 1000, "no": 3000}, {"yes": "0.25", "no": "0.75"}, {"yes": 1000, "no": 3000}),
        # A third of the truth is backed by nobody: the others share the pool by their weights, 2 to 1.
        ({"a": 100, "b": 200, "c": 0}, {"a": "0.4", "b": "0.2", "c": "0.4"}, {"a": 200, "b": 100}),
        ({"a": 100, "b": 200, "c": 0}, {"a": "0.5", "c": "0.5"}, {"a": 300}),
    ],
)
def test_it_is_split_by_weight_among_what_is_backed(stakes, weights, paid):
    assert due(stakes, weights) == paid


@pytest.mark.parametrize(
    ("stakes", "weights"),
    [
        ({"yes": 1000, "no": 3000, "tie": 0}, {"tie": "1"}),
        ({"yes": 1000, "no": 0}, {"yes": "1"}),
        ({"yes": 1000}, {"no": "1"}),
        ({}, {"yes": "1"}),
    ],
    ids=["nobody is right", "all are right", "all are wrong", "nobody is there"],
)
def test_every_stake_goes_back_where_there_are_no_two_sides(stakes, weights):
    assert due(stakes, weights) is None


cents = st.integers(0, 10**14)


@settings(max_examples=300, deadline=None)
@given(
    stakes=st.lists(cents, min_size=2, max_size=20),
    parts=st.lists(st.integers(0, 10**6), min_size=20, max_size=20),
)
def test_what_is_due_adds_up_to_the_pool(stakes, parts):
    held = {str(number): staked for number, staked in enumerate(stakes)}
    weights = {option: Decimal(part) for option, part in zip(held, parts, strict=False)}
    found = split(held, weights)
    if found is not None:
        dues = sum(held[option] * rate for option, rate in found.rates.items())
        assert dues == sum(stakes) * found.denominator


def test_cents_go_to_the_largest_remainders_and_ties_to_who_was_first():
    thirds = {number: Fraction(100, 3) for number in (7, 8, 9)}
    assert largest_remainder(thirds) == {7: 34, 8: 33, 9: 33}
    mixed = {1: Fraction(5, 4), 2: Fraction(11, 4), 3: Fraction(3, 2), 4: Fraction(3, 2)}
    assert largest_remainder(mixed) == {1: 1, 2: 3, 3: 2, 4: 1}


@settings(max_examples=200, deadline=None)
@given(
    parts=st.lists(st.integers(0, 10**9), min_size=1, max_size=20).filter(any), total=st.integers(0, 10**6)
)
def test_whole_parts_add_up_and_are_less_than_one_off(parts, total):
    quotas = {number: Fraction(part * total, sum(parts)) for number, part in enumerate(parts)}
    shared = largest_remainder(quotas)
    assert sum(shared.values()) == total
    assert all(abs(shared[number] - quota) < 1 for number, quota in quotas.items())


def test_odds_are_the_pool_by_what_backs_an_option_and_none_where_nothing_does():
    assert GAME.odds(pool(yes="10.00", no="30.00")) == {"yes": Decimal("4.0000"), "no": Decimal("1.3333")}
    assert GAME.odds(pool(yes="10.00")) == {"yes": Decimal("1.0000"), "no": None}
    assert GAME.odds(pool()) == {"yes": None, "no": None}
    (market,) = GAME.markets(pool(), NOW)
    assert [choice.odds for choice in market.choices] == [None, None]


@pytest.mark.parametrize(
    ("stakes", "stake", "odds", "payout"),
    [
        ({}, "5.00", "1.0000", "5.00"),
        ({"no": "30.00"}, "10.00", "4.0000", "40.00"),
        ({"yes": "10.00", "no": "30.00"}, "10.00", "2.5000", "25.00"),
        # (40.01 + 0.99) / (10.01 + 0.99) = 41 / 11 = 3.7272…, times 0.99 = 3.69
        ({"yes": "10.01", "no": "30.00"}, "0.99", "3.7272", "3.69"),
    ],
)
def test_a_deal_counts_its_own_stake(stakes, stake, odds, payout):
    deal = GAME.deal(pool(**stakes), "yes", Decimal(stake))
    assert (deal.odds, deal.payout) == (Decimal(odds), Decimal(payout))
    assert deal.added == Book(stakes=Decimal(stake)) and deal.shares is None


def test_odds_without_end_are_told_as_the_largest_there_are():
    deal = GAME.deal(pool(no="9999999999999999.99"), "yes", Decimal("0.01"))
    assert deal.odds == Decimal("99999999.9999")


def test_prices_are_parts_of_the_pool_and_add_up_to_one():
    assert GAME.prices(pool(yes="10.00", no="20.00")) == {"yes": Decimal("0.3333"), "no": Decimal("0.6667")}
    assert GAME.prices(pool()) == {}
    assert GAME.loss_max(pool(yes="10.00")) == 0
