"""What every engine keeps to, whatever its game."""

import copy
import json
import random
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from games.engines import ENGINES, engine_for
from games.engines.odds import ODDS_MAX, ODDS_MIN
from games.tests.samples import (
    NOW,
    OTHER_SEED,
    PLAYED,
    SAMPLES,
    as_json,
    engine_and_sample,
    started,
    walk,
)
from quantix.errors import Invalid, Refusal

every_engine = pytest.mark.parametrize("key", list(ENGINES), ids=lambda key: "-".join(filter(None, key)))
every_played_engine = pytest.mark.parametrize("key", PLAYED, ids=lambda key: "-".join(filter(None, key)))
some_plays = settings(max_examples=60, deadline=None)
play_seeds = st.integers(0, 10**6)
ROOT = Path(__file__).resolve().parents[2]
MOMENT = timedelta(microseconds=1)


def test_every_engine_has_a_sample_here():
    assert SAMPLES.keys() == ENGINES.keys()


@every_engine
def test_the_registry_finds_the_engine_by_its_configuration(key):
    engine, sample = engine_and_sample(key)
    assert engine_for(engine.type, engine.clean_config(sample.config)) is engine


@every_engine
@pytest.mark.parametrize("config", [None, [], "x", 3, True, [["kind", "codebreaker"]]])
def test_a_configuration_that_is_no_object_is_refused(key, config):
    with pytest.raises(Invalid):
        engine_for(key[0], config).clean_config(config)


@pytest.mark.parametrize("kind", [None, 1, [], {}, "nothing", "codebreaker\0"])
def test_an_unknown_kind_is_refused(kind):
    with pytest.raises(Invalid):
        engine_for("puzzle", {"kind": kind})


# States.


@every_engine
def test_a_state_turns_into_json_and_back(key):
    engine, state = started(key)
    assert engine.load_state(json.loads(as_json(state.model_dump(mode="json")))) == state


@every_played_engine
@some_plays
@given(play=play_seeds)
def test_every_state_of_a_session_turns_into_json_and_back(key, play):
    engine: Any = ENGINES[key]
    for state, _ in walk(key, play):
        assert engine.load_state(json.loads(as_json(state.model_dump(mode="json")))) == state


@every_played_engine
def test_the_same_seed_draws_the_same_and_another_draws_something_else(key):
    (engine, first), (_, again), (_, other) = started(key), started(key), started(key, OTHER_SEED)
    assert first == again
    assert engine.content(first) != engine.content(other)
    assert {**engine.content(first), "seed": ""} != {**engine.content(other), "seed": ""}


# Play.


@every_played_engine
@some_plays
@given(play=play_seeds)
def test_play_never_changes_what_was_drawn(key, play):
    engine: Any = ENGINES[key]
    contents = [as_json(engine.content(state)) for state, _ in walk(key, play)]
    assert len(set(contents)) == 1


@every_played_engine
@some_plays
@given(play=play_seeds)
def test_the_view_is_json_and_hides_what_is_secret_until_play_reveals_it(key, play):
    engine, sample = engine_and_sample(key)
    for state, now in walk(key, play):
        if engine.outcome(state, now) is None:
            seen = engine.tick(state, now)
            view = as_json(engine.view(state, now))
            assert [secret for secret in sample.secrets(seen) if secret in view] == []


@every_engine
def test_what_is_seen_has_the_form_that_the_engine_tells(key):
    engine, state = started(key)
    walked = walk(key, 7) if key in PLAYED else [(state, NOW)]
    form = Draft202012Validator(engine.view_form)
    assert engine.view_form.get("properties"), "its form says something"
    for seen, now in walked:
        form.validate(json.loads(as_json(engine.view(seen, now))))


@every_played_engine
@some_plays
@given(play=play_seeds, pick=st.integers(0, 10**6))
def test_a_move_that_is_none_is_refused_and_leaves_the_state_as_it_was(key, play, pick):
    engine, sample = engine_and_sample(key)
    move = sample.hostile[pick % len(sample.hostile)]
    for state, now in walk(key, play, steps=8):
        before = state.model_dump()
        with pytest.raises(Refusal):
            engine.play(state, move, now)
        assert state.model_dump() == before


