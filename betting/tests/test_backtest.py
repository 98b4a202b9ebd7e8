"""The backtest on 300 matches of one league (openfootball, public domain): what its tables rest on."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from betting.backtest import beliefs, registered, report, tally
from betting.backtest.measures import Forecasts, brier
from betting.backtest.trading import Memory

DATA = Path(__file__).with_name("football.json")
SEED = 7
DATE = datetime(2016, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def matches():
    return beliefs.read(DATA)


@pytest.fixture(scope="module")
def known(matches):
    return list(beliefs.before_each(matches))


def test_what_is_known_before_a_match_does_not_depend_on_what_comes_after(matches, known):
    for place in (0, 1, 50, 299):
        assert list(beliefs.before_each(matches[: place + 1]))[-1] == known[place]
    # Nor on how it ends itself.
    turned = [*matches[:50], beliefs.Match(matches[50].at, matches[50].home, matches[50].away, "draw")]
    before = list(beliefs.before_each(turned))[-1]
    assert (before.base, before.rated) == (known[50].base, known[50].rated)


def test_beliefs_are_chances(known):
    for one in known:
        for belief in (one.base, one.rated):
            assert sum(belief.values()) == pytest.approx(1) and min(belief.values()) > 0


def test_elo_moves_as_its_formula_says():
    """By hand: equals, 65 points at home: e = 1 / (1 + 10^(-65/400)) = 0.59249; a win moves 20 (1 - e) = 8.150."""
    elo, match = beliefs.Elo(), beliefs.Match(DATE, "A", "B", "home")
    elo.learn(match)
    assert elo.ratings["A"] - 1500 == pytest.approx(8.150, abs=0.001)
    assert elo.ratings["A"] + elo.ratings["B"] == 3000


def test_the_brier_score_is_as_it_was_defined():
    said = {"home": 0.5, "draw": 0.3, "away": 0.2}
    assert brier(said, "home") == pytest.approx(0.25 + 0.09 + 0.04)
    forecasts = Forecasts()
    forecasts.add(said, "home")
    forecasts.add(said, "away")
    assert forecasts.score == pytest.approx((0.38 + 0.25 + 0.09 + 0.64) / 2)
    assert [count for *_, count in forecasts.calibration()] == [2, 2, 2]


def test_the_ratings_know_more_than_the_base_rate_and_no_bound_is_broken(known):
    told: list[int] = []
    result = tally.in_memory(known[150:], beliefs.cast(1), SEED, told.append)
    assert told[-1] == result.matches == 150
    assert result.rated.score < result.base.score
    for mechanism, found in result.tallies.items():
        assert found.broken == 0 and found.worst >= -found.bound, mechanism
    assert result.tallies["pool"].house == 0
    returns = result.tallies["lmsr"].returns
    assert returns["knows the ratings"].rate > returns["guesses"].rate
    assert "| ratings alone |" in "\n".join(report.tables(result))
    assert report.chart(result).startswith("<svg")


@pytest.mark.django_db(transaction=True)
def test_the_services_come_to_the_same_as_the_engines_to_the_cent(known):
    bots = beliefs.cast(1)
    audit = registered.through_services(known[-8:], bots, SEED, lambda done: None)
    assert audit.differences == []
    assert audit.bets > 80 and audit.house["pool"] == 0
    assert sum(audit.house.values(), Decimal(0)) == audit.ggr
    assert any("none" in line for line in report.audited(audit))


@pytest.mark.django_db(transaction=True)
def test_a_difference_between_services_and_engines_is_told(known, monkeypatch):
    monkeypatch.setattr("betting.backtest.registered.settled", lambda *args: Memory(None, None))
    audit = registered.through_services(known[-1:], beliefs.cast(1), SEED, lambda done: None)
    assert len(audit.differences) >= 2 and "instead of 0" in audit.differences[0]


@pytest.mark.django_db(transaction=True)
def test_it_keeps_away_from_a_database_with_people_in_it(known, player):
    with pytest.raises(AssertionError, match="a database of its own"):
        registered.through_services(known[:1], beliefs.cast(1), SEED, lambda done: None)
