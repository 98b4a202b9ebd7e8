"""What pages and programs read of seasons and boards: placings, by an index, whatever their number."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import User
from betting.standing.models import Board, Measure, Placing, PlacingQuerySet, Season
from games.models import Game

ROWS_SHOWN = 25
TOP_SHOWN = 5
NEIGHBOURS = 2
SEASONS_SHOWN = 24
#: A place on a board: rank and id. Ranks tie, ids do not.
Place = tuple[int, int]


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
    """A page of a board. `following` is the place after which it goes on, `me` the placing of who looks.

    `near` are `me` and the neighbours, where the page does not show them.
    """

    rows: list[Placing]
    after: Place | None
    following: Place | None
    me: Placing | None
    near: list[Placing]

    @property
    def following_words(self) -> str:
        """The place as an address gives it: `rank-id`."""
        return "-".join(map(str, self.following or ()))


def placings(season: Season | None, game: Game | None, measure: str) -> PlacingQuerySet:
    """Who is shown on a board, with their users."""
    found: PlacingQuerySet = Placing.objects.on(Board.objects.filter(season=season, game=game), measure)
    return found.shown().select_related("user")


def table(found: PlacingQuerySet, viewer: User | None, after: Place | None) -> Table:
    """The page of a board that begins after a place. One query; two more for the neighbours of `viewer`."""
    rows = list(_after(found, after)[: ROWS_SHOWN + 1])
    shown = rows[:ROWS_SHOWN]
    following = (shown[-1].rank, shown[-1].pk) if len(rows) > ROWS_SHOWN else None
    me = found.filter(user=viewer).first() if viewer else None
    near = _around(found, me) if me and me not in shown else []
    return Table(shown, after, following, me, near)


def top(game: Game) -> QuerySet[Placing]:
    """The first of the game's newest board: by what events have paid, by skill at other games. One query, when read."""
    measure = Measure.PROFIT if game.type == Game.Type.PREDICTION else Measure.SKILL
    newest = Board.objects.filter(game=game).order_by("-season__begins_at")[:1]
    return _after(Placing.objects.on(newest, measure).shown().select_related("user", "board"), None)[
        :TOP_SHOWN
    ]


def _after(found: PlacingQuerySet, place: Place | None) -> QuerySet[Placing]:
    if place:
        rank, pk = place
        found = found.filter(Q(rank__gt=rank) | Q(rank=rank, pk__gt=pk), rank__gte=rank)
    return found.order_by("rank", "pk")


def _around(found: PlacingQuerySet, me: Placing) -> list[Placing]:
    """`me` between the neighbours above and below. One query."""
    is_above = Q(rank__lt=me.rank) | Q(rank=me.rank, pk__lt=me.pk)
    above = found.filter(is_above, rank__lte=me.rank).order_by("-rank", "-pk")[:NEIGHBOURS]
    near = above.union(_after(found, (me.rank, me.pk))[:NEIGHBOURS], all=True)
    return sorted([me, *near], key=lambda placing: (placing.rank, placing.pk))
