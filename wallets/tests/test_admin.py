"""Money moved by staff in the back-office: previewed, posted once, approved by another."""

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from quantix.models import AuditEntry
from quantix.tests import factories
from wallets.models import Adjustment, Transaction, Wallet

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = {"type": "credit", "amount": "12.50", "reason_code": "prize", "reason": "Won the quiz night"}


@pytest.fixture
def send(client: Client) -> Callable[..., Any]:
    """`send(staff, "accounts/user/5/do/adjust", …)`: a form of the back-office, sent."""

    def post(by: User, address: str, **data: Any) -> Any:
        client.force_login(by)
        return client.post(f"/admin/{address}/", data)

    return post


def balance(user: User) -> Any:
    return Wallet.objects.get(user=user).balance


def test_an_adjustment_is_previewed_then_posted_and_audited(send: Callable[..., Any]) -> None:
    player, finance = factories.make_player("100.00"), factories.make_staff("finance")
    address = f"accounts/user/{player.pk}/do/adjust"
    preview = send(finance, address, **ASKED)
    assert preview.status_code == 200
    assert "₹112.50" in preview.content.decode()
    assert balance(player) == 100
    assert send(finance, address, **ASKED, confirm="1").status_code == 303
    assert balance(player) == Decimal("112.50")
    entry = AuditEntry.objects.get(action="adjustment.request")
    assert (entry.actor, entry.reason, entry.after["amount"]) == (finance, "Won the quiz night", "12.50")


def test_the_kind_of_reason_is_chosen_not_left_as_it_stood(send: Callable[..., Any], client: Client) -> None:
    player, finance = factories.make_player("100.00"), factories.make_staff("finance")
    client.force_login(finance)
    address = f"accounts/user/{player.pk}/do/adjust"
    assert not client.get(f"/admin/{address}/").context["form"]["reason_code"].value()
    page = send(finance, address, **ASKED | {"reason_code": ""}, confirm="1")
    assert (page.status_code, set(page.context["form"].errors)) == (400, {"reason_code"})
    assert balance(player) == 100


def test_a_form_sent_twice_moves_money_once(send: Callable[..., Any]) -> None:
    player, finance = factories.make_player("100.00"), factories.make_staff("finance")
    for _ in range(2):
        key = {"idempotency_key": "the-same"}
        sent = send(finance, f"wallets/wallet/{player.wallet.pk}/do/adjust", **ASKED, confirm="1", **key)
        assert sent.status_code == 303
    assert balance(player) == Decimal("112.50")


@pytest.mark.parametrize("amount", ["0", "-5", "1.005", "1e3", "NaN", "10000000000000", "ten", ""])
def test_an_amount_of_another_form_is_named(amount: str, send: Callable[..., Any]) -> None:
    player = factories.make_player("100.00")
    asked = ASKED | {"amount": amount, "confirm": "1"}
    page = send(factories.make_staff("finance"), f"accounts/user/{player.pk}/do/adjust", **asked)
    assert page.status_code == 400
    assert page.context["form"].errors.keys() == {"amount"}
    assert balance(player) == 100


def test_more_than_the_wallet_holds_is_refused_beside_the_amount(send: Callable[..., Any]) -> None:
    player = factories.make_player("100.00")
    asked = ASKED | {"type": "debit", "amount": "100.01"}
    page = send(factories.make_staff("finance"), f"accounts/user/{player.pk}/do/adjust", **asked)
    assert page.status_code == 409
    assert page.context["form"].errors.keys() == {"amount"}


def test_from_the_threshold_another_member_of_staff_approves(send: Callable[..., Any]) -> None:
    player = factories.make_player("100.00")
    asker, other = factories.make_staff("finance"), factories.make_staff("finance")
    large = ASKED | {"amount": "1000.00"}
    assert (
        "waits until another" in send(asker, f"accounts/user/{player.pk}/do/adjust", **large).content.decode()
    )
    assert send(asker, f"accounts/user/{player.pk}/do/adjust", **large, confirm="1").status_code == 303
    assert balance(player) == 100
    pending = Adjustment.objects.get(status="pending")
    address = f"wallets/adjustment/{pending.pk}/do/approve"
    own = send(asker, address, confirm="1")
    assert own.status_code == 403
    assert "Another member of staff" in own.content.decode()
    assert balance(player) == 100
    assert send(other, address, confirm="1").status_code == 303
    assert balance(player) == 1100
    assert send(other, address, confirm="1", idempotency_key=str(uuid.uuid4())).status_code == 409
    assert balance(player) == 1100


def test_a_rejected_adjustment_posts_nothing(send: Callable[..., Any]) -> None:
    player = factories.make_player("100.00")
    send(
        factories.make_staff("finance"),
        f"accounts/user/{player.pk}/do/adjust",
        **ASKED | {"amount": "5000.00", "confirm": "1"},
    )
    pending = Adjustment.objects.get()
    assert (
        send(factories.make_staff("finance"), f"wallets/adjustment/{pending.pk}/do/reject").status_code == 400
    )
    sent = send(
        factories.make_staff("finance"), f"wallets/adjustment/{pending.pk}/do/reject", reason="A typo"
    )
    assert sent.status_code == 303
    assert (balance(player), Adjustment.objects.get().status) == (100, "rejected")
    assert AuditEntry.objects.get(action="adjustment.reject").reason == "A typo"


