"""What is drawn for a day: the same puzzle for everybody who plays it."""

from django.db import models
from django.db.models.functions import Now

from quantix import clock


class DailyDraw(models.Model):
    """The seed and the salt of a daily puzzle on one day, and the configuration it is played by.

    Random bytes, drawn with the day's first start and kept: nothing that is known, or leaks later, tells of a
    day to come, and an old day can be checked whatever becomes of the server's keys.
    """

    game = models.ForeignKey("games.Game", on_delete=models.PROTECT, related_name="draws", db_index=False)
    day = models.DateField()
    seed = models.CharField(max_length=64)
    salt = models.CharField(max_length=64)
    config = models.JSONField()
    created_at = models.DateTimeField(default=clock.now, db_default=Now())

    class Meta:
        db_table = "daily_draws"
        constraints = [models.UniqueConstraint("game", "day", name="daily_draw_once")]

    def __str__(self) -> str:
        return f"{self.game_id} on {self.day}"
