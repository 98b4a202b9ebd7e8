"""What the database itself refuses of wallets and the ledger: raw SQL past the ORM, on real transactions."""

from decimal import Decimal

import pytest
from django.db import connection

from quantix.tests import books
from wallets import ledger, services
from wallets.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)

INSERT = "INSERT INTO transactions (wallet_id, amount, type, category, balance_after, metadata, reference, deleted_at)"


@pytest.fixture
def wallet(player):
    return player.wallet.pk


@pytest.fixture
def voided(player, staff, commit):
    """The bonus of `player`, voided: its row and the contra row."""
    row = Transaction.objects.get(wallet__user=player)
    finance = staff("finance")
    commit(lambda: services.void_transaction(by=finance, transaction_id=row.pk, reason="Mistake"))
    return row.pk, Transaction.objects.get(metadata__reverses=row.pk).pk


def insert(
    wallet,
    amount="5",
    type="'credit'",
    category="'bonus'",
    after="105",
    metadata="'{}'",
    reference="NULL",
    deleted="NULL",
):
    values = f"({wallet}, {amount}, {type}, {category}, {after}, {metadata}, {reference}, {deleted})"
    return f"{INSERT} VALUES {values}"


def hold(wallet, balance):
    return f"UPDATE wallets SET balance = {balance} WHERE id = {wallet}"


@pytest.mark.parametrize(
    ("balance", "constraint"),
    [
        ("-0.01", "wallet_balance_not_negative"),
        ("-100", "wallet_balance_not_negative"),
        ("'NaN'", "wallet_balance_is_number"),
        ("'Infinity'", "22003"),
        ("1e16", "22003"),
    ],
)
def test_a_balance_is_a_number_of_zero_or_more(wallet, balance, constraint):
    assert books.constraint_refusing(hold(wallet, balance)) == constraint


@pytest.mark.parametrize(
    ("amount", "constraint"),
    [
        ("0", "transaction_amount_range"),
        ("-5", "transaction_amount_range"),
        ("0.004", "transaction_amount_range"),
        ("'NaN'", "transaction_amount_range"),
        ("1000000000000.01", "transaction_amount_range"),
        ("'Infinity'", "22003"),
        ("'-Infinity'", "22003"),
        ("NULL", "23502"),
    ],
)
def test_an_amount_is_more_than_zero_and_not_beyond_measure(wallet, amount, constraint):
    assert books.constraint_refusing(insert(wallet, amount=amount)) == constraint


@pytest.mark.parametrize(
    ("column", "constraint"),
    [
        ({"type": "'gift'"}, "transaction_type"),
        ({"type": "''"}, "transaction_type"),
        ({"category": "'loan'"}, "transaction_category"),
        ({"after": "-1"}, "transaction_balance_after_range"),
        ({"after": "'NaN'"}, "transaction_balance_after_range"),
    ],
)
def test_a_row_with_unknown_words_or_a_wrong_balance_is_refused(wallet, column, constraint):
    assert books.constraint_refusing(insert(wallet, **column)) == constraint


def test_a_user_has_one_wallet(player):
    second = f"INSERT INTO wallets (user_id, currency) VALUES ({player.pk}, 'INR')"
    assert "user_id" in books.constraint_refusing(second)


def test_a_wallet_needs_its_user():
    assert "user_id" in books.constraint_refusing(
        "INSERT INTO wallets (user_id, currency) VALUES (-1, 'INR')"
    )


def test_a_wallet_begins_empty(player):
    books.run_unguarded("DELETE FROM transactions")
    books.run_unguarded("DELETE FROM wallets")
    rich = f"INSERT INTO wallets (user_id, currency, balance) VALUES ({player.pk}, 'INR', 5)"
    assert books.constraint_refusing(rich) == "ledger_matches_balance"


def test_a_reference_stands_for_one_row(wallet, player):
    again = insert(wallet, reference=f"'signup:{player.pk}'")
    assert books.constraint_refusing(again, hold(wallet, 105)) == "transaction_reference_once"


def test_a_row_is_never_deleted(wallet):
    assert books.constraint_refusing("DELETE FROM transactions") == "ledger_append_only"


@pytest.mark.parametrize("table", ["transactions", "wallets"])
def test_the_ledger_is_never_truncated(wallet, table):
    assert books.constraint_refusing(f"TRUNCATE {table} CASCADE") == "ledger_append_only"


def test_a_wallet_with_rows_is_never_deleted(wallet):
    assert "wallet_id" in books.constraint_refusing(f"DELETE FROM wallets WHERE id = {wallet}")


CHANGES = {
    "id": "id + 1000",
    "wallet_id": "wallet_id + 1",
    "amount": "amount + 1",
    "type": "'debit'",
    "category": "'win'",
    "description": "'other'",
    "metadata": """'{"other": 1}'""",
    "balance_after": "balance_after + 1",
    "reference": "'other'",
    "created_at": "created_at - interval '1 day'",
}


@pytest.mark.parametrize("column", CHANGES)
def test_a_row_is_never_changed(wallet, column):
    change = f"UPDATE transactions SET {column} = {CHANGES[column]}"
    assert books.constraint_refusing(change) == "ledger_append_only"


