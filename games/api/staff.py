"""What staff do to games and sessions over the API."""

from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.staff import StaffViewSet, Why
from accounts.roles import Can
from games.api.serializers import SESSION, Session
from games.engines.base import NotASessionGame, TooLate
from games.errors import EventDecided, NotAnEventStatus, OwnPosition, ResultProposed, SessionEnded
from games.models import Event as EventRow
from games.models import Game, GameSession
from games.services import events, sessions
from quantix.api.fields import Flag, Moment, StrictSerializer, Text
from quantix.api.schema import answered, sent
from quantix.db import in_one_transaction
from quantix.idempotency import Reply

_CONFIGURATION = {
    "mechanism": "fixed",
    "options": [
        {"id": "nilgiri", "label": "Team Nilgiri", "odds": "2.10"},
        {"id": "kaveri", "label": "Team Kaveri", "odds": "1.75"},
    ],
    "opens_at": "2026-02-01T03:30:00Z",
    "closes_at": "2026-02-10T12:30:00Z",
    "criteria": "The jury's announcement.",
}


class _About(StrictSerializer):
    """What a game is; `metadata` is its configuration, in the form of its type."""

    name = Text(max_length=100)
    description = Text(max_length=5000, required=False, allow_blank=True)
    metadata = serializers.DictField()
    is_active = Flag(required=False, help_text="Whether it is on offer.")
    is_daily = Flag(required=False, help_text="A puzzle without stakes that is drawn for a day.")


@sent({"name": "Who wins the hackathon?", "type": "prediction", "metadata": _CONFIGURATION})
class NewGame(_About):
    type = serializers.ChoiceField(choices=Game.Type.choices)


@sent({"status": "suspended"}, {"is_active": False}, names=("Suspend a prediction", "Take a game off"))
class ChangedGame(_About):
    """What is named is changed; `metadata` is replaced as a whole."""

    name = Text(max_length=100, required=False)
    metadata = serializers.DictField(required=False)
    status = serializers.ChoiceField(
        choices=["open", "suspended", "closed"],
        required=False,
        help_text="Of a prediction: whether it takes bets.",
    )


_EVENT = {
    "status": "open",
    "opens_at": "2026-02-01T03:30:00Z",
    "closes_at": "2026-02-10T12:30:00Z",
    "weights": None,
    "outcome_known_at": None,
    "decided_at": None,
    "settled_at": None,
}


class StaffEvent(serializers.ModelSerializer[EventRow]):
    """What a prediction adds to its game. `settled_at` is null while bets are still being settled."""

    opens_at = Moment()
    closes_at = Moment()
    weights = serializers.DictField(child=serializers.CharField(), allow_null=True)
    outcome_known_at = Moment(allow_null=True)
    decided_at = Moment(allow_null=True)
    settled_at = Moment(allow_null=True)

    class Meta:
        model = EventRow
        fields = list(_EVENT)
        read_only_fields = fields


_GAME = {
    "id": 9,
    "name": "Who wins the hackathon?",
    "type": "prediction",
    "description": "",
    "metadata": _CONFIGURATION,
    "is_active": True,
    "is_daily": False,
    "created_at": "2026-01-30T06:00:00Z",
    "event": _EVENT,
}


@answered(_GAME)
class StaffGame(serializers.ModelSerializer[Game]):
    """A game with its whole configuration; `event` is null unless it is a prediction."""

    metadata = serializers.DictField()
    created_at = Moment()
    event = StaffEvent(allow_null=True)

    class Meta:
        model = Game
        fields = list(_GAME)
        read_only_fields = fields

    def to_representation(self, game: Game) -> dict[str, Any]:
        if game.type != Game.Type.PREDICTION:
            game.event = None
        return super().to_representation(game)


class StaffGameViewSet(StaffViewSet):
    """Games, made and changed. For `games` and `owner`."""

    queryset = Game.objects.all()
    serializer_class = StaffGame
    takes = dict.fromkeys(("create", "partial_update"), Can.MANAGE_GAMES)
    once_actions = frozenset({"create"})
    refusals = {"partial_update": (EventDecided, NotAnEventStatus, ResultProposed)}

    @extend_schema(request=NewGame, responses={201: StaffGame})
    def create(self, request: Request) -> Response:
        """Make a game. What its configuration leaves out takes the value that is usual."""
        form = self.body(NewGame)

        def make() -> Reply:
            game = events.save_game(by=self.player, game=Game(**form))
            return Reply(201, self.get_serializer(game).data)

        return self.once(make)

    @extend_schema(request=ChangedGame, responses={200: StaffGame})
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change, open, suspend or close a game. Running sessions and bets keep what they began with."""
        form = self.body(ChangedGame)
        status = form.pop("status", "")

        def change() -> Game:
            return events.change_game(by=self.player, game_id=int(pk), changes=form, status=status)

        return Response(self.get_serializer(in_one_transaction(change)).data)


@answered(
    SESSION | {"user": 17, "status": "voided", "ended_at": "2026-02-04T10:05:00Z", "duration": 300.0},
    names=("Codebreaker, after one guess",),
)
class StaffSession(Session):
    """A session, and whose it is."""

    user = serializers.IntegerField(source="user_id")

    class Meta(Session.Meta):
        fields = ["id", "user", *Session.Meta.fields[1:]]
        read_only_fields = fields


class StaffSessionViewSet(StaffViewSet):
    """Sessions ended by staff. For `games` and `owner`."""

    queryset = GameSession.objects.all()
    serializer_class = StaffSession
    takes = dict.fromkeys(("void", "forfeit"), Can.VOID_PLAY)
    once_actions = frozenset(takes)
    refusals = {
        "void": (SessionEnded, NotASessionGame, OwnPosition),
        "forfeit": (SessionEnded, NotASessionGame, OwnPosition, TooLate),
    }

    @extend_schema(request=Why, responses={200: StaffSession})
    @action(detail=True, methods=["post"])
    def void(self, request: Request, pk: str) -> Response:
        """Call a running session off: its open bets get their stakes back."""
        return self.because(partial(sessions.void_session, session_id=int(pk)))

    @extend_schema(request=Why, responses={200: StaffSession})
    @action(detail=True, methods=["post"])
    def forfeit(self, request: Request, pk: str) -> Response:
        """End a running session as a loss, where somebody has not played fair: its open bets are lost."""
        return self.because(partial(sessions.forfeit_for, session_id=int(pk)))
