"""Betting on oneself: in a session of a quiz or a puzzle, at odds that follow one's skill."""

import json

from django.db.models import Sum

from accounts.models import User
from betting import markets
from betting.errors import LimitReached
from betting.models import Bet
from betting.services.slips import Quote, Slip, check_odds, check_stake, payout, quoted
from games.errors import SessionEnded
from games.models import GameSession
from games.services import sessions
from quantix import clock
from quantix.db import the_one
from quantix.money import format_money

# On one's own skill the market's limit holds for all one stakes on it: the player knows more than the odds do,
# and many bets would be one large one. The session's row is locked.
_BET_WITHIN_LIMIT = """
    INSERT INTO bets (session_id, amount, choice, metadata, placed_at)
    SELECT %(session)s, %(amount)s, %(choice)s, %(metadata)s::jsonb, %(now)s
    WHERE %(amount)s + (SELECT coalesce(sum(b.amount), 0) FROM bets b
                        WHERE b.session_id = %(session)s AND b.metadata ->> 'market' = %(market)s) <= %(most)s
    RETURNING *
"""


def bet(player: User, slip: Slip) -> Bet:
    """The bet, written; its stake is still to be taken."""
    assert slip.session_id is not None
    session = sessions.lock(slip.session_id, player)
    offer = _offer(session, slip)
    metadata = {
        "odds": f"{offer.odds:.4f}",
        "market": offer.market.market,
        "label": f"{session.game.name}: {offer.choice.label}",
    }
    values = {
        "session": session.pk,
        "market": slip.market,
        "amount": slip.amount,
        "most": offer.market.stake_max,
        "choice": slip.choice,
        "metadata": json.dumps(metadata),
        "now": clock.now(),
    }
    written = list(Bet.objects.raw(_BET_WITHIN_LIMIT, values))
    if not written:
        raise LimitReached(_all_staked(offer))
    placed: Bet = written[0]
    placed.session = session
    return placed


def quote(player: User, slip: Slip) -> Quote:
    mine = GameSession.objects.of(player).select_related("game")
    assert slip.session_id is not None
    session = the_one(mine.filter(pk=slip.session_id))
    if not session.is_running:
        raise SessionEnded
    offer = _offer(session, slip)
    staked = session.bets.filter(metadata__market=slip.market).aggregate(sum=Sum("amount"))["sum"] or 0
    if staked + slip.amount > offer.market.stake_max:
        raise LimitReached(_all_staked(offer))
    return quoted(player=player, slip=slip, odds=offer.odds, payout_if_won=payout(slip.amount, offer.odds))


def _offer(session: GameSession, slip: Slip) -> markets.Offer:
    offer = markets.session_offer(session, slip.market, slip.choice)
    check_stake(offer.market, slip)
    check_odds(offer.odds, slip)
    return offer


def _all_staked(offer: markets.Offer) -> str:
    return f"All your stakes on this together may be {format_money(offer.market.stake_max)} at most."
