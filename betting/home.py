"""The start page: what Quantix is, to who is not signed in; the lobby to who is."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from betting import books
from games.dailies import dailies_of
from games.models import Event, Game
from games.teaser import teaser_of
from quantix import clock

EVENTS_SHOWN = 4


@dataclass(frozen=True)
class Live:
    """An event that can be bet on. `options` are (label, odds), the likeliest first."""

    game: Game
    closes_at: datetime
    options: list[tuple[str, Decimal | None]]


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("lobby")
    now = clock.now()
    context = {
        "bonus": settings.SIGNUP_BONUS,
        "teaser": teaser_of(timezone.localdate(now)),
        "games": _one_of_each_type(now),
        "dailies": dailies_of(None, now),
        "events": _live(now),
    }
    return render(request, "home.html", context)


def _one_of_each_type(now: datetime) -> list[Game]:
    """The house's first quiz, puzzle and open event. One query."""
    playable = Game.objects.active().filter(
        Q(is_daily=False), ~Q(type=Game.Type.PREDICTION) | Q(event__in=Event.objects.taking_bets(now))
    )
    games = playable.order_by("type", "id").distinct("type")
    return sorted(games, key=lambda game: list(Game.Type.values).index(game.type))


def _live(now: datetime) -> list[Live]:
    """The open events that close first. Two queries."""
    events = Event.objects.taking_bets(now).select_related("game").prefetch_related("game__books")
    first = events.order_by("closes_at")[:EVENTS_SHOWN]
    return [Live(event.game, event.closes_at, _options(event)) for event in first]


def _options(event: Event) -> list[tuple[str, Decimal | None]]:
    state = books.current_state(event)
    odds, chances = event.engine.odds(state), event.engine.prices(state)
    likeliest = sorted(state.config.options, key=lambda option: -chances.get(option.id, Decimal(0)))
    return [(option.label, odds[option.id]) for option in likeliest]
