"""Games, the question bank, sessions of play, and events that are predicted."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, QuerySet
from django.db.models.functions import MD5, Now
from django.utils.text import Truncator, slugify

import games.models_bank  # noqa: F401 - Django finds models through this module
from games import announced
from games.daily_models import DailyDraw
from games.engines import engine_for
from games.engines.base import Engine
from games.engines.prediction.event import Prediction
from games.rating_models import OpponentRating, PlayerRating, RatingPoint
from quantix import clock
from quantix.db import retry_when_lost
from quantix.errors import FieldError, Invalid
from quantix.fields import one_of

__all__ = [
    "DailyDraw",
    "Event",
    "Game",
    "GameSession",
    "OpponentRating",
    "PlayerRating",
    "Question",
    "RatingPoint",
    "Sighting",
]


class GameQuerySet(QuerySet["Game"]):
    def active(self) -> "GameQuerySet":
        return self.filter(is_active=True)


class Game(models.Model):
    """A game on offer. `metadata` is its configuration, checked against its engine's schema on every save."""

    class Type(models.TextChoices):
        QUIZ = "quiz", "Quiz"
        PUZZLE = "puzzle", "Puzzle"
        PREDICTION = "prediction", "Prediction"

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=120, unique=True, editable=False)
    description = models.TextField(blank=True, default="", db_default="")
    type = models.CharField(max_length=50, choices=Type)
    metadata = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(default=True, db_default=True)
    is_daily = models.BooleanField(
        default=False, db_default=False, help_text="The same for everyone, once a day, without stakes."
    )
    created_at = models.DateTimeField(default=clock.now, db_default=Now())

    objects: ClassVar = GameQuerySet.as_manager()

    class Meta:
        db_table = "games"
        constraints = [
            one_of("game_type", "type", ["quiz", "puzzle", "prediction"]),
            # What one player has finished another may be told of.
            models.CheckConstraint(
                condition=Q(is_daily=False) | Q(type="puzzle", metadata__stakes=None),
                name="game_daily_without_stakes",
            ),
        ]
        indexes = [models.Index(fields=["type", "-id"], condition=Q(is_active=True), name="game_lobby")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.clean()
        if not self.slug:
            # The name is unique but two names may share a slug.
            taken = Game.objects.filter(slug=slugify(self.name)).exists()
            self.slug = (
                f"{slugify(self.name) or 'game'}-{uuid.uuid4().hex[:6]}" if taken else slugify(self.name)
            )
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Check the configuration and fill in its defaults. Raises Invalid, naming each field at fault."""
        self.metadata = self.engine.clean_config(self.metadata)
        if self.is_daily and self.type != self.Type.PUZZLE:
            raise Invalid(FieldError("is_daily", "not-a-puzzle", "Only puzzles are drawn for a day."))
        if self.is_daily and self.metadata["stakes"] is not None:
            message = "A daily puzzle has no stakes: who has finished it may tell others."
            raise Invalid(FieldError("is_daily", "daily-stakes", message))

    @property
    def engine(self) -> Engine[Any, Any]:
        """The rules it is played by. Raises Invalid where there are none for its type and kind."""
        return engine_for(self.type, self.metadata)

    @property
    def config(self) -> Any:
        """The configuration as its engine reads it."""
        return self.engine.load_config(self.metadata)


# The loser of a race for a name finds it taken when it looks again.
for _constraint in ("games_name_key", "games_slug_key"):
    retry_when_lost(_constraint)


class Question(models.Model):
    """A question of the bank. `options` is a list of texts; `right` has the form its kind needs.

    single: index of the right option; multiple: list of indexes; true_false: a boolean; numeric:
    {value, tolerance} as decimal strings; short: list of accepted texts. The counters are of first
    attempts only, for its statistics; its rating is an `OpponentRating`.
    """

    class Kind(models.TextChoices):
        SINGLE = "single", "single choice"
        MULTIPLE = "multiple", "multiple choice"
        TRUE_FALSE = "true_false", "true or false"
        NUMERIC = "numeric", "numeric"
        SHORT = "short", "short answer"

    kind = models.CharField(max_length=20, choices=Kind)
    text = models.TextField()
    options = models.JSONField(default=list, blank=True)
    right = models.JSONField()
    explanation = models.TextField(blank=True)
    tags = models.JSONField(default=list, blank=True)
    difficulty = models.PositiveSmallIntegerField(
        default=3, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    licence = models.CharField(max_length=60, blank=True)
    source = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    times_answered = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    times_right = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(default=clock.now, db_default=Now())

    class Meta:
        db_table = "questions"
        constraints = [
            # By its digest: an index holds no text of several thousand characters.
            models.UniqueConstraint(MD5("text"), name="question_text_once"),
            one_of("question_kind", "kind", ["single", "multiple", "true_false", "numeric", "short"]),
            models.CheckConstraint(condition=Q(difficulty__range=(1, 5)), name="question_difficulty"),
            models.CheckConstraint(
                condition=Q(times_right__lte=F("times_answered")), name="question_counters"
            ),
        ]

    def __str__(self) -> str:
        """Its text in one line, without the marks of code."""
        return Truncator(" ".join(self.text.replace("`", " ").split())).chars(100)


class GameSessionQuerySet(QuerySet["GameSession"]):
    def of(self, user: Any) -> "GameSessionQuerySet":
        return self.filter(user=user)

    def running(self) -> "GameSessionQuerySet":
        return self.filter(status=GameSession.Status.IN_PROGRESS)


class GameSession(models.Model):
    """One player's go at one game. `metadata` holds the state of play, the salt and the commitment."""

    class Status(models.TextChoices):
        IN_PROGRESS = "in_progress", "in progress"
        COMPLETED = "completed", "completed"
        FORFEITED = "forfeited", "forfeited"
        EXPIRED = "expired", "expired"
        VOIDED = "voided", "voided"

    class Result(models.TextChoices):
        WIN = "win", "win"
        LOSS = "loss", "loss"
        DRAW = "draw", "draw"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sessions", db_index=False
    )
    game = models.ForeignKey(Game, on_delete=models.PROTECT, related_name="sessions", db_index=False)
    started_at = models.DateTimeField(default=clock.now, db_default=Now())
    ended_at = models.DateTimeField(null=True)
    duration = models.GeneratedField(
        expression=F("ended_at") - F("started_at"), output_field=models.DurationField(), db_persist=True
    )
    result = models.CharField(max_length=20, choices=Result, null=True)
    score = models.FloatField(null=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.IN_PROGRESS)
    metadata = models.JSONField(default=dict)
    expires_at = models.DateTimeField(
        null=True, help_text="When it ends by itself, if nothing happens before."
    )
    day = models.DateField(
        null=True, help_text="The day in Kolkata whose daily puzzle it is; null for others."
    )

    objects: ClassVar = GameSessionQuerySet.as_manager()

    class Meta:
        db_table = "game_sessions"
        constraints = [
            one_of(
                "session_status", "status", ["in_progress", "completed", "forfeited", "expired", "voided"]
            ),
            one_of("session_result", "result", ["win", "loss", "draw"], null=True),
            models.CheckConstraint(
                condition=Q(status="in_progress", ended_at=None, result=None)
                | ~Q(status="in_progress") & Q(ended_at__isnull=False),
                name="session_ended_with_time",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="session_ends_after_start"
            ),
            models.UniqueConstraint(
                "user",
                "game",
                condition=Q(status="in_progress"),
                name=retry_when_lost("session_one_open_per_game"),
            ),
            models.UniqueConstraint(
                "user",
                "game",
                "day",
                condition=Q(day__isnull=False) & ~Q(status="voided"),
                name=retry_when_lost("session_one_go_a_day"),
            ),
        ]
        indexes = [
            # With what sessions are chosen by: to count and to find them, their rows need not be read.
            models.Index(
                fields=["user", "-id"],
                include=["game", "status", "result", "started_at"],
                name="session_of_player",
            ),
            models.Index(
                fields=["game", "-id"], include=["status", "result", "started_at"], name="session_of_game"
            ),
            models.Index(fields=["started_at"], include=["user"], name="session_started"),
            # Of all states and results the rare ones: others are met soon by whoever looks from the newest on.
            models.Index(
                fields=["status", "started_at"],
                include=["result", "game"],
                condition=Q(status__in=["in_progress", "forfeited", "expired", "voided"]),
                name="session_rare_status",
            ),
            models.Index(fields=["started_at"], condition=Q(result="draw"), name="session_drawn"),
            models.Index(
                fields=["game", "id"], condition=Q(status="in_progress"), name="session_running_of_game"
            ),
            models.Index(fields=["expires_at"], condition=Q(status="in_progress"), name="session_to_expire"),
        ]
        triggers = [announced.session_ended]

    def __str__(self) -> str:
        return f"Session {self.pk}"

    @property
    def is_running(self) -> bool:
        return self.status == self.Status.IN_PROGRESS


