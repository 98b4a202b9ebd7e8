"""The market maker's arithmetic, against values worked out by hand and by mpmath, and by what must always hold.

mpmath is another implementation, at 120 digits; with it the cost function is used as Hanson writes it, without
log-sum-exp: C(q) = b ln sum exp(q_i / b).
"""

import time
from decimal import Context, Decimal, getcontext, setcontext
from typing import Any

import mpmath
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from games.engines.prediction import scoring_rule as maker

CENT, SHARE = Decimal("0.01"), Decimal("0.000001")
OPTIONS = "abcdefghijklmnopqrst"
#: What a configuration lets b be.
liquidities = st.decimals("1.00", "1000000.00", places=2)


def holdings(most: int = 20) -> Any:
    """Shares that may be out: up to a million million of each, evenly or not at all."""
    each = st.decimals(0, "1000000000000", places=6) | st.decimals(0, 100, places=6) | st.just(Decimal(0))
    return st.lists(each, min_size=2, max_size=most).map(
        lambda shares: dict(zip(OPTIONS, shares, strict=False))
    )


stakes = st.decimals("0.01", "100000000.00", places=2) | st.decimals("0.01", "50.00", places=2)


@pytest.fixture(autouse=True, scope="module")
def many_digits():
    """The sums of these tests are as exact as what they look at."""
    before = getcontext()
    setcontext(Context(prec=90))
    yield
    setcontext(before)


by_property = settings(max_examples=200, deadline=None)


def exact(number: Decimal) -> Any:
    return mpmath.mpf(str(number))


def plain_cost(q: dict[str, Decimal], b: Decimal) -> Any:
    return exact(b) * mpmath.log(sum(mpmath.exp(exact(shares) / exact(b)) for shares in q.values()))


@pytest.mark.parametrize(
    ("q", "b", "stake", "shares"),
    [
        # By hand: 100 ln(2 e^0.1 - 1) = 100 ln 1.210341836151295 = 19.0902 82…
        ({"a": "0", "b": "0"}, "100", "10.00", "19.090282"),
        # r = 2: 50 ln(3 e^0.5 - 2) = 50 ln 2.946163812100385 = 54.0251 96…
        ({"a": "0", "b": "0", "c": "0"}, "50", "25.00", "54.025196"),
        # r = e^-1: 10 ln((1 + r) e^0.1 - r) = 10 ln 1.143861… = 1.3440 95…
        ({"a": "10", "b": "0"}, "10", "1.00", "1.344095"),
    ],
)
def test_a_stake_buys_the_shares_that_the_formula_says(q, b, stake, shares):
    held = {option: Decimal(count) for option, count in q.items()}
    assert maker.buy(held, Decimal(b), "a", Decimal(stake)) == Decimal(shares)


def test_prices_are_what_the_formula_says():
    # exp(0.5) / (exp(0.5) + 1) = 0.6224593312018546
    prices = maker.prices({"a": Decimal(50), "b": Decimal(0)}, Decimal(100))
    assert prices["a"].quantize(Decimal("1e-15")) == Decimal("0.622459331201855")
    assert maker.loss_max(2, Decimal(100)).quantize(CENT) == Decimal("69.31")  # 100 ln 2
    assert maker.cost(dict.fromkeys("abcd", Decimal(0)), Decimal(7)) == maker.loss_max(4, Decimal(7))


@by_property
@given(q=holdings(), b=liquidities, stake=stakes)
def test_shares_and_cost_agree_with_another_implementation(q, b, stake):
    """In mpmath exponents have no bounds, so that the plain formula can be computed as it is written."""
    with mpmath.workdps(120):
        ratio = sum(mpmath.exp((exact(q[o]) - exact(q["a"])) / exact(b)) for o in q if o != "a")
        shares = exact(b) * mpmath.log((1 + ratio) * mpmath.exp(exact(stake) / exact(b)) - ratio)
        if ratio < mpmath.mpf(10) ** 60:
            assert abs(exact(maker.buy(q, b, "a", stake)) + mpmath.mpf("5e-7") - shares) <= mpmath.mpf(
                "5.0001e-7"
            )
        assert abs(plain_cost(q, b) - exact(maker.cost(q, b))) < mpmath.mpf("1e-30")


