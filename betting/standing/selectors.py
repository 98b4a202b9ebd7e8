"""What pages and programs read of seasons and boards."""

from datetime import datetime

from betting.standing.models import Season


def season(season_id: int | None, now: datetime) -> Season | None:
    """The season with this id; with None the one that runs, or else the last that began. One query."""
    if season_id is not None:
        return Season.objects.filter(pk=season_id).first()
    return Season.objects.filter(begins_at__lte=now).order_by("-begins_at").first()