class Sighting(models.Model):
    """A player and a question that a session has drawn for them: seen, and right or not at the first attempt.

    The session shows it, or reveals it at its end for the check of its fairness. While that session runs,
    no other one of the player draws it: what one shows can not be staked on in another.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="sightings")
    session = models.ForeignKey(GameSession, on_delete=models.CASCADE, related_name="sightings")
    is_right = models.BooleanField(null=True)

    class Meta:
        db_table = "question_sightings"
        constraints = [models.UniqueConstraint("user", "question", name="sighting_once")]

    def __str__(self) -> str:
        return f"Question {self.question_id} in session {self.session_id}"


class EventQuerySet(QuerySet["Event"]):
    def taking_bets(self, now: datetime) -> "EventQuerySet":
        return self.filter(
            status=Event.Status.OPEN, opens_at__lte=now, closes_at__gt=now, game__is_active=True
        )


class Event(models.Model):
    """What a prediction adds to its game: when one may bet, how it came out, and how far settling has got.

    `opens_at` and `closes_at` repeat the game's configuration, for queries; `settlement` counts the
    decisions (postings carry the number), `settled_through` is the last session that the newest one has
    settled, `settled_at` is empty while batches are still to come.
    """

    class Status(models.TextChoices):
        OPEN = "open", "open"
        SUSPENDED = "suspended", "suspended"
        CLOSED = "closed", "closed"
        RESOLVED = "resolved", "resolved"
        VOIDED = "voided", "voided"

    game = models.OneToOneField(Game, on_delete=models.PROTECT, primary_key=True, related_name="event")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    status = models.CharField(max_length=20, choices=Status, default=Status.OPEN)
    settlement = models.PositiveIntegerField(default=0)
    weights = models.JSONField(
        null=True, help_text="Option to share of the truth, adding up to 1; null: not resolved."
    )
    outcome_known_at = models.DateTimeField(null=True)
    split = models.JSONField(
        null=True, help_text="How the pool is divided, where it is one: fixed when settling begins."
    )
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    settled_through = models.BigIntegerField(default=0)
    settled_at = models.DateTimeField(null=True)

    objects: ClassVar = EventQuerySet.as_manager()

    class Meta:
        db_table = "events"
        constraints = [
            one_of("event_status", "status", ["open", "suspended", "closed", "resolved", "voided"]),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="event_closes_after_opening"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["resolved", "voided"], decided_at__isnull=False)
                | ~Q(status__in=["resolved", "voided"]) & Q(decided_at=None),
                name="event_decided_with_time",
            ),
        ]
        indexes = [
            models.Index(fields=["closes_at"], condition=Q(status="open"), name="event_to_close"),
            models.Index(fields=["decided_at"], condition=Q(settled_at=None), name="event_to_settle"),
        ]
        triggers = [announced.event_resolved]

    def __str__(self) -> str:
        return str(self.game)

    @property
    def engine(self) -> Prediction[Any]:
        """The rules of its mechanism. `game` should be loaded."""
        engine = self.game.engine
        assert isinstance(engine, Prediction), "only predictions have an event"
        return engine

    @property
    def is_decided(self) -> bool:
        return self.status in (self.Status.RESOLVED, self.Status.VOIDED)
