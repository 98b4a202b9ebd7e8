"""Betting on oneself: in a session of a quiz or a puzzle, at odds that follow one's skill."""

import json
from decimal import Decimal

from django.db.models import F, Q, Sum

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

# On one's own skill the market's limit holds for all one stakes on it, and what may be won for all bets of the
# session: the player knows more than the odds do, and many bets would be one large one. The session's row is locked.
_BET_WITHIN_LIMIT = """
    INSERT INTO bets (session_id, amount, choice, metadata, placed_at)
    SELECT %(session)s, %(amount)s, %(choice)s, %(metadata)s::jsonb, %(now)s
    WHERE %(amount)s + (SELECT coalesce(sum(b.amount), 0) FROM bets b
                        WHERE b.session_id = %(session)s AND b.metadata ->> 'market' = %(market)s) <= %(most)s
        AND %(prize)s + (SELECT coalesce(sum(b.amount * (b.odds - 1)), 0) FROM bets b
                         WHERE b.session_id = %(session)s) <= %(win_max)s
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
        "prize": markets.prize(slip.amount, offer.odds),
        "win_max": markets.win_max(session),
        "choice": slip.choice,
        "metadata": json.dumps(metadata),
        "now": clock.now(),
    }
    written = list(Bet.objects.raw(_BET_WITHIN_LIMIT, values))
    if not written:
        raise _limit_reached(session, offer)
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
    _check_reach(session, offer, slip)
    return quoted(player=player, slip=slip, odds=offer.odds, payout_if_won=payout(slip.amount, offer.odds))


def _offer(session: GameSession, slip: Slip) -> markets.Offer:
    offer = markets.session_offer(session, slip.market, slip.choice)
    check_stake(offer.market, slip)
    check_odds(offer.odds, slip)
    return offer


def _check_reach(session: GameSession, offer: markets.Offer, slip: Slip) -> None:
    """Refuse what `_BET_WITHIN_LIMIT` refuses. One query."""
    on_market = Q(metadata__market=slip.market)
    sums = session.bets.aggregate(
        staked=Sum("amount", filter=on_market, default=Decimal(0)),
        prizes=Sum(F("amount") * (F("odds") - 1), default=Decimal(0)),
    )
    staked, prizes = sums["staked"] + slip.amount, sums["prizes"] + markets.prize(slip.amount, offer.odds)
    if staked > offer.market.stake_max or prizes > markets.win_max(session):
        raise _limit_reached(session, offer)


def _limit_reached(session: GameSession, offer: markets.Offer) -> LimitReached:
    most, win = format_money(offer.market.stake_max), format_money(markets.win_max(session))
    return LimitReached(
        f"All your stakes on this together may be {most} at most, and all bets of this session may win {win} at most."
    )
