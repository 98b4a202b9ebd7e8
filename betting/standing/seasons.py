"""Seasons: opened by staff ahead of time, or by the worker for the month at hand; archived when all is counted."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts import roles
from accounts.models import User
from betting.standing import ranking
from betting.standing.awarding import award_podium
from betting.standing.errors import SeasonArchived, SeasonsOverlap
from betting.standing.locks import lock_tallying
from betting.standing.models import Season, SessionToTally, Tally
from games.models import Event
from quantix import audit, clock
from quantix.db import in_one_transaction
from quantix.errors import FieldError, Invalid

#: How long after its end the results of a season may still be corrected.
CORRECTED_WITHIN = timedelta(hours=24)


def open_season(*, by: User, name: str, begins_at: datetime, ends_at: datetime) -> Season:
    """A season of staff's making, for a term or a festival. In a transaction.

    Raises Forbidden, Invalid, SeasonsOverlap where another season runs at some time of it.
    """
    roles.demand(by, roles.Can.MANAGE_GAMES)
    _check(name, begins_at, ends_at)
    if Season.objects.filter(begins_at__lt=ends_at, ends_at__gt=begins_at).exists():
        raise SeasonsOverlap
    season = Season.objects.create(name=name, begins_at=begins_at, ends_at=ends_at)
    told = {"name": name, "begins_at": begins_at.isoformat(), "ends_at": ends_at.isoformat()}
    audit.record(actor=by, action="season.open", target=season, after=told)
    return season


def running_season(now: datetime) -> Season | None:
    """The season that runs at `now`."""
    return Season.objects.filter(begins_at__lte=now, ends_at__gt=now).first()


def ensure_season(now: datetime) -> Season:
    """The season that runs at `now`; where staff have made none, it is the month in the institute's time.

    It fills the gap between the seasons before and after, if they cut into the month. In a transaction.
    """
    season = running_season(now)
    if season:
        return season
    begins_at, ends_at = month_of(now)
    before = Season.objects.filter(ends_at__gt=begins_at, ends_at__lte=now).order_by("-ends_at").first()
    after = Season.objects.filter(begins_at__lt=ends_at, begins_at__gt=now).order_by("begins_at").first()
    span = {
        "begins_at": before.ends_at if before else begins_at,
        "ends_at": after.begins_at if after else ends_at,
    }
    return Season.objects.create(name=_free_name(f"{timezone.localtime(now):%B %Y}"), **span)


def month_of(now: datetime) -> tuple[datetime, datetime]:
    """The first moment of the month of `now` and of the next one, in the institute's time."""
    first = timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first, (first + timedelta(days=32)).replace(day=1)


def archive_ended() -> int:
    """Archive the seasons whose time for corrections is over; how many. The worker calls it."""
    due = Season.objects.filter(archived_at=None, ends_at__lte=clock.now() - CORRECTED_WITHIN)
    return sum(
        in_one_transaction(lambda pk=pk: archive(pk))  # type: ignore[misc]
        for pk in due.order_by("ends_at").values_list("pk", flat=True)
    )


def archive(season_id: int) -> bool:
    """Rank the season's boards a last time and close them for good; whether it could be done. In a transaction.

    It waits while something is still to be tallied, or an event still to be settled: it could belong there.
    """
    lock_tallying(connection)
    season = Season.objects.select_for_update(no_key=True).get(pk=season_id)
    unsettled = Event.objects.filter(decided_at__isnull=False, settled_at=None)
    if season.is_archived or unsettled.exists() or SessionToTally.objects.exists():
        return False
    for board in season.boards.order_by("pk"):
        ranking.rank(board)
    season.archived_at = clock.now()
    award_podium(season.pk, season.archived_at)
    season.save(update_fields=["archived_at"])
    audit.record(actor=None, action="season.archive", target=season)
    return True


def refuse_if_archived(*, game_id: int) -> None:
    """Raises SeasonArchived where the event has counted in a season whose boards are closed for good.

    Otherwise that season stays open until the transaction at hand has ended.
    """
    season = _counted_in(game_id).select_for_update(no_key=True).first()
    if season and season.is_archived:
        raise SeasonArchived


def archived(game: str) -> Exists:
    """The same as an expression over a query whose `game` names the event; no season is held."""
    return Exists(_counted_in(OuterRef(OuterRef(game))).filter(archived_at__isnull=False))


def _counted_in(game: Any) -> QuerySet[Season]:
    """The season, one at most, in which an event has counted."""
    counted = Tally.objects.filter(session__game_id=game).order_by("session_id")
    return Season.objects.filter(pk=counted.values("season")[:1])


def _check(name: str, begins_at: datetime, ends_at: datetime) -> None:
    if not 0 < len(name.strip()) <= 60:
        raise Invalid(FieldError("name", "required", "A season has a name of 1 to 60 characters."))
    if Season.objects.filter(name=name).exists():
        raise Invalid(FieldError("name", "taken", "Another season has this name already."))
    if ends_at <= begins_at:
        raise Invalid(FieldError("ends_at", "season-window", "A season ends after it begins."))
    if begins_at <= clock.now():
        raise Invalid(FieldError("begins_at", "season-window", "A season is opened before it begins."))


def _free_name(name: str) -> str:
    """`name`, or with a number where an earlier season of the same month has it."""
    taken = set(Season.objects.filter(name__startswith=name).values_list("name", flat=True))
    names = (name, *(f"{name} ({number})" for number in range(2, len(taken) + 3)))
    return next(one for one in names if one not in taken)
