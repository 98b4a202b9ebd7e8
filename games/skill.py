"""A player's chances by the ratings as they are before a session: what the odds on one's own skill are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Subquery, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from accounts.models import User
from games.engines import odds, rating
from games.engines.rating import NEW_DEVIATION, UNKNOWN, Rating
from games.models import Game, GameSession, OpponentRating, PlayerRating
from quantix.fields import MoneyField

#: The chance that an unknown player knows a question of difficulty 1 to 5: where its rating starts.
PRIOR_BY_DIFFICULTY = {1: 0.8, 2: 0.7, 3: 0.6, 4: 0.5, 5: 0.4}
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Form:
    """What is known of a player as a session begins: a rating, how far they are ahead of the house, and what their
    running sessions of this kind may still win."""

    rating: Rating = UNKNOWN
    lead: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)

    def chance(self, opponent: Rating, margin: float) -> float:
        """The player's chance against `opponent`, as odds with the house's part `margin` are made of it."""
        return odds.handicapped(rating.chance(self.rating, opponent), self.lead, margin)

    @property
    def win_max(self) -> Decimal:
        """What all bets of the new session together may win."""
        return odds.win_max(self.lead, self.reserved)

    def stake_max(self, limit: Decimal) -> Decimal:
        """The most one may stake: capped while the rating is uncertain."""
        is_new = self.rating.deviation > NEW_DEVIATION
        return min(limit, settings.NEW_PLAYER_STAKE_MAX) if is_new else limit


def form_of(player: User, scope: str, now: datetime) -> Form:
    """The player's form at games of `scope`. One query. The player's row must be locked."""
    running = GameSession.objects.running().filter(user=OuterRef("user"), metadata__scope=scope)
    reserved = running.values("user").values(sum=Sum(Cast(KT("metadata__win_max"), MoneyField())))
    rows = PlayerRating.objects.of(player).in_scope(scope).annotate(reserved=Subquery(reserved))
    found: Any = rows.first()
    if found is None:
        return Form()
    return Form(at_rest(found.value, found.rated_at, now), found.lead, found.reserved or Decimal(0))


def at_rest(value: Rating, rated_at: datetime, now: datetime) -> Rating:
    """A player's rating as it is by `now`, after its last change at `rated_at`."""
    return rating.rested(value, (now - rated_at) / _DAY)


def question_start(difficulty: int) -> Rating:
    """Where the rating of a question starts."""
    return rating.opponent_for(PRIOR_BY_DIFFICULTY[difficulty])


def levels_of(game: Game) -> dict[str, Rating]:
    """The rating of each choice that the engine's `priors` names. One query."""
    starts = level_starts(game)
    known = {
        level.choice: level.value
        for level in OpponentRating.objects.filter(game=game)
        if _is_of(level, starts)
    }
    return {choice: known.get(choice, start) for choice, start in starts.items()}


def _is_of(level: OpponentRating, starts: Mapping[str, Rating]) -> bool:
    """Whether it began where its choice begins now, that is, under the game's present configuration."""
    return level.choice in starts and level.began_at(starts[level.choice].value)


def level_starts(game: Game) -> dict[str, Rating]:
    """Where the rating of each choice starts."""
    priors: Mapping[str, float] = game.engine.priors(game.config)
    return {choice: rating.opponent_for(prior) for choice, prior in priors.items()}
