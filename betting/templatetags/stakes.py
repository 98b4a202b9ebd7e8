"""What the templates of bets need beyond the tags of the site."""

from decimal import Decimal

from django import template

from betting.models import Bet
from betting.services import payout

register = template.Library()


@register.filter
def pick_words(bet: Bet, game_name: str) -> str:
    """What was bet on, as it was called when the bet was placed, on a page that names the game already."""
    label: str = bet.metadata.get("label", bet.choice)
    return label.removeprefix(f"{game_name}: ")


@register.filter
def to_return(bet: Bet) -> Decimal:
    """What an open bet pays if it comes true."""
    return payout(bet.amount, bet.odds)
