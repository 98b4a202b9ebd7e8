"""The lead, the handicap that follows from it, and the bound on what can be won: by hand, and against anyone."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.engines.odds import ODDS_MIN, handicap, handicapped, lead, odds_for, win_max

pytestmark = pytest.mark.usefixtures("lead_max")

LEADS = st.decimals(-500, 10, places=4)
CHANCES = st.floats(0.05, 0.98)


@pytest.mark.parametrize(
    ("net", "prizes", "expected"),
    [("3.80", "3.80", "3.99"), ("-10.00", "6.00", "-9.70"), ("0.00", "0.00", "0.00")],
)
def test_the_lead_counts_winnings_and_a_twentieth_of_the_prizes_staked_for(net, prizes, expected):
    assert lead(Decimal(net), Decimal(prizes)) == Decimal(expected)


@pytest.mark.parametrize(
    ("lead", "expected"), [("0", 0), ("2", 1), ("9", 4.5), ("-5", -0.5), ("-15", -1.5), ("-400", -1.5)]
)
def test_two_ahead_is_a_unit_of_log_odds_and_ten_behind_one_the_other_way(lead, expected):
    assert handicap(Decimal(lead)) == pytest.approx(expected)


def test_odds_of_a_chance_with_a_handicap_by_hand():
    # 0.6 is 0.405 in log-odds; 1.405 is a chance of 0.803, and (1 - 0.05) / 0.803 is 1.18.
    assert odds_for(handicapped(0.6, Decimal(2), 0.05), 0.05) == Decimal("1.18")
    # -0.095: a chance of 0.476.
    assert odds_for(handicapped(0.6, Decimal(-5), 0.05), 0.05) == Decimal("1.99")


@given(CHANCES, LEADS, LEADS, st.sampled_from([0.0, 0.05, 0.2]))
def test_who_is_further_ahead_never_gets_longer_odds(chance, one, other, margin):
    less, more = sorted((one, other))
    assert handicapped(chance, less, margin) <= handicapped(chance, more, margin) + 1e-12


@given(CHANCES, LEADS, st.sampled_from([0.0, 0.05, 0.2]))
def test_a_handicap_alone_takes_nothing_off_offer(chance, lead, margin):
    if odds_for(chance, margin):
        assert (odds_for(handicapped(chance, lead, margin) - 1e-12, margin) or 0) >= ODDS_MIN


@pytest.mark.parametrize(
    ("lead", "reserved", "expected"),
    [("0", "0", "5.00"), ("5", "0", "1.25"), ("9", "0", "0.05"), ("-10", "0", "10.00"), ("-30", "0", "20.00"),
     ("0", "5", "1.25"), ("12", "0", "0.00"), ("9.9999", "0", "0.00")],
)  # fmt: skip
def test_what_a_session_may_win_by_hand(lead, reserved, expected):
    assert win_max(Decimal(lead), Decimal(reserved)) == Decimal(expected)


@given(
    st.lists(
        st.tuples(
            st.decimals(1, 60, places=2), st.decimals("1.05", 10, places=2), st.booleans(), st.integers(1, 4)
        ),
        max_size=60,
    )
)
def test_nobody_gets_as_far_ahead_as_lead_max_whatever_they_know_and_stake(played):
    """Up to four sessions run at once; what each stakes for is within what it may win; the player decides who wins."""
    net, ahead = Decimal(0), Decimal(0)
    running: list[tuple[Decimal, Decimal, Decimal]] = []
    for stake, odds, is_won, at_once in played:
        reach = win_max(ahead, sum((most for most, *_ in running), Decimal(0)))
        if (prize := stake * (odds - 1)) <= reach:
            running.append((reach, prize if is_won else -stake, prize))
        if len(running) >= at_once:
            _, won, prize = running.pop(0)
            net, ahead = net + won, ahead + lead(won, prize)
        assert net <= ahead < 10
        assert not math.isnan(handicap(ahead))
