"""What staff do to bets and events over the API."""

import re
import uuid
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.staff import StaffViewSet, Why
from accounts.roles import Can
from betting import events, settlement, voiding
from betting.api.serializers import BET, Bet
from betting.errors import BetVoid, NothingProposed, ProposalChanged, WeightsInvalid
from betting.events import Keep
from betting.models import Bet as BetRow
from betting.resolving import Result, Told, confirm_result, preview_result, reject_result, tell_result
from betting.standing.errors import SeasonArchived
from games.api.staff import StaffGame
from games.errors import OwnPosition
from games.models import Game
from quantix.api.fields import Flag, Money, Reason, StrictSerializer, Text, Time
from quantix.api.schema import answered, sent
from quantix.idempotency import Reply
from wallets.errors import InsufficientFunds, OwnRequest

#: Of the bets that a result changes, as many are told one by one.
CHANGES_MAX = 1000
_WEIGHT_FORM = r"[01](\.[0-9]{1,18})?"
_WEIGHT = re.compile(_WEIGHT_FORM, re.ASCII)


@answered(
    BET
    | {
        "user": 17,
        "outcome": "void",
        "payout": "12.50",
        "is_successful": False,
        "settled_at": "2026-02-05T08:00:00Z",
    }
)
class StaffBet(Bet):
    """A bet, and whose it is."""

    user = serializers.IntegerField(source="session.user_id")

    class Meta(Bet.Meta):
        fields = ["id", "user", *Bet.Meta.fields[1:]]
        read_only_fields = fields


class StaffBetViewSet(StaffViewSet):
    """Bets called off. For `games` and `owner`."""

    queryset = BetRow.objects.all()
    serializer_class = StaffBet
    takes = {"void": Can.VOID_PLAY}
    once_actions = frozenset(takes)
    refusals = {"void": (BetVoid, OwnPosition, InsufficientFunds)}

    @extend_schema(request=Why, responses={200: StaffBet})
    @action(detail=True, methods=["post"])
    def void(self, request: Request, pk: str) -> Response:
        """Give a bet's stake back, and take back what was won with it, for good: no later result changes that."""
        return self.because(partial(voiding.void_bet, bet_id=int(pk)))


@extend_schema_field({"type": "string", "pattern": f"^{_WEIGHT_FORM}$", "examples": ["0.5"]})
class Weight(serializers.Field[Decimal, Any, str, Any]):
    """A share of the truth: a decimal string."""

    def to_internal_value(self, data: object) -> Decimal:
        if not isinstance(data, str) or not _WEIGHT.fullmatch(data):
            words = 'Write a weight as a decimal string between "0" and "1", such as "0.5".'
            raise serializers.ValidationError(words, code="weight-form")
        return Decimal(data)


