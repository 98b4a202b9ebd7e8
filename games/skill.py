"""A player's chance of success, from plain success rates; what the odds on one's own skill are made of.

Rates are shrunk towards what is expected of an unknown player (as if PRIOR_TRIALS had been seen), so
that a few lucky or unlucky tries move them little. All are as they were before the session. A record
only ever shortens the odds: who is better than others gets less, and losing on purpose earns nothing.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db import connection
from django.db.models import Value

from accounts.models import User
from games.models import Game, GameSession, Question

PRIOR_TRIALS = 10
#: First answers (or sessions) below which a player is new, and stakes are capped.
NEW_PLAYER_TRIALS = 10
SESSIONS_COUNTED_MAX = 200
#: Chance that an unknown player knows a question of difficulty 1 to 5.
_PRIOR_BY_DIFFICULTY = {1: 0.8, 2: 0.7, 3: 0.6, 4: 0.5, 5: 0.4}
_CHANCE_MIN, _CHANCE_MAX = 0.05, 0.98


@dataclass(frozen=True)
class Form:
    """How a player has done at first attempts: `expected` is what the questions' own rates would have given."""

    trials: int
    right: float
    expected: float

    @property
    def shift(self) -> float:
        """How much better (in log-odds) than the questions' rates say; 0 for an unknown player, and at least."""
        return max(0.0, _log_odds(self.right, self.trials) - _log_odds(self.expected, self.trials))


def question_rate(question: Question) -> float:
    """The share of players who know `question` at the first attempt."""
    prior = _PRIOR_BY_DIFFICULTY[question.difficulty]
    return (question.times_right + prior * PRIOR_TRIALS) / (question.times_answered + PRIOR_TRIALS)


def form_of(player: User) -> Form:
    """The player's record over all questions answered at the first attempt. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*), coalesce(sum(s.is_right::int), 0),
                coalesce(sum(
                    (q.times_right + (%(rates)s::float[])[q.difficulty] * %(prior)s) / (q.times_answered + %(prior)s)
                ), 0)
            FROM question_sightings s JOIN questions q ON q.id = s.question_id
            WHERE s.user_id = %(user)s AND s.is_right IS NOT NULL
            """,
            {"user": player.pk, "prior": PRIOR_TRIALS, "rates": list(_PRIOR_BY_DIFFICULTY.values())},
        )
        trials, right, expected = cursor.fetchone()
    return Form(trials, float(right), float(expected))


def chance_right(form: Form, question: Question) -> float:
    """The chance that a player of `form` answers `question` rightly."""
    rate = question_rate(question)
    log_odds = math.log(rate / (1 - rate)) + form.shift
    return _clamp(1 / (1 + math.exp(-log_odds)))


def session_chances(game: Game, player: User) -> tuple[dict[str, float], int]:
    """The player's chance of each thing that the engine's `priors` names, and how many sessions of theirs it knows.

    The newest sessions of others weigh in against the prior, then the player's own against theirs. One query.
    """
    engine, config = game.engine, game.config
    ended = GameSession.objects.filter(game=game, ended_at__isnull=False, score__isnull=False).order_by("-id")
    newest = [
        found.values_list("score", Value(mine))[:SESSIONS_COUNTED_MAX]
        for mine, found in ((False, ended.exclude(user=player)), (True, ended.filter(user=player)))
    ]
    scores = list(newest[0].union(newest[1], all=True))
    others, own = ([score for score, mine in scores if mine is whose] for whose in (False, True))
    chances = {}
    for name, prior in engine.priors(config).items():
        rate = _shrunk([engine.achieved(config, name, score or 0.0) for score in others], prior)
        mine = _shrunk([engine.achieved(config, name, score or 0.0) for score in own], rate)
        chances[name] = _clamp(max(mine, rate))
    return chances, len(own)


def stake_max(limit: Decimal, trials: int) -> Decimal:
    """The most one may stake: capped while the player is new and the chances are uncertain."""
    return limit if trials >= NEW_PLAYER_TRIALS else min(limit, settings.NEW_PLAYER_STAKE_MAX)


def _shrunk(achieved: Iterable[bool], towards: float) -> float:
    tries = list(achieved)
    return (sum(tries) + towards * PRIOR_TRIALS) / (len(tries) + PRIOR_TRIALS)


def _log_odds(right: float, trials: int) -> float:
    return math.log((right + PRIOR_TRIALS / 2) / (trials - right + PRIOR_TRIALS / 2))


def _clamp(chance: float) -> float:
    return min(max(chance, _CHANCE_MIN), _CHANCE_MAX)
