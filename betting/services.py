"""Placing bets: the one way in, for pages and programs. To be called in a transaction.

Locks are taken in the same order by all: the idempotency key, then the session or the event, then the
wallet. The bet and its posting are written together or not at all.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum

from accounts.models import User
from betting import markets
from betting.errors import CAP_REACHED, LimitReached, OddsChanged, StakeOutOfRange
from betting.limits import services as limits
from betting.models import Bet
from games.errors import SessionEnded
from games.models import Event, Game, GameSession
from games.services import sessions
from quantix import clock
from quantix.db import the_one
from quantix.errors import FieldError, Invalid, NotFound
from quantix.money import format_money, round_down
from wallets import ledger
from wallets.errors import InsufficientFunds
from wallets.models import Transaction, Wallet


@dataclass(frozen=True)
class Slip:
    """What a player asks for: one of `session_id` and `game_id`, and the worst odds that will do."""

    market: str
    choice: str
    amount: Decimal
    session_id: int | None = None
    game_id: int | None = None
    min_odds: Decimal | None = None


@dataclass(frozen=True)
class Quote:
    """What a bet would get. Money with two decimals, odds with four."""

    odds: Decimal
    payout_if_won: Decimal
    balance_after: Decimal


@dataclass(frozen=True)
class Placed:
    """A bet that stands, and the wallet's balance after it."""

    bet: Bet
    posting: Transaction

    @property
    def balance(self) -> Decimal:
        balance: Decimal = self.posting.balance_after
        return balance


def place_bet(*, player: User, slip: Slip) -> Placed:
    """Stake `slip.amount` on a choice, at the odds of this moment, frozen in the bet.

    Raises NotFound, SessionEnded, UnknownChoice, MarketClosed, StakeOutOfRange, OddsChanged, LimitReached
    (a liability cap, the market's limit on all one's stakes, or, told by the database once the transaction is
    undone, a limit or a break of the player's own), InsufficientFunds; each leaves no trace.
    """
    _check_target(slip)
    bet = _bet_in_session(player, slip) if slip.session_id is not None else _bet_on_event(player, slip)
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
    _check_target(slip)
    if slip.session_id is not None:
        mine = GameSession.objects.of(player).select_related("game")
        session = the_one(mine.filter(pk=slip.session_id))
        if not session.is_running:
            raise SessionEnded
        offer = markets.session_offer(session, slip.market, slip.choice)
        _check_slip(offer, slip)
        staked = session.bets.filter(metadata__market=slip.market).aggregate(sum=Sum("amount"))["sum"] or 0
        if staked + slip.amount > offer.market.stake_max:
            raise LimitReached(_all_staked(offer))
    else:
        event = the_one(Event.objects.select_related("game").filter(pk=slip.game_id))
        books = markets.liabilities(event)
        offer = markets.event_offer(event, books, slip.market, slip.choice)
        _check_slip(offer, slip)
        _check_room(event, books, offer, slip)
    limits.demand_room(player=player, amount=slip.amount)
    balance = Wallet.objects.values_list("balance", flat=True).get(user=player)
    if balance < slip.amount:
        raise InsufficientFunds
    return Quote(offer.odds, payout(slip.amount, offer.odds), balance - slip.amount)


def payout(stake: Decimal, odds: Decimal, weight: Decimal = Decimal(1)) -> Decimal:
    """What a won bet pays: stake * odds * weight, rounded down to the cent."""
    return round_down(stake * odds * weight)


# On one's own skill the market's limit holds for all one stakes on it: the player knows more than the odds do,
# and many bets would be one large one. The session's row is locked.
_BET_WITHIN_LIMIT = """
    INSERT INTO bets (session_id, amount, choice, metadata, placed_at)
    SELECT %(session)s, %(amount)s, %(choice)s, %(metadata)s::jsonb, %(now)s
    WHERE %(amount)s + (SELECT coalesce(sum(b.amount), 0) FROM bets b
                        WHERE b.session_id = %(session)s AND b.metadata ->> 'market' = %(market)s) <= %(most)s
    RETURNING *
"""


def _bet_in_session(player: User, slip: Slip) -> Bet:
    assert slip.session_id is not None
    session = sessions.lock(slip.session_id, player)
    offer = markets.session_offer(session, slip.market, slip.choice)
    _check_slip(offer, slip)
    values = {
        "session": session.pk,
        "market": slip.market,
        "amount": slip.amount,
        "most": offer.market.stake_max,
        "choice": slip.choice,
        "metadata": json.dumps(_frozen(offer, session.game)),
        "now": clock.now(),
    }
    placed = list(Bet.objects.raw(_BET_WITHIN_LIMIT, values))
    if not placed:
        raise LimitReached(_all_staked(offer))
    bet: Bet = placed[0]
    bet.session = session
    return bet


