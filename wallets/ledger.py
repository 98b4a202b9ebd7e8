"""The one door: the only statements that write a balance or a row of `transactions`.

Each posting is one row and the balance it leaves, in one statement: the conditional UPDATE checks and
writes at once and holds the wallet's row until COMMIT, so the rows of a wallet are as ordered as its
balances. To be called inside a transaction, with whatever the posting pays for.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import connection
from psycopg2 import sql

from quantix import clock
from quantix.money import AMOUNT_MAX
from wallets.errors import InsufficientFunds, ReferenceConflict, WalletFull
from wallets.models import Transaction

_POST = """
    WITH moved AS (
        UPDATE wallets SET balance = balance + %(signed)s, last_updated = %(now)s
        WHERE user_id = %(user_id)s AND balance + %(signed)s BETWEEN 0 AND 9999999999999999.99
            AND NOT EXISTS (SELECT FROM transactions WHERE reference = %(reference)s)
        RETURNING id, balance
    )
    INSERT INTO transactions
        (wallet_id, amount, type, category, description, metadata, balance_after, reference, created_at, updated_at)
    SELECT id, %(amount)s, %(type)s, %(category)s, %(description)s, %(metadata)s::jsonb, balance, %(reference)s,
        %(now)s, %(now)s
    FROM moved
    RETURNING *
"""


def post(
    *,
    user_id: int,
    type: str,
    category: str,
    amount: Decimal,
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
    reference: str | None = None,
) -> Transaction:
    """Move `amount` (0 < amount <= AMOUNT_MAX) into or out of the wallet of `user_id`; returns the posting.

    With a `reference` that was posted before, returns that first row. Raises ReferenceConflict where it
    stands for another posting, InsufficientFunds where a debit finds too little.
    """
    assert 0 < amount <= AMOUNT_MAX, "amounts are checked where they come in"
    values = {
        "user_id": user_id,
        "type": type,
        "category": category,
        "amount": amount,
        "signed": amount if type == "credit" else -amount,
        "description": description,
        "metadata": json.dumps(dict(metadata or {})),
        "reference": reference,
        "now": clock.now(),
    }
    posted = list(Transaction.objects.raw(_POST, values))
    return posted[0] if posted else _first_posting(values)


def _first_posting(values: Mapping[str, Any]) -> Transaction:
    """Why nothing was posted: the row that has the reference, or the refusal."""
    reference = values["reference"]
    rows = Transaction.objects.filter(reference=reference).select_related("wallet")
    first = rows.first() if reference else None
    if first is None:
        raise InsufficientFunds if values["type"] == "debit" else WalletFull
    posted = (first.wallet.user_id, first.type, first.category, first.amount)
    if posted != (values["user_id"], values["type"], values["category"], values["amount"]):
        raise ReferenceConflict(f"{reference} was posted with another amount or wallet.")
    return first


_NOTHING = sql.SQL("")

# Wallets are taken in order of id, whoever else posts a set: two sets that share wallets must not deadlock.
_POST_SET = """
    WITH {first}due AS MATERIALIZED ({source}),
    held AS MATERIALIZED (
        SELECT id, user_id FROM wallets WHERE user_id IN (SELECT user_id FROM due) ORDER BY id FOR NO KEY UPDATE
    ),
    lines AS MATERIALIZED (
        SELECT held.id AS wallet_id, due.*, CASE due.type WHEN 'credit' THEN due.amount ELSE -due.amount END AS signed
        FROM due JOIN held USING (user_id)
    ),
    moved AS (
        UPDATE wallets SET balance = wallets.balance + sums.signed, last_updated = %(now)s
        FROM (SELECT wallet_id, sum(signed) AS signed FROM lines GROUP BY wallet_id) AS sums
        WHERE wallets.id = sums.wallet_id
        RETURNING wallets.id, wallets.balance - sums.signed AS before
    )
    INSERT INTO transactions
        (wallet_id, amount, type, category, description, metadata, balance_after, reference, created_at, updated_at)
    SELECT wallet_id, amount, type, category, description, metadata,
        before + sum(signed) OVER (PARTITION BY wallet_id ORDER BY position), reference,
        %(now)s, %(now)s
    FROM lines JOIN moved ON moved.id = lines.wallet_id
    ORDER BY wallet_id, position
"""


def post_set(source: sql.Composable, values: Mapping[str, Any], first: sql.Composable = _NOTHING) -> int:
    """Post every row of the query `source` in one statement; returns how many.

    `first` is what the same statement does before, and `source` may read of: common table expressions, each
    followed by a comma.

    Its columns: user_id, position (the order within a wallet, unique there), type, category, amount,
    description, metadata (jsonb), reference. A reference that exists breaks the unique index, and with it
    the whole block: the caller chooses rows that were not posted yet, under a lock that keeps it so.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_POST_SET).format(first=first, source=source), {**values, "now": clock.now()})
        return int(cursor.rowcount)
