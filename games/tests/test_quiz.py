"""The quiz: its clocks, its five kinds of question, its score and its bets, against values worked out by hand."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games.engines.base import Material, TooLate
from games.engines.quiz import QuestionNotShown, Quiz, WrongQuestion
from games.engines.quiz.answers import read_answer
from games.templatetags.play import score_percent
from games.tests.samples import _ANSWERS, NOW, SEED, question
from quantix.errors import Invalid

QUIZ = Quiz()
MOMENT = timedelta(microseconds=1)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def begin(*rows: dict[str, Any], **config: Any) -> Any:
    """A session of these questions at NOW; 30 seconds for each unless told otherwise."""
    loaded = QUIZ.load_config({"questions": len(rows), "seconds": 30, **config})
    return QUIZ.start(loaded, SEED, NOW, Material(questions=rows, stake_max=Decimal("20.00")))


def true_ones(count: int, **more: Any) -> list[dict[str, Any]]:
    return [question(id, "true_false", True, **more) for id in range(1, count + 1)]


def play_through(state: Any, answers: str, each: float = 1.0) -> Any:
    """Show and answer each in turn: `t`, `f`, or `-` to let the clock run out."""
    now = max(NOW, state.started_at)
    for letter in answers:
        state = QUIZ.play(state, {"index": state.index}, now)
        if letter == "-":
            now += seconds(state.config.seconds)
            state = QUIZ.tick(state, now)
        else:
            now += seconds(each)
            answer = "true" if letter == "t" else "false"
            state = QUIZ.play(state, {"index": state.index, "answer": answer}, now)
    return state


# The clock of a question.


def test_an_answer_a_moment_before_the_deadline_counts():
    state = QUIZ.play(begin(*true_ones(2)), {"index": 0}, NOW)
    state = QUIZ.play(state, {"index": 0, "answer": "true"}, NOW + seconds(30) - MOMENT)
    assert state.answered[0].correct


@pytest.mark.parametrize("late", [seconds(30), seconds(30) + MOMENT, seconds(100)])
def test_an_answer_at_the_deadline_or_later_is_too_late_and_the_question_timed_out(late):
    state = QUIZ.play(begin(*true_ones(2)), {"index": 0}, NOW)
    with pytest.raises(TooLate):
        QUIZ.play(state, {"index": 0, "answer": "true"}, NOW + late)
    view = QUIZ.view(state, NOW + late)
    assert view["index"] == 1 and view["question"] is None
    both = [{"id": "true", "text": "True"}, {"id": "false", "text": "False"}]
    assert view["answered"] == [
        {
            "index": 0,
            "kind": "true_false",
            "options": both,
            "text": "Text 1?",
            "answer": None,
            "correct": False,
            "right_answer": "true",
            "explanation": "explained-1",
        }
    ]
    # Play goes on with the next one.
    state = QUIZ.play(state, {"index": 1}, NOW + late)
    assert QUIZ.play(state, {"index": 1, "answer": "true"}, NOW + late).answered[1].correct


def test_the_deadline_runs_from_the_showing():
    state = begin(*true_ones(2))
    assert QUIZ.view(state, NOW)["question"] is None
    state = QUIZ.play(state, {"index": 0}, NOW + seconds(7))
    assert QUIZ.view(state, NOW + seconds(7))["question"]["deadline"] == "2026-03-01T12:00:37Z"


def test_showing_again_does_not_start_the_clock_again():
    first = QUIZ.play(begin(*true_ones(2)), {"index": 0}, NOW)
    assert QUIZ.play(first, {"index": 0}, NOW + seconds(20)) == first
    with pytest.raises(TooLate):
        QUIZ.play(first, {"index": 0}, NOW + seconds(30))


def test_a_question_is_not_answered_before_it_is_shown():
    with pytest.raises(QuestionNotShown):
        QUIZ.play(begin(*true_ones(2)), {"index": 0, "answer": "true"}, NOW)


def test_no_answer_at_all_is_no_way_to_have_a_question_shown():
    with pytest.raises(QuestionNotShown):
        QUIZ.play(begin(*true_ones(2)), {"index": 0, "answer": None}, NOW)


@pytest.mark.parametrize("index", [1, 2, 10**30])
def test_another_question_than_the_current_one_is_wrong(index):
    with pytest.raises(WrongQuestion) as refused:
        QUIZ.play(begin(*true_ones(2)), {"index": index}, NOW)
    assert refused.value.extra == {"index": 0}


def test_an_answered_question_is_not_answered_again():
    state = play_through(begin(*true_ones(2)), "f")
    with pytest.raises(WrongQuestion):
        QUIZ.play(state, {"index": 0, "answer": "true"}, NOW + seconds(2))


def test_after_the_last_question_none_is_current():
    state = play_through(begin(*true_ones(2)), "tt")
    for move in ({"index": 2}, {"index": 1, "answer": "true"}):
        with pytest.raises(WrongQuestion):
            QUIZ.play(state, move, NOW + seconds(3))


def test_a_wrong_form_leaves_the_question_open():
    state = QUIZ.play(begin(*true_ones(2)), {"index": 0}, NOW)
    with pytest.raises(Invalid):
        QUIZ.play(state, {"index": 0, "answer": True}, NOW)
    assert QUIZ.play(state, {"index": 0, "answer": "true"}, NOW).answered[0].correct


# The clock of the session: 2 questions of 30 seconds and 60 of pause each, so 180 in all.


def test_a_session_left_in_the_pause_expires_at_its_end():
    state = play_through(begin(*true_ones(2)), "t")
    assert QUIZ.deadline(state) == NOW + seconds(180)
    assert QUIZ.outcome(state, NOW + seconds(180) - MOMENT) is None
    outcome = QUIZ.outcome(state, NOW + seconds(180))
    assert outcome is not None and (outcome.result, outcome.score, outcome.ended_by) == ("loss", 0.5, "clock")
    with pytest.raises(TooLate):
        QUIZ.play(state, {"index": 1}, NOW + seconds(180))


def test_a_question_shown_shortly_before_the_end_has_only_what_is_left():
    state = play_through(begin(*true_ones(2)), "t")
    state = QUIZ.play(state, {"index": 1}, NOW + seconds(170))
    assert QUIZ.deadline(state) == NOW + seconds(180)
    assert QUIZ.play(state, {"index": 1, "answer": "true"}, NOW + seconds(180) - MOMENT).is_over
    with pytest.raises(TooLate):
        QUIZ.play(state, {"index": 1, "answer": "true"}, NOW + seconds(180))


def test_a_last_question_left_unanswered_ends_the_session_by_the_clock():
    state = QUIZ.play(play_through(begin(*true_ones(2)), "t"), {"index": 1}, NOW + seconds(10))
    assert QUIZ.deadline(state) == NOW + seconds(40)
    outcome = QUIZ.outcome(state, NOW + seconds(40))
    assert outcome is not None and (outcome.score, outcome.ended_by) == (0.5, "clock")


def test_a_session_played_to_its_end_ended_by_play():
    state = play_through(begin(*true_ones(2)), "-t")
    outcome = QUIZ.outcome(state, NOW + seconds(31))
    assert outcome is not None and (outcome.score, outcome.ended_by) == (0.5, "play")


# The kinds.


def drawn(row: dict[str, Any]) -> Any:
    return begin(row).questions[0]


def grade(row: dict[str, Any], answer: Any) -> bool:
    state = QUIZ.play(begin(row), {"index": 0}, NOW)
    return bool(QUIZ.play(state, {"index": 0, "answer": answer}, NOW).answered[0].correct)


def ids_by_text(row: dict[str, Any]) -> dict[str, str]:
    return {option.text: option.id for option in drawn(row).options}


def test_single_choice_takes_the_id_of_the_right_text_only():
    row = question(1, "single", 2)
    graded = {text: grade(row, id) for text, id in ids_by_text(row).items()}
    assert graded == {"one": False, "two": False, "three": True, "four": False}


def test_options_are_shuffled_by_the_seed_and_their_ids_say_nothing():
    row, config = question(1, "single", 2), QUIZ.load_config({"questions": 1})
    starts = [
        QUIZ.start(config, f"{seed:064x}", NOW, Material(questions=[row])).questions[0] for seed in range(400)
    ]
    assert all([option.id for option in one.options] == ["a", "b", "c", "d"] for one in starts)
    # Each place is right in about a quarter of 400: within five standard deviations of 100.
    assert all(57 < sum(one.right == id for one in starts) < 143 for id in "abcd")


@pytest.mark.parametrize(
    ("texts", "right"),
    [
        (["one", "four"], True), (["four", "one"], True), (["one", "one", "four"], True), (["one"], False),
        (["one", "two", "four"], False), ([], False), (["two", "three"], False),
    ],
)  # fmt: skip
def test_multiple_choice_compares_sets(texts, right):
    row = question(1, "multiple", [0, 3])
    ids = ids_by_text(row)
    assert grade(row, [ids[text] for text in texts]) is right


@pytest.mark.parametrize(
    ("right", "answer", "correct"), [(True, "true", 1), (True, "false", 0), (False, "false", 1)]
)
def test_true_or_false(right, answer, correct):
    assert grade(question(1, "true_false", right), answer) is bool(correct)


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("2.5", True), (2.5, True), ("2.4", True), ("2.6", True), (2.6, True), ("2.39", False), ("2.61", False),
        ("2.600000000000000000000000000001", False), ("+2.50", True), ("-2.5", False), (3, False), ("0002.5", True),
    ],
)  # fmt: skip
def test_numbers_are_right_up_to_and_with_the_tolerance(answer, right):
    assert grade(question(1, "numeric", {"value": "2.5", "tolerance": "0.1"}), answer) is right


def test_a_tolerance_of_zero_asks_for_the_number_itself():
    row = question(1, "numeric", {"value": "0.3", "tolerance": "0"})
    # As a client's 0.3 it is exact; as its 0.1 + 0.2 it is another number.
    assert grade(row, 0.3) and grade(row, "0.30") and not grade(row, 0.1 + 0.2)


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("Bayes' theorem", True), ("  bayes'   THEOREM ", True), ("bayes'\ttheorem", True), ("BAYES RULE", True),
        ("bayestheorem", False), ("bayes", False), ("bayes' theorem.", False),
        # As a phone writes it, in full width, with a blank of another kind, with what nobody sees.
        ("Bayes’ theorem", True), ("ｂａｙｅｓ＇ ｔｈｅｏｒｅｍ", True), ("bayes'\u00a0theorem", True),
        ("bayes'\u200b theorem", True),
    ],
)  # fmt: skip
def test_short_answers_compare_without_case_and_spacing(answer, right):
    assert grade(question(1, "short", ["Bayes' Theorem", "Bayes rule"]), answer) is right


@pytest.mark.parametrize(
    ("accepted", "answer", "right"),
    [
        ("café", "cafe\u0301", True), ("cafe\u0301", "CAFÉ", True), ("café", "cafe", False), ("ﬁt", "fit", True),
        ("k-means", "k–means", True), ("x²", "x2", True), ("हिन्दी", "हिन्\u200dदी", True),
        ("İstanbul", "i̇stanbul", True),
    ],
)  # fmt: skip
def test_short_answers_compare_whatever_form_their_letters_have(accepted, answer, right):
    assert grade(question(1, "short", [accepted]), answer) is right


@pytest.mark.parametrize("answer", ["３．５", "३.५", "3,5", " 3.5", "−3.5", "1e3", "1_000", "3.5 ", "½"])
def test_a_number_in_other_digits_or_forms_is_refused_and_costs_nothing(answer):
    state = QUIZ.play(begin(question(1, "numeric", {"value": "3.5", "tolerance": "0"})), {"index": 0}, NOW)
    with pytest.raises(Invalid):
        QUIZ.play(state, {"index": 0, "answer": answer}, NOW)
    assert QUIZ.play(state, {"index": 0, "answer": "3.5"}, NOW).answered[0].correct


@pytest.mark.parametrize(
    ("row", "other"),
    [
        (question(1, "single", 2), 0),
        (question(1, "multiple", [0, 3]), [1]),
        (question(1, "true_false", True), False),
        (question(1, "numeric", {"value": "2.5", "tolerance": "0.1"}), {"value": "-7", "tolerance": "0"}),
        (question(1, "short", ["x"]), ["y", "z"]),
    ],
    ids=lambda row: row["kind"] if isinstance(row, dict) and "kind" in row else "",
)
def test_what_is_seen_before_the_answer_does_not_depend_on_what_is_right(row, other):
    # So no page, no reply, no ETag and no length of either can tell it: all are made of this view.
    rows = (row, row | {"right": other, "explanation": "Another one."})
    states = [begin(one, question(2, "true_false", True)) for one in rows]
    for move in ({}, {"index": 0}):
        states = [QUIZ.play(state, move, NOW) if move else state for state in states]
        first, second = (QUIZ.view(state, NOW + seconds(1)) for state in states)
        assert first == second
    assert [QUIZ.markets(state, NOW) for state in states] == [[], []]


def test_letters_beyond_ascii_compare_without_case_too():
    assert grade(question(1, "short", ["Straße"]), "STRASSE")


@pytest.mark.parametrize(
    "row",
    [
        question(1, "single", 2), question(1, "multiple", [0, 3]), question(1, "true_false", True),
        question(1, "numeric", {"value": "2.5", "tolerance": "0.1"}), question(1, "short", ["x"]),
    ],
    ids=lambda row: row["kind"],
)  # fmt: skip
def test_an_answer_of_another_form_is_refused_whatever_it_is(row):
    one = drawn(row)
    taken = []
    for answer in _ANSWERS:
        with suppress(Invalid):
            taken.append(read_answer(one, answer))
    expected: dict[str, list[Any]] = {
        "single": [],
        "true_false": [],
        "multiple": [()],
        "numeric": ["1.5", "-3"],
        "short": ["a" * 31, "z", "1e3", "٣", "0x10", " 1", "1 "],
    }
    assert taken == expected[row["kind"]]


# Score, pass mark and speed.


@pytest.mark.parametrize(
    ("answers", "mark", "result"),
    [
        ("tttff", 0.6, "win"), ("ttfff", 0.6, "loss"), ("ttttt", 1, "win"), ("ttttf", 1, "loss"), ("tffff", 0.2, "win"),
        ("fffff", 0.000001, "loss"), ("t-t-t", 0.6, "win"), ("ttff-", 0.6, "loss"),
    ],
)  # fmt: skip
def test_the_share_right_wins_at_the_pass_mark(answers, mark, result):
    state = play_through(begin(*true_ones(5), pass_mark=mark), answers)
    outcome = QUIZ.outcome(state, NOW + seconds(400))
    assert outcome is not None
    assert outcome.result == result and outcome.score == pytest.approx(answers.count("t") / 5)
    assert QUIZ.settle(state, "result", "win") is (result == "win")


@given(total=st.integers(1, 50), data=st.data())
def test_whatever_share_the_pass_mark_is_exactly_so_many_right_pass(total, data):
    needed = data.draw(st.integers(1, total))
    state = play_through(
        begin(*true_ones(total), pass_mark=needed / total, seconds=600), "t" * needed, each=0
    )
    rest = "f" * (total - needed)
    assert QUIZ.settle(play_through(state, rest, each=0), "result", "win")
    state = play_through(
        begin(*true_ones(total), pass_mark=needed / total, seconds=600), "t" * (needed - 1), each=0
    )
    assert not QUIZ.settle(play_through(state, rest + "f", each=0), "result", "win")


def test_a_speed_part_of_the_score_goes_with_the_time_that_was_left():
    # 0.4 of the score is speed. Right after 15 of 30 s: 1 − 0.4 · 0.5 = 0.8; wrong: 0; right at once: 1.
    state = begin(*true_ones(3), speed_part=0.4)
    state = play_through(state, "t", each=15)
    state = state.model_copy(update={"started_at": NOW + seconds(15)})
    state = play_through(state, "f")
    state = play_through(state, "t", each=0)
    outcome = QUIZ.outcome(state, NOW + seconds(20))
    assert outcome is not None and outcome.score == pytest.approx((0.8 + 0 + 1) / 3)


def test_a_clock_set_back_makes_nobody_quicker_than_at_once():
    state = QUIZ.play(begin(*true_ones(1), speed_part=0.5), {"index": 0}, NOW)
    state = QUIZ.play(state, {"index": 0, "answer": "true"}, NOW - seconds(3600))
    outcome = QUIZ.outcome(state, NOW)
    assert outcome is not None and outcome.score == 1


@pytest.mark.parametrize(
    ("score", "words"),
    [(0.6, "60%"), (0.5999, "59.9%"), (1, "100%"), (2 / 3, "66.6%"), (0.07 * 100 / 100, "7%")],
)
def test_a_score_is_rounded_down_so_that_a_missed_mark_does_not_look_met(score, words):
    assert score_percent(score) == words
