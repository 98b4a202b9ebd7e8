"""A game as a player will see it, for staff, before it is on offer: nothing on the page can be sent."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import roles
from accounts.backoffice import page_url
from betting import selectors
from betting.event_views import event_page
from games.errors import NotEnoughQuestions
from games.models import Event, Game
from games.services.sessions import sample_session
from games.views import game_page
from quantix import clock
from quantix.db import in_one_transaction
from quantix.pages import signed_in


def _for_staff(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Who has yet to pass the second factor is led to it, as in the back-office."""

    @login_required
    @never_cache
    @require_safe
    @wraps(view)
    def checked(request: HttpRequest, game_id: int) -> HttpResponse:
        if signed_in(request).lacks_second_factor:
            return redirect_to_login(request.get_full_path(), reverse("second-factor"))
        return view(request, game_id)

    return checked


@_for_staff
def as_player(request: HttpRequest, game_id: int) -> HttpResponse:
    """The game's page, as if it were on offer and open."""
    game = _game(request, game_id)
    if game.type == Game.Type.PREDICTION:
        return event_page(request, _open(game.event), more=_shown(game))
    return game_page(request, game, **_shown(game))


@_for_staff
def first_move(request: HttpRequest, game_id: int) -> HttpResponse:
    """What a session of the game shows first: one that is drawn anew each time, and written nowhere."""
    game, staff = _game(request, game_id), signed_in(request)
    try:
        session = in_one_transaction(lambda: sample_session(by=staff, game=game))
    except NotEnoughQuestions as refusal:
        return game_page(request, game, status=refusal.status, **_shown(game, refusal.detail))
    table = selectors.table_of(session, clock.now())
    context: dict[str, Any] = {"table": table, "session": session, "view": table.view}
    return render(request, "betting/play.html", context | _shown(game))


def _shown(game: Game, words: str = "") -> dict[str, Any]:
    """What `base.html` shows above the page: where else to look, and where one came from."""
    pages = [("Its page", "as-player"), ("The first move", "as-player-play")]
    is_event = game.type == Game.Type.PREDICTION
    links = [] if is_event else [(title, reverse(name, args=[game.pk])) for title, name in pages]
    return {"as_player": {"words": words, "links": links, "back": page_url(game.event if is_event else game)}}


def _game(request: HttpRequest, game_id: int) -> Game:
    """The game, as if it were on offer. For who may manage games."""
    roles.demand(signed_in(request), roles.Can.MANAGE_GAMES)
    game = get_object_or_404(Game.objects.select_related("event"), pk=game_id)
    game.is_active = True
    return game


def _open(event: Event) -> Event:
    """The event as it is once it takes bets; one that has closed stays as it is."""
    if not event.is_decided and event.closes_at > clock.now():
        event.status = Event.Status.OPEN
    return event
