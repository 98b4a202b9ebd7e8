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

from betting import books, markets, services
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
    plain_lists = frozenset({"markets"})

    def get_queryset(self) -> QuerySet[GameSession]:
        bets = Bet.objects.open().with_prospects().defer("placed_at", "payout", "settled_at")
        sessions = super().get_queryset().select_related("game__event")
        return sessions.prefetch_related(Prefetch("bets", bets), "game__books")

    @extend_schema(responses={200: serializers.Market(many=True)})
    @action(detail=True, pagination_class=None, filterset_class=None)
    def markets(self, request: Request, pk: str) -> Response:
        """What may be bet on in this session now."""
        return Response(serializers.Market(markets.session_markets(self.get_object()), many=True).data)


class GameMarketsViewSet(APIViewSet):
    """The markets of a prediction. They take no token."""

    permission_classes = [AllowAny]
    pagination_class = None
    plain_lists = frozenset({"retrieve"})
    queryset = Game.objects.active()

    @extend_schema(responses={200: serializers.Market(many=True)})
    def retrieve(self, request: Request, pk: str) -> Response:
        """What may be bet on now; nothing for a game that is not a prediction."""
        game = self.get_object()
        found = markets.event_markets(game.event) if game.type == Game.Type.PREDICTION else []
        return Response(serializers.Market(found, many=True).data)

    def get_queryset(self) -> QuerySet[Game]:
        return super().get_queryset().select_related("event")


class GamePricesViewSet(APIViewSet):
    """The price history of a prediction. It takes no token."""

    permission_classes = [AllowAny]
    pagination_class = None
    plain_lists = frozenset({"retrieve"})
    queryset = Game.objects.active()

    @extend_schema(responses={200: serializers.PricePoint(many=True)})
    def retrieve(self, request: Request, pk: str) -> Response:
        """What each option's chance was, oldest first: after every trade that moved it. Long ones are thinned out."""
        points = books.price_history(self.get_object().pk)
        told = [{"at": at, "prices": prices} for at, prices in points]
        return Response(serializers.PricePoint(told, many=True).data)


class BetFilters(django_filters.FilterSet):
    session = IdFilter("session_id")
    game = IdFilter("game_id")
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
    refusals = {
        "create": PLACING,
        "quote": PLACING,
        "cash_out": (NotFound, MarketClosed, OddsChanged),
    }
    once_actions = frozenset({"create", "cash_out"})

    def get_queryset(self) -> QuerySet[Bet]:
        return Bet.objects.of(self.player).select_related("session").defer("session__metadata", "odds")

    def get_throttles(self) -> list[Any]:
        return [BetsPerPlayer()] if self.action == "create" else super().get_throttles()

    @extend_schema(request=serializers.Slip, responses={201: serializers.PlacedBet})
    def create(self, request: Request) -> Response:
        """Place a bet at the odds of this moment."""
        slip = services.Slip(**self.body(serializers.Slip))
        return self.once(lambda: self._reply(201, services.place_bet(player=self.player, slip=slip)))

    @extend_schema(request=serializers.Slip, responses={200: serializers.Quote})
    @action(detail=False, methods=["post"])
    def quote(self, request: Request) -> Response:
        """What a bet would get if it were placed now; nothing is written."""
        slip = services.Slip(**self.body(serializers.Slip))
        return Response(serializers.Quote(services.quote_bet(player=self.player, slip=slip)).data)

    @extend_schema(request=serializers.CashOut, responses={200: serializers.SoldBet})
    @action(detail=True, methods=["post"], url_path="cash-out")
    def cash_out(self, request: Request, pk: str) -> Response:
        """Sell an open position back to the market maker, before the close, for what it brings now."""
        wanted = self.body(serializers.CashOut)
        return self.once(
            lambda: self._reply(200, services.cash_out(player=self.player, bet_id=int(pk), **wanted))
        )

    def _reply(self, status: int, placed: services.Placed) -> Reply:
        return Reply(
            status, {**self.get_serializer(placed.bet).data, "balance": format_money(placed.balance)}
        )
