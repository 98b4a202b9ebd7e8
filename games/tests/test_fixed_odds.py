"""Predictions at fixed odds: when one may bet, and how much the book takes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from games.engines.base import NotASessionGame
from games.engines.prediction.event import Book
from games.engines.prediction.fixed import FixedOdds
from games.tests.samples import NOW, SAMPLES

GAME = FixedOdds()
MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


def book(**state: Any) -> Any:
    """The sample event (opens an hour before NOW, closes an hour after it; yes 2.00, no 1.80) with a cap of 100.00."""
    config = {**SAMPLES["prediction", "fixed"].config, "liability_cap": "100.00"}
    return GAME.state_type(config=GAME.load_config(config), **state)


def choices(state: Any, now: Any = NOW) -> list[str]:
    return [choice.choice for market in GAME.markets(state, now) for choice in market.choices]


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        (NOW - HOUR - MOMENT, False), (NOW - HOUR, True), (NOW + HOUR - MOMENT, True), (NOW + HOUR, False),
        (NOW + HOUR + MOMENT, False),
    ],
)  # fmt: skip
def test_bets_are_taken_from_the_opening_until_a_moment_before_the_close(now, is_open):
    assert choices(book(), now) == (["yes", "no"] if is_open else [])


def test_a_suspended_or_resolved_event_takes_no_bets():
    assert choices(book(is_open=False)) == []
    assert choices(book(weights={"yes": Decimal(1)})) == []


def test_the_market_tells_odds_limits_and_close():
    (market,) = GAME.markets(book(), NOW)
    assert [(choice.label, choice.odds) for choice in market.choices] == [
        ("Yes", Decimal("2.00")),
        ("No", Decimal("1.8")),
    ]
    assert (market.stake_min, market.stake_max) == (Decimal("1.00"), Decimal("500.00"))
    assert market.closes_at == NOW + HOUR


@pytest.mark.parametrize(
    ("liability", "room"),
    [("0", "50"), ("98.00", "1"), ("98.01", "0.995"), ("100.00", "0"), ("100.02", "-0.01")],
)
def test_the_room_of_an_option_is_what_the_cap_leaves_at_its_odds(liability, room):
    state = book(books={"yes": Book(liability=Decimal(liability))})
    assert GAME.room(state, state.config.options[0]) == Decimal(room)
    # With room for less than the least stake, the option is closed; the other stays open.
    assert choices(state) == (["yes", "no"] if Decimal(room) >= 1 else ["no"])


def test_an_option_with_a_share_of_the_truth_is_won():
    state = book(weights={"yes": Decimal("0.25"), "no": Decimal(0)})
    assert GAME.settle(state, "winner", "yes") is True
    assert GAME.settle(state, "winner", "no") is False


def test_it_is_not_played_in_moves_and_has_no_end_of_its_own():
    with pytest.raises(NotASessionGame):
        GAME.play(book(), {}, NOW)
    assert GAME.outcome(book(), NOW + 100 * HOUR) is None
    assert GAME.deadline(book()) is None


def test_the_view_shows_four_decimals():
    assert GAME.view(book(), NOW)["options"] == [
        {"id": "yes", "label": "Yes", "odds": "2.0000"},
        {"id": "no", "label": "No", "odds": "1.8000"},
    ]


def test_what_the_house_will_bear_is_not_told_to_players():
    public = GAME.public_config(book().config)
    assert "liability_cap" not in public and "stakes" in public
