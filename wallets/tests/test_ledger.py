"""The one door: postings, their references, sets of them, adjustments and voids."""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError
from psycopg2 import sql

from quantix import clock
from quantix.errors import Forbidden, NotFound
from quantix.models import AuditEntry
from quantix.money import AMOUNT_MAX
from quantix.tests import books, crowd, factories
from wallets import ledger, services
from wallets.errors import (
    AlreadyDecided,
    InsufficientFunds,
    NotVoidable,
    OwnRequest,
    ReferenceConflict,
    WalletFull,
)
from wallets.models import Adjustment, Transaction, Wallet

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def post(commit, player):
    def do(type="credit", amount="5.00", **kwargs):
        values = {"user_id": player.pk, "category": "bonus"} | kwargs
        return commit(lambda: ledger.post(type=type, amount=Decimal(amount), **values))

    return do


@pytest.fixture
def finance(staff):
    return staff("finance")


@pytest.fixture
def ask(commit, player, finance):
    def do(amount="5.00", type="credit", by=None, user=None):
        return commit(
            lambda: services.request_adjustment(
                by=by or finance, user=user or player, type=type, amount=Decimal(amount), reason="A prize"
            )
        )

    return do


@pytest.fixture
def decide(commit):
    def do(adjustment, by, approve=True):
        return commit(lambda: services.decide_adjustment(by=by, adjustment_id=adjustment.pk, approve=approve))

    return do


@pytest.fixture
def void(commit, finance):
    def do(row_id):
        return commit(lambda: services.void_transaction(by=finance, transaction_id=row_id, reason="Mistake"))

    return do


def balance(user):
    return Wallet.objects.get(user=user).balance


# Postings


def test_a_posting_is_a_row_and_the_balance_it_leaves(post, player):
    row = post("debit", "30.01", description="Test", metadata={"a": 1})
    assert (row.balance_after, row.signed_amount) == (Decimal("69.99"), Decimal("-30.01"))
    assert row.metadata == {"a": 1}
    assert balance(player) == Decimal("69.99")
    books.assert_right()


def test_the_last_cent_can_be_spent_and_no_more(post, player):
    with pytest.raises(InsufficientFunds):
        post("debit", "100.01")
    assert post("debit", "100.00").balance_after == 0
    with pytest.raises(InsufficientFunds):
        post("debit", "0.01")
    books.assert_right()


def test_a_wallet_holds_no_more_than_its_column(post, player):
    for _ in range(3):
        post(amount=str(AMOUNT_MAX))
    books.run_unguarded("UPDATE wallets SET balance = 9999999999999999.00")
    with pytest.raises(WalletFull):
        post(amount="1.00")


@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "Infinity", "1000000000000.01"])
def test_an_amount_that_is_none_does_not_get_to_the_database(post, player, amount):
    with pytest.raises((AssertionError, ArithmeticError)):
        post(amount=amount)
    assert balance(player) == 100


def test_a_posting_that_is_rolled_back_leaves_nothing(commit, player):
    def fail():
        ledger.post(user_id=player.pk, type="credit", category="bonus", amount=Decimal(1))
        raise ConnectionError

    with pytest.raises(ConnectionError):
        commit(fail)
    assert (balance(player), Transaction.objects.count()) == (100, 1)


# References


def test_a_reference_again_gives_the_first_row(post, player):
    first, again = post(reference="prize:1"), post(reference="prize:1")
    assert first.pk == again.pk
    assert balance(player) == 105


def test_a_reference_again_gives_the_first_row_even_when_the_money_is_gone(post, player):
    first = post("debit", "60.00", reference="fee:1")
    assert post("debit", "60.00", reference="fee:1").pk == first.pk
    assert balance(player) == 40


@pytest.mark.parametrize("other", [{"amount": "6.00"}, {"type": "debit"}, {"category": "admin_adjustment"}])
def test_a_reference_for_another_posting_is_an_error(post, player, other):
    post(reference="prize:1")
    with pytest.raises(ReferenceConflict):
        post(reference="prize:1", **other)
    assert balance(player) == 105


def test_a_reference_for_another_wallet_is_an_error(post, player, finance):
    post(reference="prize:1")
    with pytest.raises(ReferenceConflict):
        post(reference="prize:1", user_id=finance.pk)
    books.assert_right()


def test_of_sixteen_that_post_a_reference_with_other_amounts_one_wins(player):
    def post(amount):
        return crowd.committing(
            lambda: ledger.post(
                user_id=player.pk,
                type="credit",
                category="bonus",
                amount=Decimal(amount),
                reference="prize:1",
            )
        )

    results = crowd.at_once(*[post(amount) for amount in range(1, 17)])
    assert crowd.kinds(results) == {"ReferenceConflict": 15, "Transaction": 1}
    assert balance(player) == 100 + Transaction.objects.get(reference="prize:1").amount
    books.assert_right()


