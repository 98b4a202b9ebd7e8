"""What is drawn for a day, with the first start of it. To be called in a transaction."""

import json
import secrets
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from games import fairness
from games.models import DailyDraw, Game

# Who comes second waits for the first to commit, and then finds its row: all get the same.
_DRAW = """
    INSERT INTO daily_draws (game_id, day, seed, salt, config) VALUES (%s, %s, %s, %s, %s::jsonb)
    ON CONFLICT (game_id, day) DO NOTHING
"""


def day_of(moment: datetime) -> date:
    """The day of a moment, by the calendar of the institute (TIME_ZONE, Asia/Kolkata)."""
    return timezone.localdate(moment)


def draw_for(*, game: Game, day: date) -> DailyDraw:
    """What `game` is played from on `day`: drawn now, or as it was drawn for the first player."""
    drawn = DailyDraw.objects.filter(game=game, day=day).first()
    if drawn:
        return drawn
    with connection.cursor() as cursor:
        values: list[Any] = [
            game.pk,
            day,
            secrets.token_hex(32),
            fairness.new_salt(),
            json.dumps(game.metadata),
        ]
        cursor.execute(_DRAW, values)
    return DailyDraw.objects.get(game=game, day=day)
