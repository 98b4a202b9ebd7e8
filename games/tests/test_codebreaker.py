"""Codebreaker against tables and brute force."""

from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from games.engines.base import Material, TooLate, write_time
from games.engines.puzzle.codebreaker import Codebreaker, NoGuessesLeft, compare
from games.tests.samples import NOW, SEED
from quantix.errors import Invalid

GAME = Codebreaker()
MOMENT = timedelta(microseconds=1)
CHANCES = {"within-5": 0.25, "within-6": 0.5, "within-7": 0.97}


def begin(code: str = "AABB", **config: Any) -> Any:
    """A session whose code is `code`."""
    loaded = GAME.load_config({"kind": "codebreaker", **config})
    material = Material(chances=CHANCES, stake_max=Decimal("20.00"))
    return GAME.start(loaded, SEED, NOW, material).model_copy(update={"code": code})


def play(state: Any, *guesses: str) -> Any:
    for guess in guesses:
        state = GAME.play(state, {"guess": guess}, NOW)
    return state


@pytest.mark.parametrize(
    ("guess", "code", "exact", "misplaced"),
    [
        ("AABB", "AABB", 4, 0), ("AABB", "BBAA", 0, 4), ("AABC", "AABB", 3, 0), ("BAAA", "AABB", 1, 2),
        ("AAAA", "AABB", 2, 0), ("ABAB", "AABB", 2, 2), ("CDEF", "AABB", 0, 0), ("BCCC", "AABB", 0, 1),
        ("AAAB", "ABBB", 2, 0), ("ABCD", "DCBA", 0, 4), ("ABBC", "BBAA", 1, 2), ("FAAB", "ABFA", 0, 4),
    ],
)  # fmt: skip
def test_exact_and_misplaced_of_codes_with_repeats(guess, code, exact, misplaced):
    assert (compare(guess, code).exact, compare(guess, code).misplaced) == (exact, misplaced)


def by_pegs(guess: str, code: str) -> tuple[int, int]:
    """Another way to count, as on a board: each hidden peg answers at most one peg of the guess."""
    exact = [place for place in range(len(code)) if guess[place] == code[place]]
    hidden = [code[place] for place in range(len(code)) if place not in exact]
    misplaced = 0
    for place in range(len(code)):
        if place not in exact and guess[place] in hidden:
            hidden.remove(guess[place])
            misplaced += 1
    return len(exact), misplaced


def test_every_pair_of_codes_of_three_places_agrees_with_counting_pegs():
    codes = ["".join(symbols) for symbols in product("ABCD", repeat=3)]
    for guess, code in product(codes, codes):
        answer = compare(guess, code)
        assert (answer.exact, answer.misplaced) == by_pegs(guess, code)
        assert (
            compare(code, guess).exact == answer.exact and compare(code, guess).misplaced == answer.misplaced
        )


def test_the_first_guess_of_the_classic_splits_the_codes_as_is_known():
    """AABB against all 1,296: the partition printed by Knuth, The Computer as Master Mind, 1977."""
    codes = ["".join(symbols) for symbols in product("ABCDEF", repeat=4)]
    counted: dict[tuple[int, int], int] = {}
    for code in codes:
        answer = compare("AABB", code)
        counted[answer.exact, answer.misplaced] = counted.get((answer.exact, answer.misplaced), 0) + 1
    assert counted == {
        (0, 0): 256, (0, 1): 256, (0, 2): 96, (0, 3): 16, (0, 4): 1, (1, 0): 256, (1, 1): 208, (1, 2): 36,
        (2, 0): 114, (2, 1): 32, (2, 2): 4, (3, 0): 20, (4, 0): 1,
    }  # fmt: skip


def test_codes_are_of_the_symbols_and_spread_over_all():
    config = GAME.load_config({"kind": "codebreaker", "length": 2, "symbols": ["A", "B"], "guesses": 7})
    codes = [GAME.start(config, f"{seed:064x}", NOW, Material()).code for seed in range(400)]
    assert all(57 < codes.count(code) < 143 for code in ("AA", "AB", "BA", "BB"))


def test_the_view_tells_the_guesses_and_what_is_left():
    view = GAME.view(play(begin(), "ABCD", "AABC"), NOW)
    assert view["guesses"] == [
        {"guess": "ABCD", "exact": 1, "misplaced": 1},
        {"guess": "AABC", "exact": 3, "misplaced": 0},
    ]
    assert (view["left"], view["length"], view["symbols"]) == (8, 4, list("ABCDEF"))
    assert view["deadline"] == write_time(NOW + timedelta(seconds=900))


