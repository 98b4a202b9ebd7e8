"""The demo's puzzles, each level of each kind, and how its players solve them."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import product
from typing import Any

from games.engines.puzzle import codebreaker, word
from games.engines.puzzle.sudoku.techniques import solve_by_hand
from games.models import GameSession
from games.services import sessions
from quantix import clock

CODES_IN_MIND = 1500
#: name, description, configuration
Puzzles = list[tuple[str, str, dict[str, Any]]]

PUZZLES: Puzzles = [
    (
        "Codebreaker: Primer",
        "Easy. Three pegs, five symbols. Learn what a miss can tell you.",
        {"kind": "codebreaker", "length": 3, "symbols": list("ABCDE"), "guesses": 7, "within": [3, 4, 5],
         "seconds": 420},
    ),
    (
        "Codebreaker: Classic",
        "Four pegs, six symbols, ten guesses: 1,296 codes, and yours is one of them.",
        {"kind": "codebreaker", "length": 4, "symbols": list("ABCDEF"), "guesses": 10, "within": [4, 5, 6]},
    ),
    (
        "Codebreaker: Vault",
        "Hard. Five pegs, eight symbols. 32,768 codes and twelve guesses; information theory helps.",
        {"kind": "codebreaker", "length": 5, "symbols": list("ABCDEFGH"), "guesses": 12, "within": [6, 7, 8],
         "seconds": 1500},
    ),
    (
        "Codebreaker: Enigma",
        "Expert. Six pegs, eight symbols, a quarter of a million codes. Bring paper.",
        {"kind": "codebreaker", "length": 6, "symbols": list("ABCDEFGH"), "guesses": 12, "within": [7, 8, 9],
         "seconds": 2400},
    ),
    (
        "Codebreaker: Blitz",
        "The classic against the clock: two minutes, no mercy.",
        {"kind": "codebreaker", "length": 4, "symbols": list("ABCDEF"), "guesses": 10, "seconds": 120},
    ),
    (
        "Five Letters",
        "A common word, six guesses, and every letter tells.",
        {"kind": "word"},
    ),
    (
        "Five Letters: Sprint",
        "Five guesses in three minutes.",
        {"kind": "word", "guesses": 5, "seconds": 180},
    ),
    (
        "Sudoku: Stroll",
        "Easy. There is always a digit with one place left; the question is how soon you see it.",
        {"kind": "sudoku", "difficulty": "easy", "within": [4, 6, 10], "seconds": 1200},
    ),
    (
        "Sudoku: Climb",
        "Medium. Look for pairs, and for what a box says about a line.",
        {"kind": "sudoku", "difficulty": "medium"},
    ),
    (
        "Sudoku: Ridge",
        "Hard. Triples, X-wings and other animals.",
        {"kind": "sudoku", "difficulty": "hard", "within": [12, 20, 30], "seconds": 2700},
    ),
    (
        "Sudoku: Summit",
        "Expert. The usual patterns end half way up; from there you think ahead.",
        {"kind": "sudoku", "difficulty": "expert", "within": [20, 30, 45], "seconds": 3600},
    ),
]  # fmt: skip

DAILIES: Puzzles = [
    ("Word of the day", "The same five letters for everyone.", {"kind": "word", "seconds": 1800}),
    ("Code of the day", "Four pegs, six symbols, ten guesses.", {"kind": "codebreaker", "seconds": 1800}),
    ("Sudoku of the day", "One grid for the whole institute.", {"kind": "sudoku", "seconds": 3600}),
]  # fmt: skip


class Solver:
    """How a player of some `skill` (0 to 1) plays a puzzle, at the pace a person has; `chance` throws their dice."""

    def __init__(self, skill: float, chance: random.Random) -> None:
        self.skill, self.chance = skill, chance

    def play(self, session: GameSession) -> None:
        """Make moves until the session ends, or the player has had enough."""
        kind, state = session.game.engine.kind, session.metadata["state"]
        moves = {"codebreaker": self.break_code, "word": self.find_word, "sudoku": self.fill_grid}[kind](
            state
        )
        moment, seconds = clock.now(), state["config"]["seconds"]
        for share, move in moves:
            moment += timedelta(seconds=share * seconds * self.chance.uniform(0.6, 1.1))
            session = self._move(session, move, moment)
            if not session.is_running:
                return

    def _move(self, session: GameSession, move: dict[str, Any], moment: datetime) -> GameSession:
        act = partial(sessions.play_move, player=session.user, session_id=session.pk, move=move)
        with clock.set_to(moment):
            return act()

    def break_code(self, state: dict[str, Any]) -> Iterator[tuple[float, dict[str, Any]]]:
        config, code = state["config"], state["code"]
        every = product(config["symbols"], repeat=config["length"])
        # Nobody has all codes in mind; the right one is among those that are thought of.
        some = [
            "".join(self.chance.choices(config["symbols"], k=config["length"])) for _ in range(CODES_IN_MIND)
        ]
        size = len(config["symbols"]) ** config["length"]
        possible = ["".join(symbols) for symbols in every] if size <= CODES_IN_MIND else [*set(some), code]
        yield from self._narrow(sorted(possible), code, codebreaker.compare, config["guesses"])

    def find_word(self, state: dict[str, Any]) -> Iterator[tuple[float, dict[str, Any]]]:
        yield from self._narrow(word.answers(), state["word"], word.compare, state["config"]["guesses"])

    def _narrow(
        self, possible: Sequence[str], hidden: str, compare: Any, guesses: int
    ) -> Iterator[tuple[float, dict[str, Any]]]:
        """Guess what may still be. The less skilled overlook part of what a guess has told them."""
        for _ in range(guesses):
            guess = self.chance.choice(possible)
            yield 1 / (guesses * 2.5), {"guess": guess}
            told = compare(guess, hidden)
            possible = [
                one for one in possible
                if compare(guess, one) == told or (one != guess and self.chance.random() > 0.9 + self.skill / 8)
            ]  # fmt: skip

    def fill_grid(self, state: dict[str, Any]) -> Iterator[tuple[float, dict[str, Any]]]:
        """A few digits in the order they are found, perhaps a hint, then the whole, or nothing more."""
        order = solve_by_hand(state["given"]).order
        for cell in order[:2]:
            yield 0.04, {"row": cell // 9 + 1, "column": cell % 9 + 1, "digit": int(state["solution"][cell])}
        if self.chance.random() > self.skill:
            yield 0.1, {"hint": True}
        if self.chance.random() < 0.45 + self.skill / 2:
            yield 0.7 - 0.5 * self.skill, {"grid": state["solution"]}
