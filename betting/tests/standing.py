"""A season for tests: events that were bet on and decided, tallied and ranked as the worker does it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from accounts.models import User
from betting import events, services, settlement
from betting.standing import ranking, tallying
from betting.standing.models import Board, Placing, Season
from games.models import Game
from quantix import clock
from quantix.db import in_one_transaction
from quantix.tests import factories


def make_season(name: str = "Test season", days: int = 30, begins_at: datetime | None = None) -> Season:
    """A season that runs since an hour ago, unless it is said otherwise."""
    begins_at = begins_at or clock.now() - timedelta(hours=1)
    return Season.objects.create(name=name, begins_at=begins_at, ends_at=begins_at + timedelta(days=days))


def bet(player: User, game: Game, option: str, amount: str) -> None:
    slip = services.Slip("winner", option, Decimal(amount), game_id=game.pk)
    in_one_transaction(partial(services.place_bet, player=player, slip=slip))


def resolve(game: Game, option: str) -> None:
    weights = {option: Decimal(1)}
    by = factories.make_staff("games")
    in_one_transaction(lambda: events.resolve_event(by=by, game_id=game.pk, weights=weights))
    settlement.settle_event(game.pk)


def play_event(stakes: Mapping[User, tuple[str, str]], came_true: str = "yes") -> Game:
    """An event on which each has staked (option, amount), and how it came out. Yes pays 2.00, no 1.80."""
    now = clock.now()
    window = {"opens_at": now - timedelta(hours=1), "closes_at": now + timedelta(hours=1)}
    game = factories.make_event(**{name: moment.isoformat() for name, moment in window.items()})
    for player, (option, amount) in stakes.items():
        bet(player, game, option, amount)
    resolve(game, came_true)
    return game


def keep_boards() -> None:
    """What the worker does, all of it, without letting boards rest."""
    tallying.tally_ended()
    Board.objects.filter(season__archived_at=None).update(ranking_seconds=0)
    ranking.rank_due()


def board(measure: str, game: Game | None = None, season: Season | None = None) -> list[tuple[int, str, str]]:
    """(rank, username, value) of a board, in order."""
    boards = Board.objects.filter(game=game)
    boards = boards.filter(season=season) if season else boards.filter(season__archived_at=None)
    rows = Placing.objects.filter(board__in=boards, measure=measure).order_by("position")
    return [(row.rank, row.user.username, f"{row.value:.2f}") for row in rows.select_related("user")]