@sent(
    {"option": "nilgiri"},
    {
        "weights": {"nilgiri": "0.5", "kaveri": "0.5"},
        "outcome_known_at": "2026-02-10T11:40:00Z",
        "preview": True,
    },
    names=("One option", "A dead heat, only looked at"),
)
class ToldOutcome(StrictSerializer):
    """How an event came out: one of `option` and `weights`."""

    option = Text(max_length=100, required=False)
    weights = serializers.DictField(
        child=Weight(), required=False, help_text="Option to its share of the truth; together exactly 1."
    )
    outcome_known_at = Time(
        required=False,
        allow_null=True,
        help_text="Bets from this moment on are void. Left out: as it was decided before; null: all count.",
    )
    preview = Flag(required=False, help_text="Tell what it would lead to, and write nothing.")
    reason = Reason(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("option" in attrs) == ("weights" in attrs):
            words = "Name the `option` that came true, or the `weights` of several: one of the two."
            raise serializers.ValidationError({"option": [serializers.ErrorDetail(words, code="one-of-two")]})
        return attrs


class BetChange(serializers.Serializer[Any]):
    """What becomes of a bet; `delta` is what its wallet gets now, or gives back where it is below zero."""

    user = serializers.IntegerField()
    bet = serializers.IntegerField()
    outcome = serializers.CharField()
    payout = Money()
    delta = Money()


class ResolutionTotals(serializers.Serializer[Any]):
    """Of all bets: stakes, winnings, stakes given back, and what cannot be taken back from whom it was paid."""

    stakes = Money()
    payouts = Money()
    returned = Money()
    uncollected = Money()


_TOLD = {
    "status": "resolved",
    "changes": [
        {"user": 17, "bet": 31, "outcome": "win", "payout": "26.25", "delta": "26.25"},
        {"user": 23, "bet": 35, "outcome": "loss", "payout": "0.00", "delta": "0.00"},
    ],
    "totals": {"stakes": "20.00", "payouts": "26.25", "returned": "0.00", "uncollected": "0.00"},
}


@answered(_TOLD)
class Resolution(serializers.Serializer[Any]):
    """What a result leads to. `changes` are the bets that it changes: those that move most, up to 1,000."""

    status = serializers.ChoiceField(choices=["resolved", "preview"])
    changes = BetChange(many=True)
    totals = ResolutionTotals()


_KEY = "0b7f3a52-5f0c-4d1e-9a53-6d3f6f4f8a10"
_KEY_FORM = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


@answered({"status": "pending", "proposal": _KEY})
class PendingResult(serializers.Serializer[Any]):
    """Another member of staff has to confirm the result. `proposal` names it; the event takes no more bets."""

    status = serializers.ChoiceField(choices=["pending"])
    proposal = serializers.UUIDField(source="proposal.key")


@extend_schema_field({"type": "string", "pattern": _KEY_FORM, "examples": [_KEY]})
class ProposalKey(serializers.Field[uuid.UUID, Any, str, Any]):
    """What names a proposed result."""

    def to_internal_value(self, data: object) -> uuid.UUID:
        if not isinstance(data, str) or not re.fullmatch(_KEY_FORM, data, re.ASCII):
            raise serializers.ValidationError("Write it as `resolve` has told it.", code="proposal-form")
        return uuid.UUID(data)


@sent({}, {"proposal": _KEY}, names=("Whatever waits", "What was looked at"))
class Confirmation(StrictSerializer):
    """Which result is confirmed: left out, the one that waits."""

    proposal = ProposalKey(required=False, help_text="409 `proposal-changed` where another one waits by now.")


@sent({"reason": "The board says otherwise", "proposal": _KEY})
class Rejection(Confirmation):
    """Why, and which result it is: left out, the one that waits."""

    reason = Reason()


class StaffEventViewSet(StaffViewSet):
    """Predictions decided. For `games` and `owner`."""

    queryset = Game.objects.all()
    serializer_class = StaffGame
    takes = dict.fromkeys(("resolve", "confirm", "reject", "void"), Can.RESOLVE)
    once_actions = frozenset(takes)
    refusals = {
        "resolve": (OwnPosition, SeasonArchived, WeightsInvalid),
        "confirm": (
            OwnPosition,
            SeasonArchived,
            WeightsInvalid,
            OwnRequest,
            NothingProposed,
            ProposalChanged,
        ),
        "reject": (OwnPosition, SeasonArchived, NothingProposed, ProposalChanged),
        "void": (OwnPosition, SeasonArchived),
    }

    @extend_schema(request=ToldOutcome, responses={200: Resolution, 202: PendingResult})
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: str) -> Response:
        """Say how an event came out, or correct it: differences are posted. The same result again changes nothing.

        From RESOLVE_CONFIRM_FROM staked on it the answer is 202, the event takes no more bets, and another member of
        staff confirms within 24 hours; telling another result replaces what waits.
        """
        form = self.body(ToldOutcome)
        weights = form["weights"] if "weights" in form else {form["option"]: Decimal(1)}
        result = Result(weights, form.get("outcome_known_at", Keep.AS_IT_WAS), form.get("reason", ""))
        tell = preview_result if form.get("preview") else tell_result
        return self._decide(
            lambda: tell(by=self.player, game_id=int(pk), result=result, rows=CHANGES_MAX), int(pk)
        )

    @extend_schema(request=Confirmation, responses={200: Resolution})
    @action(detail=True, methods=["post"], url_path="resolve/confirm")
    def confirm(self, request: Request, pk: str) -> Response:
        """Resolve an event as another member of staff has proposed."""
        key = self.body(Confirmation).get("proposal")
        return self._decide(
            lambda: confirm_result(by=self.player, game_id=int(pk), rows=CHANGES_MAX, key=key), int(pk)
        )

    @extend_schema(request=Rejection, responses={200: StaffGame})
    @action(detail=True, methods=["post"], url_path="resolve/reject")
    def reject(self, request: Request, pk: str) -> Response:
        """Drop a result that waits to be confirmed, also one's own. The event stays closed until it is opened."""
        form = self.body(Rejection)

        def drop() -> Reply:
            event = reject_result(
                by=self.player, game_id=int(pk), reason=form["reason"], key=form.get("proposal")
            )
            return Reply(200, self.get_serializer(event.game).data)

        return self.once(drop)

    def _decide(self, tell: Callable[[], Told], game_id: int) -> Response:
        reply = self.once(lambda: _reply(tell()))
        settlement.begin_settling(game_id)
        return reply

    @extend_schema(request=Why, responses={200: StaffGame})
    @action(detail=True, methods=["post"])
    def void(self, request: Request, pk: str) -> Response:
        """Call an event off, after a result too: every stake goes back."""
        reply = self.because(lambda **said: events.void_event(game_id=int(pk), **said).game)
        settlement.begin_settling(int(pk))
        return reply


def _reply(told: Told) -> Reply:
    if told.decision is None:
        return Reply(202, PendingResult(told).data)
    changes = [change for change in told.decision.changes if change.is_change]
    return Reply(200, Resolution({"status": told.status, "changes": changes, "totals": told.decision}).data)
