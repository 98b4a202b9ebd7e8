"""The same trading through the real services, on a database: events, bets, sales, results, settlements, the ledger."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from accounts.models import User
from betting import books, events, settlement
from betting.backtest.beliefs import Bot, Known
from betting.backtest.tally import dice_of, settled
from betting.backtest.trading import MECHANISMS, Position, configuration, trade
from betting.models import Bet
from betting.services import Slip, cash_out, place_bet
from games.engines.prediction.event import EMPTY, MARKET, Deal
from games.models import Event, Game
from games.services.events import save_game
from quantix import clock
from quantix.db import in_one_transaction
from wallets import ledger, reconcile
from wallets.models import Transaction

PURSE = Decimal("1000000.00")


class Registered:
    """An event on the database; each bet and each sale is a transaction of its own."""

    def __init__(self, event: Event, players: dict[str, User]) -> None:
        self.event, self.players = event, players
        self.engine: Any = event.game.engine
        self.look()

    def look(self) -> None:
        """Read the books as they stand."""
        self.state: Any = books.current_state(self.event)

    def place(self, bot: Bot, option: str, stake: Decimal) -> Position:
        slip = Slip(MARKET, option, stake, game_id=self.event.pk)
        bet = in_one_transaction(partial(place_bet, player=self.players[bot.name], slip=slip)).bet
        self.look()
        return Position(bot, option, stake, Deal(bet.odds, bet.amount, EMPTY, bet.shares), key=bet.pk)

    def sell(self, position: Position) -> None:
        player = self.players[position.bot.name]
        in_one_transaction(partial(cash_out, player=player, bet_id=position.key))
        self.look()


@dataclass(frozen=True)
class Audit:
    """What the database says after it all: bets, the house's result by mechanism, and what is wrong (nothing)."""

    events: int
    bets: int
    sales: int
    house: dict[str, Decimal]
    differences: list[str]
    ggr: Decimal


def through_services(
    known: Sequence[Known], bots: Sequence[Bot], seed: int, say: Callable[[int], None]
) -> Audit:
    """Trade on these matches by the services. Not to be called in a transaction, and on an empty database only.

    `differences` names each event whose house's result is not what the engines alone come to, and each promise
    of the ledger that is broken.
    """
    assert not User.objects.exists(), "the backtest keeps to a database of its own"
    with clock.set_to(known[0].match.at - timedelta(days=2)):
        owner, players = in_one_transaction(lambda: _people(bots))
    house, differences = dict.fromkeys(MECHANISMS, Decimal(0)), []
    for count, one in enumerate(known, 1):
        for mechanism in MECHANISMS:
            won = _play(owner, players, mechanism, one, bots, seed)
            house[mechanism] += won
            expected = sum(
                (p.stake - (p.payout or 0) for p in settled(mechanism, one, bots, seed).positions), Decimal(0)
            )
            if won != expected:
                differences.append(f"{mechanism}, {one.match.name}: {won} instead of {expected}")
        say(count)
    differences += [
        f"{found.promise}: {found.broken} broken" for found in reconcile.check_all() if found.broken
    ]
    sales = Bet.objects.filter(outcome=Bet.Outcome.CASHED_OUT).count()
    return Audit(len(known) * len(MECHANISMS), Bet.objects.count(), sales, house, differences, _ggr())


def _people(bots: Sequence[Bot]) -> tuple[User, dict[str, User]]:
    owner = User.objects.create_superuser("13f0000000@ds.study.iitm.ac.in", "backtest", "Backtest")
    players = {}
    for number, bot in enumerate(bots, 1):
        player = User.objects.create_user(f"13f{number:07d}@ds.study.iitm.ac.in", f"bot{number}", bot.name)
        player.mark_verified()
        ledger.post(user_id=player.pk, type="credit", category="bonus", amount=PURSE, description="Backtest")
        players[bot.name] = player
    return owner, players


def _play(
    owner: User, players: dict[str, User], mechanism: str, known: Known, bots: Sequence[Bot], seed: int
) -> Decimal:
    """One event from opening to settlement; the house's result on it, as its bets say."""
    match = known.match
    game = Game(
        type="prediction", name=f"{match.name}: {mechanism}"[-100:], metadata=configuration(mechanism, known)
    )
    with clock.set_to(match.at - timedelta(hours=20)):
        in_one_transaction(partial(save_game, by=owner, game=game))
    event = Event.objects.select_related("game").get(pk=game.pk)
    with clock.set_to(match.at - timedelta(hours=2)):
        trade(Registered(event, players), known, bots, dice_of(seed, known, mechanism))
    with clock.set_to(match.at + timedelta(hours=2)):
        decide = partial(events.resolve_event, by=owner, game_id=game.pk, weights={match.result: Decimal(1)})
        in_one_transaction(decide)
        settlement.settle_event(game.pk)
    rows = Bet.objects.filter(game=game, outcome__isnull=False).values_list("amount", "payout")
    return sum((amount - (payout or 0) for amount, payout in rows), Decimal(0))


def _ggr() -> Decimal:
    """What the ledger says that the house has won: debits less credits of stakes and winnings."""
    rows = Transaction.objects.filter(category__in=["bet", "win"]).values_list("type", "amount")
    return sum((amount if type == "debit" else -amount for type, amount in rows.iterator()), Decimal(0))