# Sets


LINES = sql.SQL("""
    SELECT user_id, position, type, 'bonus' AS category, amount::numeric, 'Set' AS description,
        '{{}}'::jsonb AS metadata, 'set:' || user_id || ':' || position AS reference
    FROM (VALUES {lines}) AS lines (user_id, position, type, amount)
""")


def post_set(commit, *lines):
    rows = sql.SQL(", ").join(
        sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Literal, line))) for line in lines
    )
    return commit(lambda: ledger.post_set(LINES.format(lines=rows), {}))


def test_a_set_posts_several_lines_per_wallet_in_order_of_position(commit, player, finance):
    lines = [
        (player.pk, 3, "debit", "120.00"),
        (finance.pk, 1, "credit", "1.00"),
        (player.pk, 1, "credit", "20.00"),
        (player.pk, 2, "credit", "30.00"),
        (finance.pk, 2, "debit", "0.01"),
    ]
    assert post_set(commit, *lines) == 5
    rows = Transaction.objects.filter(description="Set").order_by("wallet_id", "id")
    by_wallet: dict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    for row in rows:
        by_wallet[row.wallet.user_id].append((row.type, row.balance_after))
    assert by_wallet[player.pk] == [
        ("credit", Decimal(120)),
        ("credit", Decimal(150)),
        ("debit", Decimal(30)),
    ]
    assert by_wallet[finance.pk] == [("credit", Decimal(101)), ("debit", Decimal("100.99"))]
    books.assert_right()


def test_a_set_that_a_wallet_cannot_pay_posts_nothing(commit, player, finance):
    with pytest.raises(InsufficientFunds):
        post_set(commit, (finance.pk, 1, "credit", "1.00"), (player.pk, 1, "debit", "100.01"))
    assert (balance(finance), balance(player)) == (100, 100)


def test_a_set_with_a_reference_that_exists_posts_nothing(commit, player, finance):
    post_set(commit, (player.pk, 1, "credit", "1.00"))
    with pytest.raises(IntegrityError):
        post_set(commit, (finance.pk, 1, "credit", "1.00"), (player.pk, 1, "credit", "1.00"))
    assert (balance(finance), balance(player)) == (100, 101)


def test_sets_that_share_wallets_do_not_deadlock(commit):
    people = [factories.make_player().pk for _ in range(12)]

    def lines(number):
        order = people if number % 2 else people[::-1]
        return [(user, number, "credit", "1.00") for user in order]

    results = crowd.at_once(*[lambda n=n: post_set(commit, *lines(n)) for n in range(1, 9)])
    assert results == [12] * 8
    assert set(Wallet.objects.values_list("balance", flat=True)) == {Decimal("108.00")}
    books.assert_right()


# Voids


def test_a_void_posts_the_contra_row_and_hides_the_pair(post, player, void):
    row = void(post("credit", "7.00").pk)
    contra = Transaction.objects.get(metadata__reverses=row.pk)
    assert (contra.type, contra.category, contra.amount) == ("debit", "bonus", row.amount)
    assert row.deleted_at == contra.deleted_at is not None
    assert balance(player) == 100
    assert list(Transaction.objects.of(player.pk).live().values_list("amount", flat=True)) == [100]
    entry = AuditEntry.objects.get(action="transaction.void")
    assert (entry.target_id, entry.reason, entry.after) == (row.pk, "Mistake", {"contra": contra.pk})
    books.assert_right()


def test_a_debit_is_voided_by_a_credit(post, player, void):
    void(post("debit", "7.00").pk)
    assert balance(player) == 100
    books.assert_right()


def test_a_void_that_needs_money_already_spent_is_refused(post, player, void):
    row = post("credit", "50.00")
    post("debit", "120.00")
    with pytest.raises(InsufficientFunds):
        void(row.pk)
    assert balance(player) == 30
    books.assert_right()


def test_a_row_is_voided_once_and_a_contra_row_never(post, void):
    row = void(post().pk)
    for again in (row.pk, Transaction.objects.get(metadata__reverses=row.pk).pk):
        with pytest.raises(NotVoidable):
            void(again)


@pytest.mark.parametrize("category", ["bet", "win"])
def test_stakes_and_winnings_are_not_voided_by_hand(post, void, category):
    with pytest.raises(NotVoidable):
        void(post(category=category, reference="bet:1:stake").pk)


def test_a_row_that_is_not_there_cannot_be_voided(void):
    with pytest.raises(NotFound):
        void(0)


def test_of_eight_that_void_a_row_one_does(post, player, finance, void):
    row = post("credit", "7.00")
    results = crowd.at_once(*[lambda: void(row.pk)] * 8)
    assert crowd.kinds(results) == {"NotVoidable": 7, "Transaction": 1}
    assert balance(player) == 100
    books.assert_right()


