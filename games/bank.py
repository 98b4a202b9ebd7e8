"""The question bank as sessions use it: which questions a session draws, and what it learns about them.

A drawn question belongs to that one running session, and counts as seen from then on: what the session
shows, or reveals at its end, is never staked on again.
"""

import json
from typing import Any

from accounts.models import User
from games import skill
from games.engines.quiz import Config, State
from games.engines.rating import Rating
from games.errors import NotEnoughQuestions
from games.models import Question

_DRAW = """
    SELECT q.*, s.id IS NULL AS fresh, r.rating, r.deviation, r.volatility
    FROM questions q
    LEFT JOIN opponent_ratings r ON r.question_id = q.id
    LEFT JOIN question_sightings s ON s.question_id = q.id AND s.user_id = %(player)s
    LEFT JOIN game_sessions g ON g.id = s.session_id
    WHERE q.is_active AND q.tags @> %(tags)s::jsonb AND g.status IS DISTINCT FROM 'in_progress'
    ORDER BY s.id IS NOT NULL, sha256(convert_to(%(seed)s || ':' || q.id, 'UTF8'))
    LIMIT %(count)s
"""


def draw(player: User, config: Config, form: skill.Form, seed: str) -> list[dict[str, Any]]:
    """The questions of a new session, in the order that `seed` gives them, those never seen first. One query.

    Questions that another running session of the player has drawn are left out: what that one shows must
    not be staked on in this one. Raises NotEnoughQuestions. The player's row must be locked.
    """
    values = {"player": player.pk, "tags": json.dumps(config.tags), "seed": seed, "count": config.questions}
    drawn = list(Question.objects.raw(_DRAW, values))
    if len(drawn) < config.questions:
        raise NotEnoughQuestions
    return [_row(question, form, config.margin) for question in drawn]


def first_answers(state: State, since: int = 0) -> list[tuple[int, bool]]:
    """(question, right or not) of what was answered at the first attempt, from question number `since` on."""
    return [
        (state.questions[index].id, state.answered[index].correct)
        for index in range(since, state.index)
        if state.questions[index].fresh
    ]


def _row(question: Any, form: skill.Form, margin: float) -> dict[str, Any]:
    names = ("id", "kind", "text", "options", "right", "explanation", "tags", "difficulty", "fresh")
    chance = form.chance(_rating_of(question), margin)
    return {name: getattr(question, name) for name in names} | {"chance": chance}


def _rating_of(question: Any) -> Rating:
    if question.rating is None:
        return skill.question_start(question.difficulty)
    return Rating(question.rating, question.deviation, question.volatility)
