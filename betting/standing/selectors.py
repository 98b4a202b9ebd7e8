"""What pages and programs read of seasons and boards: placings, by an index, whatever their number."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from accounts.models import User
from betting.standing.models import Board, Measure, Placing, PlacingQuerySet, Season
from games.models import Game

ROWS_SHOWN = 25
TOP_SHOWN = 5
NEIGHBOURS = 2
SEASONS_SHOWN = 24


def season(season_id: int | None, now: datetime) -> Season | None:
    """The season with this id; with None the one that runs, or else the last that began. One query."""
    if season_id is not None:
        return Season.objects.filter(pk=season_id).first()
    return Season.objects.filter(begins_at__lte=now).order_by("-begins_at").first()


def seasons(now: datetime) -> list[Season]:
    """The newest that have begun, the newest first. One query."""
    return list(Season.objects.filter(begins_at__lte=now).order_by("-begins_at")[:SEASONS_SHOWN])


@dataclass(frozen=True)
class Table:
    """A page of a board. `following` is the position after which it goes on, `me` the placing of who looks.

    `near` are `me` and the neighbours, where the page does not show them.
    """

    rows: list[Placing]
    after: int | None
    following: int | None
    me: Placing | None
    near: list[Placing]


def placings(season: Season | None, game: Game | None, measure: str) -> PlacingQuerySet:
    """Who is shown on a board, with their users."""
    found: PlacingQuerySet = Placing.objects.on(Board.objects.filter(season=season, game=game), measure)
    return found.shown().select_related("user")


def table(found: PlacingQuerySet, viewer: User | None, after: int | None) -> Table:
    """The page of a board that begins after a position. One query; two more for the neighbours of `viewer`."""
    rows = list(_after(found, after)[: ROWS_SHOWN + 1])
    shown = rows[:ROWS_SHOWN]
    following = shown[-1].position if len(rows) > ROWS_SHOWN else None
    me = of(viewer, found) if viewer else None
    near = _around(found, me) if me and me not in shown else []
    return Table(shown, after, following, me, near)


def of(user: User, found: PlacingQuerySet) -> Placing | None:
    """The player's placing on a board. One query."""
    # Without an order or a limit, which might have an index of others read: there is one at most.
    return next(iter(found.filter(user=user)), None)


def with_season(game_id: int) -> QuerySet[Game]:
    """The active game, with `newest_season`: the id of the last one that has a board of it."""
    newest = Board.objects.filter(game=OuterRef("pk")).order_by("-season__begins_at").values("season")[:1]
    return Game.objects.active().filter(pk=game_id).annotate(newest_season=Subquery(newest))


def top(game: Game) -> QuerySet[Placing]:
    """Who is best at a quiz or a puzzle, by its newest board. One query, when it is read."""
    newest = Board.objects.filter(game=game).order_by("-season__begins_at")[:1]
    return _after(Placing.objects.on(newest, Measure.SKILL).shown().select_related("user"), None)[:TOP_SHOWN]


def _after(found: PlacingQuerySet, position: int | None) -> QuerySet[Placing]:
    return (found.filter(position__gt=position) if position else found).order_by("position")


def _around(found: PlacingQuerySet, me: Placing) -> list[Placing]:
    """`me` between the neighbours above and below. One query."""
    above = found.filter(position__lt=me.position).order_by("-position")[:NEIGHBOURS]
    near = above.union(_after(found, me.position)[:NEIGHBOURS], all=True)
    return sorted([me, *near], key=lambda placing: placing.position)
