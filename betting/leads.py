"""How far players are ahead of the house by settled bets on their own skill (`games.engines.odds` says what for).

The end of a session adds what its bets make of it, in the statement that settles them (`settlement`); a bet that is
voided later takes its part out again.
"""

from decimal import Decimal

from django.db.models import F

from betting.markets import prize
from betting.models import Bet
from games.engines import odds
from games.models import PlayerRating


def part_of(bet: Bet) -> Decimal:
    """What a bet on one's own skill has made of its player's lead, as it stands; nothing while open, or void."""
    if bet.outcome not in (Bet.Outcome.WIN, Bet.Outcome.LOSS):
        return Decimal(0)
    assert bet.payout is not None
    return odds.lead(bet.payout - bet.amount, prize(bet.amount, bet.odds))


def take_back(bet: Bet, part: Decimal) -> None:
    """Take `part`, what `bet` has made of the lead, out of it. Locks the player's rating."""
    rated = PlayerRating.objects.of(bet.session.user_id).in_scope(bet.session.game.engine.scope)
    rated.update(lead=F("lead") - part)