# The event's row is shared by all who bet and taken alone by who decides it: no bet slips in behind a result.
_EVENT = """
    SELECT e.*, g.name, g.slug, g.type, g.metadata, g.is_active,
        (SELECT s.id FROM game_sessions s
         WHERE s.game_id = e.game_id AND s.user_id = %(user)s AND s.status = 'in_progress') AS session_id,
        (SELECT coalesce(jsonb_object_agg(b.option, b.liability::text), '{}') FROM option_books b
         WHERE b.game_id = e.game_id) AS books
    FROM events e JOIN games g ON g.id = e.game_id WHERE e.game_id = %(game)s FOR SHARE OF e
"""
# Book and bet in one statement: the option's row is held for as short as can be, and refuses at the cap.
_BOOK_AND_BET = """
    WITH book AS (
        INSERT INTO option_books AS mine (game_id, option, stakes, liability)
        VALUES (%(game)s, %(choice)s, %(amount)s, %(payout)s)
        ON CONFLICT (game_id, option) DO UPDATE
            SET stakes = mine.stakes + excluded.stakes, liability = mine.liability + excluded.liability
            WHERE mine.liability + excluded.liability <= %(cap)s
        RETURNING 1
    )
    INSERT INTO bets (session_id, amount, choice, metadata, placed_at)
    SELECT %(session)s, %(amount)s, %(choice)s, %(metadata)s::jsonb, %(now)s FROM book
    RETURNING *
"""


def _bet_on_event(player: User, slip: Slip) -> Bet:
    event, session_id, books = _hold_event(player, slip)
    offer = markets.event_offer(event, books, slip.market, slip.choice)
    _check_slip(offer, slip)
    _check_room(event, books, offer, slip)
    values = {
        "game": event.pk,
        "choice": slip.choice,
        "amount": slip.amount,
        "payout": payout(slip.amount, offer.odds),
        "cap": event.game.config.liability_cap,
        "session": session_id or _join(player, event),
        "metadata": json.dumps(_frozen(offer, event.game)),
        "now": clock.now(),
    }
    placed = list(Bet.objects.raw(_BOOK_AND_BET, values))
    if not placed:
        raise LimitReached(CAP_REACHED)
    bet: Bet = placed[0]
    # What the bet's readers ask of its session is known already.
    bet.session = GameSession(pk=bet.session_id, user=player, game=event.game)
    return bet


def _hold_event(player: User, slip: Slip) -> tuple[Event, int | None, dict[str, Decimal]]:
    """The event with its game, the player's session in it, and its books: one query. Raises NotFound."""
    row: Any = next(iter(Event.objects.raw(_EVENT, {"user": player.pk, "game": slip.game_id})), None)
    if row is None:
        raise NotFound
    config = json.loads(row.metadata)
    row.game = Game(
        pk=row.pk, name=row.name, slug=row.slug, type=row.type, metadata=config, is_active=row.is_active
    )
    books = {option: Decimal(liability) for option, liability in json.loads(row.books).items()}
    return row, row.session_id, books


def _join(player: User, event: Event) -> int:
    """The id of the player's session in `event`, which begins with the first bet."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO game_sessions AS mine (user_id, game_id, status, metadata, started_at)
            VALUES (%s, %s, 'in_progress', '{"state": {}, "commitment": null}', %s)
            ON CONFLICT (user_id, game_id) WHERE status = 'in_progress' DO UPDATE SET status = mine.status
            RETURNING id
            """,
            [player.pk, event.pk, clock.now()],
        )
        return int(cursor.fetchone()[0])


def _all_staked(offer: markets.Offer) -> str:
    return f"All your stakes on this together may be {format_money(offer.market.stake_max)} at most."


def _check_target(slip: Slip) -> None:
    if (slip.session_id is None) == (slip.game_id is None):
        message = "Name the `session` you play in, or the `game` of a prediction: one of the two."
        raise Invalid(FieldError("session", "one-of-two", message))


def _check_slip(offer: markets.Offer, slip: Slip) -> None:
    market = offer.market
    if not market.stake_min <= slip.amount <= market.stake_max:
        least, most = format_money(market.stake_min), format_money(market.stake_max)
        raise StakeOutOfRange(f"Stake between {least} and {most} here.", field="amount")
    if slip.min_odds is not None and offer.odds < slip.min_odds:
        raise OddsChanged(odds=f"{offer.odds:.4f}")


def _check_room(event: Event, books: dict[str, Decimal], offer: markets.Offer, slip: Slip) -> None:
    if books.get(slip.choice, Decimal(0)) + payout(slip.amount, offer.odds) > event.game.config.liability_cap:
        raise LimitReached(CAP_REACHED)


def _frozen(offer: markets.Offer, game: Game) -> dict[str, str]:
    """What a bet keeps of its offer, whatever becomes of the market."""
    return {
        "odds": f"{offer.odds:.4f}",
        "market": offer.market.market,
        "label": f"{game.name}: {offer.choice.label}",
    }
