"""What an event may cost the house: by its configuration before there is a bet, and by its books from then on."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum
from django.http import HttpRequest

from accounts.backoffice import Panel, list_url
from betting import books
from betting.models import Bet
from games.models import Event
from quantix.templatetags.ui import money_filter

HEADINGS = ["option", "stakes", "pays if true", "house keeps if true", "house loses at most"]


def liability(request: HttpRequest | None, event: Event) -> Panel:
    """What each option costs if it comes true: as the books stand, and at most, whatever is staked still.

    Of a pool nothing either way. At most two queries.
    """
    state = books.current_state(event)
    rows = _rows(event, state, _taken(event, state))
    loss = event.engine.loss_max(state)
    title = "Liability" if loss is None else f"Liability: the house loses {money_filter(loss)} at most"
    figures = range(1, len(HEADINGS))
    return Panel(title, HEADINGS, rows, list_url(Bet, game__id__exact=event.pk), figures=figures)


def _rows(event: Event, state: Any, taken: Decimal) -> Sequence[Sequence[object]]:
    at_most = event.engine.losses_at_most(state.config)
    rows = []
    for option in state.config.options:
        book = state.book(option.id)
        pays = taken if event.engine.kind == "pool" else book.liability
        sums = (book.stakes, pays, taken - pays, at_most[option.id])
        rows.append([option.label, *map(money_filter, sums)])
    return rows


def _taken(event: Event, state: Any) -> Decimal:
    """What the house holds of the players: open stakes, and what positions that were sold have left it."""
    taken = event.engine.total(state)
    if not event.engine.is_sellable:
        return taken
    sold = Bet.objects.filter(game=event.pk, outcome=Bet.Outcome.CASHED_OUT)
    left: Decimal = sold.aggregate(left=Sum(F("amount") - F("payout"), default=Decimal(0)))["left"]
    return taken + left
