"""What the templates of games need beyond the tags of the site."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.utils.dateparse import parse_datetime

from games.models import Game

register = template.Library()
# The clock of a view is text (it goes out as JSON); clocks in pages want a moment.
register.filter("moment", parse_datetime)


@register.filter
def template_of(game: Game, part: str) -> str:
    """The template of a kind of game: the play itself, or its `_clock`, `_result`, `_rules`."""
    return f"games/play/{game.engine.kind or game.type}{part}.html"


@register.filter
def best_odds(game: Game) -> Decimal | None:
    """The highest odds on offer in a game's configuration; None where odds follow the player, or move."""
    options = game.metadata.get("options", [])
    return max((Decimal(option["odds"]) for option in options if "odds" in option), default=None)


@register.filter
def answer_words(answered: Mapping[str, Any], of: str) -> str:
    """What `answered[of]` (`answer` or `right_answer`) says, in the words of its options."""
    words = {option["id"]: option["text"] for option in answered["options"]}
    given = answered[of]
    ids = given if isinstance(given, list | tuple) else [given]
    return " + ".join(words.get(id, str(id)) for id in ids) or "nothing"
