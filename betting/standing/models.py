"""Seasons, what each session counted in them, what each player stands at, and who is placed where."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, QuerySet, Subquery
from django.db.models.functions import Now

from betting.standing import guards
from games.models import Game, GameSession
from quantix import clock
from quantix.db import retry_when_lost
from quantix.fields import MoneyField, one_of
from quantix.guards import not_truncated


class Season(models.Model):
    """A span of time in which players compete. Once `archived_at` is set, it and its boards never change."""

    name = models.CharField(max_length=60, unique=True)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, db_default=Now(), editable=False)

    class Meta:
        db_table = "seasons"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("begins_at")), name="season_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(archived_at=None) | Q(archived_at__gte=F("ends_at")),
                name="season_archived_after_its_end",
            ),
            ExclusionConstraint(
                name=retry_when_lost("season_one_at_a_time"),
                expressions=[
                    (
                        Func(
                            F("begins_at"),
                            F("ends_at"),
                            RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    )
                ],
            ),
        ]
        triggers = [guards.archived_season_stays, not_truncated("season_archive_final")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None


class PlayedSession(GameSession):
    """A session, as standing watches it."""

    class Meta:
        proxy = True
        triggers = [guards.note_ended_session]


class SessionToTally(models.Model):
    """A session that ended, or came out otherwise than it had: put here by triggers, taken away by the tally."""

    session_id = models.BigIntegerField()

    class Meta:
        db_table = "sessions_to_tally"

    def __str__(self) -> str:
        return f"Session {self.session_id}"


class Tally(models.Model):
    """What one ended session counts, and in which season: that of its end, for good.

    Void bets count nothing, a voided session neither. `brier` is the score of a prediction; `rating` and
    `deviation` are the player's, in `scope`, as the session left them.
    """

    session = models.OneToOneField(
        GameSession, on_delete=models.PROTECT, primary_key=True, related_name="tally"
    )
    season = models.ForeignKey(Season, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    game = models.ForeignKey(Game, on_delete=models.PROTECT, related_name="+", db_index=False)
    played = models.PositiveSmallIntegerField()
    won = models.PositiveSmallIntegerField()
    bets = models.PositiveIntegerField()
    stakes = MoneyField()
    winnings = MoneyField()
    brier = models.FloatField(null=True)
    scope = models.CharField(max_length=50, null=True)
    rating = models.FloatField(null=True)
    deviation = models.FloatField(null=True)

    class Meta:
        db_table = "tallies"
        indexes = [models.Index(fields=["user", "season", "game", "-session"], name="tally_of_player")]

    def __str__(self) -> str:
        return f"Session {self.session_id} in {self.season}"


class Board(models.Model):
    """Who competes in a season: over all games, or (with `game`) in one.

    `changes` counts what standings have changed, `ranked_changes` is what of that the placings show.
    """

    season = models.ForeignKey(Season, on_delete=models.PROTECT, related_name="boards", db_index=False)
    game = models.ForeignKey(Game, on_delete=models.PROTECT, null=True, related_name="boards")
    changes = models.BigIntegerField(default=0, db_default=0)
    ranked_changes = models.BigIntegerField(default=0, db_default=0)
    ranked_at = models.DateTimeField(null=True)
    ranking_seconds = models.FloatField(default=0, db_default=0)

    class Meta:
        db_table = "boards"
        constraints = [models.UniqueConstraint("season", "game", name="board_once", nulls_distinct=False)]
        triggers = [guards.archived_board_stays, not_truncated("season_archive_final")]

    def __str__(self) -> str:
        return f"{self.season}: {self.game or 'all games'}"


class Standing(models.Model):
    """The sums of a player's tallies on one board, and the best of the ratings that they left."""

    board = models.ForeignKey(Board, on_delete=models.PROTECT, related_name="standings", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="standings", db_index=False
    )
    played = models.PositiveIntegerField()
    won = models.PositiveIntegerField()
    bets = models.PositiveIntegerField()
    stakes = MoneyField()
    winnings = MoneyField()
    forecasts = models.PositiveIntegerField()
    brier = models.FloatField(null=True, help_text="The mean over the forecasts.")
    scope = models.CharField(max_length=50, null=True)
    rating = models.FloatField(null=True)
    deviation = models.FloatField(null=True)

    class Meta:
        db_table = "standings"
        constraints = [models.UniqueConstraint("user", "board", name="standing_once")]
        indexes = [models.Index(fields=["board"], name="standing_of_board")]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.board_id}"


class Achieved(models.Model):
    """An achievement of a player's, and the session, and maybe the bet, that earned it. Kept whatever is corrected."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="achieved", db_index=False
    )
    code = models.CharField(max_length=40)
    session = models.ForeignKey(
        GameSession, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    bet = models.ForeignKey(
        "betting.Bet", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    earned_at = models.DateTimeField()

    class Meta:
        db_table = "achievements"
        constraints = [models.UniqueConstraint("user", "code", name="achieved_once")]

    def __str__(self) -> str:
        return f"{self.code} of {self.user_id}"


class Measure(models.TextChoices):
    PROFIT = "profit", "Profit"
    RETURN = "return", "Return on stakes"
    SKILL = "skill", "Skill"
    PREDICTION = "prediction", "Prediction score"


class PlacingQuerySet(QuerySet["Placing"]):
    def on(self, boards: QuerySet[Board], measure: str) -> "PlacingQuerySet":
        """By `measure`, on the one board that `boards` finds, if it finds one."""
        # Not as a join: by a board that is known the index gives the rows in order, and no more of them than are read.
        return self.filter(board=Subquery(boards.values("pk")), measure=measure)

    def shown(self) -> "PlacingQuerySet":
        """Of those who compete now: who was suspended or has hidden is gone at once, and not with the next ranking."""
        competing = Q(user__is_active=True, user__is_admin=False)
        return self.filter(competing).exclude(user__preferences__contains={"boards": "hidden"})


class Placing(models.Model):
    """A player's rank by one measure of one board, and the figures behind it.

    Ranks that tie are equal; `position` counts the rows as they stand on the board, so that any number of ties is
    paged through by the index.
    """

    board = models.ForeignKey(Board, on_delete=models.PROTECT, related_name="placings", db_index=False)
    measure = models.CharField(max_length=20, choices=Measure)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="placings", db_index=False
    )
    rank = models.PositiveIntegerField()
    position = models.PositiveIntegerField()
    value = models.DecimalField(max_digits=20, decimal_places=4)
    detail = models.JSONField()

    objects: ClassVar = PlacingQuerySet.as_manager()

    class Meta:
        db_table = "placings"
        constraints = [
            one_of("placing_measure", "measure", Measure.values),
            models.CheckConstraint(condition=Q(rank__gte=1), name="placing_rank_from_one"),
            models.UniqueConstraint("user", "board", "measure", name="placing_once"),
        ]
        indexes = [models.Index(fields=["board", "measure", "position", "id"], name="placing_by_position")]
        triggers = [*guards.placings_of_archive_stay, not_truncated("season_archive_final")]

    def __str__(self) -> str:
        return f"{self.rank}. {self.user_id} by {self.measure}"
