"""Settling: what becomes of open bets when a session ends or an event is decided.

A session's bets settle in the transaction that ends it. An event's settle in batches of players, by id of
their sessions; a batch is whole (bets, payouts, sessions, and how far it has got), so that settling goes on
where it was stopped, and nothing is paid twice.

Settling an event posts differences: what each bet should have brought, less what earlier settlements of it
have posted (`metadata.settled`). So a corrected result is settled by the same statements as the first one.
"""

import logging
from collections import deque
from typing import Any

from django.db import connection
from psycopg2 import sql

from betting.fates import fates
from betting.pools import split_of
from games.engines import odds
from games.hooks import Verdicts
from games.models import Event, GameSession
from quantix import clock, periodic
from quantix.db import in_one_transaction
from quantix.errors import DatabaseAway
from wallets import ledger

logger = logging.getLogger("quantix.settlement")
BATCH_SESSIONS = 1000
#: What is settled within a request.
BEGIN_BATCHES_MAX = 3


# In one statement with what it posts (`ledger.post_set`): every round trip here is one at each session's end.
_SETTLE_SESSION = sql.SQL("""
    settled AS (
        UPDATE bets SET
            outcome = CASE WHEN verdict.won THEN 'win' WHEN NOT verdict.won THEN 'loss' ELSE 'void' END,
            payout = CASE WHEN verdict.won THEN trunc(bets.amount * bets.odds, 2)
                WHEN NOT verdict.won THEN 0 ELSE bets.amount END,
            is_successful = coalesce(verdict.won, false),
            settled_at = %(now)s
        FROM unnest(%(markets)s::text[], %(choices)s::text[], %(won)s::boolean[]) AS verdict (market, choice, won)
        WHERE bets.session_id = %(session)s AND bets.outcome IS NULL
            AND bets.metadata ->> 'market' = verdict.market AND bets.choice = verdict.choice
        RETURNING bets.*
    ),
    lead AS (
        UPDATE player_ratings r SET lead = r.lead + moved.by
        FROM (SELECT sum(payout - amount + %(house_part)s * amount * (odds - 1)) AS by
              FROM settled WHERE outcome <> 'void') AS moved
        WHERE r.user_id = %(user)s AND r.scope = %(scope)s AND moved.by <> 0
    ),
""")
_PAYOUTS = sql.SQL("""
    SELECT b.user_id, b.id AS position, 'credit' AS type,
        CASE b.outcome WHEN 'void' THEN 'bet' ELSE 'win' END AS category,
        b.payout AS amount,
        left(CASE b.outcome WHEN 'void' THEN 'Stake back: ' ELSE 'Won: ' END || (b.metadata ->> 'label'), 255)
            AS description,
        jsonb_build_object('bet', b.id, 'session', b.session_id) AS metadata,
        'bet:' || b.id || ':settle:1' AS reference
    FROM settled b
    WHERE b.payout > 0
""")


def settle_session(session: GameSession, verdicts: Verdicts) -> None:
    """Settle the session's open bets by `verdicts`. Registered with `games.hooks.session_ended`. One statement."""
    values: dict[str, Any] = {
        "session": session.pk,
        "user": session.user_id,
        "scope": session.game.engine.scope,
        "house_part": odds.HOUSE_PART,
        "markets": [market for market, _ in verdicts],
        "choices": [choice for _, choice in verdicts],
        "won": list(verdicts.values()),
    }
    ledger.post_set(_PAYOUTS, values, first=_SETTLE_SESSION)


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


def begin_settling(game_id: int) -> None:
    """Settle the first batches of a decided event while whoever decided it waits; the worker does what is left."""
    for _ in range(BEGIN_BATCHES_MAX):
        if in_one_transaction(lambda: settle_batch(game_id)) < BATCH_SESSIONS:
            return


def finish_settling() -> int:
    """Settle what is left of decided events, where a settler was stopped or has yet to begin; how many sessions.

    For the worker's turn: a batch of each event, and round again. What is left then waits for the next turn.
    """
    undone = Event.objects.filter(decided_at__isnull=False, settled_at=None)
    waiting, settled = deque(undone.order_by("decided_at", "pk").values_list("pk", flat=True)), 0
    for _ in periodic.turn() if waiting else ():
        game_id = waiting.popleft()
        count = _go_on(game_id)
        settled += count
        if count == BATCH_SESSIONS:
            waiting.append(game_id)
        if not waiting:
            break
    return settled


def _go_on(game_id: int) -> int:
    """Settle a batch of an event; one that cannot be settled must not keep the others from it."""
    try:
        return in_one_transaction(lambda: settle_batch(game_id))
    except DatabaseAway:
        raise
    except Exception:
        logger.exception("event %s cannot be settled", game_id)
        return 0