def test_every_column_but_two_is_tried_above():
    columns = {field.column for field in Transaction._meta.fields}
    assert columns - set(CHANGES) == {"deleted_at", "updated_at"}


def test_a_voided_row_stays_voided(voided):
    for row in voided:
        for value in ("NULL", "now() + interval '1 second'"):
            change = f"UPDATE transactions SET deleted_at = {value} WHERE id = {row}"
            assert books.constraint_refusing(change) == "ledger_append_only"


def test_a_row_is_not_hidden_alone(wallet):
    assert books.constraint_refusing("UPDATE transactions SET deleted_at = now()") == "ledger_voided_in_pairs"


def test_a_contra_row_does_not_stand_alone(wallet):
    row = Transaction.objects.get().pk
    contra = insert(
        wallet,
        amount="100",
        type="'debit'",
        after="0",
        metadata=f"""'{{"reverses": {row}}}'""",
        deleted="now()",
    )
    assert books.constraint_refusing(contra, hold(wallet, 0)) == "ledger_voided_in_pairs"


@pytest.mark.parametrize(
    "other", [{"amount": "99", "after": "1"}, {"type": "'credit'", "after": "200"}, {"category": "'win'"}]
)
def test_a_pair_has_the_same_amount_and_category_and_opposite_types(wallet, other):
    row = Transaction.objects.get().pk
    values = {"amount": "100", "type": "'debit'", "after": "0", "deleted": "now()"} | other
    contra = insert(wallet, metadata=f"""'{{"reverses": {row}}}'""", **values)
    hide = f"UPDATE transactions SET deleted_at = now() WHERE id = {row}"
    assert books.constraint_refusing(contra, hide, hold(wallet, values["after"])) == "ledger_voided_in_pairs"


def test_a_pair_is_of_one_wallet(wallet, staff):
    row = Transaction.objects.get().pk
    other = staff("finance").wallet.pk
    contra = insert(
        other,
        amount="100",
        type="'debit'",
        after="0",
        metadata=f"""'{{"reverses": {row}}}'""",
        deleted="now()",
    )
    hide = f"UPDATE transactions SET deleted_at = now() WHERE id = {row}"
    assert books.constraint_refusing(contra, hide, hold(other, 0)) == "ledger_voided_in_pairs"


def test_a_row_is_reversed_once(wallet, voided):
    again = insert(
        wallet,
        amount="100",
        type="'debit'",
        after="0",
        metadata=f"""'{{"reverses": {voided[0]}}}'""",
        deleted="now()",
    )
    assert books.constraint_refusing(again) == "transaction_reversed_once"


def test_a_contra_row_is_not_reversed(wallet, voided):
    back = insert(
        wallet, amount="100", after="100", metadata=f"""'{{"reverses": {voided[1]}}}'""", deleted="now()"
    )
    assert books.constraint_refusing(back, hold(wallet, 100)) == "ledger_voided_in_pairs"


def test_no_balance_moves_without_a_row(wallet):
    assert books.constraint_refusing(hold(wallet, 101)) == "ledger_matches_balance"


def test_no_row_is_written_without_the_balance(wallet):
    assert books.constraint_refusing(insert(wallet)) == "ledger_matches_balance"


def test_a_row_follows_from_the_one_before(wallet):
    assert books.constraint_refusing(insert(wallet, after="106"), hold(wallet, 106)) == "ledger_follows_on"


def test_no_row_is_slipped_in_before_another(wallet, player, commit):
    """Not even one that leaves the balance as it was: the next row would no longer follow."""
    earlier = Transaction.objects.get().pk
    books.run_sql("SELECT setval(pg_get_serial_sequence('transactions', 'id'), %s)", earlier + 10)
    commit(lambda: ledger.post(user_id=player.pk, type="credit", category="bonus", amount=Decimal(5)))
    between = (
        insert(wallet)
        .replace("(wallet_id", "(id, wallet_id", 1)
        .replace("VALUES (", f"VALUES ({earlier + 1}, ")
    )
    assert books.constraint_refusing(between) == "ledger_matches_balance"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("amount = 0", "adjustment_amount_range"),
        ("amount = 'NaN'", "adjustment_amount_range"),
        ("type = 'gift'", "adjustment_type"),
        ("status = 'lost'", "adjustment_status"),
        ("status = 'posted'", "adjustment_posted_with_transaction"),
    ],
)
def test_an_adjustment_is_whole(player, staff, commit, change, constraint):
    finance = staff("finance")
    commit(
        lambda: services.request_adjustment(
            by=finance, user=player, type="credit", amount=Decimal(5000), reason="A prize"
        )
    )
    assert books.constraint_refusing(f"UPDATE adjustments SET {change}") == constraint


def test_the_triggers_are_all_in_place():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, count(*), bool_and(tgenabled = 'O') FROM pg_trigger "
            "WHERE NOT tgisinternal AND tgname LIKE 'pgtrigger%' GROUP BY 1 ORDER BY 1"
        )
        found = {table: (count, are_on) for table, count, are_on in cursor.fetchall()}
    of_money = {"audit_entries": (2, True), "transactions": (4, True), "wallets": (1, True)}
    assert found.items() >= of_money.items()
    assert all(are_on for _, are_on in found.values())
