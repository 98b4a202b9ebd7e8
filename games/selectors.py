"""What pages and programs read of games. Those that query say how often; none grows with what it finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, IntegerField, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from games import skill
from games.engines import odds
from games.engines.rating import NEW_DEVIATION, Rating
from games.models import Event, Game, GameSession, PlayerRating, Question
from games.services.sessions import engine_of
from quantix import clock
from quantix.money import round_down

SHOWN_OF_A_TYPE = 12
RESUMED_SHOWN = 4
CLOSING_SHOWN = 6
LATEST_SHOWN = 5


def with_players(games: QuerySet[Game]) -> QuerySet[Game]:
    """`games`, each with `playing`: how many sessions of it run now."""
    running = GameSession.objects.running().filter(game=OuterRef("pk")).order_by().values("game")
    count = Subquery(running.annotate(n=Count("*")).values("n"), output_field=IntegerField())
    return games.annotate(playing=Coalesce(count, 0)).select_related("event")


def offered(type: str) -> QuerySet[Game]:
    """The newest games of a type, but the daily ones. One query."""
    return with_players(Game.objects.active().filter(type=type, is_daily=False)).order_by("-id")[
        :SHOWN_OF_A_TYPE
    ]


def shelf(type: str) -> list[Game]:
    """What is `offered` of a type: puzzles of a kind beside each other, in the order they were made. One query."""
    games = list(offered(type))
    return sorted(games, key=lambda game: (game.metadata["kind"], game.pk)) if type == "puzzle" else games


def closing_soon(now: datetime) -> QuerySet[Game]:
    """Events that can be bet on, those that close first before the others. One query."""
    events = Game.objects.filter(event__in=Event.objects.taking_bets(now))
    return with_players(events).order_by("event__closes_at")[:CLOSING_SHOWN]


def questions_for(tags: Sequence[str]) -> int:
    """How many questions a quiz of these tags may draw from. One query."""
    return Question.objects.filter(is_active=True, tags__contains=list(tags)).count()


def open_sessions(player: User) -> QuerySet[GameSession]:
    """What the player has begun and not ended: moves to make first, then events. One query."""
    running = GameSession.objects.running().of(player).select_related("game", "game__event")
    return running.order_by("expires_at", "-id")[:RESUMED_SHOWN]


#: The tabs of the list of games: what each shows.
KINDS: dict[str, Q] = {
    "": Q(event__decided_at=None),
    "quiz": Q(type="quiz"),
    "puzzle": Q(type="puzzle"),
    "prediction": Q(type="prediction", event__decided_at=None),
    "decided": Q(type="prediction", event__decided_at__isnull=False),
}


def listed(kind: str) -> QuerySet[Game]:
    """All games of a tab, the newest first."""
    return with_players(Game.objects.active().filter(KINDS[kind])).order_by("-id")


def record_of(player: User, game: Game) -> dict[str, Any]:
    """`played`, `won`, `best` and `running` (the id of the open session) of a player in a game. One query."""
    ended = Q(ended_at__isnull=False) & ~Q(status=GameSession.Status.VOIDED)
    return GameSession.objects.of(player).filter(game=game).aggregate(
        played=Count("pk", filter=ended),
        won=Count("pk", filter=Q(result="win")),
        best=Max("score", filter=ended),
        running=Max("pk", filter=Q(status=GameSession.Status.IN_PROGRESS)),
    )  # fmt: skip


def latest_sessions(player: User, game: Game) -> QuerySet[GameSession]:
    """The player's newest ended sessions of a game. One query."""
    ended = GameSession.objects.of(player).filter(game=game, ended_at__isnull=False)
    return ended.order_by("-id")[:LATEST_SHOWN]


@dataclass(frozen=True)
class Standing:
    """A player's rating as it is now (`low` to `high` hold the truth 19 of 20 times), and the lead over the house."""

    rating: Rating
    is_new: bool
    lead: Decimal

    @property
    def behind(self) -> Decimal:
        return -self.lead

    @property
    def lead_max(self) -> Decimal:
        return odds.LEAD_MAX

    @property
    def low(self) -> float:
        return max(0.0, self.rating.value - 2 * self.rating.deviation)

    @property
    def high(self) -> float:
        return self.rating.value + 2 * self.rating.deviation


def standing_of(player: User, scope: str) -> Standing | None:
    """The player's rating in `scope`, less sure for the days since it moved; None before the first. One query."""
    found = PlayerRating.objects.of(player).in_scope(scope).rated().first()
    if found is None:
        return None
    rating = skill.at_rest(found.value, found.rated_at, clock.now())
    return Standing(rating, is_new=rating.deviation > NEW_DEVIATION, lead=round_down(found.lead))


def disclosure(session: GameSession) -> dict[str, Any]:
    """The commitment of a session, and once it has ended the salt and the content that it was made to.

    A prediction has drawn nothing: its commitment is None. `session.game` should be loaded.
    """
    commitment = session.metadata["commitment"]
    if session.is_running or commitment is None:
        return {"commitment": commitment}
    engine, state = engine_of(session)
    return {"commitment": commitment, "salt": session.metadata["salt"], "content": engine.content(state)}
