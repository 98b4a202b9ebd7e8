"""Sudoku as it is played: digits, whole grids, hints, the clock, and stakes on how soon it is solved."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from games.engines.base import Material, TooLate
from games.engines.puzzle.sudoku import GridSolved, Sudoku
from games.tests.samples import NOW, SEED
from quantix.errors import Invalid

GAME = Sudoku()
CHANCES = {"within-8": 0.25, "within-12": 0.5, "within-20": 0.9}
GIVEN = "530070000600195000098000060800060003400803001700020006060000280000419005000080079"
SOLUTION = "534678912672195348198342567859761423426853791713924856961537284287419635345286179"


def begin(**config: Any) -> Any:
    """A session whose grid is GIVEN."""
    loaded = GAME.load_config({"kind": "sudoku", "difficulty": "easy", **config})
    state = GAME.start(loaded, SEED, NOW, Material(chances=CHANCES, stake_max=Decimal("20.00")))
    return state.model_copy(update={"given": GIVEN, "grid": GIVEN, "solution": SOLUTION})


def put(state: Any, cell: int, digit: int, minutes: float = 0) -> Any:
    move = {"row": cell // 9 + 1, "column": cell % 9 + 1, "digit": digit}
    return GAME.play(state, move, NOW + timedelta(minutes=minutes))


def fill(state: Any, minutes: float = 0) -> Any:
    return GAME.play(state, {"grid": SOLUTION}, NOW + timedelta(minutes=minutes))


def refusal(act: Any) -> tuple[str, str]:
    with pytest.raises(Invalid) as refused:
        act()
    return refused.value.errors[0].field, refused.value.errors[0].code


def test_a_digit_goes_into_its_cell_and_zero_takes_it_out():
    state = put(begin(), 2, 4)
    assert state.grid == "534" + GIVEN[3:]
    assert put(state, 2, 0).grid == GIVEN


def test_a_wrong_digit_is_taken_like_a_right_one():
    right, wrong = put(begin(), 2, 4), put(begin(), 2, 9)
    assert GAME.outcome(right, NOW) is GAME.outcome(wrong, NOW) is None
    assert {**GAME.view(right, NOW), "grid": ""} == {**GAME.view(wrong, NOW), "grid": ""}


def test_the_last_right_digit_solves_it():
    state = begin()
    for cell in [cell for cell in range(81) if GIVEN[cell] == "0"]:
        assert GAME.outcome(state, NOW) is None
        state = put(state, cell, int(SOLUTION[cell]))
    outcome: Any = GAME.outcome(state, NOW)
    assert (outcome.result, outcome.score, outcome.ended_by) == ("win", 1.0, "play")
    with pytest.raises(GridSolved):
        put(state, 2, 4)


def test_a_full_grid_that_is_wrong_does_not_end_it():
    swapped = SOLUTION.translate(str.maketrans("12", "21"))
    wrong = "".join(given if given != "0" else digit for given, digit in zip(GIVEN, swapped, strict=True))
    state = GAME.play(begin(), {"grid": wrong}, NOW)
    assert GAME.outcome(state, NOW) is None and "0" not in state.grid
    assert GAME.outcome(fill(state), NOW)


def test_a_whole_grid_may_have_gaps_but_leaves_what_is_given():
    assert GAME.play(begin(), {"grid": "534" + GIVEN[3:]}, NOW).grid == "534" + GIVEN[3:]
    assert refusal(lambda: GAME.play(begin(), {"grid": "1" + GIVEN[1:]}, NOW)) == ("grid", "given-cell")
    assert refusal(lambda: GAME.play(begin(), {"grid": "0" + GIVEN[1:]}, NOW)) == ("grid", "given-cell")
    assert refusal(lambda: put(begin(), 0, 5)) == ("digit", "given-cell")


@pytest.mark.parametrize(
    ("move", "field"),
    [
        ({"row": 1, "digit": 5}, "column"),
        ({}, "column"),
        ({"row": 1, "column": 3, "digit": 4, "hint": True}, "body"),
    ],
)
def test_a_move_is_of_one_form(move, field):
    assert refusal(lambda: GAME.play(begin(), move, NOW)) == (field, "move-form")


def test_a_hint_fills_the_next_cell_to_be_found_and_keeps_it():
    state = GAME.play(begin(), {"hint": True}, NOW)
    (cell,) = state.hinted
    assert state.grid[cell] == SOLUTION[cell] and state.grid.count("0") == GIVEN.count("0") - 1
    assert GAME.view(state, NOW)["hinted"] == [{"row": cell // 9 + 1, "column": cell % 9 + 1}]
    assert refusal(lambda: put(state, cell, 0)) == ("digit", "given-cell")


def test_a_grid_may_come_with_a_hint_and_needs_none_where_it_is_right():
    state = GAME.play(begin(), {"grid": "534" + GIVEN[3:], "hint": True}, NOW)
    assert state.grid.startswith("534") and len(state.hinted) == 1
    assert GAME.play(begin(), {"grid": SOLUTION, "hint": True}, NOW).hinted == ()


def test_hints_solve_it_and_where_all_is_full_they_put_right_what_is_wrong():
    state = put(begin(), 2, 9)
    while not state.solved_at:
        state = GAME.play(state, {"hint": True}, NOW)
    assert state.hinted[-1] == 2 and len(state.hinted) == GIVEN.count("0")
    assert GAME.outcome(state, NOW).score == 0.01  # type: ignore[union-attr]


def test_a_hint_costs_as_much_as_a_minute():
    slow = GAME.outcome(fill(begin(), minutes=11), NOW)
    hinted = GAME.outcome(fill(GAME.play(begin(), {"hint": True}, NOW), minutes=10), NOW)
    assert slow and hinted and slow.score == hinted.score == pytest.approx(1 - 0.9 * 11 / 30)


def test_it_is_lost_when_the_clock_runs_out():
    state, end = put(begin(), 2, 4), NOW + timedelta(minutes=30)
    with pytest.raises(TooLate):
        fill(state, minutes=30)
    outcome: Any = GAME.outcome(state, end)
    assert (outcome.result, outcome.score, outcome.ended_by) == ("loss", 0.0, "clock")


def test_the_view_has_the_grid_and_never_the_solution():
    view = GAME.view(put(begin(), 2, 4), NOW)
    assert view["given"] == GIVEN and view["grid"] == "534" + GIVEN[3:]
    assert SOLUTION not in str(view)


def test_stakes_close_with_the_first_move_and_soon_after_the_start_for_the_grid_is_on_view():
    state = begin()
    (market,) = GAME.markets(state, NOW)
    assert market.closes_at == NOW + timedelta(seconds=60)
    assert [choice.label for choice in market.choices] == ["Solved within 8 minutes", "Solved within 12 minutes",
                                                           "Solved within 20 minutes"]  # fmt: skip
    assert GAME.markets(state, NOW + timedelta(seconds=60)) == []
    assert GAME.markets(put(state, 2, 4), NOW) == []
    assert GAME.markets(put(put(state, 2, 4), 2, 0), NOW) == []


@pytest.mark.parametrize(
    ("minutes", "hints", "won"),
    [
        (8, 0, [True, True, True]),
        (8.01, 0, [False, True, True]),
        (8, 1, [False, True, True]),
        (20, 1, [False] * 3),
    ],
)
def test_a_stake_is_won_by_the_minutes_taken_with_one_for_each_hint(minutes, hints, won):
    state = begin()
    for _ in range(hints):
        state = GAME.play(state, {"hint": True}, NOW)
    state = fill(state, minutes)
    assert [GAME.settle(state, "solve", f"within-{n}") for n in (8, 12, 20)] == won
    score = GAME.outcome(state, NOW).score  # type: ignore[union-attr]
    assert [GAME.achieved(state.config, f"within-{n}", score) for n in (8, 12, 20)] == won


def test_a_grid_that_stays_unsolved_wins_no_stake():
    assert GAME.settle(put(begin(), 2, 4), "solve", "within-20") is False


def test_the_harder_the_level_the_longer_the_odds():
    levels = ["easy", "medium", "hard", "expert"]
    priors = [GAME.prior(GAME.load_config({"difficulty": level}), 12) for level in levels]
    assert priors == sorted(priors, reverse=True) and all(0 < prior < 1 for prior in priors)
