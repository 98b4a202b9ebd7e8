"""What staff do to the ledger: adjust, approve, void, reconcile. Each is one call of a service."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings

from accounts.backoffice import ActionPage, Done, Preview, ReasonForm, page_url
from accounts.models import User
from accounts.roles import Can
from quantix.form_fields import AmountField
from quantix.templatetags.ui import money_filter
from wallets import reconciling, services
from wallets.errors import InsufficientFunds
from wallets.models import Adjustment, Transaction, Wallet


class AdjustForm(ReasonForm):
    type = forms.ChoiceField(
        choices=Transaction.Type, label="Credit or debit", widget=forms.RadioSelect, initial="credit"
    )
    amount = AmountField(help_text="Such as 12.50", with_commas=True)
    # None is chosen beforehand: which it was is asked later, and the first of a list is no answer.
    reason_code = forms.ChoiceField(
        choices=[("", "Choose one"), *Adjustment.ReasonCode.choices], label="Kind of reason"
    )
    field_order = ["type", "amount", "reason_code", "reason"]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        help_text = "Why, in words. The player reads it too, word for word, in their statement."
        self.fields["reason"].help_text = help_text


class Adjust(ActionPage):
    """Put money into a player's wallet or take it out. Its target is the player or the wallet."""

    slug, label, can, form_class, previews = "adjust", "Adjust the balance", Can.ADJUST, AdjustForm, True

    def demand(self, *, by: User, target: User | Wallet) -> None:
        services.demand_not_own(by=by, user_id=_owner(target).pk, to="adjust your wallet")

    def preview(self, *, by: User, target: User | Wallet, data: Mapping[str, Any]) -> Preview:
        user = _owner(target)
        wallet = Wallet.objects.get(user=user)
        after = wallet.balance + (data["amount"] if data["type"] == "credit" else -data["amount"])
        if after < 0:
            raise InsufficientFunds(
                f"The wallet holds {money_filter(wallet.balance, wallet.currency)}.", field="amount"
            )
        return Preview(
            [
                ("Player", f"{user.username} ({user.email})"),
                (data["type"].capitalize(), money_filter(data["amount"], wallet.currency)),
                ("Kind of reason", Adjustment.ReasonCode(data["reason_code"]).label),
                ("Reason, which the player reads", data["reason"]),
                ("Balance now", money_filter(wallet.balance, wallet.currency)),
                ("Balance after", money_filter(after, wallet.currency)),
                ("Then", _then(user, data["amount"])),
            ]
        )

    def act(self, *, by: User, target: User | Wallet, data: Mapping[str, Any]) -> Done:
        asked = {name: data[name] for name in ("type", "amount", "reason", "reason_code")}
        adjustment = services.request_adjustment(by=by, user=_owner(target), **asked)
        posted = adjustment.status == Adjustment.Status.POSTED
        word = "is posted" if posted else "waits for the approval of another member of staff"
        return Done(page_url(target), f"The adjustment {word}.")


def _then(user: User, amount: Decimal) -> str:
    """What becomes of an adjustment, and why it waits where it does."""
    asked, bound = services.asked_today(user), settings.ADJUSTMENT_APPROVAL_FROM
    if asked + amount < bound:
        return "is posted at once"
    before = f", and {money_filter(asked)} was asked for this player today before" if asked else ""
    return (
        "waits until another member of staff approves it: "
        f"from {money_filter(bound)} for one player in one day it takes two{before}"
    )


class Approve(ActionPage):
    slug, label, can, form_class, previews = "approve", "Approve", Can.ADJUST, forms.Form, True

    def offered(self, target: Adjustment) -> bool:
        return target.status == Adjustment.Status.PENDING

    def demand(self, *, by: User, target: Adjustment) -> None:
        services.demand_another(by=by, adjustment=target)

    def preview(self, *, by: User, target: Adjustment, data: Mapping[str, Any]) -> Preview:
        return self.overview(target)

    def overview(self, target: Adjustment) -> Preview:
        wallet = target.user.wallet
        after = wallet.balance + (target.amount if target.type == "credit" else -target.amount)
        warnings = [] if after >= 0 else ["The wallet does not hold so much any more: this will be refused."]
        return Preview(
            [
                ("Player", f"{target.user.username} ({target.user.email})"),
                (target.type.capitalize(), money_filter(target.amount, wallet.currency)),
                ("Kind of reason", target.get_reason_code_display()),
                ("Reason, which the player reads", target.reason),
                ("Asked for by", target.requested_by),
                ("Balance now", money_filter(wallet.balance, wallet.currency)),
                ("Balance after", money_filter(after, wallet.currency)),
            ],
            warnings=warnings,
        )

    def act(self, *, by: User, target: Adjustment, data: Mapping[str, Any]) -> Done:
        services.decide_adjustment(by=by, adjustment_id=target.pk, approve=True)
        return Done(page_url(target), "The adjustment is approved and posted.")


class Reject(ActionPage):
    slug, label, can, is_danger = "reject", "Reject", Can.ADJUST, True
    help = "Nothing is posted. The audit trail keeps why."

    def offered(self, target: Adjustment) -> bool:
        return target.status == Adjustment.Status.PENDING

    def demand(self, *, by: User, target: Adjustment) -> None:
        services.demand_another(by=by, adjustment=target)

    def act(self, *, by: User, target: Adjustment, data: Mapping[str, Any]) -> Done:
        services.decide_adjustment(by=by, adjustment_id=target.pk, approve=False, reason=data["reason"])
        return Done(page_url(target), "The adjustment is rejected; nothing was posted.")


class VoidTransaction(ActionPage):
    slug, label, can, is_danger, previews = "void", "Void", Can.VOID_POSTING, True, True
    help = (
        "Posts the contra row and leaves the pair out of the player's statement, unless they ask for voided rows. "
        "A stake or winnings are undone by voiding the bet, its session or its event."
    )

    def offered(self, target: Transaction) -> bool:
        return target.deleted_at is None and target.category not in (
            Transaction.Category.BET,
            Transaction.Category.WIN,
        )

    def demand(self, *, by: User, target: Transaction) -> None:
        services.demand_not_own(by=by, user_id=target.wallet.user_id, to="void what is in your wallet")

    def preview(self, *, by: User, target: Transaction, data: Mapping[str, Any]) -> Preview:
        wallet = target.wallet
        after = wallet.balance - target.signed_amount
        warnings = [] if after >= 0 else ["The money was spent: this will be refused."]
        return Preview(
            [
                ("Player", wallet.user),
                ("Posting", f"{target.type} of {money_filter(target.amount)}: {target.description}"),
                ("Balance now", money_filter(wallet.balance, wallet.currency)),
                ("Balance after", money_filter(after, wallet.currency)),
            ],
            warnings=warnings,
        )

    def act(self, *, by: User, target: Transaction, data: Mapping[str, Any]) -> Done:
        services.void_transaction(by=by, transaction_id=target.pk, reason=data["reason"])
        return Done(page_url(target), "The posting is voided.")


class RunNow(ActionPage):
    slug, label, can, form_class, is_for_list = "run", "Reconcile now", Can.RECONCILE, forms.Form, True
    help = (
        "The worker checks every promise about money over the whole ledger, as of one moment. "
        "It takes seconds for a million rows; the page tells how far it is."
    )

    def act(self, *, by: User, target: None, data: Mapping[str, Any]) -> Done:
        return Done(page_url(reconciling.request_run(by=by)))


def _owner(target: User | Wallet) -> User:
    return target.user if isinstance(target, Wallet) else target
