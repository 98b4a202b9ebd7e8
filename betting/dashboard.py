"""What the front page of the back-office draws where play and money meet, and the list behind it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from accounts.backoffice import DaysFilter, days_url
from accounts.backoffice.days import moments
from accounts.models import User
from accounts.roles import Can, may
from betting.models import Bet
from games.models import GameSession
from quantix.dashboard import NUMBER, Chart, Measure


class Active(DaysFilter):
    """Who began a session or staked in these days: the same as `betting.figures` counts."""

    title = "active"
    parameter_name = "active"

    def within(self, rows: QuerySet[Any], first: date | None, last: date) -> QuerySet[Any]:
        begun = GameSession.objects.filter(**moments("started_at", first, last))
        # Each stake is posted with its bet, whose index holds the player.
        staked = Bet.objects.filter(**moments("placed_at", first, last))
        return rows.filter(Q(pk__in=begun.values("user")) | Q(pk__in=staked.values("user")))


ACTIVE = Measure(
    "active players",
    lambda span: span.added["players.active"],
    lambda span: days_url(User, span, by="active"),
)


def charts(user: Any) -> Sequence[Chart]:
    if not may(user, Can.READ_PLAYERS):
        return ()
    about = "Who began a session or staked."
    return (Chart("Active players", about, NUMBER, [ACTIVE], when="a day", is_mean=True),)
