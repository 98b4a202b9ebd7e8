"""Pages on which one plays and stakes: a session, and an event."""

import re
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from betting import selectors, services
from betting.limits.slip import notes
from betting.services import Slip
from betting.standing import selectors as standing
from games.dailies import dailies_of, share_text
from games.engines.base import Market
from games.models import Event, Game, GameSession
from games.services import sessions
from games.views import game_page, own_session
from quantix import clock, rates
from quantix.errors import FieldError, Invalid, KeyReused, Refusal
from quantix.money import parse_amount
from quantix.pages import KEY_FIELD, Done, go_on, once_for, signed_in
from quantix.templatetags.ui import money_filter
from quantix.templatetags.ui import odds as odds_filter
from wallets.errors import InsufficientFunds


@require_safe
def game(request: HttpRequest, slug: str) -> HttpResponse:
    """A game's page; for a prediction it is the event itself."""
    found = get_object_or_404(Game.objects.select_related("event"), slug=slug)
    if found.type == Game.Type.PREDICTION:
        return _event_page(request, found.event)
    return game_page(request, found, board=standing.top(found))


@login_required
def stake_on_event(request: HttpRequest, game_id: int) -> HttpResponse:
    """Place a bet on an option of an event."""
    if request.method != "POST":
        return redirect("game", get_object_or_404(Game, pk=game_id).slug)
    try:
        return _place_once(request, game_id=game_id)
    except Refusal as refusal:
        event = get_object_or_404(Event.objects.select_related("game"), pk=game_id)
        return _event_page(request, event, refusal)


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
        return _place_once(request, session_id=session_id)
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


def _place_once(request: HttpRequest, **where: int) -> HttpResponse:
    rates.demand("bets", str(request.user.pk), settings.RATES["bets"])
    return go_on(request, once_for(request, lambda: _place(request, **where)))


def _place(request: HttpRequest, **where: int) -> Done:
    """Place the bet that a slip's form asks for; back to the page of play, saying so."""
    placed = services.place_bet(player=signed_in(request), slip=slip_of(request.POST, **where))
    bet = placed.bet
    words = f"{money_filter(bet.amount)} staked at {odds_filter(bet.odds)}: {bet.metadata['label']}."
    game = bet.session.game
    if game.type == Game.Type.PREDICTION:
        return Done(reverse("game", args=[game.slug]), words)
    return Done(reverse("session", args=[bet.session_id]), words)


def slip_of(form: QueryDict, **where: int) -> Slip:
    """The slip that a form asks for. Raises Invalid.

    `pick` is market/choice, `odds-{pick}` the odds that were shown for it.
    """
    pick = form.get("pick", "")
    market, _, choice = pick.partition("/")
    if not choice:
        raise Invalid(FieldError("pick", "required", "Choose what to stake on."))
    try:
        amount = parse_amount(form.get("amount", "").strip())
    except ValueError as error:
        raise Invalid(FieldError("amount", "amount", str(error))) from error
    return Slip(market, choice, amount, min_odds=_odds(form.get(f"odds-{pick}", "")), **where)


def _odds(text: str) -> Decimal | None:
    """The odds in a hidden field of our own form; whoever meddles with it gets the odds as they are."""
    return Decimal(text) if text.replace(".", "", 1).isdecimal() and text.isascii() else None


def _play_page(request: HttpRequest, session_id: int, refusal: Refusal | None = None) -> HttpResponse:
    found = own_session(signed_in(request), session_id)
    if found.game.type == Game.Type.PREDICTION:
        return redirect("game", found.game.slug)
    table = selectors.table_of(found, clock.now())
    slip = _slip(request, table.markets, refusal)
    context = {"table": table, "session": found, "view": table.view, "slip": slip} | _ending(found)
    return _with_refusal(request, "betting/play.html", context, refusal)


def _ending(session: GameSession) -> dict[str, Any]:
    """What the end of a session adds to its page: how it went, to be shown around, and for a daily the streak."""
    if session.is_running or session.status == GameSession.Status.VOIDED:
        return {}
    todays = dailies_of(session.user, clock.now(), session.game) if session.day else []
    daily = next((daily for daily in todays if daily.day == session.day), None)
    return {"daily": daily, "share": share_text(session, daily.streak if daily else 0)}


def _event_page(request: HttpRequest, event: Event, refusal: Refusal | None = None) -> HttpResponse:
    player = signed_in(request) if request.user.is_authenticated else None
    table = selectors.event_table(event, player, clock.now())
    slip = _slip(request, [table.market] if table.market else [], refusal)
    context = {"table": table, "game": event.game, "slip": slip}
    return _with_refusal(request, "betting/event.html", context, refusal)


def _slip(request: HttpRequest, open_markets: list[Market], refusal: Refusal | None) -> dict[str, Any] | None:
    """What the stake slip shows: the choices on offer and, after a refusal, what was asked for."""
    choices = [(market, choice) for market in open_markets for choice in market.choices if choice.odds]
    if not choices:
        return None
    least, most = (
        min(market.stake_min for market, _ in choices),
        max(market.stake_max for market, _ in choices),
    )
    return {
        **notes(request.user, least, most),
        "choices": choices,
        "stake_min": least,
        "stake_max": most,
        "picked": request.POST.get("pick") if refusal else None,
        "amount": request.POST.get("amount", "") if refusal else "",
    }


_SENT_BEFORE = "This form was sent before. Here is how things stand now."


def _with_refusal(
    request: HttpRequest, template: str, context: dict[str, Any], refusal: Refusal | None
) -> HttpResponse:
    """The page, saying beside each field what is wrong with it, or above all what else was refused."""
    if refusal is None:
        return render(request, template, context)
    faults = {error.field: error.message for error in refusal.errors}
    if isinstance(refusal, InsufficientFunds):
        # The wallet's word on the amount stands where the amount was written.
        faults["amount"] = refusal.detail
    words = _SENT_BEFORE if isinstance(refusal, KeyReused) else refusal.detail
    context |= {"faults": faults, "refused": "" if faults else words, "odds_now": refusal.extra.get("odds")}
    reply = render(request, template, context, status=refusal.status)
    for name, value in refusal.headers.items():
        reply[name] = value
    return reply
