"""The question bank as sessions use it: which questions a session draws, and what it learns about them."""

import json
import random
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet

from accounts.models import User
from games import skill
from games.engines.quiz import Config, State
from games.errors import NotEnoughQuestions
from games.models import GameSession, Question, Sighting


def draw(player: User, config: Config, form: skill.Form, chance: random.Random) -> list[dict[str, Any]]:
    """The questions of a new session, fresh ones first, as the quiz takes them.

    Questions that another running session of the player has drawn are left out: what that one shows must
    not be staked on in this one. Raises NotEnoughQuestions. The player's row must be locked.
    """
    candidates = _candidates(player, config)
    chance.shuffle(candidates)
    candidates.sort(key=lambda candidate: not candidate[1])
    drawn = dict(candidates[: config.questions])
    if len(drawn) < config.questions:
        raise NotEnoughQuestions
    questions = Question.objects.in_bulk(drawn.keys())
    return [
        _row(questions[id], fresh, skill.chance_right(form, questions[id])) for id, fresh in drawn.items()
    ]


def reserve(session: GameSession, question_ids: list[int]) -> None:
    """Note that `session` has drawn these questions."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO question_sightings (user_id, question_id, session_id)
            SELECT %s, unnest(%s::bigint[]), %s
            ON CONFLICT (user_id, question_id) DO UPDATE SET session_id = excluded.session_id
                WHERE question_sightings.seen_at IS NULL
            """,
            [session.user_id, question_ids, session.pk],
        )


def note_play(session: GameSession, before: State, after: State) -> None:
    """Note what the step from `before` to `after` has shown and answered. Only first attempts count."""
    if after.shown_at is not None and before.shown_at != after.shown_at:
        shown = after.questions[after.index].id
        _own(session).filter(question=shown, seen_at=None).update(seen_at=after.shown_at)
    for index in range(before.index, after.index):
        question, answered = after.questions[index], after.answered[index]
        first = _own(session).filter(question=question.id, is_right=None, seen_at__isnull=False)
        if question.fresh and first.update(is_right=answered.correct):
            Question.objects.filter(pk=question.id).update(
                times_answered=F("times_answered") + 1, times_right=F("times_right") + int(answered.correct)
            )


def note_end(session: GameSession) -> None:
    """Count every question that the session drew as seen: its content, right answers too, is public from now on."""
    _own(session).filter(seen_at=None).update(seen_at=session.ended_at)


def _own(session: GameSession) -> QuerySet[Sighting]:
    return Sighting.objects.filter(user_id=session.user_id, session=session)


def _candidates(player: User, config: Config) -> list[tuple[int, bool]]:
    """(id, fresh) of every active question with the quiz's tags that no running session has drawn. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT q.id, s.seen_at IS NULL
            FROM questions q
            LEFT JOIN question_sightings s ON s.question_id = q.id AND s.user_id = %s
            LEFT JOIN game_sessions g ON g.id = s.session_id
            WHERE q.is_active AND q.tags @> %s::jsonb AND g.status IS DISTINCT FROM 'in_progress'
            ORDER BY q.id
            """,
            [player.pk, json.dumps(config.tags)],
        )
        return list(cursor.fetchall())


def _row(question: Question, fresh: bool, chance: float) -> dict[str, Any]:
    names = ("id", "kind", "text", "options", "right", "explanation", "tags", "difficulty")
    return {name: getattr(question, name) for name in names} | {"fresh": fresh, "chance": chance}
