"""How an event's pool is divided: worked out over all its bets once, and kept, so that batches add up exactly.

A split is kept as JSON: `rates` and `denominator` of the engine's (whole numbers, as text), and where the cents
go that rounding down leaves over: to the bets whose remainder is larger than `remainder`, or as large with an id
of at most `last`. Empty where every stake goes back.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from games.engines.prediction import pool

# Bets that were placed too late, or voided one by one, have left the pool.
_IN_POOL = """
    FROM bets b
    WHERE b.game_id = %(game)s AND NOT b.metadata ? 'voided'
        AND (b.placed_at < %(known_at)s OR %(known_at)s::timestamptz IS NULL)
"""
_STAKES = f"SELECT b.choice, sum(b.amount) * 100 {_IN_POOL} GROUP BY 1"
_LEFT_OVER = f"""
    WITH dues AS MATERIALIZED (
        SELECT b.id, b.amount * 100 * (%(rates)s::jsonb ->> b.choice)::numeric AS due
        {_IN_POOL} AND (%(rates)s::jsonb ->> b.choice) IS NOT NULL
    ), over AS (
        SELECT %(pool)s - sum(div(due, %(whole)s)) AS cents FROM dues
    )
    SELECT CASE WHEN cents > 0 THEN mod(due, %(whole)s) ELSE %(whole)s END AS remainder, id AS last
    FROM dues, over ORDER BY mod(due, %(whole)s) DESC, id OFFSET (SELECT greatest(cents, 1) - 1 FROM over) LIMIT 1
"""  # noqa: S608


def split_of(
    *, game_id: int, weights: Mapping[str, str | Decimal] | None, known_at: datetime | None
) -> dict[str, Any]:
    """The split of the pool of `game_id` when it comes out as `weights` say. Two queries."""
    values: dict[str, Any] = {"game": game_id, "known_at": known_at}
    with connection.cursor() as cursor:
        cursor.execute(_STAKES, values)
        stakes = {option: int(cents) for option, cents in cursor.fetchall()}
        found = pool.split(stakes, {option: Decimal(weight) for option, weight in (weights or {}).items()})
        if found is None:
            return {}
        rates = {option: str(rate) for option, rate in found.rates.items()}
        values |= {"rates": json.dumps(rates), "whole": found.denominator, "pool": sum(stakes.values())}
        cursor.execute(_LEFT_OVER, values)
        remainder, last = cursor.fetchone()
    return {
        "rates": rates,
        "denominator": str(found.denominator),
        "remainder": str(remainder),
        "last": last,
    }
