"""The question bank as sessions use it: which questions a session draws, and what it learns about them.

A drawn question belongs to that one running session, and counts as seen from then on: what the session
shows, or reveals at its end, is never staked on again.
"""

import json
from typing import Any

from accounts.models import User
from games import skill
from games.engines.quiz import Config, State
from games.errors import NotEnoughQuestions
from games.models import Question

_DRAW = """
    SELECT q.*, s.id IS NULL AS fresh
    FROM questions q
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
    return [_row(question, skill.chance_right(form, question)) for question in drawn]


def first_answers(before: State, after: State) -> list[tuple[int, bool]]:
    """(question, right or not) of what the step from `before` to `after` has answered at the first attempt."""
    steps = range(before.index, after.index)
    return [
        (after.questions[index].id, after.answered[index].correct)
        for index in steps
        if after.questions[index].fresh
    ]


def _row(question: Any, chance: float) -> dict[str, Any]:
    names = ("id", "kind", "text", "options", "right", "explanation", "tags", "difficulty", "fresh")
    return {name: getattr(question, name) for name in names} | {"chance": chance}
