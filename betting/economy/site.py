"""The same play through the real services, on a database: sessions, bets, moves, settlements, the ledger."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.conf import settings

from accounts.models import User
from betting import markets
from betting.economy.bots import Bot
from betting.economy.house import START, STEP
from betting.economy.simulation import Tally, run
from betting.economy.world import CODE, TOPICS, World, quiz_of
from betting.models import Bet
from betting.services import Slip, place_bet
from games.engines.base import Choice, Market
from games.models import Game, GameSession, Question, Sighting
from games.services import sessions
from games.services.events import save_game
from quantix import clock
from quantix.db import in_one_transaction
from wallets import ledger, reconcile
from wallets.models import Wallet

PURSE = Decimal("1000000.00")


class Played:
    """A session on the database (`play.Table`); each bet and each move is a transaction of its own."""

    def __init__(self, session: GameSession, moment: datetime) -> None:
        self.session, self.now = session, moment

    @property
    def state(self) -> Any:
        return sessions.engine_of(self.session)[1]

    @property
    def staked(self) -> Decimal:
        return sum((bet.amount for bet in self.session.bets.all()), Decimal(0))

    @property
    def net(self) -> Decimal:
        return sum((bet.payout - bet.amount for bet in self.session.bets.all()), Decimal(0))

    def markets(self) -> list[Market]:
        return markets.session_markets(self.session, self.now)

    def left_to_win(self) -> Decimal:
        return markets.left_to_win(self.session)

    def stake(self, market: Market, choice: Choice, amount: Decimal) -> None:
        slip = Slip(market.market, choice.choice, amount, session_id=self.session.pk)
        with clock.set_to(self.now):
            in_one_transaction(partial(place_bet, player=self.session.user, slip=slip))

    def move(self, **move: Any) -> None:
        self.now += STEP
        play = partial(sessions.play_move, player=self.session.user, session_id=self.session.pk, move=move)
        with clock.set_to(self.now):
            self.session = in_one_transaction(play)


class Site:
    """The site as a keeper of tables, on an empty database."""

    def __init__(self, world: World) -> None:
        assert not User.objects.exists(), "the simulation keeps to a database of its own"
        self.players: dict[int, User] = {}
        with clock.set_to(START):
            owner = User.objects.create_superuser("13f0000000@ds.study.iitm.ac.in", "house", "House")
            Question.objects.bulk_create(
                Question(**{k: v for k, v in row.items() if k != "id"}, source="simulation", licence="none")
                for row in world.questions.values()
            )
            self.quizzes = {
                topic: _save(owner, "quiz", f"Quiz: {topic}", quiz_of(topic).model_dump(mode="json"))
                for topic in TOPICS
            }
            self.codes = _save(
                owner, "puzzle", "Codes", CODE.model_dump(mode="json") | {"kind": "codebreaker"}
            )

    def seen(self, bot: Bot) -> set[int]:
        sighted = Sighting.objects.filter(user=self._player(bot)).values_list("question__text", flat=True)
        return {int(text.removeprefix("Question ").removesuffix("?")) for text in sighted}

    def quiz(self, bot: Bot, topic: str, moment: datetime) -> Played:
        return self._begin(bot, self.quizzes[topic], moment)

    def code(self, bot: Bot, moment: datetime) -> Played:
        return self._begin(bot, self.codes, moment)

    def _begin(self, bot: Bot, game: Game, moment: datetime) -> Played:
        with clock.set_to(moment):
            start = partial(sessions.start_session, player=self._player(bot), game_id=game.pk)
            return Played(in_one_transaction(start), moment)

    def _player(self, bot: Bot) -> User:
        if id(bot) not in self.players:
            with clock.set_to(START):
                self.players[id(bot)] = in_one_transaction(partial(_new_player, len(self.players) + 1))
        return self.players[id(bot)]


@dataclass(frozen=True)
class Audit:
    """What the database says after it all, and what is wrong (nothing)."""

    sessions: int
    bets: int
    differences: list[str]


def through_services(seed: int, players: int, days: int, each_day: Callable[[int], None]) -> Audit:
    """Play on the site, and hold its books against what the bots have counted. Not to be called in a transaction."""
    world = World(seed)
    site = Site(world)
    tallies = run(world, site, players, days, each_day)
    differences = [
        f"{found.promise}: {found.broken} broken" for found in reconcile.check_all() if found.broken
    ]
    differences += list(_wallet_differences(site, tallies))
    return Audit(GameSession.objects.count(), Bet.objects.count(), differences)


def _wallet_differences(site: Site, tallies: list[Tally]) -> list[str]:
    """Players whose wallet is not what they began with and what they counted as won."""
    balances = dict(Wallet.objects.values_list("user", "balance"))
    counted = [
        (site.players[id(tally.bot)].pk, settings.SIGNUP_BONUS + PURSE + sum(tally.net, Decimal(0)))
        for tally in tallies
        if id(tally.bot) in site.players
    ]
    return [
        f"player {player}: {balances[player]} instead of {expected}"
        for player, expected in counted
        if balances[player] != expected
    ]


def _save(owner: User, type: str, name: str, metadata: dict[str, Any]) -> Game:
    game = Game(type=type, name=name, metadata=metadata)
    in_one_transaction(partial(save_game, by=owner, game=game))
    return game


def _new_player(number: int) -> User:
    player = User.objects.create_user(f"13f{number:07d}@ds.study.iitm.ac.in", f"bot{number}", "Bot")
    player.mark_verified()
    ledger.post(user_id=player.pk, type="credit", category="bonus", amount=PURSE, description="Simulation")
    return player
