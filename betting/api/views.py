"""What may be bet on, and one's own bets."""

from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from betting import markets, services
from betting.api import serializers
from betting.errors import LimitReached, MarketClosed, OddsChanged, StakeOutOfRange, UnknownChoice
from betting.models import Bet
from games.api.views import SessionViewSet as PlayViewSet
from games.errors import SessionEnded
from games.models import Game, GameSession
from quantix.api.filters import BooleanFilter, IdFilter
from quantix.api.rates import BetsPerPlayer
from quantix.api.views import APIViewSet
from quantix.errors import NotFound
from quantix.idempotency import Reply
from quantix.money import format_money
from wallets.errors import InsufficientFunds


class SessionViewSet(PlayViewSet):
    """One's own sessions: started, played, given up, bet on, and checked for fairness."""

    serializer_class = serializers.SessionWithPosition

    def get_queryset(self) -> QuerySet[GameSession]:
        bets = Bet.objects.open().only("id", "session_id", "amount", "choice", "odds", "outcome")
        return super().get_queryset().prefetch_related(Prefetch("bets", bets))

    @extend_schema(responses={200: serializers.Market(many=True)})
    @action(detail=True, pagination_class=None, filterset_class=None)
    def markets(self, request: Request, pk: str) -> Response:
        """What may be bet on in this session now."""
        return Response(serializers.Market(markets.session_markets(self.get_object()), many=True).data)


class GameMarketsViewSet(APIViewSet):
    """The markets of a prediction. They take no token."""

    permission_classes = [AllowAny]
    pagination_class = None
    queryset = Game.objects.active()

    @extend_schema(responses={200: serializers.Market(many=True)})
    def retrieve(self, request: Request, pk: str) -> Response:
        """What may be bet on now; nothing for a game that is not a prediction."""
        game = self.get_object()
        found = markets.event_markets(game.event) if game.type == Game.Type.PREDICTION else []
        return Response(serializers.Market(found, many=True).data)

    def get_queryset(self) -> QuerySet[Game]:
        return super().get_queryset().select_related("event")


class BetFilters(django_filters.FilterSet):
    session = IdFilter("session_id")
    game = IdFilter("session__game_id")
    outcome = django_filters.ChoiceFilter(choices=Bet.Outcome.choices)
    open = BooleanFilter("outcome", "isnull")


#: What placing a bet may refuse, and a quote with it.
PLACING = (
    NotFound, SessionEnded, UnknownChoice, MarketClosed, OddsChanged, LimitReached, StakeOutOfRange, InsufficientFunds,
)  # fmt: skip


class BetViewSet(ListModelMixin, RetrieveModelMixin, APIViewSet):
    """One's own bets."""

    serializer_class = serializers.Bet
    filterset_class = BetFilters
    queryset = Bet.objects.none()
    time_field = "placed_at"
    once_actions = frozenset({"create"})
    refusals = {"create": PLACING, "quote": PLACING}

    def get_queryset(self) -> QuerySet[Bet]:
        return Bet.objects.of(self.player).select_related("session").defer("session__metadata", "odds")

    def get_throttles(self) -> list[Any]:
        return [BetsPerPlayer()] if self.action == "create" else super().get_throttles()

    @extend_schema(request=serializers.Slip, responses={201: serializers.PlacedBet})
    def create(self, request: Request) -> Response:
        """Place a bet at the odds of this moment."""
        slip = services.Slip(**self.body(serializers.Slip))

        def place() -> Reply:
            placed = services.place_bet(player=self.player, slip=slip)
            return Reply(
                201, {**self.get_serializer(placed.bet).data, "balance": format_money(placed.balance)}
            )

        return self.once(place)

    @extend_schema(request=serializers.Slip, responses={200: serializers.Quote})
    @action(detail=False, methods=["post"])
    def quote(self, request: Request) -> Response:
        """What a bet would get if it were placed now; nothing is written."""
        slip = services.Slip(**self.body(serializers.Slip))
        return Response(serializers.Quote(services.quote_bet(player=self.player, slip=slip)).data)
