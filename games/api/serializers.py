"""The shapes of games and sessions in the API."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from games.engines import ENGINES
from games.engines.base import Material
from games.models import Game as GameRow
from games.models import GameSession
from games.services.sessions import engine_of
from quantix import clock
from quantix.api.fields import Id, Moment, Seconds, StrictSerializer
from quantix.api.schema import answered, sent


@answered(
    {
        "id": 4,
        "name": "Probability, five questions",
        "type": "quiz",
        "description": "Coins, dice, and what they have in common.",
        "metadata": {
            "tags": ["probability"],
            "questions": 5,
            "seconds": 45,
            "pass_mark": 0.6,
            "speed_part": 0.0,
            "margin": 0.05,
            "stakes": {"min": "1.00", "max": "50.00"},
        },
        "created_at": "2026-01-05T06:00:00Z",
    }
)
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


@answered(
    {
        "game": 9,
        "name": "Word of the day",
        "kind": "word",
        "day": "2026-02-04",
        "next_at": "2026-02-04T18:30:00Z",
        "status": "win",
        "session": 61,
        "streak": 5,
        "best": 12,
        "share": "Quantix Word of the day, 4 Feb 2026: 2/6, 5 days in a row\n⬛🟨⬛⬛🟩\n🟩🟩🟩🟩🟩",
    },
)
class Daily(serializers.Serializer[Any]):
    """Today's puzzle of a kind, the same for everyone, and how it stands with the player."""

    game = serializers.IntegerField(source="game.pk")
    name = serializers.CharField(source="game.name")
    kind = serializers.CharField(source="game.engine.kind")
    day = serializers.DateField(help_text="By the calendar of Asia/Kolkata.")
    next_at = Moment(help_text="The midnight at which the next one comes.")
    status = serializers.ChoiceField(["new", "in_progress", "win", "loss"])
    session = serializers.IntegerField(source="session.pk", allow_null=True, default=None)
    streak = serializers.IntegerField(
        help_text="Days in a row, up to today or yesterday, on which it was solved."
    )
    best = serializers.IntegerField(help_text="The longest streak there was.")
    share = serializers.CharField(
        allow_null=True, help_text="Today's result in lines that give nothing away."
    )


@sent({"game": 4})
class NewSession(StrictSerializer):
    game = Id(help_text="A quiz or a puzzle; a prediction is joined by betting on it.")


SESSION = {
    "id": 58,
    "game": 7,
    "status": "in_progress",
    "result": None,
    "score": None,
    "started_at": "2026-02-04T10:00:00Z",
    "ended_at": None,
    "duration": None,
    "commitment": "3f1a0c9e5b7d2486a1c3e5f7092b4d6f8a0c2e4f6b8d0a1c3e5f708192a3b4c5",
    "state": {
        "length": 4,
        "symbols": ["A", "B", "C", "D", "E", "F"],
        "guesses": [{"guess": "AABC", "exact": 1, "misplaced": 1}],
        "left": 9,
        "seconds": 900,
        "deadline": "2026-02-04T10:15:00Z",
    },
}


@answered(SESSION, names=("Codebreaker, after one guess",))
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

    @extend_schema_field({"anyOf": [dict(engine.view_form) for engine in ENGINES.values()]})
    def get_state(self, session: GameSession) -> dict[str, Any]:
        now = session.ended_at or clock.now()
        if session.game.type == GameRow.Type.PREDICTION:
            return self.prediction_state(session, now)
        engine, state = engine_of(session)
        return engine.view(state, now)

    def prediction_state(self, session: GameSession, now: datetime) -> dict[str, Any]:
        """The event as it began; how it stands, only those know who keep its books."""
        engine = session.game.engine
        state = engine.start(session.game.config, "", now, Material())
        return engine.view(state, now)


@answered(
    {"commitment": "3f1a0c9e5b7d2486a1c3e5f7092b4d6f8a0c2e4f6b8d0a1c3e5f708192a3b4c5"},
    {
        "commitment": "3f1a0c9e5b7d2486a1c3e5f7092b4d6f8a0c2e4f6b8d0a1c3e5f708192a3b4c5",
        "salt": "9b1d0f3e5a7c92846b8d0a1c3e5f70812a4c6e8f0b2d4f6a8c0e2f4061738495",
        "content": {"seed": "5eed5eed", "code": "DABC"},
    },
    names=("While it runs", "After the end"),
)
class Fairness(serializers.Serializer[Any]):
    """What a session was committed to; `salt` and `content` are there once it has ended."""

    commitment = serializers.CharField(allow_null=True)
    salt = serializers.CharField(required=False)
    content = serializers.DictField(required=False)
