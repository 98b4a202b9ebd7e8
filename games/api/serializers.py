"""The shapes of games and sessions in the API."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from games.engines.base import Material
from games.models import Game as GameRow
from games.models import GameSession
from games.services.sessions import engine_of
from quantix import clock
from quantix.api.fields import Id, Moment, Seconds, StrictSerializer


class Game(serializers.ModelSerializer[GameRow]):
    """A game on offer."""

    metadata = serializers.SerializerMethodField(help_text="What players may know of its configuration.")
    created_at = Moment()

    class Meta:
        model = GameRow
        fields = ["id", "name", "type", "description", "metadata", "created_at"]
        read_only_fields = fields

    def get_metadata(self, game: GameRow) -> dict[str, Any]:
        public: dict[str, Any] = game.engine.public_config(game.config)
        return public


class NewSession(StrictSerializer):
    game = Id(help_text="A quiz or a puzzle; a prediction is joined by betting on it.")


class Session(serializers.ModelSerializer[GameSession]):
    """One go at one game. `state` is what the player may see of it, in the form of its game type."""

    game = serializers.IntegerField(source="game_id")
    started_at = Moment()
    ended_at = Moment(allow_null=True)
    duration = Seconds(allow_null=True)
    commitment = serializers.CharField(
        source="metadata.commitment", allow_null=True, help_text="Hex SHA-256; null for a prediction."
    )
    state = serializers.SerializerMethodField()

    class Meta:
        model = GameSession
        fields = [
            "id",
            "game",
            "status",
            "result",
            "score",
            "started_at",
            "ended_at",
            "duration",
            "commitment",
            "state",
        ]
        read_only_fields = fields

    def get_state(self, session: GameSession) -> dict[str, Any]:
        now = session.ended_at or clock.now()
        if session.game.type == GameRow.Type.PREDICTION:
            return self.prediction_state(session, now)
        engine, state = engine_of(session)
        return engine.view(state, now)

    def prediction_state(self, session: GameSession, now: datetime) -> dict[str, Any]:
        """The event; its books are kept elsewhere, so that the session itself holds no state."""
        engine = session.game.engine
        state = engine.start(session.game.config, "", now, Material())
        return engine.view(state, now)


class Fairness(serializers.Serializer[Any]):
    """What a session was committed to; `salt` and `content` are there once it has ended."""

    commitment = serializers.CharField(allow_null=True)
    salt = serializers.CharField(required=False)
    content = serializers.DictField(required=False)