# Adjustments


def test_a_small_adjustment_posts_at_once(ask, player, finance):
    asked = ask("7.00")
    assert (asked.status, asked.decided_by) == ("posted", finance)
    assert asked.transaction.reference == f"adjustment:{asked.pk}"
    assert balance(player) == 107
    entry = AuditEntry.objects.get(action="adjustment.request")
    assert (entry.actor, entry.target_id, entry.after["amount"]) == (finance, asked.pk, "7.00")
    books.assert_right()


def test_from_the_threshold_on_another_has_to_approve(ask, player, staff, decide):
    asked = ask("1000.00")
    assert (asked.status, balance(player)) == ("pending", 100)
    other = staff("finance")
    assert decide(asked, other).status == "posted"
    assert balance(player) == 1100
    assert AuditEntry.objects.get(action="adjustment.approve").actor == other
    books.assert_right()


def test_ten_small_ones_do_not_pass_below_the_threshold(ask, player):
    statuses = [ask("100.00").status for _ in range(10)]
    assert statuses == ["posted"] * 9 + ["pending"]


def test_credits_and_debits_count_together_and_rejected_ones_do_not(ask, player, staff, decide):
    big = ask("1000.00")
    decide(big, staff("finance"), approve=False)
    assert ask("600.00").status == "posted"
    assert ask("600.00", "debit").status == "pending"


def test_the_threshold_is_per_player_and_day(ask, player, staff, decide):
    kolkata = datetime.now(ZoneInfo("Asia/Kolkata")).replace(hour=0, minute=0, second=0, microsecond=0)
    with clock.set_to(kolkata - timedelta(minutes=1)):
        assert ask("900.00").status == "posted"
    assert ask("900.00").status == "posted"
    assert ask("900.00", user=staff("support")).status == "posted"
    assert ask("100.00").status == "pending"


def test_at_once_too_the_days_sum_stays_below_the_threshold(player, finance):
    def ask():
        return services.request_adjustment(
            by=finance, user=player, type="credit", amount=Decimal("200.00"), reason="A prize"
        ).status

    results = crowd.at_once(*[crowd.committing(ask)] * 12)
    assert sorted(results) == ["pending"] * 8 + ["posted"] * 4
    assert balance(player) == 900
    books.assert_right()


def test_nobody_adjusts_their_own_wallet_or_approves_their_own_request(ask, player, finance, staff, decide):
    with pytest.raises(OwnRequest):
        ask(user=finance)
    with pytest.raises(OwnRequest):
        decide(ask("1000.00"), finance)
    other = staff("finance")
    with pytest.raises(OwnRequest):
        decide(ask("1000.00", user=other), other)


def test_a_request_is_decided_once(ask, player, staff, decide):
    asked, other = ask("1000.00"), staff("finance")
    assert decide(asked, other, approve=False).status == "rejected"
    for approve in (True, False):
        with pytest.raises(AlreadyDecided):
            decide(asked, other, approve)
    assert balance(player) == 100


def test_of_eight_that_approve_a_request_one_does(ask, player, staff, decide):
    asked = ask("1000.00")
    others = [staff("finance") for _ in range(8)]
    results = crowd.at_once(*[lambda other=other: decide(asked, other) for other in others])
    assert crowd.kinds(results) == {"Adjustment": 1, "AlreadyDecided": 7}
    assert balance(player) == 1100


def test_funds_are_checked_when_it_posts(ask, player, post, staff, decide):
    with pytest.raises(InsufficientFunds):
        ask("100.01", "debit")
    assert not Adjustment.objects.exists()
    asked = ask("1000.00", "debit")
    with pytest.raises(InsufficientFunds):
        decide(asked, staff("finance"))
    assert Adjustment.objects.get().status == "pending"
    assert not AuditEntry.objects.filter(action="adjustment.approve").exists()
    post("credit", "900.00")
    assert decide(asked, staff("finance")).transaction.balance_after == 0
    books.assert_right()


@pytest.mark.parametrize("role", ["support", "games"])
def test_adjusting_and_voiding_takes_the_role(ask, staff, post, commit, decide, role):
    by, row, asked = staff(role), post(), ask("1000.00")
    with pytest.raises(Forbidden):
        ask(by=by)
    with pytest.raises(Forbidden):
        decide(asked, by)
    with pytest.raises(Forbidden):
        commit(lambda: services.void_transaction(by=by, transaction_id=row.pk, reason="Mistake"))


def test_the_sign_up_bonus_comes_once(commit, player):
    for _ in range(3):
        commit(lambda: services.credit_signup_bonus(player))
    assert Transaction.objects.filter(reference=f"signup:{player.pk}").count() == 1
    assert balance(player) == 100