@pytest.mark.parametrize(("guesses", "score"), [(1, 1.0), (2, 0.9), (5, 0.6), (6, 0.5), (10, 0.1)])
def test_the_score_falls_by_a_tenth_with_each_of_ten_guesses(guesses, score):
    state = play(begin(), *["CCCC"] * (guesses - 1), "AABB")
    outcome = GAME.outcome(state, NOW)
    assert outcome is not None
    assert (outcome.result, outcome.ended_by) == ("win", "play") and outcome.score == pytest.approx(score)
    for n in (5, 6, 7):
        assert GAME.settle(state, "solve", f"within-{n}") is (guesses <= n)
        assert GAME.achieved(state.config, f"within-{n}", outcome.score) is (guesses <= n)


def test_out_of_guesses_is_a_loss_and_everything_within_is_lost():
    state = play(begin(), *["CCCC"] * 10)
    outcome = GAME.outcome(state, NOW)
    assert outcome is not None and (outcome.result, outcome.score, outcome.ended_by) == ("loss", 0.0, "play")
    assert not any(GAME.settle(state, "solve", f"within-{n}") for n in (5, 6, 7))
    assert not any(GAME.achieved(state.config, f"within-{n}", 0.0) for n in (5, 6, 7))


@pytest.mark.parametrize("guesses", range(1, 21))
def test_a_score_tells_within_how_many_guesses_it_was(guesses):
    config = GAME.load_config({"kind": "codebreaker", "guesses": 20, "within": list(range(1, 21))})
    score = 1 - (guesses - 1) / 20
    assert [n for n in range(1, 21) if GAME.achieved(config, f"within-{n}", score)] == list(
        range(guesses, 21)
    )


def test_after_the_end_no_guess_is_taken():
    for state in (play(begin(), "AABB"), play(begin(), *["CCCC"] * 10)):
        with pytest.raises(NoGuessesLeft):
            GAME.play(state, {"guess": "AABB"}, NOW)


def test_the_clock_ends_it_at_its_deadline_and_not_before():
    state, end = begin(), NOW + timedelta(seconds=900)
    assert GAME.deadline(state) == end
    assert GAME.outcome(state, end - MOMENT) is None
    assert GAME.is_solved(GAME.play(state, {"guess": "AABB"}, end - MOMENT))
    outcome = GAME.outcome(state, end)
    assert outcome is not None and (outcome.result, outcome.ended_by) == ("loss", "clock")
    for late in (end, end + MOMENT):
        with pytest.raises(TooLate):
            GAME.play(state, {"guess": "AABB"}, late)


def test_a_guess_of_another_form_costs_no_guess():
    state = begin()
    with pytest.raises(Invalid):
        GAME.play(state, {"guess": "AAB"}, NOW)
    assert GAME.view(state, NOW)["left"] == 10


def test_the_market_offers_what_can_be_priced_until_the_first_guess():
    state = begin()
    (market,) = GAME.markets(state, NOW)
    # 0.95 / 0.25 = 3.80, 0.95 / 0.5 = 1.90; at 0.97 even 1.05 would pay too much.
    assert {choice.choice: choice.odds for choice in market.choices} == {
        "within-5": Decimal("3.80"),
        "within-6": Decimal("1.90"),
    }
    assert ("solve", "within-7") in GAME.all_choices(state)
    assert GAME.markets(play(state, "CCCC"), NOW) == []
    end = NOW + timedelta(seconds=900)
    assert GAME.markets(state, end - MOMENT) and not GAME.markets(state, end)


@pytest.mark.parametrize("length", [2, 4, 8])
@pytest.mark.parametrize("symbols", ["AB", "ABCDEF", "ABCDEFGHIJKL"])
def test_more_guesses_never_make_it_less_likely_nor_larger_codes_more(length, symbols):
    def priors(length: int, symbols: str) -> list[float]:
        config = {"kind": "codebreaker", "guesses": 20, "within": list(range(1, 21))}
        loaded = GAME.load_config({**config, "length": length, "symbols": list(symbols)})
        return [GAME.priors(loaded)[f"within-{n}"] for n in range(1, 21)]

    chances = priors(length, symbols)
    assert chances == sorted(chances) and all(0 < chance < 1 for chance in chances)
    if length < 8:
        assert all(
            larger <= chance for larger, chance in zip(priors(length + 1, symbols), chances, strict=True)
        )
