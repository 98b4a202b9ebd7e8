"""What wallets tell in `quantix.export`."""

from quantix import export
from quantix.export import Section

SECTIONS = [
    Section(
        "wallet",
        ("wallets",),
        "SELECT id, balance::text, currency, last_updated FROM wallets WHERE user_id = %(user)s",
        is_single=True,
    ),
    Section(
        "transactions",
        ("transactions",),
        """
        SELECT t.id, t.type, t.category, t.amount::text, t.balance_after::text, t.description, t.metadata, t.reference,
            t.created_at, t.updated_at, t.deleted_at
        FROM transactions t JOIN wallets w ON w.id = t.wallet_id WHERE w.user_id = %(user)s ORDER BY t.id
        """,
    ),
    Section(
        "adjustments",
        ("adjustments",),
        """
        SELECT id, type, amount::text, reason, reason_code, status, transaction_id AS transaction, created_at,
            decided_at
        FROM adjustments WHERE user_id = %(user)s ORDER BY id
        """,
    ),
]


def register() -> None:
    export.register(*SECTIONS)
    export.left_out["reconciliations"] = "Staff who ask for one are named; it checks the whole ledger."
    export.audited["wallets.adjustment"] = "SELECT id FROM adjustments WHERE user_id = %(user)s"
    export.audited["wallets.transaction"] = (
        "SELECT t.id FROM transactions t JOIN wallets w ON w.id = t.wallet_id WHERE w.user_id = %(user)s"
    )
