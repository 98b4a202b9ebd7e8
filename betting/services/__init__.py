"""Placing bets: the one way in, for pages and programs. Each to be called in a transaction.

Locks are taken in the same order by all: the idempotency key, then the session or the event, then the
event's books, then the wallet. The bet and its posting are written together or not at all.
"""

from accounts.models import User
from betting.services import on_event, on_session
from betting.services.cash_out import cash_out
from betting.services.slips import Placed, Quote, Slip, check_target, payout
from wallets import ledger

__all__ = ["Placed", "Quote", "Slip", "cash_out", "payout", "place_bet", "quote_bet"]


def place_bet(*, player: User, slip: Slip) -> Placed:
    """Stake `slip.amount` on a choice, at the odds of this moment, frozen in the bet.

    Raises NotFound, SessionEnded, UnknownChoice, MarketClosed, StakeOutOfRange, OddsChanged, LimitReached
    (a liability cap, the market's limit on all one's stakes, or, told by the database once the transaction is
    undone, a limit or a break of the player's own), InsufficientFunds; each leaves no trace.
    """
    check_target(slip)
    bet = on_session.bet(player, slip) if slip.session_id is not None else on_event.bet(player, slip)
    posting = ledger.post(
        user_id=player.pk,
        type="debit",
        category="bet",
        amount=slip.amount,
        description=f"Stake: {bet.metadata['label']}"[:255],
        metadata={"bet": bet.pk, "session": bet.session_id},
        reference=f"bet:{bet.pk}:stake",
    )
    return Placed(bet, posting)


def quote_bet(*, player: User, slip: Slip) -> Quote:
    """What `slip` would get if it were placed now; refused as placing it would be, and nothing is written."""
    check_target(slip)
    return on_session.quote(player, slip) if slip.session_id is not None else on_event.quote(player, slip)
