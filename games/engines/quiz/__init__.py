"""Quiz: questions of the bank, one at a time, each with its clock.

A question is shown by a move of its own (`{"index": 0}`), answered by the next (`{"index": 0, "answer": "b"}`).
Between them lies the moment in which a player reads the explanation of the last one and may stake on
the next, knowing its tags, its difficulty and the odds, but not its text.
"""

import math
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, get_args

from pydantic import Field

from games.engines import forms
from games.engines.base import (
    Choice,
    Engine,
    Market,
    Material,
    Outcome,
    Result,
    Settings,
    Several,
    Stakes,
    Text,
    TooLate,
    Value,
    dice,
    move_form,
    parse,
    write_time,
)
from games.engines.odds import chance_of_at_least, odds_for
from games.engines.quiz.answers import Answer, Drawn, Kind, draw, is_right, read_answer
from quantix.errors import Refusal

#: Between questions one may read and stake for so long, on average, before the session expires.
PAUSE_SECONDS = 60
#: A float's last bit must not cost the pass mark.
_LAST_BIT = 1e-9


_KIND = {"enum": list(get_args(Kind))}


class WrongQuestion(Refusal):
    code = "wrong-question"
    title = "This is not the current question"


class QuestionNotShown(Refusal):
    code = "question-not-shown"
    title = "This question has not been shown yet"
    detail = "Show the question first, by a move with its `index` and no `answer`; then its clock runs."


class Config(Settings):
    tags: Several[Text] = Field(default=(), description="Questions carry all of these tags.")
    questions: int = Field(default=5, ge=1, le=50, description="How many questions a session draws.")
    seconds: int = Field(default=30, ge=5, le=600, description="To answer each question, in seconds.")
    pass_mark: float = Field(default=0.6, gt=0, le=1, description="The score that wins.")
    speed_part: float = Field(
        default=0, ge=0, le=0.5, description="The part of the score that quickness makes."
    )
    margin: float = Field(default=0.05, ge=0, le=0.5, description="The house's part of fair odds.")
    stakes: Stakes | None = Field(default_factory=Stakes, description="Stake limits; null: no stakes.")


class Move(Value):
    index: int = Field(ge=0)
    answer: Any = None


class Answered(Value):
    """What became of a question: `answer` None means that its clock ran out; `seconds` it took."""

    answer: Answer | None
    correct: bool
    seconds: float


class State(Value):
    config: Config
    seed: str
    started_at: datetime
    questions: tuple[Drawn, ...]
    stake_max: Decimal
    shown_at: datetime | None = None
    answered: tuple[Answered, ...] = ()

    @property
    def index(self) -> int:
        return len(self.answered)

    @property
    def is_over(self) -> bool:
        return self.index == len(self.questions)

    @property
    def ends_at(self) -> datetime:
        """When the session expires, whatever is still unanswered."""
        return self.started_at + timedelta(
            seconds=len(self.questions) * (self.config.seconds + PAUSE_SECONDS)
        )

    @property
    def question_deadline(self) -> datetime | None:
        if self.shown_at is None:
            return None
        return min(self.shown_at + timedelta(seconds=self.config.seconds), self.ends_at)


