"""The stake slip of a page: what it shows, what it asks for when it is sent, and what is said where that is refused."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from betting import services
from betting.limits.slip import notes
from betting.services import Slip
from games.engines.base import Market
from games.engines.odds import LEAD_MAX
from games.models import Game
from quantix import rates
from quantix.errors import FieldError, Invalid, KeyReused, Refusal
from quantix.money import parse_amount
from quantix.pages import Done, go_on, once_for, signed_in
from quantix.templatetags.ui import money_filter
from quantix.templatetags.ui import odds as odds_filter
from wallets.errors import InsufficientFunds


def place_once(request: HttpRequest, **where: int) -> HttpResponse:
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

    `pick` is market/choice. `odds-{pick}` are the odds that were shown for it, where they do not follow the stake;
    else `quoted` tells for which pick and amount which odds were quoted.
    """
    pick = form.get("pick", "")
    market, _, choice = pick.partition("/")
    if not choice:
        raise Invalid(FieldError("pick", "required", "Choose what to stake on."))
    try:
        amount = parse_amount(form.get("amount", "").strip())
    except ValueError as error:
        raise Invalid(FieldError("amount", "amount", str(error))) from error
    quoted, _, odds = form.get("quoted", "").rpartition(" ")
    if quoted != f"{pick} {amount}":
        odds = form.get(f"odds-{pick}", "")
    return Slip(market, choice, amount, min_odds=_odds(odds), **where)


def _odds(text: str) -> Decimal | None:
    """The odds in a hidden field of our own form; whoever meddles with it gets the odds as they are."""
    return Decimal(text) if text.replace(".", "", 1).isdecimal() and text.isascii() else None


def slip_shown(
    request: HttpRequest, open_markets: list[Market], *, is_sent: bool = False, win_max: Decimal | None = None
) -> dict[str, Any] | None:
    """What the stake slip shows: the choices on offer and, where it was sent, what it asked for.

    `win_max` is what all stakes of a session together may win; None for an event.
    """
    choices = [(market, choice) for market in open_markets for choice in market.choices]
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
        "win_max": win_max,
        "is_ahead": win_max is not None and win_max < LEAD_MAX / 2,
        "picked": request.POST.get("pick") if is_sent else None,
        "amount": request.POST.get("amount", "") if is_sent else "",
    }


_SENT_BEFORE = "This form was sent before. Here is how things stand now."


def with_refusal(
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
