"""What wallets tell on the page of a user: the balance, why it is what it is, and the newest postings."""

from collections.abc import Iterable
from typing import Any

from django.utils.html import format_html

from accounts.backoffice import Panel, link_to, list_url
from accounts.backoffice.dossier import Fact, Part, Row, amount, link, register, when
from accounts.models import User
from accounts.roles import Can
from quantix.templatetags.ui import money_filter, money_tag
from wallets.models import Adjustment, Transaction, Wallet

# Over all rows, voided ones too: a pair adds up to nothing. One statement, so the sums fit the balance.
BALANCE = """
    SELECT w.id, w.balance::text, w.currency, w.last_updated, t.category, count(t.id) AS postings,
        count(t.id) FILTER (WHERE t.deleted_at IS NOT NULL) AS voided,
        sum(t.amount) FILTER (WHERE t.type = 'credit')::text AS credits,
        sum(t.amount) FILTER (WHERE t.type = 'debit')::text AS debits
    FROM wallets w LEFT JOIN transactions t ON t.wallet_id = w.id
    WHERE w.user_id = %(user)s GROUP BY w.id, t.category ORDER BY t.category
"""


def balance_facts(user: User, rows: list[Row]) -> Iterable[Fact]:
    for row in rows[:1]:
        words = money_filter(amount(row["balance"]), row["currency"])
        yield Fact("Balance", link_to(Wallet(pk=row["id"]), words))


def balance_panel(user: User, rows: list[Row]) -> Panel:
    """Credits less debits, category by category: together they are the balance."""
    told: list[list[Any]] = [_category(user, row) for row in rows if row["category"]]
    if rows:
        told.append(["Balance", "", "", "", money_tag(amount(rows[0]["balance"]), rows[0]["currency"])])
    headings = ["why the balance is what it is", "postings", "in", "out", "together"]
    return Panel("Balance", headings, told, empty="There is no wallet.")


def _category(user: User, row: Row) -> list[Any]:
    credits, debits, currency = amount(row["credits"]), amount(row["debits"]), row["currency"]
    address = list_url(Transaction, wallet__user__id__exact=user.pk, category__exact=row["category"])
    name = format_html('<a href="{}">{}</a>', address, Transaction.Category(row["category"]).label)
    count = f"{row['postings']}, {row['voided']} of them voided" if row["voided"] else row["postings"]
    together = money_tag(credits - debits, currency, sign=True)
    return [name, count, money_tag(credits, currency), money_tag(debits, currency), together]


STATEMENT = """
    SELECT t.id, t.created_at, t.category, t.type, t.amount::text, t.balance_after::text, t.description, t.deleted_at,
        w.currency
    FROM transactions t JOIN wallets w ON w.id = t.wallet_id
    WHERE t.wallet_id = (SELECT id FROM wallets WHERE user_id = %(user)s) ORDER BY t.id DESC LIMIT 10
"""


def statement_panel(user: User, rows: list[Row]) -> Panel:
    told = [
        [
            link(Transaction, row["id"], when(row["created_at"])),
            Transaction.Category(row["category"]).label,
            money_tag(amount(row["amount"]), row["currency"], type=row["type"]),
            money_tag(amount(row["balance_after"]), row["currency"]),
            format_html("<s>{}</s> voided", row["description"]) if row["deleted_at"] else row["description"],
        ]
        for row in rows
    ]
    url = list_url(Transaction, wallet__user__id__exact=user.pk)
    return Panel("Statement", ["when", "category", "amount", "balance after", "description"], told, url)


WAITING = """
    SELECT count(*) AS waiting, sum(CASE type WHEN 'credit' THEN amount ELSE -amount END)::text AS together
    FROM adjustments WHERE user_id = %(user)s AND status = 'pending'
"""


def waiting_facts(user: User, rows: list[Row]) -> Iterable[Fact]:
    (row,) = rows
    if row["waiting"]:
        url = list_url(Adjustment, user__id__exact=user.pk, status__exact="pending")
        together = money_tag(amount(row["together"]), sign=True)
        waits = format_html('<a href="{}">{} to approve</a>, together {}', url, row["waiting"], together)
        yield Fact("Adjustments", waits, is_flag=True)


register(
    Part(BALANCE, 10, facts=balance_facts, panel=balance_panel, can=Can.READ_LEDGER),
    Part(STATEMENT, 20, panel=statement_panel, can=Can.READ_LEDGER),
    Part(WAITING, 30, facts=waiting_facts, can=Can.READ_LEDGER),
)
