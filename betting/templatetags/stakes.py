"""What the templates of bets need beyond the tags of the site."""

from decimal import Decimal
from typing import Any

from django import template

from betting.limits.standing import standing_of
from betting.models import Bet
from betting.services import payout
from quantix import clock

register = template.Library()


@register.simple_tag(takes_context=True)
def pause_words(context: Any) -> str:
    """That the player is on a break, or has excluded themselves; empty for who has not. One query."""
    standing = standing_of(context["user"].pk, clock.now())
    return standing.shut_words() if standing.shut_until else ""


@register.filter
def pick_words(bet: Bet, game_name: str) -> str:
    """What was bet on, as it was called when the bet was placed, on a page that names the game already."""
    label: str = bet.metadata.get("label", bet.choice)
    return label.removeprefix(f"{game_name}: ")


@register.filter
def limit_words(name: str) -> str:
    """A limit as people call it: `Stakes a day` for `stake.day`."""
    measure, _, window = name.partition(".")
    return f"{'Stakes' if measure == 'stake' else 'Losses'} a {window}"


@register.filter
def to_return(bet: Bet) -> Decimal:
    """What an open bet pays if it comes true."""
    return payout(bet.amount, bet.odds)
