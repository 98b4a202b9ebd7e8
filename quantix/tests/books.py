"""The books in tests: whether they are right, and how to make them wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from wallets import reconcile


def broken() -> list[tuple[str, dict[str, str | None]]]:
    """What `reconcile` would complain of: (promise, example)."""
    return [(finding.promise, example) for finding in reconcile.check_all() for example in finding.examples]


def assert_right() -> None:
    assert broken() == []
    assert wrong_leads() == []


#: A lead added up anew: payouts less stakes, and a twentieth of what the bets could have won.
_LEADS = """
    SELECT r.user_id, r.scope, r.lead, coalesce(told.lead, 0) FROM player_ratings r
    LEFT JOIN (
        SELECT b.user_id, CASE g.type WHEN 'quiz' THEN 'quiz' ELSE g.metadata ->> 'kind' END AS scope,
            sum(b.payout - b.amount + b.amount * (b.odds - 1) / 20) AS lead
        FROM bets b JOIN game_sessions s ON s.id = b.session_id JOIN games g ON g.id = s.game_id
        WHERE g.type <> 'prediction' AND b.outcome IN ('win', 'loss')
        GROUP BY 1, 2
    ) AS told USING (user_id, scope)
    WHERE abs(r.lead - coalesce(told.lead, 0)) > 0.0001 * (SELECT 1 + count(*) FROM bets WHERE user_id = r.user_id)
"""


def wrong_leads() -> list[tuple[Any, ...]]:
    """Leads that are not what their players' bets make of them, rounding aside: (player, scope, kept, added up)."""
    with connection.cursor() as cursor:
        cursor.execute(_LEADS)
        return list(cursor.fetchall())


def run_sql(sql: str, *values: Any) -> None:
    """One statement past the ORM, in a transaction of its own."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)


def constraint_refusing(*statements: str) -> str:
    """The constraint (or trigger) that refuses these statements, in one transaction with a real COMMIT.

    An error of the type, which has no name of a constraint, gives its SQLSTATE.
    """
    with pytest.raises(DatabaseError) as refused:
        _run_in_one_transaction(statements)
    cause: Any = refused.value.__cause__
    return str(cause.diag.constraint_name or cause.pgcode)


@transaction.atomic(durable=True)
def _run_in_one_transaction(statements: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def run_unguarded(sql: str, *values: Any) -> None:
    """One statement that no trigger sees, as a superuser's hand or a disk could write it."""
    run_sql("SET session_replication_role = replica")
    try:
        run_sql(sql, *values)
    finally:
        run_sql("RESET session_replication_role")


@contextmanager
def without(table: str, *, constraint: str = "", index: str = "") -> Iterator[None]:
    """The table without one of its rules, until the block is left; the money is gone then."""
    with connection.cursor() as cursor:
        if constraint:
            cursor.execute(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [constraint]
            )
            drop = f"ALTER TABLE {table} DROP CONSTRAINT {constraint}"
            restore = f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {cursor.fetchone()[0]}"
        else:
            cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [index])
            drop, restore = f"DROP INDEX {index}", cursor.fetchone()[0]
    run_sql(drop)
    try:
        yield
    finally:
        forget_money()
        run_sql(restore)


def forget_money() -> None:
    """Empty the wallets, the ledger, and what hangs from it, whatever state they are in."""
    run_unguarded("DELETE FROM adjustments")
    run_unguarded("DELETE FROM transactions")
    run_unguarded("DELETE FROM bets")
    run_unguarded("UPDATE wallets SET balance = 0")
