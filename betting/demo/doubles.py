"""What support meets in the demo: sign-ins from home and campus, a password that somebody guesses at, and two accounts
that one person seems to play with.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from accounts.models import User
from accounts.services import sign_ins
from accounts.sign_in_models import Result, Way
from betting import services
from betting.demo.content import EVENTS
from betting.demo.puzzles import Solver
from games.models import Game
from games.services import sessions
from quantix.context import Origin, coming_from

Step = tuple[datetime, Callable[[], Any]]
CAMPUS, SHARED_HOME = "10.21.4.1", "203.0.113.77"
AGENTS = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/139.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/139.0 Mobile Safari/537.36",
]
#: Places in the cast: the two who seem to be one, and whose password is guessed at.
TWINS, GUESSED = (17, 18), 8
#: Days on which the two play in the same minutes, and events on which they bet against each other.
DAYS, MIRRORED = 12, 5


def steps(players: list[User], games: list[Game], now: datetime, chance: Random) -> Iterator[Step]:
    """All of it, each at its moment; nothing of a player before they are settled in."""
    for player, at, step in _steps(players, games, now, chance):
        if at > player.created_at + timedelta(hours=3):
            yield at, step


def _steps(
    players: list[User], games: list[Game], now: datetime, chance: Random
) -> Iterator[tuple[User, datetime, Callable[[], Any]]]:
    one, other = (players[place] for place in TWINS)
    for place, player in enumerate(players):
        home = SHARED_HOME if place in TWINS else f"198.51.100.{place + 10}"
        for at, step in _sign_ins(player, home, now, chance):
            yield player, at, step
    for minutes in range(6):
        at = now - timedelta(days=1, minutes=9 * minutes)
        yield players[GUESSED], at, _sign_in(players[GUESSED], "192.0.2.66", AGENTS[0], Result.WRONG)
    puzzle = next(game for game in games if game.type == Game.Type.PUZZLE)
    for day in range(1, DAYS + 1):
        at = now - timedelta(days=day, minutes=chance.uniform(0, 300))
        for player, seconds in ((one, 0.0), (other, chance.uniform(8, 50))):
            yield player, at + timedelta(seconds=seconds), _play(player, puzzle, chance)
    for event in EVENTS[:MIRRORED]:
        at = now + timedelta(days=event[5] * chance.uniform(0.3, 0.7))
        options = [option for option, _, _ in event[3]]
        for player, option, seconds in ((one, options[0], 0), (other, options[1], 40)):
            yield player, at + timedelta(seconds=seconds), _bet(player, event[0], option)


def _sign_ins(player: User, home: str, now: datetime, chance: Random) -> Iterator[Step]:
    agent = chance.choice(AGENTS)
    for _ in range(chance.randint(2, 5)):
        at = now - timedelta(days=chance.uniform(0.1, 27))
        yield at, _sign_in(player, chance.choice([home, home, CAMPUS]), agent, Result.IN)


def _sign_in(player: User, address: str, agent: str, result: Result) -> Callable[[], None]:
    def step() -> None:
        with coming_from(Origin(address=address, agent=agent)):
            sign_ins.record(user=player, way=Way.PAGE, result=result)

    return step


def _play(player: User, game: Game, chance: Random) -> Callable[[], None]:
    def step() -> None:
        session = sessions.start_session(player=player, game_id=game.pk)
        Solver(0.7, chance).play(session)

    return step


def _bet(player: User, event: str, option: str) -> Callable[[], None]:
    def step() -> None:
        game = Game.objects.get(name=event)
        services.place_bet(player=player, slip=services.Slip("winner", option, Decimal(35), game_id=game.pk))

    return step
