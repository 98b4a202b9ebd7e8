"""What is known of how good players are, and how hard questions and levels: Glicko-2 ratings, and their history.

Rows are made when a session begins and written when it ends, by `games.services.ratings` alone.
"""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, QuerySet

from games.engines.rating import Rating
from quantix import clock

#: A prior that moved by less is the same one, computed anew.
START_SHIFT_MAX = 1e-6


class Rated(models.Model):
    """A rating with its deviation (both in points) and volatility, after `games` results, the last at `rated_at`."""

    rating = models.FloatField()
    deviation = models.FloatField()
    volatility = models.FloatField()
    games = models.PositiveIntegerField(default=0, db_default=0)
    rated_at = models.DateTimeField(default=clock.now)

    class Meta:
        abstract = True
        constraints = [
            # A float that is no number would be larger than any.
            models.CheckConstraint(
                condition=Q(rating__range=(0, 3000), deviation__gt=0, deviation__lte=350)
                & Q(volatility__gt=0, volatility__lte=0.1),
                name="%(class)s_in_range",
            )
        ]

    @property
    def value(self) -> Rating:
        return Rating(self.rating, self.deviation, self.volatility)


class PlayerRatingQuerySet(QuerySet["PlayerRating"]):
    def of(self, user: object) -> Self:
        return self.filter(user=user)

    def in_scope(self, scope: str) -> Self:
        return self.filter(scope=scope)

    def rated(self) -> Self:
        """Those that have met an opponent."""
        return self.filter(games__gt=0)


class PlayerRating(Rated):
    """How good a player is at a kind of game: `scope` is `quiz`, or the kind of a puzzle.

    The lead moves where bets are settled or voided (`betting`), in the same transaction; all else where sessions end.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="ratings", db_index=False
    )
    scope = models.CharField(max_length=50)
    lead = models.DecimalField(
        max_digits=20,
        decimal_places=4,
        default=0,
        db_default=0,
        help_text="How far the player is ahead of the house by settled bets on this kind of game "
        "(games.engines.odds).",
    )

    objects: ClassVar = PlayerRatingQuerySet.as_manager()

    class Meta(Rated.Meta):
        db_table = "player_ratings"
        constraints = [
            *Rated.Meta.constraints,
            models.UniqueConstraint("user", "scope", name="player_rating_once"),
        ]
        indexes = [
            models.Index("scope", F("rating").desc(), condition=Q(games__gt=0), name="player_rating_board")
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.rating:.0f} ± {self.deviation:.0f}"


class OpponentRating(Rated):
    """How hard a question is, or a level: a choice of a game, `within-6` say.

    It began at `start`: where the engine's prior puts a level elsewhere by now (the game was configured
    anew), it begins again.
    """

    question = models.OneToOneField(
        "games.Question", on_delete=models.CASCADE, null=True, related_name="opponent"
    )
    game = models.ForeignKey(
        "games.Game", on_delete=models.CASCADE, null=True, related_name="levels", db_index=False
    )
    choice = models.CharField(max_length=100, blank=True, default="", db_default="")
    start = models.FloatField()

    class Meta(Rated.Meta):
        db_table = "opponent_ratings"
        constraints = [
            *Rated.Meta.constraints,
            models.CheckConstraint(
                condition=Q(question__isnull=False, game=None, choice="")
                | Q(question=None, game__isnull=False),
                name="opponent_is_one_of_two",
            ),
            models.UniqueConstraint("game", "choice", name="opponent_level_once"),
        ]

    def __str__(self) -> str:
        return f"{self.choice or self.question_id} {self.rating:.0f} ± {self.deviation:.0f}"

    def began_at(self, start: float) -> bool:
        return abs(self.start - start) < START_SHIFT_MAX


class RatingPointQuerySet(QuerySet["RatingPoint"]):
    def of(self, user: object) -> Self:
        return self.filter(user=user)

    def in_scope(self, scope: str) -> Self:
        return self.filter(scope=scope)

    def since(self, moment: datetime) -> Self:
        return self.filter(at__gte=moment)


class RatingPoint(models.Model):
    """A player's rating as a session left it: what a chart over time shows.

    In order of id, sessions were rated one after the other: replayed in this order they give the same ratings.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="rating_points", db_index=False
    )
    scope = models.CharField(max_length=50)
    session = models.OneToOneField("games.GameSession", on_delete=models.CASCADE, related_name="rating_point")
    at = models.DateTimeField()
    rating = models.FloatField()
    deviation = models.FloatField()
    volatility = models.FloatField()

    objects: ClassVar = RatingPointQuerySet.as_manager()

    class Meta:
        db_table = "rating_points"
        indexes = [models.Index("user", "scope", F("id").desc(), name="rating_point_history")]

    def __str__(self) -> str:
        return f"{self.scope} {self.rating:.0f} ± {self.deviation:.0f}"
