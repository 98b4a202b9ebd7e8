"""A sample of every engine: a configuration, what a session is started from, moves, and how a session goes on."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from games.engines import ENGINES
from games.engines.base import Material
from games.engines.puzzle.word import answers
from quantix.errors import Refusal

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SEED, OTHER_SEED = "5eed" * 16, "0dd5" * 16
Moves = Callable[[Any, random.Random], Mapping[str, Any]]


@dataclass(frozen=True)
class Sample:
    """What the contract needs to know of one engine.

    `moves` gives a legal move for a state; `hostile` are moves that are none, in whatever state; `secrets`
    are the texts that a player must not read in the view of a state. An engine without moves has neither.
    `config_faults` are (field, value) that a configuration refuses, besides those that all refuse.
    """

    config: Mapping[str, Any] = field(default_factory=dict)
    material: Material = field(default_factory=Material)
    moves: Moves | None = None
    hostile: tuple[Any, ...] = ()
    secrets: Callable[[Any], list[str]] = lambda state: []
    config_faults: tuple[tuple[str, Any], ...] = ()


def question(id: int, kind: str, right: Any, **more: Any) -> dict[str, Any]:
    """A row of the bank, its text and explanation marked with its `id`."""
    row = {
        "id": id,
        "kind": kind,
        "text": f"Text {id}?",
        "options": ["one", "two", "three", "four"] if kind in ("single", "multiple") else [],
        "right": right,
        "explanation": f"explained-{id}",
        "tags": ["probability"],
        "difficulty": 3,
        "chance": 0.5,
        "fresh": True,
    }
    return row | more


QUESTIONS = (
    question(1, "short", ["hush-1", "hush-1b"]),
    question(2, "numeric", {"value": "271828.25", "tolerance": "0.5"}),
    question(3, "single", 2),
    question(4, "multiple", [0, 3]),
    question(5, "true_false", True),
)


def quiz_move(state: Any, chance: random.Random) -> Mapping[str, Any]:
    """Show the question at hand, or answer it, rightly or not."""
    move: dict[str, Any] = {"index": state.index}
    if state.shown_at is None or state.is_over:
        return move
    drawn = state.questions[state.index]
    wrong: dict[str, Any] = {
        "short": "no",
        "numeric": 1,
        "single": "a",
        "multiple": ["a"],
        "true_false": "false",
    }
    right = list(drawn.right) if drawn.kind == "multiple" else drawn.right
    return move | {"answer": right if chance.random() < 0.6 else wrong[drawn.kind]}


def quiz_secrets(state: Any) -> list[str]:
    """What the open questions hide: accepted answers, exact values, explanations, and the texts not shown yet."""
    hidden = [state.seed, '"chance"', '"fresh"', '"accepted"', '"tolerance"']
    for index, drawn in enumerate(state.questions):
        if index >= state.index:
            hidden += [*drawn.accepted, drawn.explanation]
            hidden += [str(drawn.right)] if drawn.kind == "numeric" else []
        if index > state.index or (index == state.index and state.shown_at is None):
            hidden.append(drawn.text)
    return hidden


def code_move(state: Any, chance: random.Random) -> Mapping[str, Any]:
    guess = "".join(chance.choices(state.config.symbols, k=state.config.length))
    return {"guess": state.code if chance.random() < 0.15 else guess}


def code_secrets(state: Any) -> list[str]:
    engine: Any = ENGINES["puzzle", "codebreaker"]
    return [state.seed, '"chances"'] + ([] if engine.is_solved(state) else [state.code])


def word_move(state: Any, chance: random.Random) -> Mapping[str, Any]:
    return {"guess": state.word if chance.random() < 0.15 else chance.choice(answers())}


def word_secrets(state: Any) -> list[str]:
    engine: Any = ENGINES["puzzle", "word"]
    return [state.seed, '"chances"'] + ([] if engine.is_solved(state) else [state.word])


def sudoku_move(state: Any, chance: random.Random) -> Mapping[str, Any]:
    """A digit, right or wrong, into a cell that was not given; now and then a hint, a whole grid, the solution."""
    turn = chance.random()
    if turn < 0.1:
        return {"hint": True}
    if turn < 0.25:
        return {"grid": state.solution if turn < 0.15 else state.grid}
    cell = chance.choice([cell for cell in range(81) if not state.is_fixed(cell)])
    digit = int(state.solution[cell]) if turn < 0.8 else chance.randrange(10)
    return {"row": cell // 9 + 1, "column": cell % 9 + 1, "digit": digit}


def sudoku_secrets(state: Any) -> list[str]:
    return [state.seed, '"chances"', *([] if state.solved_at else [state.solution])]


_ANSWERS: tuple[Any, ...] = (
    True, 1.5, -3, 10**400, 10**5000, float("nan"), float("inf"), "", " ", "\0", "a\0b", "\ud800", "x" * 70_000,
    "a" * 31, [], [[]], [None], ["a", 1], {"a": "b"}, {"answer": "a"}, [["a"]] * 50, ["zz"], "z", "1e3", "٣",
    "0x10", " 1", "1 ",
)  # fmt: skip
NOT_OBJECTS: tuple[Any, ...] = (None, [], "move", 3, True, [{"index": 0}], b"{}")

EVENT: dict[str, Any] = {
    "options": [{"id": "yes", "label": "Yes"}, {"id": "no", "label": "No"}],
    "opens_at": "2026-03-01T11:00:00Z",
    "closes_at": "2026-03-01T18:30:00+05:30",
    "criteria": "As the notice board says.",
}
EVENT_FAULTS: tuple[tuple[str, Any], ...] = (
    ("closes_at", "2026-03-01T11:00:00Z"), ("closes_at", "2026-03-01T11:00:00"), ("closes_at", 1893456000),
    ("closes_at", "1893456000"), ("closes_at", "tomorrow"), ("closes_at", "9999-12-31T23:59:59-10:00"),
    ("opens_at", "0001-01-01T00:00:00+05:00"), ("criteria", ""), ("criteria", "a\0"), ("category", "x" * 41),
    ("stakes", None),
)  # fmt: skip
UNPRICED_FAULTS: tuple[tuple[str, Any], ...] = (
    ("options", [{"id": "yes", "label": "Yes"}]),
    ("options", [{"id": str(number), "label": "Yes"} for number in range(21)]),
    ("options", [{"id": "yes", "label": "Yes"}, {"id": "yes", "label": "No"}]),
    ("options", [{"id": "yes", "label": "Yes", "odds": "2.00"}, {"id": "no", "label": "No"}]),
    ("options", [{"id": "yes", "label": ""}, {"id": "no", "label": "No"}]),
    *EVENT_FAULTS,
)

SAMPLES: dict[tuple[str, str], Sample] = {
    ("quiz", ""): Sample(
        config={"questions": 5, "seconds": 30},
        material=Material(questions=QUESTIONS, stake_max=Decimal("20.00")),
        moves=quiz_move,
        hostile=(
            *NOT_OBJECTS,
            {},
            {"answer": "a"},
            {"indices": 0},
            {"index": 0, "answer": "a", "more": 1},
            *({"index": index} for index in (None, "0", 0.0, True, False, -1, 10**400, [0], {"0": 0}, "\0", 99)),
        ),
        secrets=quiz_secrets,
        config_faults=(
            ("tags", "probability"), ("tags", ["a\0"]), ("tags", [1]), ("questions", 0), ("questions", 51),
            ("seconds", 4), ("pass_mark", 0), ("pass_mark", 1.01), ("pass_mark", "0.6"), ("speed_part", 0.6),
            ("margin", 0.51), ("margin", -0.1), ("stakes", {"min": "5.00", "max": "4.99"}), ("stakes", {"min": "0"}),
            ("stakes", {"max": "1.001"}), ("stakes", {"max": 1.5}), ("stakes", {"max": "NaN"}), ("stakes", []),
            ("kind", "quiz"),
        ),
    ),
    ("puzzle", "codebreaker"): Sample(
        config={"kind": "codebreaker", "symbols": list("QWXYZJ"), "guesses": 7},
        material=Material(
            chances={"within-5": 0.25, "within-6": 0.5, "within-7": 0.97}, stake_max=Decimal("20.00")
        ),
        moves=code_move,
        hostile=(
            *NOT_OBJECTS,
            {},
            {"guesses": "QQQQ"},
            {"guess": "QQQQ", "index": 0},
            *({"guess": guess} for guess in _ANSWERS),
            *({"guess": guess} for guess in (None, 1234, 0, "QQQ", "QQQQQ", "qqqq", "QQQ1", "QQQ\0", list("QQQQ"))),
        ),
        secrets=code_secrets,
        config_faults=(
            ("length", 1), ("length", 9), ("symbols", ["A"]), ("symbols", ["A", "A"]), ("symbols", ["A", "BC"]),
            ("symbols", "ABCDEF"), ("symbols", ["A", " "]), ("symbols", ["A", "\0"]), ("symbols", ["A", 2]),
            ("guesses", 0), ("guesses", 21), ("seconds", 29), ("within", [8]), ("within", [0]), ("within", [5, 5]),
            ("within", [True]), ("within", 5), ("margin", 1), ("stakes", {"least": "1"}),
        ),
    ),
    ("puzzle", "word"): Sample(
        config={"kind": "word"},
        material=Material(
            chances={"within-3": 0.25, "within-4": 0.5, "within-5": 0.97}, stake_max=Decimal("20.00")
        ),
        moves=word_move,
        hostile=(
            *NOT_OBJECTS,
            {},
            {"guesses": "crane"},
            {"guess": "crane", "index": 0},
            *({"guess": guess} for guess in _ANSWERS),
            *({"guess": guess} for guess in (None, 12345, "cran", "cranes", "CRANE", "Crane", "zzzzz", "cran\0")),
            *({"guess": guess} for guess in (list("crane"), "crané", "ｃrane", "cran ", " rane", "cra-e", "cran\n")),
        ),
        secrets=word_secrets,
        config_faults=(
            ("guesses", 0), ("guesses", 13), ("seconds", 29), ("within", [7]), ("within", [0]), ("within", [5, 5]),
            ("within", [True]), ("within", 5), ("margin", 1), ("stakes", {"least": "1"}),
        ),
    ),
    ("puzzle", "sudoku"): Sample(
        config={"kind": "sudoku", "difficulty": "easy"},
        material=Material(
            chances={"within-8": 0.25, "within-12": 0.5, "within-20": 0.97}, stake_max=Decimal("20.00")
        ),
        moves=sudoku_move,
        hostile=(
            *NOT_OBJECTS,
            {},
            {"hint": False}, {"hint": 1}, {"hint": "true"}, {"hint": False, "grid": "0" * 81},
            {"row": 1, "column": 1}, {"row": 1, "digit": 1}, {"column": 1, "digit": 1},
            {"row": 1, "column": 1, "digit": 1, "hint": True},
            *({"row": row, "column": 1, "digit": 1} for row in (0, 10, -1, True, "1", 1.0, None, 10**400, [1])),
            *({"row": 1, "column": 1, "digit": digit} for digit in (-1, 10, True, "1", 1.5, None, float("nan"))),
            *({"grid": grid} for grid in (None, "", "0" * 80, "0" * 82, "0" * 81, "x" * 81, 0, ["0"] * 81)),
            *({"grid": grid} for grid in ("0" * 80 + "\n", "٣" * 81, "0" * 81 + "\n", {"grid": "0" * 81})),
        ),
        secrets=sudoku_secrets,
        config_faults=(
            ("difficulty", "Easy"), ("difficulty", 1), ("seconds", 59), ("seconds", 7201), ("hint_seconds", -1),
            ("hint_seconds", 601), ("stake_seconds", 9), ("stake_seconds", 301), ("within", [31]), ("within", [0]),
            ("within", [5, 5]), ("within", [True]), ("within", 5), ("margin", 1), ("stakes", {"least": "1"}),
        ),
    ),
    ("prediction", "fixed"): Sample(
        config={"mechanism": "fixed", **EVENT, "options": [
            {"id": "yes", "label": "Yes", "odds": "2.00"},
            {"id": "no", "label": "No", "odds": "1.8"},
        ]},
        config_faults=(
            ("options", [{"id": "yes", "label": "Yes", "odds": "2.00"}]),
            ("options", [{"id": "yes", "label": "Yes", "odds": "2"}, {"id": "yes", "label": "No", "odds": "2"}]),
            *(
                ("options", [{"id": "yes", "label": "Yes", "odds": odds}, {"id": "no", "label": "No", "odds": "2"}])
                for odds in ("1", "1000.01", "NaN", "Infinity", "1e1", "2.00001", 1.5, True, None, "٢", " 2", "-2")
            ),
            ("options", [{"id": "Yes!", "label": "Yes", "odds": "2"}, {"id": "no", "label": "No", "odds": "2"}]),
            ("options", [{"id": "yes", "label": "a\0", "odds": "2"}, {"id": "no", "label": "No", "odds": "2"}]),
            ("options", EVENT["options"]),
            ("liability_cap", "0.00"), ("liability_cap", "-5"), ("liability_cap", 5.5), *EVENT_FAULTS,
        ),
    ),
    ("prediction", "pool"): Sample(
        config={"mechanism": "pool", **EVENT}, config_faults=(("b", "100.00"), *UNPRICED_FAULTS)
    ),
    ("prediction", "lmsr"): Sample(
        config={"mechanism": "lmsr", **EVENT, "b": "80.00"},
        config_faults=(
            *(("b", b) for b in ("0.99", "0", "-1", "1000000.01", "1e2", 80.5, True, "NaN", "100.001", None)),
            # The largest stake is 500.00 by default.
            ("b", "4.99"), ("liability_cap", "5.00"), *UNPRICED_FAULTS,
        ),
    ),
}  # fmt: skip

PLAYED = [key for key, sample in SAMPLES.items() if sample.moves]


def engine_and_sample(key: tuple[str, str]) -> tuple[Any, Any]:
    return ENGINES[key], SAMPLES[key]


def started(key: tuple[str, str], seed: str = SEED, **config: Any) -> tuple[Any, Any]:
    """The engine and a session of its sample, begun at NOW."""
    engine, sample = engine_and_sample(key)
    return engine, engine.start(engine.load_config({**sample.config, **config}), seed, NOW, sample.material)


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def walk(key: tuple[str, str], chance_seed: int, steps: int = 40) -> Iterator[tuple[Any, datetime]]:
    """The states of a session played at random, each with its time, from the start to the outcome."""
    engine, state = started(key)
    moves, chance, now = SAMPLES[key].moves, random.Random(chance_seed), NOW
    assert moves is not None
    yield state, now
    for _ in range(steps):
        if engine.outcome(state, now):
            return
        now += timedelta(seconds=chance.choice((0, 1, 4, 12, 29, 31, 70)))
        try:
            state = engine.play(state, moves(state, chance), now)
        except Refusal:
            state = engine.tick(state, now)
        yield state, now
