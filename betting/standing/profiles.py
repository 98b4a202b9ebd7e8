"""The public profile of a player: as much of it as they chose to show."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import JSONObject, Lower, RowNumber

from accounts.models import User
from betting.standing.achievements import BY_CODE, EVERY, Achievement
from betting.standing.models import Achieved, Board, Measure, Placing, Season
from games.dailies import streaks
from games.models import GameSession, RatingPoint
from quantix import clock
from quantix.db import the_one

RESULTS_SHOWN = 8
POINTS_SHOWN = 60
BETS_CALIBRATED = 500
#: Bands of stated chance: five of 20% each.
BANDS = 5


def shows(user: User, part: str) -> bool:
    """Whether the player shows that part of their profile (a name of `accounts.services.profile.PREFERENCES`)."""
    return bool(user.preferences.get(part) != "hidden")


def may_see(viewer: User | None, user: User, part: str) -> bool:
    """Whether `viewer` sees it: what is hidden is so from all but oneself."""
    return user == viewer or shows(user, part)


def find(username: str, viewer: User | None) -> User:
    """The player of that name, in whatever case. Raises NotFound: also where they hide, are suspended or staff.

    Carries `achieved_rows`: what they have achieved, and `streaks` at the daily puzzles. One query.
    """
    achieved = Achieved.objects.filter(user=OuterRef("pk")).order_by("-earned_at")
    told = achieved.values(row=JSONObject(code="code", at="earned_at", session="session_id", bet="bet_id"))
    players = User.objects.filter(is_active=True, is_admin=False, email_verified_at__isnull=False)
    seen = ~Q(preferences__contains={"profile": "hidden"}) | Q(pk=viewer.pk if viewer else None)
    found: User = the_one(
        players.alias(folded=Lower("username"))
        .filter(seen, folded=username.lower())
        .annotate(achieved_rows=ArraySubquery(told), streaks=streaks(clock.now()))
    )
    return found


@dataclass(frozen=True)
class Won:
    """An achievement, and when and by which session and bet it was earned; `at` is None while it is not."""

    achievement: Achievement
    at: datetime | None = None
    session: int | None = None
    bet: int | None = None


def achieved(user: Any) -> list[Won]:
    """All there is to achieve, what `find` has found to be earned first. No query."""
    rows = [row for row in user.achieved_rows if row["code"] in BY_CODE]
    won = [
        Won(BY_CODE[row["code"]], datetime.fromisoformat(row["at"]), row["session"], row["bet"])
        for row in rows
    ]
    codes = {row["code"] for row in rows}
    return won + [Won(achievement) for achievement in EVERY if achievement.code not in codes]


def daily_streaks(user: Any) -> list[dict[str, Any]]:
    """What `find` has found: `name`, `slug`, `now` and `best` (days) of each daily puzzle once solved. No query."""
    return list(user.streaks)


def places(user: User, now: datetime) -> list[Placing]:
    """Where the player stands on the newest boards over all games, in the order of measures. One query."""
    begun = Board.objects.filter(game=None, season__begins_at__lte=now).order_by("-season__begins_at")
    found = Placing.objects.shown().filter(user=user, board=Subquery(begun.values("pk")[:1]))
    order = list(Measure.values)
    return sorted(found.select_related("board__season"), key=lambda placing: order.index(placing.measure))


def rating_history(user: User) -> dict[str, list[RatingPoint]]:
    """The newest points of the player's rating by kind of game, oldest first; the kind with most first. One query."""
    number = Window(RowNumber(), partition_by=F("scope"), order_by=F("id").desc())
    points = RatingPoint.objects.of(user).annotate(number=number).filter(number__lte=POINTS_SHOWN)
    by_scope = {
        scope: list(found)
        for scope, found in groupby(points.order_by("scope", "id"), key=lambda point: point.scope)
    }
    return dict(sorted(by_scope.items(), key=lambda one: -len(one[1])))


@dataclass(frozen=True)
class Band:
    """Bets on events whose odds stated a chance within this band: how many, the mean stated, the share come true."""

    number: int
    bets: int
    stated: float
    came_true: float

    @property
    def low(self) -> float:
        return (self.number - 1) / BANDS

    @property
    def high(self) -> float:
        return self.number / BANDS


# The chance that the odds of a bet state is one in so many; what was sold or given back states none.
_CALIBRATION = """
    SELECT least(width_bucket(1 / odds, 0, 1, %(bands)s), %(bands)s), count(*), avg(1 / odds)::float,
        avg((outcome = 'win')::int)::float
    FROM (
        SELECT b.odds, b.outcome FROM bets b
        JOIN game_sessions s ON s.id = b.session_id JOIN games g ON g.id = s.game_id
        WHERE b.user_id = %(user)s AND g.type = 'prediction' AND b.outcome IN ('win', 'loss') AND b.odds >= 1
        ORDER BY b.placed_at DESC LIMIT %(bets)s
    ) newest
    GROUP BY 1 ORDER BY 1
"""


def calibration(user: User) -> list[Band]:
    """What the player's newest bets on events stated, and what came of it, by bands of chance. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_CALIBRATION, {"user": user.pk, "bets": BETS_CALIBRATED, "bands": BANDS})
        return [Band(*row) for row in cursor.fetchall()]


def results(user: User) -> QuerySet[GameSession]:
    """The player's sessions that ended, with what each counted."""
    ended = GameSession.objects.of(user).filter(ended_at__isnull=False).exclude(status="voided")
    return ended.select_related("game", "tally").defer("metadata", "game__metadata", "game__description")


#: What of the tallies a figure is made of, by measure.
_BEHIND = {
    Measure.PROFIT: Q(tally__bets__gt=0),
    Measure.RETURN: Q(tally__bets__gt=0),
    Measure.SKILL: Q(tally__rating__isnull=False),
    Measure.PREDICTION: Q(tally__brier__isnull=False),
}


def behind(user: User, *, season: Season, game_id: int | None, measure: str) -> QuerySet[GameSession]:
    """The sessions that a figure of the player's on a board was made from."""
    found = results(user).filter(_BEHIND[Measure(measure)], tally__season=season)
    return found.filter(game=game_id) if game_id else found


def latest(user: User) -> Iterator[GameSession]:
    """The newest that ended. One query."""
    return iter(results(user).order_by("-id")[:RESULTS_SHOWN])
