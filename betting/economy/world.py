"""The truth that no rating knows: how hard questions and levels are, and who is how good at what. All from one seed."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from games.engines.puzzle.codebreaker import Codebreaker
from games.engines.puzzle.codebreaker import Config as CodeConfig
from games.engines.quiz import Config as QuizConfig
from games.skill import PRIOR_BY_DIFFICULTY

TOPICS = ("statistics", "probability", "python", "sql")
QUESTIONS = 600
CODE = CodeConfig()
#: The staff's guess of a difficulty is off by so much (log-odds), and a topic suits a player by so much.
GUESS_SPREAD, TOPIC_SPREAD = 0.6, 0.5
#: Priors are what a player of unknown skill has; at a known skill chances lie further from one half.
SHARPENED = 1.2
#: Breaking codes depends less on skill than answering does.
CODE_SKILL = 0.8


def log_odds(chance: float) -> float:
    return math.log(chance / (1 - chance))


def chance_at(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


class Dice(Protocol):
    def random(self) -> float: ...


@dataclass(frozen=True)
class Person:
    """How good a player is, in log-odds to an average one; what they think of themselves is off by `misjudged`."""

    skill: float
    topics: Mapping[str, float]
    misjudged: float = 0.0


@dataclass
class World:
    """Questions as rows of the bank, with their true ease apart; the true ease of codes."""

    seed: int
    dice: random.Random = field(init=False)
    questions: dict[int, dict[str, Any]] = field(init=False)
    topics: dict[str, list[int]] = field(init=False)
    ease: dict[int, float] = field(init=False)
    code_ease: dict[int, float] = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.questions = {id: self._question(id) for id in range(1, QUESTIONS + 1)}
        self.topics = {
            topic: [id for id, row in self.questions.items() if row["tags"] == [topic]] for topic in TOPICS
        }
        self.ease = {
            id: self._true(PRIOR_BY_DIFFICULTY[row["difficulty"]]) for id, row in self.questions.items()
        }
        off = self.dice.gauss(0, GUESS_SPREAD)
        priors = Codebreaker().priors(CodeConfig(within=tuple(range(1, CODE.guesses + 1))))
        self.code_ease = {
            n: SHARPENED * log_odds(min(max(priors[f"within-{n}"], 0.001), 0.999)) + off
            for n in range(1, CODE.guesses + 1)
        }

    def person(self) -> Person:
        gauss = self.dice.gauss
        return Person(gauss(0, 1), {topic: gauss(0, TOPIC_SPREAD) for topic in TOPICS}, gauss(0, 0.4))

    def knows(self, person: Person, question_id: int) -> float:
        """The true chance that the person knows the answer."""
        topic = self.questions[question_id]["tags"][0]
        return chance_at(person.skill + person.topics[topic] + self.ease[question_id])

    def expects(self, person: Person, topic: str, difficulty: int) -> float:
        """What the person takes this chance for, before the question is shown."""
        prior = SHARPENED * log_odds(PRIOR_BY_DIFFICULTY[difficulty])
        return chance_at(person.skill + person.topics[topic] + person.misjudged + prior)

    def ids_of(self, drawn: Sequence[Any]) -> list[int]:
        """Which questions of the world those drawn are: their text carries the number."""
        return [int(question.text.removeprefix("Question ").removesuffix("?")) for question in drawn]

    def breaks(self, person: Person, guesses: int) -> float:
        """The true chance that the person breaks a code within so many guesses."""
        return chance_at(CODE_SKILL * person.skill + self.code_ease[guesses])

    def believes(self, person: Person, guesses: int) -> float:
        """What the person takes this chance for."""
        return chance_at(CODE_SKILL * person.skill + person.misjudged + self.code_ease[guesses])

    def guesses_needed(self, person: Person, dice: Dice) -> int:
        """How many guesses it takes this time; one more than there are where it fails."""
        luck = dice.random()
        found = (n for n in range(1, CODE.guesses + 1) if luck < self.breaks(person, n))
        return next(found, CODE.guesses + 1)

    def _true(self, prior: float) -> float:
        return SHARPENED * log_odds(prior) + self.dice.gauss(0, GUESS_SPREAD)

    def _question(self, id: int) -> dict[str, Any]:
        return {
            "id": id, "kind": "true_false", "text": f"Question {id}?", "options": [], "right": True,
            "explanation": "", "tags": [TOPICS[id % len(TOPICS)]],
            "difficulty": self.dice.choice([1, 2, 3, 3, 4, 5]),
        }  # fmt: skip


def quiz_of(topic: str) -> QuizConfig:
    return QuizConfig(tags=(topic,), questions=5)
