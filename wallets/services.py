"""What can be done to wallets: opened, given the bonus, adjusted by staff, and a posting voided."""

from decimal import Decimal

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from accounts import roles
from accounts.models import User
from quantix import audit, clock
from quantix.db import the_one
from quantix.money import format_money
from wallets import ledger
from wallets.errors import AlreadyDecided, NotVoidable, OwnRequest
from wallets.models import Adjustment, Transaction, Wallet

Category = Transaction.Category


def open_wallet(user: User) -> None:
    """An empty wallet for a new user."""
    Wallet.objects.create(user=user)


def credit_signup_bonus(user: User) -> None:
    """The sign-up bonus (SIGNUP_BONUS), once for a user, whoever asks and however often."""
    if settings.SIGNUP_BONUS:
        ledger.post(
            user_id=user.pk,
            type="credit",
            category="bonus",
            amount=settings.SIGNUP_BONUS,
            description="Sign-up bonus",
            reference=f"signup:{user.pk}",
        )


def request_adjustment(
    *, by: User, user: User, type: str, amount: Decimal, reason: str, reason_code: str = "other"
) -> Adjustment:
    """Ask for `amount` to be put into (or taken from) the wallet of `user`; posted at once below the threshold.

    The threshold (ADJUSTMENT_APPROVAL_FROM) is on the day's sum for the player, so that ten small ones do
    not pass below it. Raises OwnRequest for one's own wallet, InsufficientFunds where it posts and cannot.
    To be called in a transaction.
    """
    roles.demand(by, roles.Can.ADJUST)
    demand_not_own(by=by, user_id=user.pk, to="adjust your wallet")
    # Two requests at once would both look below the threshold: the wallet's row puts them in order.
    Wallet.objects.select_for_update(no_key=True).get(user=user)
    waits = needs_approval(user, amount)
    adjustment = Adjustment.objects.create(
        user=user, type=type, amount=amount, reason=reason, reason_code=reason_code, requested_by=by
    )
    if not waits:
        _post_adjustment(adjustment, by)
    audit.record(
        actor=by, action="adjustment.request", target=adjustment, after=_told(adjustment), reason=reason
    )
    return adjustment


def decide_adjustment(*, by: User, adjustment_id: int, approve: bool, reason: str = "") -> Adjustment:
    """Approve (and post) or reject a pending adjustment, `reason` why. To be called in a transaction.

    Raises NotFound, OwnRequest for the one who asked or whose wallet it is, AlreadyDecided, InsufficientFunds.
    """
    roles.demand(by, roles.Can.ADJUST)
    adjustment = the_one(Adjustment.objects.select_for_update(no_key=True).filter(pk=adjustment_id))
    demand_another(by=by, adjustment=adjustment)
    if adjustment.status != Adjustment.Status.PENDING:
        raise AlreadyDecided
    before = _told(adjustment)
    if approve:
        _post_adjustment(adjustment, by)
    else:
        _decide(adjustment, by, Adjustment.Status.REJECTED)
    action = "adjustment.approve" if approve else "adjustment.reject"
    after = _told(adjustment)
    audit.record(actor=by, action=action, target=adjustment, before=before, after=after, reason=reason)
    return adjustment


def demand_not_own(*, by: User, user_id: int, to: str) -> None:
    """Raises OwnRequest where the wallet is that of `by`; `to` says what another has to do."""
    if by.pk == user_id:
        raise OwnRequest(f"Another member of staff has to {to}.")


def demand_another(*, by: User, adjustment: Adjustment) -> None:
    """Raises OwnRequest where `by` has asked for the adjustment, or would adjust their own wallet."""
    if by.pk in (adjustment.requested_by_id, adjustment.user_id):
        raise OwnRequest


def void_transaction(*, by: User, transaction_id: int, reason: str) -> Transaction:
    """Undo a bonus or an adjustment by its contra row, and hide the pair. To be called in a transaction.

    Raises NotFound, OwnRequest for a row of one's own wallet, NotVoidable for stakes, winnings, contra rows and
    rows voided already, InsufficientFunds where the money was spent.
    """
    roles.demand(by, roles.Can.VOID_POSTING)
    row: Transaction = the_one(Transaction.objects.select_related("wallet").filter(pk=transaction_id))
    # To void what was taken from a wallet is to pay into it.
    demand_not_own(by=by, user_id=row.wallet.user_id, to="void what is in your wallet")
    # The wallet first, as everywhere; then the row as it is now.
    Wallet.objects.select_for_update(no_key=True).get(pk=row.wallet_id)
    row.refresh_from_db(fields=["deleted_at"])
    if row.category in (Category.BET, Category.WIN):
        raise NotVoidable("A stake or winnings are undone by voiding the bet, its session or its event.")
    if row.deleted_at is not None:
        raise NotVoidable("This posting was voided already, or is the contra row of one that was.")
    assert row.category is not None, "every posting has its category"
    contra = ledger.post(
        user_id=row.wallet.user_id,
        type="debit" if row.type == "credit" else "credit",
        category=row.category,
        amount=row.amount,
        description=f"Voided: {row.description}"[:255],
        metadata={"reverses": row.pk, "reason": reason},
        reference=f"void:{row.pk}",
    )
    now = clock.now()
    Transaction.objects.filter(pk__in=[row.pk, contra.pk]).update(deleted_at=now, updated_at=now)
    audit.record(actor=by, action="transaction.void", target=row, after={"contra": contra.pk}, reason=reason)
    row.refresh_from_db()
    return row


def needs_approval(user: User, amount: Decimal) -> bool:
    """Whether adjusting the player's wallet by `amount`, today, takes the approval of a second member of staff."""
    return asked_today(user) + amount >= settings.ADJUSTMENT_APPROVAL_FROM


def asked_today(user: User) -> Decimal:
    """What was asked for `user` since midnight in India (in either direction), rejected requests left out."""
    midnight = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    today = Adjustment.objects.filter(user=user, created_at__gte=midnight).exclude(status="rejected")
    return today.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def _post_adjustment(adjustment: Adjustment, by: User) -> None:
    adjustment.transaction = ledger.post(
        user_id=adjustment.user_id,
        type=adjustment.type,
        category="admin_adjustment",
        amount=adjustment.amount,
        description=adjustment.reason,
        metadata={"adjustment": adjustment.pk, "reason_code": adjustment.reason_code},
        reference=f"adjustment:{adjustment.pk}",
    )
    _decide(adjustment, by, Adjustment.Status.POSTED)


def _decide(adjustment: Adjustment, by: User, status: str) -> None:
    adjustment.status, adjustment.decided_by, adjustment.decided_at = status, by, clock.now()
    adjustment.save(update_fields=["status", "decided_by", "decided_at", "transaction"])


def _told(adjustment: Adjustment) -> dict[str, object]:
    """What the audit trail tells of an adjustment."""
    return {
        "user": adjustment.user_id,
        "type": adjustment.type,
        "amount": format_money(adjustment.amount),
        "status": adjustment.status,
        "transaction": adjustment.transaction_id,
    }