_SETTLE_BETS = fates(
    events=sql.Identifier("events"), which=sql.SQL("b.session_id = ANY(%(sessions)s)")
) + sql.SQL("""
    UPDATE bets SET
        outcome = fates.outcome,
        payout = fates.payout,
        is_successful = CASE fates.outcome WHEN 'cashed_out' THEN fates.payout > fates.amount
            ELSE fates.outcome = 'win' END,
        settled_at = CASE WHEN (bets.outcome, bets.payout) = (fates.outcome, fates.payout)
            THEN bets.settled_at ELSE %(now)s END,
        metadata = bets.metadata - 'uncollected' || jsonb_build_object('settled', jsonb_build_object(
                'number', %(settlement)s,
                'bet', (posted_bet + bet)::text,
                'win', (posted_win + win)::text,
                'moved', jsonb_build_object('bet', bet::text, 'win', win::text)))
            || CASE WHEN uncollected > 0 THEN jsonb_build_object('uncollected', uncollected::text) ELSE '{}' END
    FROM fates
    WHERE bets.id = fates.id
    RETURNING bets.id
""")

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

_LOCK_WALLETS = """
    SELECT w.id FROM wallets w WHERE w.user_id IN (SELECT user_id FROM game_sessions WHERE id = ANY(%(sessions)s))
    ORDER BY w.id FOR NO KEY UPDATE
"""


def settle_batch(game_id: int, size: int = BATCH_SESSIONS) -> int:
    """Settle one batch of a decided event, in the transaction at hand; returns how many sessions it took."""
    # One settler at a time: two would wait for each other's wallets all along.
    event = Event.objects.select_for_update(no_key=True).get(pk=game_id)
    if not event.is_decided or event.settled_at:
        return 0
    if not event.settled_through:
        _fix_split(event)
    ahead = GameSession.objects.filter(game_id=game_id, pk__gt=event.settled_through).order_by("id")
    session_ids = list(ahead.select_for_update(no_key=True).values_list("pk", flat=True)[:size])
    values: dict[str, Any] = {
        "sessions": session_ids,
        "game": game_id,
        "settlement": event.settlement,
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        # What wallets hold decides what can be taken back: nobody may spend it in between.
        cursor.execute(_LOCK_WALLETS, values)
        cursor.execute(_SETTLE_BETS, values)
        bet_ids = [row[0] for row in cursor.fetchall()]
        if bet_ids:
            ledger.post_set(_DIFFERENCES, {**values, "bets": bet_ids})
    end_sessions(game_id, session_ids)
    event.settled_through = session_ids[-1] if session_ids else event.settled_through
    event.settled_at = clock.now() if len(session_ids) < size else None
    event.save(update_fields=["settled_through", "settled_at"])
    return len(session_ids)


def end_sessions(game_id: int, session_ids: list[int]) -> None:
    """Write how these players' part in a decided event came out, now that their bets are settled (again)."""
    with connection.cursor() as cursor:
        cursor.execute(_END_SESSIONS, {"sessions": session_ids, "game": game_id})


def settle_anew(event: Event) -> None:
    """Let a decided event, which is locked, be settled once more, from the first batch on: differences are posted."""
    event.settlement, event.settled_through, event.settled_at = event.settlement + 1, 0, None
    event.save(update_fields=["settlement", "settled_through", "settled_at"])


def _fix_split(event: Event) -> None:
    """Before the first batch of a settlement: how a pool is divided among all, whatever batch they are settled in."""
    if event.game.engine.kind == "pool":
        event.split = split_of(game_id=event.pk, weights=event.weights, known_at=event.outcome_known_at)
        event.save(update_fields=["split"])


_DIFFERENCES = sql.SQL("""
    SELECT b.user_id,
        row_number() OVER (PARTITION BY b.user_id ORDER BY line.amount < 0, b.id, line.category) AS position,
        CASE WHEN line.amount > 0 THEN 'credit' ELSE 'debit' END AS type,
        line.category,
        abs(line.amount) AS amount,
        left(CASE WHEN line.amount < 0 THEN 'Taken back: ' WHEN line.category = 'bet' THEN 'Stake back: '
            ELSE 'Won: ' END || (b.metadata ->> 'label'), 255) AS description,
        jsonb_build_object('bet', b.id, 'session', b.session_id) AS metadata,
        'bet:' || b.id || ':settle:' || %(settlement)s || line.suffix AS reference
    FROM bets b, LATERAL (VALUES
        ('win', (b.metadata #>> '{settled,moved,win}')::numeric, ''),
        -- A correction may move both: winnings back, and the stake back, or the other way round.
        ('bet', (b.metadata #>> '{settled,moved,bet}')::numeric,
            CASE WHEN (b.metadata #>> '{settled,moved,win}')::numeric = 0 THEN '' ELSE ':stake' END)
    ) AS line (category, amount, suffix)
    WHERE b.id = ANY(%(bets)s) AND line.amount <> 0
""")
