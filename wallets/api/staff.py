"""What finance does over the API: adjusts balances, approves, and voids postings."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.staff import StaffViewSet, Why
from accounts.models import User
from accounts.roles import Can
from quantix.api.fields import Amount, Id, Moment, Money, NoFields, Reason, StrictSerializer
from quantix.api.schema import answered, sent
from quantix.db import the_one
from quantix.errors import NotFound
from quantix.idempotency import Reply
from wallets import services
from wallets.api.serializers import Posting
from wallets.errors import AlreadyDecided, InsufficientFunds, NotVoidable, OwnRequest, WalletFull
from wallets.models import Adjustment, Transaction


@sent(
    {"user": 17, "type": "credit", "amount": "50.00", "reason": "Won the quiz night", "reason_code": "prize"}
)
class NewAdjustment(StrictSerializer):
    """What is put into a player's wallet, or taken from it."""

    user = Id()
    type = serializers.ChoiceField(choices=Transaction.Type.choices)
    amount = Amount()
    reason = Reason(help_text="Why, in words: the player reads it in the statement.")
    reason_code = serializers.ChoiceField(choices=Adjustment.ReasonCode.choices, required=False)


@sent({"reason": "Not the winner of the quiz night"})
class WhyNot(StrictSerializer):
    """Why nothing is posted."""

    reason = Reason(required=False)


_ADJUSTMENT = {
    "id": 3,
    "status": "posted",
    "transaction": 204,
    "user": 17,
    "type": "credit",
    "amount": "50.00",
    "reason": "Won the quiz night",
    "reason_code": "prize",
    "requested_by": 2,
    "decided_by": 2,
    "created_at": "2026-02-04T10:02:13.5Z",
    "decided_at": "2026-02-04T10:02:13.5Z",
}


@answered(
    _ADJUSTMENT,
    _ADJUSTMENT
    | {"status": "pending", "amount": "1500.00", "transaction": None, "decided_by": None, "decided_at": None},
    names=("Posted at once", "Waits for another member of staff"),
)
class StaffAdjustment(serializers.ModelSerializer[Adjustment]):
    """An adjustment: `transaction` is its posting, once there is one."""

    transaction = serializers.IntegerField(source="transaction_id", allow_null=True)
    user = serializers.IntegerField(source="user_id")
    amount = Money()
    requested_by = serializers.IntegerField(source="requested_by_id")
    decided_by = serializers.IntegerField(source="decided_by_id", allow_null=True)
    created_at = Moment()
    decided_at = Moment(allow_null=True)

    class Meta:
        model = Adjustment
        fields = list(_ADJUSTMENT)
        read_only_fields = fields


class StaffAdjustmentViewSet(StaffViewSet):
    """Balances adjusted by staff. For `finance` and `owner`."""

    queryset = Adjustment.objects.all()
    serializer_class = StaffAdjustment
    takes = dict.fromkeys(("create", "approve", "reject"), Can.ADJUST)
    once_actions = frozenset(takes)
    refusals = {
        "create": (NotFound, OwnRequest, InsufficientFunds, WalletFull),
        "approve": (OwnRequest, AlreadyDecided, InsufficientFunds, WalletFull),
        "reject": (OwnRequest, AlreadyDecided),
    }

    @extend_schema(request=NewAdjustment, responses={201: StaffAdjustment})
    def create(self, request: Request) -> Response:
        """Adjust a balance. From ADJUSTMENT_APPROVAL_FROM a day and player it is `pending` until another approves."""
        form = self.body(NewAdjustment)
        user_id = form.pop("user")

        def adjust() -> Reply:
            user = the_one(User.objects.filter(pk=user_id))
            return self._reply(201, services.request_adjustment(by=self.player, user=user, **form))

        return self.once(adjust)

    @extend_schema(request=NoFields, responses={200: StaffAdjustment})
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Approve an adjustment that another member of staff has asked for: it is posted."""
        self.body()
        return self._decide(int(pk), approve=True)

    @extend_schema(request=WhyNot, responses={200: StaffAdjustment})
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Reject one: nothing is posted."""
        return self._decide(int(pk), approve=False, **self.body(WhyNot))

    def _decide(self, adjustment_id: int, **decision: Any) -> Response:
        def decide() -> Reply:
            decided = services.decide_adjustment(by=self.player, adjustment_id=adjustment_id, **decision)
            return self._reply(200, decided)

        return self.once(decide)

    def _reply(self, status: int, adjustment: Adjustment) -> Reply:
        return Reply(status, self.get_serializer(adjustment).data)


class StaffTransactionViewSet(StaffViewSet):
    """Postings undone by staff. For `finance` and `owner`."""

    queryset = Transaction.objects.all()
    serializer_class = Posting
    takes = {"void": Can.VOID_POSTING}
    once_actions = frozenset(takes)
    refusals = {"void": (OwnRequest, NotVoidable, InsufficientFunds, WalletFull)}

    @extend_schema(request=Why, responses={200: Posting})
    @action(detail=True, methods=["post"])
    def void(self, request: Request, pk: str) -> Response:
        """Undo a bonus or an adjustment by its contra row. A stake or winnings are undone by voiding the bet."""
        reason = self.body(Why)["reason"]

        def undo() -> Reply:
            row = services.void_transaction(by=self.player, transaction_id=int(pk), reason=reason)
            return Reply(200, self.get_serializer(row).data)

        return self.once(undo)
