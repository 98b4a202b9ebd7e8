"""What deciding an event would pay, before it is decided (or corrected): by the very rule that settles it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from psycopg2 import sql

from accounts.models import User
from betting.events import Keep, check_weights, known_at_of, lock_to_decide, written
from betting.fates import fates
from betting.pools import split_of
from games.models import Event

#: Of the bets, as many are told one by one.
ROWS_MAX = 50


@dataclass(frozen=True)
class Change:
    """What would become of one bet: `delta` is what its wallet gets, or gives back where it is below zero."""

    user: int
    bet: int
    username: str
    choice: str
    stake: Decimal
    outcome: str
    payout: Decimal
    delta: Decimal
    is_change: bool


@dataclass(frozen=True)
class Decision:
    """What would become of all bets: sums of money, and the bets that move most.

    `payouts` are winnings, sales among them, `returned` stakes of void bets, `moved` what goes to the wallets
    now in all, `uncollected` what a correction cannot take back.
    """

    bets: int
    stakes: Decimal
    payouts: Decimal
    returned: Decimal
    moved: Decimal
    uncollected: Decimal
    changes: Sequence[Change]


_CONSIDERED = sql.SQL("""(SELECT %(game)s::bigint AS game_id, %(status)s AS status, %(weights)s::jsonb AS weights,
    %(known_at)s::timestamptz AS outcome_known_at, %(split)s::jsonb AS split)""")
_PREVIEW = fates(events=_CONSIDERED, which=sql.SQL("s.game_id = %(game)s")) + sql.SQL("""
    , fates AS (
        SELECT target.user_id, target.id, u.username, b.choice, target.amount, target.outcome, target.payout,
            coalesce(sums.bet, 0) + coalesce(sums.win, 0) AS delta, coalesce(sums.uncollected, 0) AS uncollected,
            (b.outcome, b.payout) IS DISTINCT FROM (target.outcome, target.payout) OR sums.id IS NOT NULL AS is_change
        FROM target LEFT JOIN sums USING (id) JOIN bets b USING (id) JOIN users u ON u.id = target.user_id
    )
    SELECT user_id, id, username, choice, amount, outcome, payout, delta, is_change, count(*) OVER (),
        sum(amount) OVER (),
        coalesce(sum(payout) FILTER (WHERE outcome <> 'void') OVER (), 0),
        coalesce(sum(payout) FILTER (WHERE outcome = 'void') OVER (), 0),
        sum(delta) OVER (), sum(uncollected) OVER ()
    FROM fates ORDER BY is_change DESC, abs(delta) DESC, id LIMIT %(rows)s
""")


def preview_resolution(
    *,
    by: User,
    game_id: int,
    weights: Mapping[str, Decimal],
    outcome_known_at: datetime | Keep | None = Keep.AS_IT_WAS,
) -> Decision:
    """What `resolve_event` would lead to; refused as it would be. In a transaction; nothing is written."""
    event = lock_to_decide(by, game_id)
    check_weights(event, weights)
    return considered(event, weights, known_at_of(event, outcome_known_at))


def considered(
    event: Event, weights: Mapping[str, Decimal], known_at: datetime | None, *, rows: int = ROWS_MAX
) -> Decision:
    """What this result would lead to, which the caller has checked; up to `rows` bets told one by one. One query."""
    return _decision(event.pk, "resolved", written(weights), known_at, rows)


def preview_void(*, by: User, game_id: int) -> Decision:
    """What `void_event` would lead to; refused as it would be. In a transaction; nothing is written."""
    lock_to_decide(by, game_id)
    return _decision(game_id, "voided", {}, None)


def _decision(
    game_id: int, status: str, weights: Mapping[str, str], known_at: datetime | None, rows_max: int = ROWS_MAX
) -> Decision:
    values: dict[str, str | int | datetime | None] = {
        "game": game_id,
        "status": status,
        "weights": json.dumps(weights),
        "known_at": known_at,
        "split": json.dumps(split_of(game_id=game_id, weights=weights, known_at=known_at)),
        "rows": rows_max,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PREVIEW, values)
        rows = cursor.fetchall()
    sums: tuple[int, Decimal, Decimal, Decimal, Decimal, Decimal]
    zero = Decimal(0)
    sums = rows[0][9:] if rows else (0, zero, zero, zero, zero, zero)
    bets, stakes, payouts, returned, moved, uncollected = sums
    changes = [Change(*row[:9]) for row in rows]
    return Decision(bets, stakes, payouts, returned, moved, uncollected, changes)
