"""Pages on which one plays: a session, and the stakes on it."""

import re
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from betting import markets, selectors
from betting.event_views import event_page
from betting.slip_forms import place_once, slip_shown, with_refusal
from betting.standing import selectors as standing
from games.dailies import dailies_of, share_text
from games.models import Game, GameSession
from games.services import sessions
from games.views import game_page, own_session
from quantix import clock
from quantix.errors import Refusal
from quantix.pages import KEY_FIELD, Done, go_on, once_for, signed_in


@require_safe
def game(request: HttpRequest, slug: str) -> HttpResponse:
    """A game's page; for a prediction it is the event itself."""
    found = get_object_or_404(Game.objects.select_related("event"), slug=slug)
    if not found.is_active and not found.sessions.exists():
        # It was never on offer, or nobody came: there is nothing to look back at. Staff have a page of their own.
        raise Http404
    if found.type == Game.Type.PREDICTION:
        return event_page(request, found.event)
    return game_page(request, found, board=standing.top(found))


@login_required
@never_cache
@require_safe
def session(request: HttpRequest, session_id: int) -> HttpResponse:
    """A session as it stands: the next thing to do, or how it came out."""
    return _play_page(request, session_id)


@login_required
def move(request: HttpRequest, session_id: int) -> HttpResponse:
    """Play a move; its form's fields are the move's own."""
    page = reverse("session", args=[session_id])
    if request.method != "POST":
        return redirect(page)

    def play() -> Done:
        sessions.play_move(player=signed_in(request), session_id=session_id, move=move_of(request.POST))
        return Done(page)

    try:
        return go_on(request, once_for(request, play))
    except Refusal as refusal:
        return _play_page(request, session_id, refusal)


@login_required
def stake(request: HttpRequest, session_id: int) -> HttpResponse:
    """Place a bet in a session."""
    if request.method != "POST":
        return redirect("session", session_id)
    try:
        return place_once(request, session_id=session_id)
    except Refusal as refusal:
        return _play_page(request, session_id, refusal)


def move_of(form: QueryDict) -> dict[str, Any]:
    """The move that a form writes: `index:int` is a number, `answer:list` all that was ticked, `guess` a text.

    `guess:lower` is in small letters, `hint:flag` true, `grid:cells` a digit for each field, 0 where it is empty.
    """
    sent: dict[str, Any] = {}
    for field in form:
        name, _, kind = field.partition(":")
        if field in (KEY_FIELD, "csrfmiddlewaretoken"):
            continue
        text = str(form[field]).strip()
        if kind == "int":
            sent[name] = int(text) if _NUMBER.fullmatch(text) else text
        elif kind == "lower":
            sent[name] = text.lower()
        elif kind == "flag":
            sent[name] = True
        elif kind == "cells":
            sent[name] = "".join(value.strip() or "0" for value in form.getlist(field))
        elif kind == "list":
            # An empty hidden field says that the question was answered although nothing is ticked.
            sent[name] = [value for value in form.getlist(field) if value]
        else:
            sent[name] = text
    return sent


_NUMBER = re.compile("[0-9]{1,9}", re.ASCII)


def _play_page(request: HttpRequest, session_id: int, refusal: Refusal | None = None) -> HttpResponse:
    found = own_session(signed_in(request), session_id)
    if found.game.type == Game.Type.PREDICTION:
        return redirect("game", found.game.slug)
    table = selectors.table_of(found, clock.now())
    slip = slip_shown(request, table.markets, is_sent=refusal is not None, win_max=markets.win_max(found))
    context = {"table": table, "session": found, "view": table.view, "slip": slip} | _ending(found)
    return with_refusal(request, "betting/play.html", context, refusal)


def _ending(session: GameSession) -> dict[str, Any]:
    """What the end of a session adds to its page: how it went, to be shown around, and for a daily the streak."""
    if session.is_running or session.status == GameSession.Status.VOIDED:
        return {}
    todays = dailies_of(session.user, clock.now(), session.game) if session.day else []
    daily = next((daily for daily in todays if daily.day == session.day), None)
    return {"daily": daily, "share": share_text(session, daily.streak if daily else 0)}
