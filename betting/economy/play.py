"""How a bot plays a session, wherever that is kept."""

import math
from decimal import Decimal
from typing import Any, Protocol

from betting.economy.bots import Bot, Decision, Offer
from betting.economy.world import Dice, World
from betting.markets import stake_that_wins
from games.engines.base import Choice, Market
from games.engines.odds import chance_of_at_least

#: The chance of remembering an answer that one was told.
REMEMBERS = 0.97


class Table(Protocol):
    """A session in which one may stake and move; `staked` and `net` (money) tell of its bets once it has ended."""

    @property
    def state(self) -> Any: ...
    @property
    def staked(self) -> Decimal: ...
    @property
    def net(self) -> Decimal: ...
    def markets(self) -> list[Market]: ...
    def left_to_win(self) -> Decimal: ...
    def stake(self, market: Market, choice: Choice, amount: Decimal) -> None: ...
    def move(self, **move: Any) -> None: ...


def play_quiz(world: World, bot: Bot, table: Table, day: int, dice: Dice, unseen: set[int]) -> None:
    """Play all questions. `unseen` are those of the topic that the bot had not seen before.

    The player does not know which question comes, only what the site tells of it: topic, difficulty, odds.
    """
    stakes_on_result = False
    share = len(bot.told & unseen) / len(unseen) if unseen else 0.0
    for index, id in enumerate(world.ids_of(table.state.questions)):
        offers = [
            offer for market in table.markets() for offer in _quiz_offers(world, bot, table, market, share)
        ]
        decision = bot.decide(offers, day, dice)
        if _place(table, decision) and decision.offer:
            stakes_on_result |= decision.offer.market.market == "result"
        chance = REMEMBERS if id in bot.told else world.knows(bot.person, id)
        right = dice.random() < chance and (stakes_on_result or not decision.loses)
        table.move(index=index)
        table.move(index=index, answer="true" if right else "false")
        if bot.tells:
            bot.tells.told.add(id)


def play_code(world: World, bot: Bot, table: Table, day: int, dice: Dice) -> None:
    """Break the code, or lose on purpose."""
    offers = [
        Offer(market, choice, world.believes(bot.person, guesses_of(choice.choice)))
        for market in table.markets()
        for choice in market.choices
    ]
    decision = bot.decide(offers, day, dice)
    _place(table, decision)
    code, limit = table.state.code, table.state.config.guesses
    wrong = next(symbol for symbol in table.state.config.symbols if set(code) != {symbol}) * len(code)
    needed = limit + 1 if decision.loses else world.guesses_needed(bot.person, dice)
    for guess in range(1, limit + 1):
        table.move(guess=code if guess == needed else wrong)
        if guess == needed:
            return


def guesses_of(choice: str) -> int:
    """How many guesses the choice `within-5` allows."""
    return int(choice.removeprefix("within-"))


def _quiz_offers(world: World, bot: Bot, table: Table, market: Market, share: float) -> list[Offer]:
    """The offer of a market with what the player believes: of the next question, or of passing."""
    questions, config = table.state.questions, table.state.config

    def belief(question: Any) -> float:
        own = world.expects(bot.person, question.tags[0], question.difficulty)
        return share * REMEMBERS + (1 - share) * own

    if market.market == "result":
        needed = math.ceil(config.pass_mark * len(questions) - 1e-9)
        chance = chance_of_at_least(needed, [belief(question) for question in questions])
    else:
        chance = belief(next(q for i, q in enumerate(questions) if market.market == f"question-{i}"))
    return [Offer(market, choice, chance) for choice in market.choices]


def _place(table: Table, decision: Decision) -> bool:
    """Stake what was decided on, or as much of it as may be staked; whether that was anything."""
    offer = decision.offer
    if offer is None or offer.choice.odds is None:
        return False
    amount = min(decision.stake, stake_that_wins(table.left_to_win(), offer.choice.odds))
    if amount < offer.market.stake_min:
        return False
    table.stake(offer.market, offer.choice, amount)
    return True
