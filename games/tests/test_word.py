"""Word against tables, counting by hand, and the lists it draws from."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.engines.base import Material, TooLate
from games.engines.puzzle.codebreaker import NoGuessesLeft
from games.engines.puzzle.word import LISTS, Word, answers, compare, guessable
from games.tests.samples import NOW, SEED
from quantix.errors import Invalid

GAME = Word()
CHANCES = {"within-3": 0.25, "within-4": 0.5, "within-5": 0.9}
LETTER = {"hit": "H", "near": "N", "miss": "-"}


def begin(word: str = "crane", **config: Any) -> Any:
    """A session whose word is `word`."""
    material = Material(chances=CHANCES, stake_max=Decimal("20.00"))
    loaded = GAME.load_config({"kind": "word", **config})
    return GAME.start(loaded, SEED, NOW, material).model_copy(update={"word": word})


def play(state: Any, *guesses: str) -> Any:
    for guess in guesses:
        state = GAME.play(state, {"guess": guess}, NOW)
    return state


def marks(guess: str, word: str) -> str:
    return "".join(LETTER[mark] for mark in compare(guess, word))


@pytest.mark.parametrize(
    ("guess", "word", "expected"),
    [
        ("crane", "crane", "HHHHH"), ("moist", "crane", "-----"), ("nacre", "crane", "NNNNH"),
        # Two of a letter guessed, one hidden: the hit takes it, wherever it stands.
        ("speed", "abide", "--N-N"), ("speed", "crepe", "-NHN-"), ("eerie", "crane", "--N-H"),
        ("allay", "label", "NNN--"), ("llama", "label", "HNN--"), ("array", "carry", "NNH-H"),
        # One guessed, two hidden: one mark, of the place it stands in.
        ("crane", "eerie", "-N--H"), ("those", "geese", "---HH"), ("cello", "hello", "-HHHH"),
        # Three of a letter.
        ("mamma", "mummy", "H-HH-"), ("mummy", "mamma", "H-HH-"), ("geese", "those", "---HH"),
        ("error", "order", "NH-NH"), ("aaaaa", "banal", "-H-H-"), ("eeeee", "crane", "----H"),
    ],
)  # fmt: skip
def test_letters_that_repeat_are_marked_as_often_as_they_are_there(guess, word, expected):
    assert marks(guess, word) == expected


def by_crossing_out(guess: str, word: str) -> str:
    """Another way to mark, as on paper: hits are crossed out of the word first, then what is near, one by one."""
    left, told = list(word), ["-"] * 5
    for place in range(5):
        if guess[place] == word[place]:
            told[place], left[place] = "H", ""
    for place in range(5):
        if told[place] == "-" and guess[place] in left:
            left[left.index(guess[place])] = ""
            told[place] = "N"
    return "".join(told)


@given(st.text("abc", min_size=5, max_size=5), st.text("abc", min_size=5, max_size=5))
def test_every_marking_agrees_with_crossing_out(guess, word):
    assert marks(guess, word) == by_crossing_out(guess, word)


def test_a_word_is_found_and_the_score_falls_with_each_guess():
    states = [play(begin(), "crane"), play(begin(), "moist", "crane"), play(begin(), *["moist"] * 5, "crane")]
    outcomes = [GAME.outcome(state, NOW) for state in states]
    assert [outcome.result for outcome in outcomes if outcome] == ["win"] * 3
    assert [round(outcome.score, 3) for outcome in outcomes if outcome] == [1.0, 0.833, 0.167]


def test_after_six_wrong_guesses_it_is_lost_and_takes_no_seventh():
    state = play(begin(), *["moist"] * 6)
    outcome: Any = GAME.outcome(state, NOW)
    assert (outcome.result, outcome.score, outcome.ended_by) == ("loss", 0.0, "play")
    with pytest.raises(NoGuessesLeft):
        play(state, "crane")


def test_the_view_tells_guesses_with_their_marks_and_how_many_are_left():
    view = GAME.view(play(begin(), "nacre"), NOW)
    assert view["length"] == 5 and view["left"] == 5
    assert view["guesses"] == [{"guess": "nacre", "marks": ["near", "near", "near", "near", "hit"]}]


@pytest.mark.parametrize(
    ("guess", "code"),
    [("CRANE", "guess-form"), ("cranes", "guess-form"), ("cran", "guess-form"), ("zzzzz", "unknown-word")],
)
def test_a_guess_that_is_no_word_of_the_list_is_refused_and_costs_nothing(guess, code):
    state = begin()
    with pytest.raises(Invalid) as refused:
        play(state, guess)
    assert [(error.field, error.code) for error in refused.value.errors] == [("guess", code)]


def test_a_guess_after_the_time_is_too_late():
    state = begin(seconds=60)
    with pytest.raises(TooLate):
        GAME.play(state, {"guess": "crane"}, NOW + timedelta(seconds=60))


def test_stakes_are_on_finding_it_soon_and_settle_by_the_guesses_taken():
    (market,) = GAME.markets(begin(), NOW)
    assert [(choice.choice, f"{choice.odds:.2f}") for choice in market.choices] == [
        ("within-3", "3.80"), ("within-4", "1.90"), ("within-5", "1.05"),
    ]  # fmt: skip
    state = play(begin(), "moist", "moist", "moist", "crane")
    assert [GAME.settle(state, "solve", f"within-{n}") for n in (3, 4, 5)] == [False, True, True]
    score = GAME.score(state.config, 4)
    assert [GAME.achieved(state.config, f"within-{n}", score) for n in (3, 4, 5)] == [False, True, True]


# The lists.


def test_the_lists_are_words_of_five_small_letters_in_order_and_once_each():
    for file in ("answers.txt", "guesses.txt", "not_answers.txt"):
        words = (LISTS / file).read_text(encoding="ascii").split()
        assert words == sorted(set(words))
        assert all(len(word) == 5 and word.isalpha() and word.islower() for word in words)


def test_answers_may_be_guessed_and_are_fewer_and_none_of_them_was_taken_out():
    taken_out = set((LISTS / "not_answers.txt").read_text(encoding="ascii").split())
    assert len(answers()) > 1500 and len(guessable()) > 3 * len(answers())
    assert set(answers()) < guessable()
    assert not set(answers()) & taken_out and len(taken_out) > 60


def test_the_licence_lies_beside_the_lists():
    notice = (LISTS / "COPYRIGHT.txt").read_text(encoding="utf-8")
    assert "Permission to use, copy, modify, distribute and sell these word" in notice
    assert "Copyright 2000-2018 by Kevin Atkinson" in notice


def test_words_are_drawn_from_all_of_the_answers():
    drawn = {GAME.start(GAME.load_config({}), f"{n:064x}", NOW, Material()).word for n in range(400)}
    assert drawn <= set(answers()) and len(drawn) > 330
