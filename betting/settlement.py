"""Settling: what becomes of open bets when a session ends or an event is decided.

A session's bets settle in the transaction that ends it. An event's settle in batches of players, each
batch whole (bets, payouts, sessions) and each choosing what is still open: stopped anywhere, it goes on
from there, and nothing is paid twice.
"""

from django.db import connection
from psycopg2 import sql

from betting.models import Bet
from betting.services import payout
from games.hooks import Settle
from games.models import Event, GameSession
from quantix import clock
from quantix.db import in_one_transaction
from wallets import ledger

BATCH_SESSIONS = 1000


def settle_session(session: GameSession, settle: Settle) -> None:
    """Settle the session's open bets by `settle`. Registered with `games.hooks.session_ended`."""
    bets = list(Bet.objects.open().filter(session=session).order_by("id"))
    if not bets:
        return
    now = clock.now()
    for bet in bets:
        won = settle(bet.market, bet.choice)
        bet.outcome = {True: "win", False: "loss", None: "void"}[won]
        bet.payout = {True: payout(bet.amount, bet.odds), False: 0, None: bet.amount}[won]
        bet.is_successful, bet.settled_at = won is True, now
    Bet.objects.bulk_update(bets, ["outcome", "payout", "is_successful", "settled_at"])
    _pay([bet.pk for bet in bets], settlement=1)


def settle_event(game_id: int, batch_sessions: int = BATCH_SESSIONS) -> int:
    """Settle what is still open of a decided event, batch by batch; returns how many sessions were settled.

    Not to be called in a transaction: each batch is one.
    """
    settled = 0
    while True:
        count = in_one_transaction(lambda: settle_batch(game_id, batch_sessions))
        settled += count
        if count < batch_sessions:
            return settled


def finish_settling() -> int:
    """Settle what is left of decided events, where a settler was stopped or has yet to begin; how many sessions."""
    undone = Event.objects.filter(decided_at__isnull=False, settled_at=None)
    return sum(settle_event(game_id) for game_id in undone.values_list("pk", flat=True))


# Bets placed at or after `outcome_known_at` are void, whatever was chosen; so are all of a voided event.
_SETTLE_BETS = """
    WITH due AS (
        SELECT b.id, b.amount,
            e.status = 'voided' OR coalesce(b.placed_at >= e.outcome_known_at, false) AS is_void,
            trunc(b.amount * b.odds * coalesce((e.weights ->> b.choice)::numeric, 0), 2) AS payout
        FROM bets b JOIN game_sessions s ON s.id = b.session_id JOIN events e ON e.game_id = s.game_id
        WHERE s.id = ANY(%(sessions)s) AND b.outcome IS NULL
    )
    UPDATE bets SET
        outcome = CASE WHEN is_void THEN 'void' WHEN due.payout > 0 THEN 'win' ELSE 'loss' END,
        payout = CASE WHEN is_void THEN due.amount ELSE due.payout END,
        is_successful = NOT is_void AND due.payout > 0,
        settled_at = %(now)s
    FROM due WHERE bets.id = due.id
    RETURNING bets.id
"""

# The score is the Brier score of what the player backed: the squared distance between the shares of the
# stakes on each option and what came true, from 0 (all on it) to 2 (all on something else). Brier 1950.
_END_SESSIONS = """
    WITH backed AS (
        SELECT b.session_id, b.choice, sum(b.amount) AS stake, sum(b.payout) AS payout
        FROM bets b WHERE b.session_id = ANY(%(sessions)s) AND b.outcome <> 'void' GROUP BY 1, 2
    ), totals AS (
        SELECT session_id, sum(payout) - sum(stake) AS net, sum(stake) AS stake FROM backed GROUP BY 1
    ), scores AS (
        SELECT backed.session_id,
            sum(power(backed.stake / totals.stake, 2))
                - 2 * sum(backed.stake / totals.stake * coalesce((e.weights ->> backed.choice)::numeric, 0))
                + (SELECT sum(power(w.value::numeric, 2)) FROM jsonb_each_text(e.weights) w) AS brier
        FROM backed JOIN totals USING (session_id), events e WHERE e.game_id = %(game)s
        GROUP BY backed.session_id, e.weights
    )
    UPDATE game_sessions s SET
        status = CASE e.status WHEN 'voided' THEN 'voided' ELSE 'completed' END,
        ended_at = greatest(e.decided_at, s.started_at),
        result = CASE WHEN e.status = 'voided' THEN NULL
            WHEN totals.net > 0 THEN 'win' WHEN totals.net < 0 THEN 'loss' ELSE 'draw' END,
        score = CASE e.status WHEN 'voided' THEN NULL ELSE scores.brier END
    FROM game_sessions mine
    JOIN events e ON e.game_id = mine.game_id
    LEFT JOIN totals ON totals.session_id = mine.id
    LEFT JOIN scores ON scores.session_id = mine.id
    WHERE s.id = mine.id AND mine.id = ANY(%(sessions)s)
"""


def settle_batch(game_id: int, size: int = BATCH_SESSIONS) -> int:
    """Settle one batch of a decided event, in the transaction at hand; returns how many sessions it took."""
    # One settler at a time: two would wait for each other's wallets all along.
    event = Event.objects.select_for_update(no_key=True).get(pk=game_id)
    if not event.is_decided or event.settled_at:
        return 0
    running = GameSession.objects.running().filter(game_id=game_id).order_by("id")
    session_ids = list(running.select_for_update(no_key=True).values_list("pk", flat=True)[:size])
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE_BETS, {"sessions": session_ids, "now": clock.now()})
        bet_ids = [row[0] for row in cursor.fetchall()]
        _pay(bet_ids, event.settlement)
        cursor.execute(_END_SESSIONS, {"sessions": session_ids, "game": game_id})
    if len(session_ids) < size:
        event.settled_at = clock.now()
        event.save(update_fields=["settled_at"])
    return len(session_ids)


_PAYOUTS = sql.SQL("""
    SELECT s.user_id, b.id AS position, 'credit' AS type,
        CASE b.outcome WHEN 'void' THEN 'bet' ELSE 'win' END AS category,
        b.payout AS amount,
        left(CASE b.outcome WHEN 'void' THEN 'Stake back: ' ELSE 'Won: ' END || (b.metadata ->> 'label'), 255)
            AS description,
        jsonb_build_object('bet', b.id, 'session', s.id) AS metadata,
        'bet:' || b.id || ':settle:' || %(settlement)s AS reference
    FROM bets b JOIN game_sessions s ON s.id = b.session_id
    WHERE b.id = ANY(%(bets)s) AND b.payout > 0
""")


def _pay(bet_ids: list[int], settlement: int) -> None:
    """Post what the settled bets pay: winnings as `win`, stakes given back as `bet`."""
    if bet_ids:
        ledger.post_set(_PAYOUTS, {"bets": bet_ids, "settlement": settlement})
