"""Betting on an event, by whatever mechanism: the engine says what a stake gets, the books are moved with the bet."""

import json
from decimal import Decimal
from typing import Any

from django.db import connection

from accounts.models import User
from betting import books, markets
from betting.errors import CAP_REACHED, LimitReached
from betting.models import Bet, OptionBook
from betting.services.slips import Quote, Slip, check_odds, check_stake, quoted
from games.engines.prediction.event import Deal
from games.models import Event, Game, GameSession
from quantix import clock
from quantix.db import the_one
from quantix.errors import NotFound

# The event's row is shared by all who bet and taken alone by who decides it: no bet slips in behind a result.
# Where every bet moves the prices, the books are taken by one at a time, and read once they are held; at fixed
# odds they are read as they stand, and only the book that is bet on is held, later.
_EVENT = """
    WITH held AS MATERIALIZED (
        SELECT e.*, g.name, g.slug, g.type, g.metadata, g.is_active
        FROM events e JOIN games g ON g.id = e.game_id WHERE e.game_id = %(game)s FOR SHARE OF e
    ), moving AS MATERIALIZED (
        SELECT option, stakes, liability, shares FROM option_books
        WHERE game_id = (SELECT game_id FROM held WHERE metadata ->> 'mechanism' <> 'fixed')
        ORDER BY id FOR NO KEY UPDATE
    ), standing AS (
        SELECT option, stakes, liability, shares FROM option_books
        WHERE game_id = (SELECT game_id FROM held WHERE metadata ->> 'mechanism' = 'fixed')
    )
    SELECT held.*,
        (SELECT s.id FROM game_sessions s
         WHERE s.game_id = held.game_id AND s.user_id = %(user)s AND s.status = 'in_progress') AS session_id,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(option, stakes::text, liability::text, shares::text)), '[]')
         FROM (SELECT * FROM moving UNION ALL SELECT * FROM standing) AS every) AS books
    FROM held
"""
# Book, price and bet in one statement: the books are held for as short as can be, and refuse at the cap.
_BOOK_AND_BET = """
    WITH book AS (
        INSERT INTO option_books AS mine (game_id, option, stakes, liability, shares)
        VALUES (%(game)s, %(choice)s, %(amount)s, %(liability)s, %(shares)s)
        ON CONFLICT (game_id, option) DO UPDATE
            SET stakes = mine.stakes + excluded.stakes, liability = mine.liability + excluded.liability,
                shares = mine.shares + excluded.shares
            WHERE %(cap)s::numeric IS NULL OR mine.liability + excluded.liability <= %(cap)s
        RETURNING 1
    ), point AS (
        INSERT INTO price_points (game_id, at, prices)
        SELECT %(game)s, %(now)s, %(prices)s::jsonb FROM book WHERE %(prices)s IS NOT NULL
    )
    INSERT INTO bets (session_id, amount, choice, metadata, placed_at)
    SELECT %(session)s, %(amount)s, %(choice)s, %(metadata)s::jsonb, %(now)s FROM book
    RETURNING *
"""


def bet(player: User, slip: Slip) -> Bet:
    """The bet, written, the books moved; its stake is still to be taken."""
    assert slip.game_id is not None
    event, session_id, state = hold(player, slip.game_id)
    offer = markets.event_offer(event, state, slip.market, slip.choice)
    deal = _deal(event, state, offer, slip)
    values = {
        "game": event.pk,
        "choice": slip.choice,
        "amount": slip.amount,
        "liability": deal.added.liability,
        "shares": deal.added.shares,
        "cap": event.engine.cap(event.game.config),
        "prices": prices_after(event=event, state=state, option=slip.choice, added=deal.added),
        "session": session_id or _join(player, event),
        "metadata": json.dumps(_frozen(event.game, offer, deal)),
        "now": clock.now(),
    }
    written = list(Bet.objects.raw(_BOOK_AND_BET, values))
    if not written:
        raise LimitReached(CAP_REACHED)
    placed: Bet = written[0]
    # What the bet's readers ask of its session is known already.
    placed.session = GameSession(pk=placed.session_id, user=player, game=event.game)
    return placed


def quote(player: User, slip: Slip) -> Quote:
    event = the_one(Event.objects.select_related("game").filter(pk=slip.game_id))
    state = books.current_state(event)
    offer = markets.event_offer(event, state, slip.market, slip.choice)
    deal = _deal(event, state, offer, slip)
    return quoted(player=player, slip=slip, odds=deal.odds, payout_if_won=deal.payout)


def hold(player: User, game_id: int) -> tuple[Event, int | None, Any]:
    """The event with its game, the player's session in it, and its state, held as betting needs it. Raises NotFound.

    One query.
    """
    row: Any = next(iter(Event.objects.raw(_EVENT, {"user": player.pk, "game": game_id})), None)
    if row is None:
        raise NotFound
    config = json.loads(row.metadata)
    row.game = Game(
        pk=row.pk, name=row.name, slug=row.slug, type=row.type, metadata=config, is_active=row.is_active
    )
    held = [
        OptionBook(
            option=option, stakes=Decimal(stakes), liability=Decimal(liability), shares=Decimal(shares)
        )
        for option, stakes, liability, shares in json.loads(row.books)
    ]
    return row, row.session_id, books.state_of(row, held)


def prices_after(*, event: Event, state: Any, option: str, added: Any) -> str | None:
    """The prices that a trade leaves, as JSON; None at fixed odds, where it leaves them as they were."""
    if event.engine.kind == "fixed":
        return None
    return json.dumps(books.told(event.engine, state.plus(option, added)))


def _deal(event: Event, state: Any, offer: markets.Offer, slip: Slip) -> Deal:
    """What the slip gets. Raises StakeOutOfRange, OddsChanged, LimitReached."""
    check_stake(offer.market, slip)
    engine = event.engine
    deal: Deal = engine.deal(state, slip.choice, slip.amount)
    check_odds(deal.odds, slip)
    cap = engine.cap(state.config)
    if cap is not None and (state.book(slip.choice) + deal.added).liability > cap:
        raise LimitReached(CAP_REACHED)
    return deal


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


def _frozen(game: Game, offer: markets.Offer, deal: Deal) -> dict[str, str]:
    """What a bet keeps of its offer, whatever becomes of the market."""
    frozen = {
        "odds": f"{deal.odds:.4f}",
        "market": offer.market.market,
        "label": f"{game.name}: {offer.choice.label}",
        "mechanism": game.engine.kind,
    }
    return frozen if deal.shares is None else frozen | {"shares": f"{deal.shares:.6f}"}
