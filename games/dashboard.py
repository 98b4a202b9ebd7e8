"""What the front page of the back-office draws of games."""

from collections.abc import Sequence
from typing import Any

from accounts.backoffice import days_url
from accounts.roles import Can, may
from games.models import Game, GameSession
from quantix.dashboard import NUMBER, Chart, Measure
from quantix.figures import Span


def _of(type: str, label: str) -> Measure:
    return Measure(
        label,
        lambda span: span.added[f"sessions.{type}"],
        lambda span: days_url(GameSession, span, game__type__exact=type),
        tone=type,
    )


TYPES = [_of(type, str(label)) for type, label in Game.Type.choices]


def _all(span: Span) -> Any:
    return sum(measure.value(span) or 0 for measure in TYPES)


def charts(user: Any) -> Sequence[Chart]:
    if not may(user, Can.READ_PLAYERS):
        return ()
    whole = Measure("all", _all, lambda span: days_url(GameSession, span))
    return (Chart("Sessions", "Begun, by the type of their game.", NUMBER, TYPES, whole),)