@by_property
@given(q=holdings(), b=liquidities)
def test_prices_are_chances_that_add_up_to_one(q, b):
    prices = maker.prices(q, b)
    assert all(0 <= price <= 1 for price in prices.values())
    assert abs(sum(prices.values(), Decimal(-1))) < Decimal("1e-40")


@by_property
@given(q=holdings(), b=liquidities, stake=stakes)
@example(q={"a": Decimal(0), "b": Decimal(10**12)}, b=Decimal(1), stake=Decimal("0.01"))
@example(q={"a": Decimal(10**12), "b": Decimal(0)}, b=Decimal(1), stake=Decimal("0.01"))
def test_what_is_bought_costs_at_most_its_stake_and_sold_again_brings_at_most_that(q, b, stake):
    shares = maker.buy(q, b, "a", stake)
    assert shares >= 0
    after = {**q, "a": q["a"] + shares}
    assert maker.cost(after, b) - maker.cost(q, b) <= stake + Decimal("1e-30")
    back = maker.sell(after, b, "a", shares)
    assert back <= stake
    # Rounded against the player, but by no more than a cent (and the sixth decimal of a share).
    if maker.prices(q, b)["a"] > Decimal("1e-9"):
        assert stake - back <= CENT + SHARE


@by_property
@given(
    q=holdings(),
    b=liquidities,
    parts=st.lists(st.decimals("0.01", "5000.00", places=2), min_size=2, max_size=5),
)
def test_many_small_stakes_buy_no_more_than_one_large_one(q, b, parts):
    """The cost does not depend on the path; rounding favours nobody who splits a stake."""
    held, bought = dict(q), Decimal(0)
    for part in parts:
        shares = maker.buy(held, b, "a", part)
        held["a"] += shares
        bought += shares
    at_once = maker.buy(q, b, "a", sum(parts, Decimal(0)))
    assert bought <= at_once + SHARE
    if maker.prices(q, b)["a"] > Decimal("1e-9"):
        assert at_once - bought <= SHARE * (len(parts) + 2) / maker.prices(q, b)["a"]


trades = st.tuples(st.integers(0, 19), st.decimals("0.01", "5000.00", places=2), st.booleans())


@by_property
@given(n=st.integers(2, 20), b=st.decimals("1.00", "1000.00", places=2), traded=st.lists(trades, max_size=30))
def test_the_house_never_loses_more_than_b_ln_n(n, b, traded):
    """Whatever is bought and sold back, and whatever comes true, wholly or in parts."""
    q = dict.fromkeys(OPTIONS[:n], Decimal(0))
    taken = Decimal(0)
    held: list[tuple[str, Decimal]] = []
    for number, stake, is_sale in traded:
        if is_sale and held:
            option, shares = held.pop(number % len(held))
            taken -= maker.sell(q, b, option, shares)
            q[option] -= shares
        else:
            option = OPTIONS[number % n]
            shares = maker.buy(q, b, option, stake)
            taken += stake
            q[option] += shares
            held.append((option, shares))
    bound = maker.loss_max(n, b) + Decimal("1e-30")
    assert all(paid - taken <= bound for paid in q.values())
    assert sum(q.values()) / n - taken <= bound


@by_property
@given(q=holdings(), b=liquidities, shares=st.decimals("0.000001", "1000000", places=6))
def test_order_does_not_matter_to_the_cost(q, b, shares):
    """One option after another, or the other way round: the two together cost the same."""
    both = {**q, "a": q["a"] + shares, "b": q["b"] + shares}
    via_a, via_b = {**q, "a": q["a"] + shares}, {**q, "b": q["b"] + shares}
    first = (maker.cost(via_a, b) - maker.cost(q, b)) + (maker.cost(both, b) - maker.cost(via_a, b))
    other = (maker.cost(via_b, b) - maker.cost(q, b)) + (maker.cost(both, b) - maker.cost(via_b, b))
    assert abs(first - other) < Decimal("1e-30")


def test_the_hardest_numbers_take_no_time():
    q = {option: Decimal(10**12 * (number + 1)) for number, option in enumerate(OPTIONS)}
    began = time.perf_counter()
    for option in OPTIONS:
        maker.buy(q, Decimal(1), option, Decimal("0.01"))
    assert time.perf_counter() - began < 1