@every_played_engine
def test_every_hostile_move_is_refused_at_the_start(key):
    engine, sample = engine_and_sample(key)
    _, state = started(key)
    for move in sample.hostile:
        with pytest.raises(Refusal):
            engine.play(state, move, NOW)


@every_played_engine
@settings(max_examples=150, deadline=None)
@given(
    move=st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(st.characters(codec=None), max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["index", "answer", "guess", "x"]), inner, max_size=3)
        ),
        max_leaves=6,
    )
)
def test_whatever_is_sent_is_played_or_refused(key, move):
    engine, state = started(key)
    try:
        after = engine.play(state, move, NOW)
    except Refusal:
        return
    assert engine.load_state(json.loads(as_json(after.model_dump(mode="json")))) == after


@every_played_engine
@some_plays
@given(play=play_seeds)
def test_moves_are_values(key, play):
    """Playing returns a new state: the one played from, and the move, stay as they were."""
    engine, sample = engine_and_sample(key)
    chance = random.Random(play)
    for state, now in walk(key, play):
        move = sample.moves(state, chance)
        before = copy.deepcopy((state, move))
        outcomes = []
        for _ in range(2):
            try:
                outcomes.append(engine.play(state, move, now))
            except Refusal as refusal:
                outcomes.append(refusal.code)
        assert (state, move) == before
        assert outcomes[0] == outcomes[1]
        assert engine.tick(state, now) == engine.tick(engine.tick(state, now), now)


# The end.


@every_played_engine
@some_plays
@given(play=play_seeds)
def test_there_is_an_outcome_from_the_deadline_on_and_not_before(key, play):
    engine: Any = ENGINES[key]
    for state, now in walk(key, play):
        outcome = engine.outcome(state, now)
        deadline = engine.deadline(state)
        assert deadline is not None
        assert engine.outcome(state, deadline) is not None
        if outcome is None:
            assert now < deadline
            assert engine.outcome(state, deadline - MOMENT) is None


@every_played_engine
@some_plays
@given(play=play_seeds)
def test_an_outcome_stands_whatever_time_goes_by(key, play):
    engine: Any = ENGINES[key]
    for state, now in walk(key, play):
        moment = now if engine.outcome(state, now) else engine.deadline(state)
        outcome = engine.outcome(state, moment)
        assert outcome is not None and 0 <= outcome.score <= 1
        for later in (timedelta(0), MOMENT, timedelta(seconds=31), timedelta(days=400)):
            assert engine.outcome(state, moment + later) == outcome
            assert engine.outcome(engine.tick(state, moment + later), moment + later) == outcome


@every_played_engine
@some_plays
@given(play=play_seeds)
def test_no_move_is_taken_once_there_is_an_outcome(key, play):
    engine, sample = engine_and_sample(key)
    chance = random.Random(play)
    *_, (state, _) = walk(key, play)
    with pytest.raises(Refusal):
        engine.play(state, sample.moves(state, chance), engine.deadline(state))


# Betting.


@every_played_engine
@some_plays
@given(play=play_seeds)
def test_markets_offer_what_the_game_offers_at_odds_within_bounds_and_close_in_time(key, play):
    engine: Any = ENGINES[key]
    for state, now in walk(key, play):
        for market in engine.markets(state, now):
            assert engine.outcome(state, now) is None
            assert market.closes_at is not None and now < market.closes_at
            assert Decimal(0) < market.stake_min <= market.stake_max
            assert market.choices
            for choice in market.choices:
                assert (market.market, choice.choice) in engine.all_choices(state)
                assert choice.odds is not None and ODDS_MIN <= choice.odds <= ODDS_MAX
                assert choice.odds == choice.odds.quantize(Decimal("0.01"))


@every_played_engine
@some_plays
@given(play=play_seeds)
def test_no_market_that_was_open_before_the_first_move_is_open_after_it(key, play):
    engine: Any = ENGINES[key]
    first, *rest = walk(key, play)
    open_at_first = {market.market for market in engine.markets(*first)}
    assert open_at_first
    for state, now in rest:
        if state != first[0]:
            assert not open_at_first & {market.market for market in engine.markets(state, now)}


