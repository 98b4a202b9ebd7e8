"""What may be staked on in a quiz, at what odds, until when."""

from decimal import Decimal
from itertools import product
from math import prod
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.engines.odds import chance_of_at_least, odds_for
from games.tests.samples import NOW
from games.tests.test_quiz import MOMENT, QUIZ, begin, play_through, seconds, true_ones


@given(chances=st.lists(st.floats(0, 1), max_size=7), needed=st.integers(0, 8))
def test_the_chance_of_at_least_so_many_is_what_counting_all_cases_gives(chances, needed):
    by_hand = sum(
        prod(p if hit else 1 - p for p, hit in zip(chances, hits, strict=True))
        for hits in product([True, False], repeat=len(chances))
        if sum(hits) >= needed
    )
    assert chance_of_at_least(needed, chances) == pytest.approx(by_hand, abs=1e-12)


def offered(state: Any, now: Any = NOW) -> dict[str, Decimal | None]:
    return {market.market: market.choices[0].odds for market in QUIZ.markets(state, now)}


def test_odds_are_the_margin_short_of_fair():
    # Three of five at one half each: (10 + 5 + 1) / 32 = 0.5. 0.95 / 0.5 = 1.90, for one as for the whole.
    assert offered(begin(*true_ones(5))) == {"result": Decimal("1.90"), "question-0": Decimal("1.90")}
    # Both of two at 0.3: 0.09, where 0.95 / 0.09 = 10.55 is cut to 10.00; one at 0.3: 3.16 (3.1666 rounded down).
    hard = begin(*true_ones(2, chance=0.3), pass_mark=1)
    assert offered(hard) == {"result": Decimal("10.00"), "question-0": Decimal("3.16")}


@pytest.mark.parametrize(
    ("chance", "odds"),
    [
        (0.5, "1.90"), (0.0, "10.00"), (0.05, "10.00"), (0.095, "10.00"), (0.0951, "9.98"), (0.9, "1.05"),
        (0.9047, "1.05"), (0.905, None), (0.98, None), (1.0, None),
    ],
)  # fmt: skip
def test_a_success_too_sure_to_be_priced_is_not_bet_on(chance, odds):
    assert odds_for(chance, 0.05) == (Decimal(odds) if odds else None)


def test_the_markets_close_when_a_question_is_shown_and_the_next_opens_after_it():
    state = begin(*true_ones(3))
    assert list(offered(state)) == ["result", "question-0"]
    state = QUIZ.play(state, {"index": 0}, NOW)
    assert offered(state) == {}
    # Timed out: the next question is bet on, the result no more.
    assert list(offered(state, NOW + seconds(30))) == ["question-1"]
    state = QUIZ.play(state, {"index": 0, "answer": "true"}, NOW + seconds(1))
    assert list(offered(state)) == ["question-1"]
    assert list(offered(play_through(begin(*true_ones(3)), "ttt"))) == []


def test_no_bets_from_the_end_of_the_session_on():
    state = begin(*true_ones(2))
    assert offered(state, NOW + seconds(180) - MOMENT) and not offered(state, NOW + seconds(180))


def test_a_question_seen_before_takes_no_stakes_nor_does_the_result_with_it():
    rows = true_ones(3)
    rows[1]["fresh"] = False
    state = begin(*rows)
    assert list(offered(state)) == ["question-0"]
    assert list(offered(play_through(state, "t"))) == []
    assert list(offered(play_through(state, "tt"))) == ["question-2"]


def test_the_result_takes_no_stakes_where_speed_counts():
    assert list(offered(begin(*true_ones(3), speed_part=0.1))) == ["question-0"]


def test_each_question_settles_by_its_own_answer_and_unanswered_ones_are_lost():
    state = play_through(begin(*true_ones(4)), "tf-")
    settled = [QUIZ.settle(state, f"question-{index}", "right") for index in range(4)]
    assert settled == [True, False, False, False]


def test_before_a_stake_one_knows_tags_difficulty_and_time_and_no_more():
    view = QUIZ.view(begin(*true_ones(2)), NOW)
    assert view["next"] == {"tags": ["probability"], "difficulty": 3, "seconds": 30}
