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
