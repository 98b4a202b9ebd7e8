"""Money moved by finance over the API: adjusted, approved by another, voided; once for a key, and audited."""

from decimal import Decimal

import pytest

from quantix.models import AuditEntry
from quantix.tests import books, factories
from quantix.tests.api import Program, assert_problem
from wallets.models import Adjustment, Transaction, Wallet

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def finance():
    return Program(factories.make_staff("finance"))


@pytest.fixture(autouse=True)
def the_books_are_right_after_all():
    yield
    books.assert_right()


def prize(player, amount="50.00", **more):
    return {"user": player.pk, "type": "credit", "amount": amount, "reason": "Won the quiz night", **more}


def balance(player):
    return Wallet.objects.get(user=player).balance


def test_a_small_adjustment_is_posted_at_once_and_audited(finance, player):
    reply = finance.ask("POST", "/staff/adjustments", prize(player, reason_code="prize"))
    assert reply.status_code == 201
    told = reply.json()
    posting = Transaction.objects.get(reference=f"adjustment:{told['id']}")
    assert (told["status"], told["transaction"], told["user"]) == ("posted", posting.pk, player.pk)
    assert (balance(player), posting.description) == (150, "Won the quiz night")
    entry = AuditEntry.objects.get(action="adjustment.request")
    assert (entry.target_id, entry.reason, entry.address) == (told["id"], "Won the quiz night", "127.0.0.1")


def test_the_same_key_adjusts_once(finance, player):
    first, second = (
        finance.ask("POST", "/staff/adjustments", prize(player), idempotency_key="once") for _ in range(2)
    )
    assert first.json() == second.json()
    assert second["Idempotent-Replayed"] == "true"
    assert balance(player) == 150
    other = finance.ask("POST", "/staff/adjustments", prize(player, "51.00"), idempotency_key="once")
    assert_problem(other, 422, "idempotency-key-reused")


def test_from_the_days_sum_on_another_member_of_staff_approves(finance, player):
    assert finance.ask("POST", "/staff/adjustments", prize(player, "900.00")).json()["status"] == "posted"
    told = finance.ask("POST", "/staff/adjustments", prize(player, "100.00")).json()
    assert (told["status"], told["transaction"], told["decided_by"]) == ("pending", None, None)
    path = f"/staff/adjustments/{told['id']}"
    assert_problem(finance.ask("POST", f"{path}/approve"), 403, "own-request")
    assert_problem(finance.ask("POST", f"{path}/reject"), 403, "own-request")
    assert balance(player) == 1000
    other = Program(factories.make_staff("finance"))
    approved = other.ask("POST", f"{path}/approve")
    assert (approved.status_code, approved.json()["status"]) == (200, "posted")
    assert approved.json()["transaction"] == Adjustment.objects.get(pk=told["id"]).transaction_id
    assert balance(player) == 1100
    for decision in ("approve", "reject"):
        assert_problem(other.ask("POST", f"{path}/{decision}"), 409, "already-decided")


def test_a_rejected_one_posts_nothing(finance, player):
    asked = finance.ask("POST", "/staff/adjustments", prize(player, "1000.00")).json()
    other = Program(factories.make_staff("owner"))
    rejected = other.ask("POST", f"/staff/adjustments/{asked['id']}/reject", {"reason": "A typo"})
    assert AuditEntry.objects.get(action="adjustment.reject").reason == "A typo"
    assert (rejected.status_code, rejected.json()["status"]) == (200, "rejected")
    assert balance(player) == 100


def test_nobody_adjusts_or_approves_for_their_own_wallet(player):
    me, other = factories.make_staff("finance"), factories.make_staff("finance")
    assert_problem(Program(me).ask("POST", "/staff/adjustments", prize(me)), 403, "own-request")
    asked = Program(other).ask("POST", "/staff/adjustments", prize(me, "5000.00")).json()
    assert_problem(Program(me).ask("POST", f"/staff/adjustments/{asked['id']}/approve"), 403, "own-request")


