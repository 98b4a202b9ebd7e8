"""The demo's seasons: one that has passed and is archived, and the one that runs. Boards are filled at once."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from betting.standing import ranking, seasons, tallying
from betting.standing.models import Board, Season
from quantix import clock

#: The first season begins before the demo's history, and ends so many days before now.
BEGAN, TURNED = timedelta(days=61), timedelta(days=21)
#: Of the second.
LASTS = timedelta(days=42)


def fill(by: User, now: datetime) -> None:
    """What staff and the worker would have done meanwhile. In a transaction."""
    began, turned = _midnight(now - BEGAN), _midnight(now - TURNED)
    with clock.set_to(began - timedelta(days=1)):
        seasons.open_season(by=by, name="Monsoon season", begins_at=began, ends_at=turned)
        running = seasons.open_season(by=by, name="Winter season", begins_at=turned, ends_at=turned + LASTS)
    while tallying.tally_batch():
        pass
    with clock.set_to(turned + seasons.CORRECTED_WITHIN):
        assert seasons.archive(Season.objects.exclude(pk=running.pk).latest("ends_at").pk)
    for board in Board.objects.filter(season=running):
        ranking.rank(board)


def _midnight(moment: datetime) -> datetime:
    return timezone.localtime(moment).replace(hour=0, minute=0, second=0, microsecond=0)
