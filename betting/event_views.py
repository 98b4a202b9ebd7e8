"""The page of an event: its options and prices, a quote as one types, stakes, and the sale of a position."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from betting import selectors, services
from betting.models import Bet
from betting.slip_forms import place_once, slip_of, slip_shown, with_refusal
from games.models import Event, Game
from quantix import clock
from quantix.db import the_one
from quantix.errors import Refusal
from quantix.money import parse_money
from quantix.pages import Done, go_on, once_for, signed_in
from quantix.templatetags.ui import money_filter


def event_page(
    request: HttpRequest, event: Event, refusal: Refusal | None = None, more: dict[str, Any] | None = None
) -> HttpResponse:
    """The event as it stands; with what was refused, or `more`: what was quoted (`_quoted`)."""
    is_own = request.user.is_authenticated and "as_player" not in (more or {})
    player = signed_in(request) if is_own else None
    table = selectors.event_table(event, player, clock.now())
    is_sent = "pick" in request.POST
    context = {
        "table": table,
        "game": event.game,
        "slip": slip_shown(request, [table.market] if table.market else [], is_sent=is_sent),
        "mechanism": event.engine.kind,
        **(more or {}),
    }
    return with_refusal(request, "betting/event.html", context, refusal)


@login_required
def stake_on_event(request: HttpRequest, game_id: int) -> HttpResponse:
    """Place a bet on an option of an event."""
    if request.method != "POST":
        return _to_event(game_id)
    try:
        return place_once(request, game_id=game_id)
    except Refusal as refusal:
        return event_page(request, _event(game_id), refusal)


@login_required
def quote_on_event(request: HttpRequest, game_id: int) -> HttpResponse:
    """What the slip as it is filled in would get; a part of the page for htmx, else the page with it."""
    if request.method != "POST":
        return _to_event(game_id)
    event, is_part = _event(game_id), bool(getattr(request, "htmx", False))
    try:
        quoted = _quoted(request, game_id)
    except Refusal as refusal:
        if is_part:
            return render(request, "betting/_quote.html", {"unquoted": refusal}, status=refusal.status)
        return event_page(request, event, refusal)
    if is_part:
        return render(request, "betting/_quote.html", {"mechanism": event.engine.kind, **quoted})
    return event_page(request, event, more=quoted)


def _quoted(request: HttpRequest, game_id: int) -> dict[str, Any]:
    """The quote, and for what it holds: the form sends that back with the stake. Raises what quoting refuses."""
    slip = slip_of(request.POST, game_id=game_id)
    # What was quoted before is not what this is asked for.
    quote = services.quote_bet(player=signed_in(request), slip=replace(slip, min_odds=None))
    return {"quote": quote, "quoted": f"{slip.market}/{slip.choice} {slip.amount} {quote.odds:.4f}"}


@login_required
def cash_out(request: HttpRequest, bet_id: int) -> HttpResponse:
    """Sell a position for what the page has shown for it, or more."""
    player = signed_in(request)
    bet = the_one(Bet.objects.of(player).select_related("session__game").filter(pk=bet_id))
    if request.method != "POST":
        return _to_event(bet.session.game_id)

    def sell() -> Done:
        least = _shown(request.POST.get("min_payout", ""))
        sold = services.cash_out(player=player, bet_id=bet_id, min_payout=least)
        words = f"Sold for {money_filter(sold.bet.payout)}: {sold.bet.metadata['label']}."
        return Done(reverse("game", args=[sold.bet.session.game.slug]), words)

    try:
        return go_on(request, once_for(request, sell))
    except Refusal as refusal:
        if bet.session.game.type != Game.Type.PREDICTION:
            raise
        return event_page(request, _event(bet.session.game_id), refusal)


def _event(game_id: int) -> Event:
    return get_object_or_404(Event.objects.select_related("game"), pk=game_id)


def _to_event(game_id: int) -> HttpResponse:
    return redirect("game", get_object_or_404(Game, pk=game_id).slug)


def _shown(text: str) -> Decimal | None:
    """The worth in a hidden field of our own form; whoever meddles with it sells for what it brings."""
    try:
        return parse_money(text)
    except ValueError:
        return None
