"""The house in memory: the real engines, ratings, leads and odds, without services and database, for many sessions."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from betting.economy.bots import Bot
from betting.economy.world import CODE, World, quiz_of
from betting.markets import prize, within_reach
from betting.services.slips import payout
from games import skill
from games.engines import odds, rating
from games.engines.base import Choice, Engine, Market, Material
from games.engines.puzzle.codebreaker import Codebreaker
from games.engines.quiz import Quiz
from games.engines.rating import UNKNOWN, Rating
from games.services import ratings

START = datetime(2026, 7, 1, 6, tzinfo=UTC)
STEP = timedelta(seconds=5)


@dataclass
class Account:
    """What the house knows of a player at one kind of game."""

    value: Rating = UNKNOWN
    rated_at: datetime = START
    lead: Decimal = Decimal(0)

    def form(self, now: datetime) -> skill.Form:
        return skill.Form(skill.at_rest(self.value, self.rated_at, now), self.lead)


@dataclass(frozen=True)
class Wager:
    market: str
    choice: str
    stake: Decimal
    odds: Decimal


@dataclass
class Sitting:
    """A session being played (`play.Table`)."""

    engine: Engine[Any, Any]
    state: Any
    now: datetime
    account: Account
    win_max: Decimal
    opponents: dict[Any, Rating]
    bets: list[Wager] = field(default_factory=list)
    net: Decimal = Decimal(0)

    @property
    def staked(self) -> Decimal:
        return sum((bet.stake for bet in self.bets), Decimal(0))

    def markets(self) -> list[Market]:
        return within_reach(self.engine.markets(self.state, self.now), self.left_to_win())

    def left_to_win(self) -> Decimal:
        return self.win_max - sum((prize(bet.stake, bet.odds) for bet in self.bets), Decimal(0))

    def stake(self, market: Market, choice: Choice, amount: Decimal) -> None:
        assert choice.odds
        self.bets.append(Wager(market.market, choice.choice, amount, choice.odds))

    def move(self, **move: Any) -> None:
        self.now += STEP
        self.state = self.engine.play(self.state, move, self.now)
        outcome = self.engine.outcome(self.state, self.now)
        if outcome:
            self._settle()
            self._rate(outcome.score)

    def _settle(self) -> None:
        for bet in self.bets:
            won = self.engine.settle(self.state, bet.market, bet.choice)
            self.net += (payout(bet.stake, bet.odds) if won else Decimal(0)) - bet.stake
        self.account.lead += odds.lead(self.net, self.win_max - self.left_to_win())

    def _rate(self, score: float) -> None:
        met = ratings.meetings(self.engine, self.state, score=score)
        games = [(self.opponents[key], won) for key, won in met]
        if not games:
            return
        rested = skill.at_rest(self.account.value, self.account.rated_at, self.now)
        self.account.value = ratings.moved_player(self.engine, player=rested, games=games)
        self.account.rated_at = self.now
        for (key, won), (value, _) in zip(met, games, strict=True):
            self.opponents[key] = rating.met_by(value, rested, won)


class House:
    """Accounts, the ratings of questions and levels, and what each player has seen."""

    def __init__(self, world: World) -> None:
        self.world, self.dice = world, random.Random(f"{world.seed}: house")
        self.accounts: dict[tuple[int, str], Account] = {}
        self.seen_by: dict[int, set[int]] = {}
        self.questions: dict[Any, Rating] = {
            id: skill.question_start(row["difficulty"]) for id, row in world.questions.items()
        }
        priors = Codebreaker().priors(CODE)
        self.levels: dict[Any, Rating] = {
            choice: rating.opponent_for(prior) for choice, prior in priors.items()
        }

    def seen(self, bot: Bot) -> set[int]:
        return self.seen_by.setdefault(id(bot), set())

    def quiz(self, bot: Bot, topic: str, moment: datetime) -> Sitting:
        """A quiz of `topic`, unseen questions first."""
        account, config, seen = self._account(bot, "quiz"), quiz_of(topic), self.seen(bot)
        form = account.form(moment)
        ids = sorted(self.world.topics[topic], key=lambda id: (id in seen, self.dice.random()))
        rows = [
            self.world.questions[id]
            | {"chance": form.chance(self.questions[id], config.margin), "fresh": id not in seen}
            for id in ids[: config.questions]
        ]
        seen.update(row["id"] for row in rows)
        material = Material(questions=rows, stake_max=_stake_max(form, config))
        return self._sit(Quiz(), config, moment, material, account, form, self.questions)

    def code(self, bot: Bot, moment: datetime) -> Sitting:
        account = self._account(bot, "codebreaker")
        form = account.form(moment)
        chances = {choice: form.chance(level, CODE.margin) for choice, level in self.levels.items()}
        material = Material(chances=chances, stake_max=_stake_max(form, CODE))
        return self._sit(Codebreaker(), CODE, moment, material, account, form, self.levels)

    def _account(self, bot: Bot, scope: str) -> Account:
        return self.accounts.setdefault((id(bot), scope), Account())

    def _sit(
        self, engine: Any, config: Any, moment: datetime, material: Material, account: Account, form: skill.Form,
        opponents: dict[Any, Rating],
    ) -> Sitting:  # fmt: skip
        state = engine.start(config, f"{self.dice.getrandbits(64):x}", moment, material)
        return Sitting(engine, state, moment, account, form.win_max, opponents)


def _stake_max(form: skill.Form, config: Any) -> Decimal:
    return form.stake_max(config.stakes.max)
