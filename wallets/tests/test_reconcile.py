"""Reconciling finds each broken promise, and nothing else."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from quantix.tests import books, factories
from wallets import ledger, reconcile, services
from wallets.models import Reconciliation, Transaction

pytestmark = pytest.mark.django_db(transaction=True)


def promises_broken():
    return {promise for promise, _ in books.broken()}


def test_the_books_are_right_after_bonus_adjustment_and_void(player, staff, commit):
    finance = staff("finance")
    asked = commit(
        lambda: services.request_adjustment(
            by=finance, user=player, type="credit", amount=Decimal("7.00"), reason="A prize"
        )
    )
    commit(
        lambda: services.void_transaction(by=finance, transaction_id=asked.transaction_id, reason="Mistake")
    )
    run = reconcile.run()
    assert run.is_clean
    assert {finding["promise"]: finding["checked"] for finding in run.findings}["5"] == 2


def test_a_balance_changed_by_hand_breaks_promises_1_3_and_6(player):
    books.run_unguarded("UPDATE wallets SET balance = 1000000 WHERE user_id = %s", player.pk)
    assert promises_broken() == {"1", "3", "6"}


def test_an_amount_changed_by_hand_breaks_promises_1_3_and_6(player):
    books.run_unguarded("UPDATE transactions SET amount = amount + 1 WHERE wallet_id = %s", player.wallet.pk)
    assert promises_broken() == {"1", "3", "6"}


def test_a_deleted_row_is_noticed(player, commit):
    commit(lambda: ledger.post(user_id=player.pk, type="credit", category="bonus", amount=Decimal(1)))
    books.run_unguarded("DELETE FROM transactions WHERE id = (SELECT min(id) FROM transactions)")
    assert promises_broken() == {"1", "3", "6"}


def test_a_row_hidden_without_its_contra_row_breaks_promises_1_and_5(player):
    books.run_unguarded("UPDATE transactions SET deleted_at = now() WHERE wallet_id = %s", player.wallet.pk)
    assert promises_broken() == {"1", "5"}


def test_a_posting_without_category_is_missing_from_the_supply(player):
    books.run_unguarded("UPDATE transactions SET category = NULL WHERE wallet_id = %s", player.wallet.pk)
    assert promises_broken() == {"6"}


def test_a_balance_below_zero_breaks_promise_2(player):
    with books.without("wallets", constraint="wallet_balance_not_negative"):
        books.run_unguarded("UPDATE wallets SET balance = -1 WHERE user_id = %s", player.pk)
        assert "2" in promises_broken()


def test_a_reference_twice_breaks_promise_4(player, commit):
    with books.without("transactions", index="transaction_reference_once"):
        commit(lambda: ledger.post(user_id=player.pk, type="credit", category="bonus", amount=Decimal(1)))
        books.run_unguarded(
            "UPDATE transactions SET reference = 'signup:1' WHERE wallet_id = %s", player.wallet.pk
        )
        assert promises_broken() == {"4"}


def test_a_stake_without_a_bet_and_winnings_without_a_reference_are_noticed(player, commit):
    commit(
        lambda: ledger.post(
            user_id=player.pk, type="debit", category="bet", amount=Decimal(1), reference="bet:999:stake"
        )
    )
    commit(lambda: ledger.post(user_id=player.pk, type="credit", category="win", amount=Decimal(1)))
    assert [promise for promise, _ in books.broken()] == ["bets", "bets"]


def test_at_most_a_hundred_examples_are_kept_and_all_are_counted(player):
    wallet_id = player.wallet.pk
    books.run_unguarded(
        "INSERT INTO transactions (wallet_id, amount, type, category, balance_after) "
        "SELECT %s, 1, 'credit', 'bonus', 5 FROM generate_series(1, 150)",
        wallet_id,
    )
    run = reconcile.run()
    chain = next(finding for finding in run.findings if finding["title"].startswith("In order of id"))
    assert (chain["broken"], len(chain["examples"])) == (150, 100)
    assert chain["examples"][1] == {
        "subject": f"transaction {Transaction.objects.order_by('id')[2].pk}",
        "expected": "6.00",
        "found": "5.00",
    }


def test_the_command_prints_a_table_and_keeps_the_run(player):
    out = StringIO()
    call_command("reconcile", stdout=out)
    assert out.getvalue().endswith("The books are right.\n")
    assert Reconciliation.objects.get().is_clean


def test_the_command_exits_with_1_where_a_promise_is_broken(player):
    books.run_unguarded("UPDATE wallets SET balance = 7 WHERE user_id = %s", player.pk)
    out = StringIO()
    with pytest.raises(SystemExit) as exit:
        call_command("reconcile", quiet=True, stdout=out)
    assert exit.value.code == 1
    assert f"wallet {player.wallet.pk}: expected 7.00, found 100.00" in out.getvalue()
    assert not Reconciliation.objects.get().is_clean


def test_quiet_says_nothing_while_all_is_well(player):
    out = StringIO()
    call_command("reconcile", quiet=True, stdout=out)
    assert out.getvalue() == ""


def test_a_game_that_was_played_leaves_the_books_right(player):
    factories.start(player, factories.make_codebreaker())
    books.assert_right()
