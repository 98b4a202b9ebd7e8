"""Selling a position back to the market maker before the close."""

import json
from decimal import Decimal
from typing import Any

from accounts.models import User
from betting import markets
from betting.errors import MarketClosed, OddsChanged
from betting.models import Bet
from betting.services.on_event import hold, prices_after
from betting.services.slips import Placed
from games.models import Event, GameSession
from quantix import clock
from quantix.db import the_one
from quantix.money import format_money
from wallets import ledger

# The books are held. The bet is sold once: whoever comes second finds it settled.
_SELL = """
    WITH sold AS (
        UPDATE bets SET outcome = 'cashed_out', payout = %(worth)s, is_successful = %(worth)s > amount,
            settled_at = %(now)s, metadata = metadata || %(metadata)s::jsonb
        WHERE id = %(bet)s AND outcome IS NULL
        RETURNING *
    ), book AS (
        UPDATE option_books AS mine
        SET stakes = mine.stakes + %(stakes)s, liability = mine.liability + %(liability)s,
            shares = mine.shares + %(shares)s
        FROM sold WHERE mine.game_id = %(game)s AND mine.option = sold.choice
    ), point AS (
        INSERT INTO price_points (game_id, at, prices) SELECT %(game)s, %(now)s, %(prices)s::jsonb FROM sold
    )
    SELECT * FROM sold
"""


def cash_out(*, player: User, bet_id: int, min_payout: Decimal | None = None) -> Placed:
    """Sell an open position for what its shares bring now; the proceeds are winnings. In a transaction.

    Raises NotFound (also where the bet is another's), MarketClosed for what cannot be sold (any more),
    OddsChanged where it would bring less than `min_payout`.
    """
    bet: Bet = the_one(Bet.objects.of(player).select_related("session").filter(pk=bet_id))
    if bet.shares is None or bet.outcome is not None:
        raise MarketClosed("This bet cannot be sold: it is no open position with a market maker.")
    event, _, state = hold(player, bet.session.game_id)
    worth = _worth(event, state, bet)
    if min_payout is not None and worth < min_payout:
        raise OddsChanged(f"It would bring {format_money(worth)} now. Nothing was sold.", payout=str(worth))
    sold = _sell(event, state, bet, worth)
    sold.session = GameSession(pk=sold.session_id, user=player, game=event.game)
    posting = ledger.post(
        user_id=player.pk,
        type="credit",
        category="win",
        amount=worth,
        description=f"Sold: {sold.metadata['label']}"[:255],
        metadata={"bet": sold.pk, "session": sold.session_id},
        reference=f"bet:{sold.pk}:cash-out",
    )
    return Placed(sold, posting)


def _worth(event: Event, state: Any, bet: Bet) -> Decimal:
    """What the position brings now. Raises MarketClosed, also where that is nothing."""
    if not markets.is_open(event, state):
        raise MarketClosed
    assert bet.shares is not None, "only shares are sold"
    worth = event.engine.worth(state, bet.choice, bet.shares)
    if not worth:
        raise MarketClosed("Selling this would bring nothing at the price of this moment.")
    return worth


def _sell(event: Event, state: Any, bet: Bet, worth: Decimal) -> Bet:
    """The bet, settled by its sale, and the books moved. Raises MarketClosed where somebody was faster."""
    taken, now = -bet.book, clock.now()
    values = {
        "bet": bet.pk,
        "game": event.pk,
        "worth": worth,
        "now": now,
        "stakes": taken.stakes,
        "liability": taken.liability,
        "shares": taken.shares,
        "prices": prices_after(event=event, state=state, option=bet.choice, added=taken),
        # Settling the event counts what was posted, and undoes a sale that came too late.
        "metadata": json.dumps(
            {
                "sold": {"payout": str(worth), "at": now.isoformat()},
                "settled": {"number": 0, "bet": "0.00", "win": str(worth)},
            }
        ),
    }
    written = list(Bet.objects.raw(_SELL, values))
    if not written:
        raise MarketClosed
    sold: Bet = written[0]
    return sold
