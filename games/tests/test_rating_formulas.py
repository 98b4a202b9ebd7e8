"""Glicko-2 as we use it: against Glickman's worked example, an implementation of our own here, and by hand."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.engines import rating
from games.engines.rating import UNKNOWN, Rating

SCALE = 173.7178
ratings = st.builds(Rating, st.floats(0, 3000), st.floats(20, 250), st.floats(0.03, 0.1))
chances = st.floats(0.05, 0.98)


def test_glickmans_example():
    """Example of the Glicko-2 system (2012): 1500, 200, 0.06 beats 1400, loses to 1550 and 1700; tau 0.5."""
    games = [(Rating(1400, 30), True), (Rating(1550, 100), False), (Rating(1700, 300), False)]
    moved = rating.after(Rating(1500, 200), games)
    assert moved.value == pytest.approx(1464.06, abs=0.01)
    assert moved.deviation == pytest.approx(151.52, abs=0.005)
    assert moved.volatility == pytest.approx(0.05999, abs=0.00001)


def by_bisection(own: Rating, games: list[tuple[Rating, bool]]) -> tuple[float, float, float]:
    """Glickman's steps 2 to 8 written down anew; step 5's root by halving, not by his Illinois algorithm."""
    mu, phi, sigma, tau = (own.value - 1500) / SCALE, own.deviation / SCALE, own.volatility, 0.5
    met = [((other.value - 1500) / SCALE, other.deviation / SCALE, won) for other, won in games]
    gs = [1 / math.sqrt(1 + 3 * (p / math.pi) ** 2) for _, p, _ in met]
    es = [1 / (1 + math.exp(-g * (mu - m))) for g, (m, _, _) in zip(gs, met, strict=True)]
    v = 1 / sum(g**2 * e * (1 - e) for g, e in zip(gs, es, strict=True))
    total = sum(g * (won - e) for g, e, (_, _, won) in zip(gs, es, met, strict=True))
    delta, a = v * total, math.log(sigma**2)

    def f(x: float) -> float:
        ex = math.exp(x)
        return ex * (delta**2 - phi**2 - v - ex) / (2 * (phi**2 + v + ex) ** 2) - (x - a) / tau**2

    low, high = a - 5, a + 3
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) > 0 else (low, middle)
    new_sigma = math.exp(low / 2)
    new_phi = 1 / math.sqrt(1 / (phi**2 + new_sigma**2) + 1 / v)
    return (mu + new_phi**2 * total) * SCALE + 1500, new_phi * SCALE, new_sigma


# Where people meet: for a thousand points of surprise, step 5 has several roots.
usual = st.builds(Rating, st.floats(1200, 1800), st.floats(20, 250), st.floats(0.03, 0.1))


@given(own=usual, games=st.lists(st.tuples(usual, st.booleans()), min_size=1, max_size=6))
def test_it_moves_as_another_implementation_has_it(own, games):
    moved = rating.after(own, games)
    value, deviation, volatility = by_bisection(own, games)
    assert moved.value == pytest.approx(min(max(value, 0), 3000), abs=0.01)
    assert moved.deviation == pytest.approx(min(deviation, 250), abs=0.01)
    assert moved.volatility == pytest.approx(min(max(volatility, 0.03), 0.1), abs=1e-5)


@given(own=ratings, games=st.lists(st.tuples(ratings, st.booleans()), max_size=50))
def test_whatever_happens_a_rating_stays_a_rating(own, games):
    moved = rating.after(own, games)
    assert 0 <= moved.value <= 3000 and 0 < moved.deviation <= 250 and 0.03 <= moved.volatility <= 0.1


def test_the_outermost_meet_without_harm():
    ends = [Rating(value, spread, vol) for value, spread, vol in product((0, 3000), (1, 250), (0.03, 0.1))]
    for own, other, won in product(ends, ends, (True, False)):
        moved = rating.after(own, [(other, won)] * 50)
        assert 0 <= moved.value <= 3000 and math.isfinite(moved.deviation)
        assert 0.05 <= rating.chance(own, other) <= 0.98


def test_an_expected_score_by_hand():
    # 150 points are 0.86347 log-odds; 80 and 60 are 100 together, g(0.57565) = 0.95315; 1 / (1 + e^-0.82301).
    assert rating.chance(Rating(1600, 80), Rating(1450, 60)) == pytest.approx(0.69488, abs=1e-5)


def test_who_is_even_has_one_half_however_uncertain():
    assert rating.chance(Rating(1500, 250), Rating(1500, 30)) == 0.5


@given(own=ratings, other=ratings)
def test_uncertainty_draws_a_chance_towards_one_half(own, other):
    surer = rating.chance(Rating(own.value, 20), Rating(other.value, 20))
    assert abs(rating.chance(own, other) - 0.5) <= abs(surer - 0.5) + 1e-12


@given(prior=chances)
def test_an_opponent_starts_where_an_unknown_players_chance_is_its_prior(prior):
    assert rating.chance(UNKNOWN, rating.opponent_for(prior)) == pytest.approx(prior)


def test_a_prior_out_of_reach_is_taken_as_the_nearest_in_it():
    assert rating.opponent_for(0.0) == rating.opponent_for(0.05)
    assert rating.opponent_for(1.0) == rating.opponent_for(0.98)


@given(own=ratings, days=st.floats(0, 4000), more=st.floats(0, 4000))
def test_rest_makes_a_rating_less_sure_and_nothing_else(own, days, more):
    once = rating.rested(own, days + more)
    assert (once.value, once.volatility) == (own.value, own.volatility)
    assert own.deviation - 1e-9 <= once.deviation <= 250
    assert rating.rested(rating.rested(own, days), more).deviation == pytest.approx(once.deviation)


def test_a_day_of_rest_is_glickmans_step_six():
    assert rating.rested(Rating(1500, 200, 0.06), 1).deviation == pytest.approx(
        SCALE * math.sqrt((200 / SCALE) ** 2 + 0.06**2)
    )


def test_a_clock_set_back_makes_nobody_surer():
    assert rating.rested(Rating(1500, 80), -3).deviation == pytest.approx(80)


def test_an_opponent_moves_against_the_player():
    lost, won = (rating.met_by(Rating(1500, 80), Rating(1500, 80), won) for won in (True, False))
    assert lost.value == pytest.approx(3000 - won.value) and lost.value < 1500 < won.value


def test_of_the_levels_the_most_open_one_counts():
    player = Rating(1500, 80)
    levels = [(Rating(1300, 60), True), (Rating(1520, 60), True), (Rating(1800, 60), False)]
    assert rating.closest(player, levels) == [levels[1]]
    assert rating.closest(player, []) == []
