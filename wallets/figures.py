# ruff: noqa: S608 (the statements are this module's own words)
"""What wallets count of a day (see `quantix.figures`): what each category put into the wallets, less what it took."""

from django.conf import settings

from quantix import figures
from quantix.figures import Source
from wallets import reconcile
from wallets.reconcile import Check

CATEGORIES = ("bet", "win", "bonus", "admin_adjustment")

_SIGNED = "CASE t.type WHEN 'credit' THEN t.amount ELSE -t.amount END"

MONEY = Source(
    tuple(f"money.{category}" for category in CATEGORIES),
    f"""
    SELECT 'money.' || t.category, sum({_SIGNED})
    FROM transactions t WHERE t.created_at >= %(begin)s AND t.created_at < %(end)s AND t.category IS NOT NULL
    GROUP BY t.category
    """,
    since="SELECT min(created_at) FROM transactions",
)


def kept_as_posted() -> Check:
    """Promise 7: what was kept of a day is what the ledger says of it, whatever was voided or corrected since."""
    return Check(
        "7",
        "The figures kept of a day are the postings of that day",
        "(SELECT FROM daily_figures WHERE name LIKE 'money.%')",
        f"""
        SELECT f.day || ', ' || f.name, coalesce(booked.sum, 0)::text, f.value::text
        FROM daily_figures f LEFT JOIN (
            SELECT (t.created_at AT TIME ZONE '{settings.TIME_ZONE}')::date AS day, 'money.' || t.category AS name,
                sum({_SIGNED})
            FROM transactions t GROUP BY 1, 2
        ) booked USING (day, name)
        WHERE f.name LIKE 'money.%' AND f.value <> coalesce(booked.sum, 0)
        """,
    )


def register() -> None:
    figures.register(MONEY)
    reconcile.register(kept_as_posted())
