"""What deciding an event would pay, before it is decided (or corrected): by the very rule that settles it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from psycopg2 import sql

from accounts.models import User
from betting.events import Keep, check_weights, known_at_of, look_at, written
from betting.fates import fates, targets
from betting.pools import split_of
from games.models import Event

#: Of the bets, or the wallets, as many are told one by one.
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
class WalletChange:
    """What would become of one player's wallet, by all their bets on the event together."""

    user: int
    username: str
    bets: int
    stakes: Decimal
    payout: Decimal
    delta: Decimal
    uncollected: Decimal
    balance: Decimal

    @property
    def balance_after(self) -> Decimal:
        return self.balance + self.delta


@dataclass(frozen=True)
class Decision:
    """What would become of all bets: sums of money, and the bets, or the wallets, that move most.

    `payouts` are winnings, sales among them, `returned` stakes of void bets, `moved` what goes to the wallets
    now in all, `uncollected` what a correction cannot take back.
    """

    players: int
    bets: int
    stakes: Decimal
    payouts: Decimal
    returned: Decimal
    moved: Decimal
    uncollected: Decimal
    changes: Sequence[Change] = ()
    wallets: Sequence[WalletChange] = ()

    @property
    def seal(self) -> str:
        """What two decisions have in common that pay the same: not what wallets can give back, which players move."""
        return f"{self.bets} {self.stakes} {self.payouts} {self.returned}"


_ZERO = Decimal(0)
NOTHING = Decision(0, 0, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO)


@dataclass(frozen=True)
class Considered:
    """A decision that is looked at: option to weight as an event keeps them; none of a void."""

    game_id: int
    status: str
    weights: Mapping[str, str]
    known_at: datetime | None = None
    is_pool: bool = False

    def values(self, **more: Any) -> dict[str, Any]:
        """What the statements below are asked with. Two queries for a pool that is divided."""
        asked: dict[str, Any] = {"game_id": self.game_id, "weights": self.weights, "known_at": self.known_at}
        split = split_of(**asked) if self.is_pool else {}
        return {
            "game": self.game_id,
            "status": self.status,
            "weights": json.dumps(self.weights),
            "known_at": self.known_at,
            "split": json.dumps(split),
            **more,
        }


# For a hundred thousand bets at once: with the usual memory they would go to the disk and back, and two processors
# read them in less time than one.
_WITH_ROOM = sql.SQL("SET LOCAL work_mem = '64MB'; SET LOCAL parallel_tuple_cost = 0;")
_CONSIDERED = sql.SQL("""(SELECT %(game)s::bigint AS game_id, %(status)s AS status, %(weights)s::jsonb AS weights,
    %(known_at)s::timestamptz AS outcome_known_at, %(split)s::jsonb AS split)""")
_OF_EVENT: dict[str, sql.Composable] = {"events": _CONSIDERED, "which": sql.SQL("b.game_id = %(game)s")}
# What a wallet gives back is missing as a whole where it would fall below zero, whichever bet it is missing from.
_PURSES = sql.SQL("""
    , purses AS (
        SELECT user_id, bets, stakes, payouts, returned, net + lacks AS delta, lacks AS uncollected, balance
        FROM (
            SELECT user_id, count(*) AS bets, sum(amount) AS stakes,
                coalesce(sum(payout) FILTER (WHERE outcome <> 'void'), 0) AS payouts,
                coalesce(sum(payout) FILTER (WHERE outcome = 'void'), 0) AS returned, sum(bet + win) AS net
            FROM target GROUP BY user_id
        ) AS sums JOIN wallets USING (user_id), LATERAL (SELECT greatest(0, -net - balance) AS lacks) AS missing
    ), total AS (
        SELECT count(*), sum(bets)::bigint, sum(stakes), sum(payouts), sum(returned), sum(delta), sum(uncollected)
        FROM purses
    )
""")
_BETS = (
    fates(**_OF_EVENT)
    + _PURSES
    + sql.SQL("""
    SELECT total.*, fates.user_id, fates.id, username, choice, fates.amount, fates.outcome, fates.payout,
        bet + win, is_moved OR (b.outcome, b.payout) IS DISTINCT FROM (fates.outcome, fates.payout) AS is_change
    FROM total, fates JOIN bets b USING (id) JOIN users u ON u.id = fates.user_id
    ORDER BY is_change DESC, abs(bet + win) DESC, fates.id LIMIT %(rows)s
""")
)
_WALLETS = (
    targets(**_OF_EVENT)
    + _PURSES
    + sql.SQL("""
    SELECT total.*, user_id, username, bets, stakes, payouts + returned, delta, uncollected, balance
    FROM total, (SELECT * FROM purses ORDER BY abs(delta) DESC, user_id LIMIT %(rows)s OFFSET %(first)s) AS shown
    JOIN users u ON u.id = user_id
    ORDER BY abs(delta) DESC, user_id
""")
)
_SUMS = 7


def preview_resolution(
    *,
    by: User,
    game_id: int,
    weights: Mapping[str, Decimal],
    outcome_known_at: datetime | Keep | None = Keep.AS_IT_WAS,
) -> Decision:
    """What `resolve_event` would lead to, bet by bet; refused as it would be. In a transaction; nothing is written."""
    return by_bet(weighed(look_at(by, game_id), weights, outcome_known_at))


def preview_void(*, by: User, game_id: int) -> Decision:
    """What `void_event` would lead to; refused as it would be. In a transaction; nothing is written."""
    return by_bet(called_off(look_at(by, game_id)))


def weighed(
    event: Event, weights: Mapping[str, Decimal], outcome_known_at: datetime | Keep | None
) -> Considered:
    """The decision that a result would be. Raises WeightsInvalid."""
    check_weights(event, weights)
    known_at, is_pool = known_at_of(event, outcome_known_at), event.engine.kind == "pool"
    return Considered(event.pk, Event.Status.RESOLVED, written(weights), known_at, is_pool)


def called_off(event: Event) -> Considered:
    return Considered(event.pk, Event.Status.VOIDED, {})


def by_bet(what: Considered, *, rows: int = ROWS_MAX) -> Decision:
    """What would come of it, with up to `rows` bets, those that change and move most first."""
    found = _asked(_BETS, what.values(rows=rows))
    changes = [Change(*row[_SUMS:]) for row in found]
    return replace(_sums(found[0]), changes=changes) if found else NOTHING


def by_wallet(what: Considered, *, first: int = 0, rows: int = ROWS_MAX) -> Decision:
    """What would come of it, with `rows` wallets from the number `first` (0 on), those that move most first."""
    found = _asked(_WALLETS, what.values(rows=rows, first=first))
    wallets = [WalletChange(*row[_SUMS:]) for row in found]
    return replace(_sums(found[0]), wallets=wallets) if found else NOTHING


def every_wallet(what: Considered) -> Iterator[WalletChange]:
    """Every wallet that would change or whose bets would be decided, read as it is asked for."""
    values = what.values(rows=None, first=0)
    with connection.chunked_cursor() as cursor:
        cursor.execute(_WALLETS, values)
        for row in cursor:
            yield WalletChange(*row[_SUMS:])


def _asked(statement: sql.Composed, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_WITH_ROOM + statement, values)
        return list(cursor.fetchall())


def _sums(row: tuple[Any, ...]) -> Decision:
    return Decision(*row[:_SUMS])
