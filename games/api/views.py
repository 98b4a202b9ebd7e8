"""Games on offer, and playing them."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiExample, OpenApiRequest, extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from games.api import serializers
from games.dailies import dailies_of
from games.engines import ENGINES
from games.engines.base import NotASessionGame, TooLate
from games.errors import DailyPlayed, NotEnoughQuestions, SessionEnded, SessionOpen
from games.models import Game, GameSession
from games.selectors import disclosure
from games.services import sessions
from quantix import clock
from quantix.api.fields import NoFields
from quantix.api.filters import IdFilter, TextFilter
from quantix.api.views import APIViewSet
from quantix.errors import NotFound, Refusal, every_refusal
from quantix.idempotency import Reply


class GameFilters(django_filters.FilterSet):
    type = django_filters.ChoiceFilter(choices=Game.Type.choices)
    search = TextFilter(method="search_text", help_text="In name and description.")

    def search_text(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(Q(name__icontains=value) | Q(description__icontains=value))


class GameViewSet(ListModelMixin, RetrieveModelMixin, APIViewSet):
    """Games on offer. They take no token."""

    permission_classes = [AllowAny]
    serializer_class = serializers.Game
    filterset_class = GameFilters
    queryset = Game.objects.active()
    time_field = "created_at"


class DailyViewSet(APIViewSet):
    """The daily puzzles: one go a day each, begun by POST /sessions with their `game`."""

    pagination_class = None
    filterset_class = None
    plain_lists = frozenset({"list"})
    serializer_class = serializers.Daily
    queryset = Game.objects.none()

    @extend_schema(responses={200: serializers.Daily(many=True)})
    def list(self, request: Request) -> Response:
        """Today's puzzles, with one's own go and streak."""
        return Response(serializers.Daily(dailies_of(self.player, clock.now()), many=True).data)


class SessionFilters(django_filters.FilterSet):
    game = IdFilter("game_id")
    status = django_filters.ChoiceFilter(choices=GameSession.Status.choices)
    result = django_filters.ChoiceFilter(choices=GameSession.Result.choices)


#: Every form that a move may have, each once; kinds of games share some.
MOVE: dict[str, Any] = {"oneOf": []}
for engine in ENGINES.values():
    MOVE["oneOf"] += [form for form in engine.move_forms if form not in MOVE["oneOf"]]
MOVES = [
    OpenApiExample(name, request_only=True, value=move)
    for engine in ENGINES.values()
    for name, move in engine.move_examples.items()
]


def is_of_an_engine(refusal: type[Refusal]) -> bool:
    """Whether it is a move that `refusal` refuses."""
    return refusal.__module__.startswith("games.engines.")


class SessionViewSet(ListModelMixin, RetrieveModelMixin, APIViewSet):
    """One's own sessions: started, played, given up, and checked for fairness."""

    serializer_class = serializers.Session
    filterset_class = SessionFilters
    queryset = GameSession.objects.none()
    time_field = "started_at"
    once_actions = frozenset({"create", "moves", "forfeit"})
    refusals = {
        "create": (NotFound, SessionOpen, DailyPlayed, NotASessionGame, NotEnoughQuestions),
        "moves": (SessionEnded, *(refusal for refusal in every_refusal() if is_of_an_engine(refusal))),
        "forfeit": (SessionEnded, NotASessionGame, TooLate),
    }

    def get_queryset(self) -> QuerySet[GameSession]:
        return GameSession.objects.of(self.player).select_related("game")

    @extend_schema(request=serializers.NewSession, responses={201: serializers.Session})
    def create(self, request: Request) -> Response:
        """Start a session. There is one in progress per game: a second is 409 `session-open`, with its `session`."""
        game_id = self.body(serializers.NewSession)["game"]
        return self.once(
            lambda: self._reply(201, sessions.start_session(player=self.player, game_id=game_id))
        )

    @extend_schema(
        request={"application/json": OpenApiRequest(MOVE, examples=MOVES)},
        responses={200: serializers.Session},
    )
    @action(detail=True, methods=["post"])
    def moves(self, request: Request, pk: str) -> Response:
        """Play a move, in the form of its game type.

        Quiz: `{index}` shows a question, `{index, answer}` answers it. Codebreaker and word: `{guess}`. Sudoku:
        `{row, column, digit}`, `{grid}`, or `{hint: true}`, which costs time and may come with a grid.
        """
        move: Any = request.data
        return self.once(
            lambda: self._reply(200, sessions.play_move(player=self.player, session_id=int(pk), move=move))
        )

    @extend_schema(request=NoFields, responses={200: serializers.Session})
    @action(detail=True, methods=["post"])
    def forfeit(self, request: Request, pk: str) -> Response:
        """Give up: a loss, and open bets are lost."""
        self.body()
        return self.once(
            lambda: self._reply(200, sessions.forfeit_session(player=self.player, session_id=int(pk)))
        )

    @extend_schema(responses={200: serializers.Fairness})
    @action(detail=True)
    def fairness(self, request: Request, pk: str) -> Response:
        """The commitment made at the start; after the end also what it was made to, so that anyone can check."""
        return Response(disclosure(self.get_object()))

    def _reply(self, status: int, session: GameSession) -> Reply:
        return Reply(status, self.get_serializer(session).data)