def test_more_than_the_wallet_holds_is_refused_when_it_posts(finance, player):
    taken = prize(player, "100.01", type="debit")
    assert_problem(finance.ask("POST", "/staff/adjustments", taken), 409, "insufficient-funds")
    later = finance.ask("POST", "/staff/adjustments", prize(player, "1000.00", type="debit")).json()
    approve = f"/staff/adjustments/{later['id']}/approve"
    other = Program(factories.make_staff("finance"))
    assert_problem(other.ask("POST", approve), 409, "insufficient-funds")
    assert Adjustment.objects.get(pk=later["id"]).status == "pending"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("amount", "0", "amount-form"),
        ("amount", "1.005", "amount-form"),
        ("amount", 1.5, "amount-form"),
        ("type", "gift", "invalid-choice"),
        ("type", True, "invalid-choice"),
        ("reason", "", "blank"),
        ("reason", " \n", "blank"),
        ("reason", "x" * 256, "max-length"),
        ("reason", 7, "invalid"),
        ("reason_code", "bribe", "invalid-choice"),
        ("user", "1", "invalid"),
        ("shoe", 43, "unknown-field"),
    ],
)
def test_what_is_of_another_form_is_named(finance, player, field, value, code):
    reply = finance.ask("POST", "/staff/adjustments", prize(player) | {field: value})
    assert_problem(reply, 400, code, field)
    assert balance(player) == 100


def test_who_is_not_there_is_not_adjusted(finance, player):
    assert_problem(
        finance.ask("POST", "/staff/adjustments", prize(player) | {"user": 10**9}), 404, "not-found"
    )
    for path in ("adjustments/999999/approve", "adjustments/999999/reject"):
        assert_problem(finance.ask("POST", f"/staff/{path}"), 404, "not-found")
    reply = finance.ask("POST", "/staff/transactions/999999/void", {"reason": "?"})
    assert_problem(reply, 404, "not-found")


def test_a_posting_is_voided_once_and_the_row_is_answered(finance, player):
    row = finance.ask("POST", "/staff/adjustments", prize(player)).json()["transaction"]
    voided = finance.ask("POST", f"/staff/transactions/{row}/void", {"reason": "Wrong account"})
    assert (voided.status_code, voided.json()["id"]) == (200, row)
    assert voided.json()["deleted_at"] and balance(player) == 100
    assert AuditEntry.objects.get(action="transaction.void").reason == "Wrong account"
    contra = Transaction.objects.get(reference=f"void:{row}")
    for again in (row, contra.pk):
        reply = finance.ask("POST", f"/staff/transactions/{again}/void", {"reason": "Again"})
        assert_problem(reply, 409, "not-voidable")


def test_nobody_voids_what_was_taken_from_their_own_wallet():
    fined = factories.make_staff("finance")
    colleague = Program(factories.make_staff("finance"))
    fine = {**prize(fined, "40.00"), "type": "debit"}
    row = colleague.ask("POST", "/staff/adjustments", fine).json()["transaction"]
    before = balance(fined)
    reply = Program(fined).ask("POST", f"/staff/transactions/{row}/void", {"reason": "Not me"})
    assert_problem(reply, 403, "own-request")
    assert balance(fined) == before
    assert colleague.ask("POST", f"/staff/transactions/{row}/void", {"reason": "Right"}).status_code == 200


def test_a_void_takes_a_reason_and_the_money(finance, player):
    row = Transaction.objects.get(wallet__user=player).pk
    assert_problem(finance.ask("POST", f"/staff/transactions/{row}/void"), 400, "required", "reason")
    finance.ask("POST", "/staff/adjustments", prize(player, "1.00", type="debit"))
    reply = finance.ask("POST", f"/staff/transactions/{row}/void", {"reason": "Not due"})
    assert_problem(reply, 409, "insufficient-funds")
    assert balance(player) == Decimal("99.00")