def test_the_one_who_asked_is_told_before_the_preview(send: Callable[..., Any]) -> None:
    player, asker = factories.make_player("100.00"), factories.make_staff("finance")
    large = ASKED | {"amount": "1000.00", "confirm": "1"}
    send(asker, f"accounts/user/{player.pk}/do/adjust", **large)
    address = f"wallets/adjustment/{Adjustment.objects.get().pk}/do/approve"
    assert send(asker, address).status_code == 403
    seen = send(factories.make_staff("finance"), address).content.decode()
    assert all(words in seen for words in ("Won the quiz night", asker.username, "₹1,100.00"))


def test_what_will_be_refused_is_told_in_the_preview(send: Callable[..., Any]) -> None:
    player, finance = factories.make_player("100.00"), factories.make_staff("finance")
    bonus = Transaction.objects.of(player.pk).get()
    send(
        finance,
        f"accounts/user/{player.pk}/do/adjust",
        **ASKED | {"type": "debit", "amount": "60.00", "confirm": "1"},
    )
    seen = send(finance, f"wallets/transaction/{bonus.pk}/do/void", reason="Not due").content.decode()
    assert "The money was spent" in seen
    void = send(finance, f"wallets/transaction/{bonus.pk}/do/void", reason="Not due", confirm="1")
    assert void.status_code == 409


def test_nobody_adjusts_their_own_wallet(send: Callable[..., Any]) -> None:
    finance = factories.make_staff("finance")
    page = send(finance, f"accounts/user/{finance.pk}/do/adjust", **ASKED, confirm="1")
    assert page.status_code == 403
    assert balance(finance) == 100


def test_what_is_one_s_own_is_refused_before_anything_is_shown(
    send: Callable[..., Any], client: Client
) -> None:
    finance, other = factories.make_staff("finance"), factories.make_staff("finance")
    send(finance, f"accounts/user/{other.pk}/do/adjust", **ASKED | {"amount": "1500.00", "confirm": "1"})
    pending, bonus = Adjustment.objects.get(), Transaction.objects.of(finance.pk).get()
    client.force_login(finance)
    for page, action in (
        (f"accounts/user/{finance.pk}", "adjust"),
        (f"wallets/transaction/{bonus.pk}", "void"),
        (f"wallets/adjustment/{pending.pk}", "approve"),
        (f"wallets/adjustment/{pending.pk}", "reject"),
    ):
        assert client.get(f"/admin/{page}/do/{action}/").status_code == 403
        assert f"do/{action}/" not in client.get(f"/admin/{page}/change/").content.decode()
    client.force_login(factories.make_staff("finance"))
    assert "do/approve/" in client.get(f"/admin/wallets/adjustment/{pending.pk}/change/").content.decode()


@pytest.mark.parametrize(("amount", "moved"), [("1,5", None), ("1,500", 1500), ("12,34,567.00", 1234567)])
def test_commas_are_taken_where_they_part_thousands(
    amount: str, moved: int | None, send: Callable[..., Any]
) -> None:
    player = factories.make_player("100.00")
    asked = ASKED | {"amount": amount, "confirm": "1"}
    page = send(factories.make_staff("finance"), f"accounts/user/{player.pk}/do/adjust", **asked)
    assert [row.amount for row in Adjustment.objects.all()] == ([moved] if moved else [])
    assert moved or "Write it without commas" in page.content.decode()


def test_the_preview_says_that_the_player_reads_why_and_why_it_waits(send: Callable[..., Any]) -> None:
    player, finance = factories.make_player("100.00"), factories.make_staff("finance")
    address = f"accounts/user/{player.pk}/do/adjust"
    send(finance, address, **ASKED | {"amount": "600.00", "confirm": "1"})
    told = dict(send(finance, address, **ASKED | {"amount": "500.00"}).context["preview"].facts)
    assert told["Reason, which the player reads"] == ASKED["reason"]
    assert told["Then"].endswith("and ₹600.00 was asked for this player today before")


def test_an_adjustment_says_that_its_row_was_voided(send: Callable[..., Any], client: Client) -> None:
    player, finance = factories.make_player("100.00"), factories.make_staff("finance")
    send(finance, f"accounts/user/{player.pk}/do/adjust", **ASKED, confirm="1")
    done = Adjustment.objects.get()
    send(finance, f"wallets/transaction/{done.transaction_id}/do/void", reason="Not due", confirm="1")
    assert (
        "posted, then voided" in client.get(f"/admin/wallets/adjustment/{done.pk}/change/").content.decode()
    )


def test_voiding_a_bonus_takes_it_back(send: Callable[..., Any]) -> None:
    player, finance = factories.make_player("100.00"), factories.make_staff("finance")
    bonus = Transaction.objects.of(player.pk).get()
    address = f"wallets/transaction/{bonus.pk}/do/void"
    assert "₹0.00" in send(finance, address, reason="Not due").content.decode()
    assert send(finance, address, reason="Not due", confirm="1").status_code == 303
    assert balance(player) == 0
    assert AuditEntry.objects.get(action="transaction.void").reason == "Not due"
    again = send(finance, address, reason="Not due", confirm="1")
    assert again.status_code == 409
    assert "voided already" in again.content.decode()


def test_the_list_shows_what_the_filtered_rows_add_up_to(client: Client) -> None:
    player = factories.make_player("250.00")
    factories.make_player("400.00")
    client.force_login(factories.make_staff("finance"))
    page = client.get("/admin/wallets/transaction/", {"wallet__user__id__exact": player.pk})
    assert page.context["totals"] == [("Credits", 250), ("Debits", 0), ("Together", 250)]
