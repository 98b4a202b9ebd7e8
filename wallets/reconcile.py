"""Reconciling: the promises about money, checked over the whole ledger, as of one moment.

Each promise is one query for the rows that break it. All run in one snapshot, so that bets placed
meanwhile are either wholly in it or not at all. Higher apps add checks of their own (`register`).
"""

# ruff: noqa: S608 (the statements are put together from this module's own words)

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any

from django.utils import timezone

from quantix.snapshot import Snapshot
from wallets.models import Reconciliation

EXAMPLES_MAX = 100


@dataclass(frozen=True)
class Check:
    """A promise. `rows` is a table (or query) of what is checked; `broken` tells subject, expected, found."""

    promise: str
    title: str
    rows: str
    broken: str


@dataclass(frozen=True)
class Finding:
    """What a check found: how many rows it looked at, how many broke the promise, and the first of those."""

    promise: str
    title: str
    checked: int
    broken: int
    seconds: float
    examples: list[dict[str, str | None]]


_SIGNED = "CASE t.type WHEN 'credit' THEN t.amount ELSE -t.amount END"

_checks = [
    Check(
        "1",
        "A balance is its credits less its debits, over all rows and over the live ones",
        "wallets",
        f"""
        SELECT 'wallet ' || w.id, w.balance::text,
            format('%s over all rows, %s over live rows', s.all_rows, s.live_rows)
        FROM wallets w LEFT JOIN (
            SELECT t.wallet_id, sum({_SIGNED}) AS all_rows,
                sum({_SIGNED}) FILTER (WHERE t.deleted_at IS NULL) AS live_rows
            FROM transactions t GROUP BY t.wallet_id
        ) s ON s.wallet_id = w.id
        WHERE w.balance <> coalesce(s.all_rows, 0) OR w.balance <> coalesce(s.live_rows, 0)
        """,
    ),
    Check(
        "2",
        "No balance is below zero",
        "wallets",
        """
        SELECT 'wallet ' || w.id, 'zero or more', w.balance::text
        FROM wallets w WHERE w.balance < 0 OR w.balance = 'NaN'
        """,
    ),
    Check(
        "3",
        "The newest row of a wallet leaves its balance",
        "wallets",
        """
        SELECT 'wallet ' || w.id, w.balance::text, newest.balance_after::text
        FROM wallets w LEFT JOIN LATERAL (
            SELECT t.balance_after FROM transactions t WHERE t.wallet_id = w.id ORDER BY t.id DESC LIMIT 1
        ) newest ON true
        WHERE w.balance <> coalesce(newest.balance_after, 0)
        """,
    ),
    Check(
        "3",
        "In order of id, each row follows from the one before",
        "transactions",
        f"""
        SELECT 'transaction ' || id, due::text, balance_after::text
        FROM (
            SELECT t.id, t.balance_after,
                lag(t.balance_after, 1, 0) OVER (PARTITION BY t.wallet_id ORDER BY t.id) + {_SIGNED} AS due
            FROM transactions t
        ) rows
        WHERE balance_after <> due
        """,
    ),
    Check(
        "4",
        "A reference exists at most once",
        "(SELECT FROM transactions WHERE reference IS NOT NULL)",
        """
        SELECT t.reference, '1', count(*)::text
        FROM transactions t WHERE t.reference IS NOT NULL GROUP BY t.reference HAVING count(*) > 1
        """,
    ),
    Check(
        "5",
        "Voided rows and their contra rows come in whole pairs",
        "(SELECT FROM transactions WHERE deleted_at IS NOT NULL OR metadata ? 'reverses')",
        """
        SELECT 'transaction ' || mine.id, 'one pair', coalesce(halves.count, 0) || ' pairs'
        FROM transactions mine LEFT JOIN (
            SELECT half AS id, count(*)
            FROM transactions contra
            JOIN transactions voided ON voided.id::text = contra.metadata ->> 'reverses'
            CROSS JOIN LATERAL unnest(ARRAY[contra.id, voided.id]) half
            WHERE contra.wallet_id = voided.wallet_id AND contra.amount = voided.amount
                AND contra.type <> voided.type AND contra.category IS NOT DISTINCT FROM voided.category
                AND contra.deleted_at IS NOT NULL AND voided.deleted_at IS NOT NULL
                AND NOT voided.metadata ? 'reverses'
            GROUP BY 1
        ) halves ON halves.id = mine.id
        WHERE (mine.deleted_at IS NOT NULL OR mine.metadata ? 'reverses') AND coalesce(halves.count, 0) <> 1
        """,
    ),
    Check(
        "6",
        "All balances together are what the categories minted less what they burned",
        "transactions",
        f"""
        SELECT 'supply', held.sum::text, booked.sum::text
        FROM (SELECT coalesce(sum(balance), 0) AS sum FROM wallets) held,
            (SELECT coalesce(sum({_SIGNED}), 0) AS sum FROM transactions t WHERE category IS NOT NULL) booked
        WHERE held.sum <> booked.sum
        """,
    ),
]


def register(*checks: Check) -> None:
    """Add the checks of an app above, in its `AppConfig.ready()`."""
    assert not set(checks) & set(_checks), "a check is registered once"
    _checks.extend(checks)


def checks() -> Sequence[Check]:
    """Every check there is, in the order in which they run."""
    return tuple(_checks)


def run() -> Reconciliation:
    """Check every promise and keep what was found. Not to be called in a transaction.

    Its `findings` are the `Finding`s, as JSON, one per check; of a promise that is broken the first
    EXAMPLES_MAX rows are told.
    """
    started_at = timezone.now()
    findings = check_all()
    return Reconciliation.objects.create(
        started_at=started_at,
        finished_at=timezone.now(),
        is_clean=not any(finding.broken for finding in findings),
        findings=[asdict(finding) for finding in findings],
    )


def check_all() -> list[Finding]:
    """What each check finds, all as of the same moment; nothing is written."""
    with closing(Snapshot()) as snapshot:
        return list(findings_of(snapshot))


def findings_of(snapshot: Snapshot) -> Iterator[Finding]:
    """What each check finds in the snapshot, told as soon as it is known."""
    for check in _checks:
        began = time.monotonic()
        ((checked,),) = snapshot.ask(f"SELECT count(*) FROM {check.rows} checked")
        rows = snapshot.ask(f"SELECT *, count(*) OVER () FROM ({check.broken}) broken LIMIT {EXAMPLES_MAX}")
        broken = rows[0][-1] if rows else 0
        seconds = round(time.monotonic() - began, 3)
        yield Finding(check.promise, check.title, checked, broken, seconds, list(_told(rows)))


def _told(rows: list[tuple[Any, ...]]) -> Iterator[dict[str, str | None]]:
    for subject, expected, found, _ in rows:
        yield {"subject": subject, "expected": expected, "found": found}
