"""What staff do to bets and events over the API."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.staff import StaffViewSet, Why
from accounts.roles import Can
from betting import events, settlement, voiding
from betting.api.serializers import BET, Bet
from betting.errors import BetVoid
from betting.models import Bet as BetRow
from betting.standing.errors import SeasonArchived
from games.api.staff import StaffGame
from games.errors import OwnPosition
from games.models import Game
from quantix.api.schema import answered
from quantix.idempotency import Reply
from wallets.errors import InsufficientFunds


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
        reason = self.body(Why)["reason"]

        def call_off() -> Reply:
            bet = voiding.void_bet(by=self.player, bet_id=int(pk), reason=reason)
            return Reply(200, self.get_serializer(bet).data)

        return self.once(call_off)


class StaffEventViewSet(StaffViewSet):
    """Predictions decided. For `games` and `owner`."""

    queryset = Game.objects.all()
    serializer_class = StaffGame
    takes = {"void": Can.RESOLVE}
    once_actions = frozenset(takes)
    refusals = {"void": (OwnPosition, SeasonArchived)}

    @extend_schema(request=Why, responses={200: StaffGame})
    @action(detail=True, methods=["post"])
    def void(self, request: Request, pk: str) -> Response:
        """Call an event off, after a result too: every stake goes back."""
        reason = self.body(Why)["reason"]

        def call_off() -> Reply:
            event = events.void_event(by=self.player, game_id=int(pk), reason=reason)
            return Reply(200, self.get_serializer(event.game).data)

        reply = self.once(call_off)
        settlement.begin_settling(int(pk))
        return reply
