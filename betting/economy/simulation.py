"""A population of bots over some months: who stakes what, and what comes back."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from betting.economy import bots
from betting.economy.bots import Bot
from betting.economy.house import START
from betting.economy.play import Table, play_code, play_quiz
from betting.economy.world import TOPICS, World


@dataclass(frozen=True)
class Strategy:
    """A way of playing: whose, by how many of a hundred players, and how often a day."""

    name: str
    kind: type[Bot]
    share: int
    sessions_a_day: float
    is_cheating: bool = True
    #: Whether it computes what pays and stops where nothing does; others go on as people do.
    stops: bool = False


STRATEGIES = (
    Strategy("honest", bots.Honest, 50, 2.0, is_cheating=False),
    Strategy("knows seen answers", bots.Memoriser, 10, 3.0),
    Strategy("sandbagger", bots.Sandbagger, 10, 2.0),
    Strategy("pair that shares answers", bots.Pair, 10, 2.0),
    Strategy("honest, picks its bets", bots.Picker, 8, 2.0, is_cheating=False, stops=True),
    Strategy("throws what it does not stake on", bots.Thrower, 6, 2.0, stops=True),
    Strategy("was told the whole bank", bots.Told, 6, 2.0, stops=True),
)
#: A friend who tells all it sees does nothing else.
FRIEND_SESSIONS = 6.0


class Keeper(Protocol):
    """Who keeps the tables: the house in memory, or the site."""

    def seen(self, bot: Bot) -> set[int]: ...
    def quiz(self, bot: Bot, topic: str, moment: datetime) -> Table: ...
    def code(self, bot: Bot, moment: datetime) -> Table: ...


@dataclass
class Tally:
    """What a player has staked and won (lost, below zero) on each day."""

    strategy: Strategy | None
    bot: Bot
    staked: list[Decimal] = field(default_factory=list)
    net: list[Decimal] = field(default_factory=list)


@dataclass(frozen=True)
class Return:
    """The return on stakes of many players together: net / staked, and half of its 95% interval."""

    players: int
    staked: float
    net: float
    half: float

    @property
    def rate(self) -> float:
        return self.net / self.staked if self.staked else 0.0


def populate(world: World, players: int) -> list[Tally]:
    """`players` bots by the shares of STRATEGIES, and beside them the friends who tell."""
    crowd: list[Tally] = []
    for strategy in STRATEGIES:
        count = max(2, round(players * strategy.share / 100 / 2) * 2)
        cast = [strategy.kind(world.person(), strategy.sessions_a_day) for _ in range(count)]
        crowd += [Tally(strategy, bot) for bot in cast]
        if strategy.kind is bots.Pair:
            for one, other in zip(cast[::2], cast[1::2], strict=True):
                one.tells, other.tells = other, one
        if strategy.kind is bots.Told:
            crowd += [Tally(None, bots.Friend(world.person(), FRIEND_SESSIONS, tells=bot)) for bot in cast]
    return crowd


def run(
    world: World, keeper: Keeper, players: int, days: int, each_day: Callable[[int], None] = lambda day: None
) -> list[Tally]:
    """Play `days` days, everybody in turn, in an order drawn anew each day; the tallies of all but friends."""
    dice, crowd = random.Random(f"{world.seed}: play"), populate(world, players)
    for day in range(days):
        for tally in dice.sample(crowd, len(crowd)):
            tables = list(_sessions(world, keeper, tally.bot, day, dice))
            tally.staked.append(sum((table.staked for table in tables), Decimal(0)))
            tally.net.append(sum((table.net for table in tables), Decimal(0)))
        each_day(day + 1)
    return [tally for tally in crowd if tally.strategy]


def _sessions(world: World, keeper: Keeper, bot: Bot, day: int, dice: random.Random) -> Iterator[Table]:
    """The sessions of a bot's day, each played to its end: quizzes, and for most codes as well."""
    if day < bot.from_day:
        return
    count = int(bot.sessions_a_day) + (dice.random() < bot.sessions_a_day % 1)
    for number in range(count):
        moment = START + timedelta(days=day, hours=2 * number)
        if bot.only_quizzes or dice.random() < 0.5:
            topic = TOPICS[int(dice.random() * len(TOPICS))]
            unseen = set(world.topics[topic]) - keeper.seen(bot)
            table = keeper.quiz(bot, topic, moment)
            play_quiz(world, bot, table, day, dice, unseen)
        else:
            table = keeper.code(bot, moment)
            play_code(world, bot, table, day, dice)
        yield table


def of(tallies: Sequence[Tally], strategy: Strategy) -> list[Tally]:
    return [tally for tally in tallies if tally.strategy is strategy]


def returns(tallies: Sequence[Tally], since: int = 0, until: int | None = None) -> Return:
    """The return on what was staked from day `since` to before `until`, the players being the sample.

    A ratio of two means; its variance by Cochran, Sampling Techniques (1977), section 2.11:
    sum (net - rate * staked)^2 / (n (n - 1) mean(staked)^2).
    """
    staked = [float(sum(tally.staked[since:until], Decimal(0))) for tally in tallies]
    net = [float(sum(tally.net[since:until], Decimal(0))) for tally in tallies]
    count, all_staked, all_net = len(tallies), sum(staked), sum(net)
    if not all_staked or count < 2:
        return Return(count, all_staked, all_net, 0.0)
    rate = all_net / all_staked
    spread = sum((n - rate * s) ** 2 for n, s in zip(net, staked, strict=True))
    return Return(count, all_staked, all_net, 1.96 * math.sqrt(spread * count / (count - 1)) / all_staked)