class Quiz(Engine[Config, State]):
    type = "quiz"
    config_type = Config
    state_type = State
    draws_questions = True
    move_forms = (move_form(["index"], index={"type": "integer", "minimum": 0}, answer={}),)
    move_examples = {
        "Quiz: show a question": {"index": 0},
        "Quiz: answer it": {"index": 0, "answer": "b"},
    }
    view_form = forms.thing(
        "Quiz",
        total=forms.COUNT,
        index=forms.COUNT,
        score=forms.NUMBER,
        right=forms.COUNT,
        pass_mark=forms.NUMBER,
        question=forms.or_null(
            forms.thing(
                "Question",
                text=forms.TEXT,
                kind=_KIND,
                options=forms.OPTIONS,
                seconds=forms.COUNT,
                deadline=forms.TIME,
            )
        ),
        next=forms.or_null(
            forms.thing(
                "Next question",
                tags=forms.several(forms.TEXT),
                difficulty=forms.COUNT,
                seconds=forms.COUNT,
            )
        ),
        answered=forms.several(
            forms.thing(
                "Answered",
                index=forms.COUNT,
                kind=_KIND,
                text=forms.TEXT,
                options=forms.OPTIONS,
                answer={"type": ["string", "array", "null"]},
                correct=forms.BOOLEAN,
                right_answer={"type": ["string", "array"]},
                explanation=forms.TEXT,
            )
        ),
        deadline=forms.TIME,
    )

    def start(self, config: Config, seed: str, now: datetime, material: Material) -> State:
        order = dice(seed, "options")
        questions = tuple(draw(row, order) for row in material.questions)
        return State(
            config=config, seed=seed, started_at=now, questions=questions, stake_max=material.stake_max
        )

    def tick(self, state: State, now: datetime) -> State:
        deadline = state.question_deadline
        if deadline is None or now < deadline:
            return state
        return self._answer(state, Answered(answer=None, correct=False, seconds=state.config.seconds))

    def play(self, state: State, move: Mapping[str, Any], now: datetime) -> State:
        state = self.tick(state, now)
        sent = parse(Move, move, strict=True)
        if sent.index < state.index and state.answered[sent.index].answer is None:
            raise TooLate
        if sent.index != state.index or state.is_over:
            raise WrongQuestion(
                f"This is for another question than the current one, number {state.index + 1}.",
                index=state.index,
            )
        if now >= state.ends_at:
            raise TooLate
        if "answer" not in sent.model_fields_set:
            return state if state.shown_at else state.model_copy(update={"shown_at": now})
        if state.shown_at is None:
            raise QuestionNotShown
        question = state.questions[state.index]
        answer = read_answer(question, sent.answer)
        # A clock that was set back in between makes nobody quicker than at once.
        seconds = max(0.0, (now - state.shown_at).total_seconds())
        return self._answer(
            state, Answered(answer=answer, correct=is_right(question, answer), seconds=seconds)
        )

    def view(self, state: State, now: datetime) -> dict[str, Any]:
        state = self.tick(state, now)
        return {
            "total": len(state.questions),
            "index": state.index,
            "score": self._score(state),
            "right": sum(answered.correct for answered in state.answered),
            "pass_mark": state.config.pass_mark,
            "question": self._question(state),
            "next": self._next(state),
            "answered": [
                {
                    "index": index,
                    "kind": question.kind,
                    "text": question.text,
                    "options": [option.model_dump() for option in question.options],
                    "answer": answered.answer,
                    "correct": answered.correct,
                    "right_answer": question.right,
                    "explanation": question.explanation,
                }
                for index, (question, answered) in enumerate(
                    zip(state.questions, state.answered, strict=False)
                )
            ],
            "deadline": write_time(state.ends_at),
        }

    def outcome(self, state: State, now: datetime) -> Outcome | None:
        state = self.tick(state, now)
        if not state.is_over and now < state.ends_at:
            return None
        result: Result = "win" if self._passes(state) else "loss"
        answered_last = state.is_over and state.answered[-1].answer is not None
        return Outcome(result, self._score(state), "play" if answered_last else "clock")

    def deadline(self, state: State) -> datetime | None:
        is_last = state.index == len(state.questions) - 1
        return (state.question_deadline if is_last else None) or state.ends_at

    def content(self, state: State) -> dict[str, Any]:
        return {
            "seed": state.seed,
            "questions": [
                {
                    "id": question.id,
                    "kind": question.kind,
                    "text": question.text,
                    "options": [option.model_dump() for option in question.options],
                    "right_answer": list(question.right)
                    if isinstance(question.right, tuple)
                    else question.right,
                    "accepted": list(question.accepted),
                    "tolerance": question.tolerance,
                }
                for question in state.questions
            ],
        }

    def markets(self, state: State, now: datetime) -> list[Market]:
        """The session's result until the first question is shown, and each fresh question until it is shown."""
        state = self.tick(state, now)
        stakes = state.config.stakes
        if (
            stakes is None
            or state.stake_max < stakes.min
            or state.shown_at
            or state.is_over
            or now >= state.ends_at
        ):
            return []
        stake_max = min(stakes.max, state.stake_max)
        offered = [self._result_market(state), self._question_market(state)]
        return [
            Market(name, label, state.ends_at, [choice], stakes.min, stake_max)
            for name, label, choice in offered
            if choice is not None
        ]

    def all_choices(self, state: State) -> Collection[tuple[str, str]]:
        return {("result", "win")} | {(f"question-{index}", "right") for index in range(len(state.questions))}

    def settle(self, state: State, market: str, choice: str) -> bool | None:
        if market == "result":
            return self._passes(state)
        index = int(market.removeprefix("question-"))
        return index < state.index and state.answered[index].correct

    def _answer(self, state: State, answered: Answered) -> State:
        return state.model_copy(update={"answered": (*state.answered, answered), "shown_at": None})

    def _passes(self, state: State) -> bool:
        return self._score(state) >= state.config.pass_mark - _LAST_BIT

    def _score(self, state: State) -> float:
        """Share right; with a speed part, a right answer counts 1 - part, and part by the time that was left."""
        part, limit = state.config.speed_part, state.config.seconds
        points = (1 - part * min(1.0, a.seconds / limit) for a in state.answered if a.correct)
        return sum(points) / len(state.questions)

    def _question(self, state: State) -> dict[str, Any] | None:
        if state.shown_at is None or state.question_deadline is None:
            return None
        question = state.questions[state.index]
        return {
            "text": question.text,
            "kind": question.kind,
            "options": [option.model_dump() for option in question.options],
            "seconds": state.config.seconds,
            "deadline": write_time(state.question_deadline),
        }

    def _next(self, state: State) -> dict[str, Any] | None:
        """The question about to be shown, as far as one may know it before."""
        if state.is_over or state.shown_at:
            return None
        question = state.questions[state.index]
        return {
            "tags": list(question.tags),
            "difficulty": question.difficulty,
            "seconds": state.config.seconds,
        }

    def _result_market(self, state: State) -> tuple[str, str, Choice | None]:
        """The bet on passing: before anything was shown, on questions never seen, scored without a clock."""
        choice = None
        if (
            not state.index
            and not state.config.speed_part
            and all(question.fresh for question in state.questions)
        ):
            needed = math.ceil((state.config.pass_mark - _LAST_BIT) * len(state.questions))
            chance = chance_of_at_least(needed, [question.chance for question in state.questions])
            odds = odds_for(chance, state.config.margin)
            choice = Choice("win", "I pass the whole quiz", odds) if odds else None
        return "result", "Pass this quiz", choice

    def _question_market(self, state: State) -> tuple[str, str, Choice | None]:
        """The bet on the next question, if the player has never seen it."""
        question = state.questions[state.index]
        odds = odds_for(question.chance, state.config.margin) if question.fresh else None
        choice = Choice("right", f"I answer question {state.index + 1} rightly", odds) if odds else None
        return f"question-{state.index}", f"Question {state.index + 1}", choice