@every_played_engine
@some_plays
@given(play=play_seeds)
def test_whatever_was_offered_can_be_settled_at_the_end(key, play):
    engine: Any = ENGINES[key]
    offered, states = set(), list(walk(key, play))
    for state, now in states:
        offered |= {(m.market, choice.choice) for m in engine.markets(state, now) for choice in m.choices}
    state, _ = states[-1]
    assert offered <= set(engine.all_choices(state)) == set(engine.all_choices(states[0][0]))
    end = engine.tick(state, engine.deadline(state))
    assert {engine.settle(end, market, choice) for market, choice in offered} <= {True, False, None}


@every_engine
@pytest.mark.parametrize(
    "market", ["", "result", "solve", "winner", "question-99", "question--1", "question-0 "]
)
@pytest.mark.parametrize(
    "choice", ["", "loss", "lose", "wrong", "within-0", "within-05", "within-99", "maybe", "\0"]
)
def test_no_unknown_choice_is_offered_nor_any_on_losing(key, market, choice):
    engine, state = started(key)
    assert (market, choice) not in engine.all_choices(state)


@every_played_engine
def test_there_are_no_stakes_where_the_configuration_or_the_player_has_none(key):
    engine, without = started(key, stakes=None)
    assert engine.markets(without, NOW) == []
    _, dear = started(key, stakes={"min": "20.01", "max": "30.00"})
    assert engine.markets(dear, NOW) == []
    _, state = started(key, stakes={"min": "2.00", "max": "300.00"})
    assert {(m.stake_min, m.stake_max) for m in engine.markets(state, NOW)} == {(Decimal(2), Decimal(20))}


# Configurations.


@every_engine
def test_a_cleaned_configuration_is_json_and_stays_as_it_is(key):
    engine, sample = engine_and_sample(key)
    cleaned = engine.clean_config(sample.config)
    assert engine.clean_config(json.loads(as_json(cleaned))) == cleaned


@every_played_engine
def test_the_defaults_are_a_configuration(key):
    engine, _ = engine_and_sample(key)
    assert engine.clean_config({}) == engine.clean_config(engine.clean_config({}))


@every_engine
def test_an_unknown_field_of_a_configuration_is_refused_by_name(key):
    engine, sample = engine_and_sample(key)
    with pytest.raises(Invalid) as refused:
        engine.clean_config({**sample.config, "surprise": 1})
    assert [error.field for error in refused.value.errors] == ["surprise"]


HOSTILE = (
    float("nan"), float("inf"), float("-inf"), 10**400, -(10**400), 10**5000, True, -1, "\0", "\ud800", [None],
    {"x": 1}, [[["deep"]]], object(), b"bytes", Decimal("NaN"), Decimal("Infinity"),
)  # fmt: skip


@every_engine
def test_a_hostile_value_is_refused_by_the_name_of_its_field(key):
    engine, sample = engine_and_sample(key)
    for name, value in product(engine.config_type.model_fields, HOSTILE):
        with pytest.raises(Invalid) as refused:
            engine.clean_config({**sample.config, name: value})
        assert name in {error.field.split(".")[0] for error in refused.value.errors}, name


@every_engine
def test_text_is_not_taken_for_a_number_nor_a_fraction_for_a_whole(key):
    engine, sample = engine_and_sample(key)
    cleaned = engine.clean_config(sample.config)
    for name, value in cleaned.items():
        if isinstance(value, int | float):
            for other in (
                str(value),
                f" {value}",
                [value],
                *([value + 0.0] if isinstance(value, int) else []),
            ):
                with pytest.raises(Invalid) as refused:
                    engine.clean_config({**cleaned, name: other})
                assert name in {error.field for error in refused.value.errors}


@pytest.mark.parametrize(
    ("key", "name", "value"),
    [(key, name, value) for key, sample in SAMPLES.items() for name, value in sample.config_faults],
    ids=lambda value: repr(value)[:40],
)
def test_a_faulty_configuration_is_refused_by_the_name_of_its_field(key, name, value):
    engine, sample = engine_and_sample(key)
    with pytest.raises(Invalid) as refused:
        engine.clean_config({**sample.config, name: value})
    named = {error.field.split(".")[0] for error in refused.value.errors}
    assert name in named or (name, named) == ("opens_at", {"closes_at"})


def test_engines_need_no_django():
    """In an interpreter of its own, where importing Django fails."""
    program = """
import sys
class NoDjango:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"django", "psycopg2", "rest_framework"}:
            raise ImportError(name)
sys.meta_path.insert(0, NoDjango())
import games.engines
assert games.engines.ENGINES
"""
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
