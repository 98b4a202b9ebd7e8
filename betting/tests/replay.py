"""What an event's rows say, played again from the first trade on, by the models of `event_models`.

Trades on one market stand in a row, whatever was asked for at once: each has to have got what the model gives it
behind the ones before. So have the books, the prices that were kept, and each bet's fate by the decision.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from itertools import pairwise
from typing import Any

from betting.models import Bet, OptionBook, PricePoint
from betting.tests.event_models import OPTIONS, STEP, MarketMaker, MBet, MEvent, Pool
from games.models import Event, Game
from quantix.models import AuditEntry
from quantix.tests import factories
from wallets.models import Wallet

MODELS: dict[str, type[MEvent]] = {"pool": Pool, "lmsr": MarketMaker}


@dataclass(frozen=True)
class Trade:
    """Something that moved a market: a bet was `placed`, `sold` (and brought `worth`), or `voided`."""

    at: datetime
    kind: str
    bet: MBet
    worth: Decimal = Decimal(0)


def make(mechanism: str) -> Game:
    """An event that its model can follow."""
    model = MODELS[mechanism]
    options = [{"id": option, "label": option.title()} for option in OPTIONS]
    return factories.make_event(mechanism=mechanism, options=options, **model.config)


def assert_replayed(game: Game) -> None:
    """The event's rows are what its trades come to, one after the other, and its decision on what is left of them."""
    model = MODELS[game.engine.kind]()
    rows = Bet.objects.filter(session__game=game).select_related("session")
    trades = sorted(_trades(rows), key=lambda trade: trade.at)
    decided = _voided_once_decided(game)
    for trade, later in pairwise([*trades, None]):
        assert trade
        _take(model, trade)
        if trade.kind != "voided" or trade.bet.id not in decided:
            _prices_are(game, model, later.at if later else None)
    _books_are(game, model)
    _fates_are(game, model, {row.pk: (row.outcome, row.payout) for row in rows})


def assert_balances(start: Decimal, *games: Game) -> None:
    """Who began with `start`, and did nothing but trade on `games`, has that less each stake, with each payout once."""
    held: dict[int, Decimal] = {}
    for bet in Bet.objects.filter(session__game__in=games).select_related("session"):
        moved = (bet.payout or Decimal(0)) - bet.amount
        held[bet.session.user_id] = held.get(bet.session.user_id, start) + moved
    balances = Wallet.objects.filter(user__in=held).values_list("user_id", "balance")
    assert dict(balances) == held


def _trades(rows: Iterable[Any]) -> Iterator[Trade]:
    for row in rows:
        bet = MBet(row.pk, row.session.user_id, row.choice, row.amount, row.odds, row.placed_at, row.shares)
        yield Trade(row.placed_at, "placed", bet)
        if sold := row.metadata.get("sold"):
            yield Trade(datetime.fromisoformat(sold["at"]), "sold", bet, Decimal(sold["payout"]))
        if voided := row.metadata.get("voided"):
            yield Trade(datetime.fromisoformat(voided), "voided", bet)


def _voided_once_decided(game: Game) -> set[int]:
    """The bets voided when there was a result. Rows of the audit trail were numbered under the event's lock."""
    first = AuditEntry.objects.filter(action__in=["event.resolved", "event.voided"], target_id=game.pk)
    voids = AuditEntry.objects.filter(action="bet.void", pk__gt=first.order_by("pk").values("pk")[:1])
    return set(voids.values_list("target_id", flat=True))


def _take(model: MEvent, trade: Trade) -> None:
    bet = trade.bet
    if trade.kind == "placed":
        assert model.takes(bet.choice)
        model.check(bet)
        model.bets.append(bet)
        assert bet.odds == _odds(model, bet)
    elif trade.kind == "sold":
        assert bet.outcome is None, "sold twice, or once it was void"
        assert model.worth(bet) == trade.worth
        bet.sell(trade.worth, trade.at)
    else:
        bet.void()


def _odds(model: MEvent, bet: MBet) -> Decimal:
    """What the bet, the newest, was told: what a unit of its stake brings if it comes true."""
    stakes = {option: stake for option, (stake, _) in _held(model).items()}
    exact = bet.shares / bet.stake if bet.shares else sum(stakes.values()) / stakes[bet.choice]
    return exact.quantize(STEP, rounding=ROUND_DOWN)


def _held(model: MEvent) -> dict[str, tuple[Decimal, Decimal]]:
    """Option to what its open bets have staked, and hold in shares."""
    held = dict.fromkeys(OPTIONS, (Decimal(0), Decimal(0)))
    for bet in model.bets:
        if bet.outcome is None:
            stakes, shares = held[bet.choice]
            held[bet.choice] = stakes + bet.stake, shares + (bet.shares or 0)
    return held


def _books_are(game: Game, model: MEvent) -> None:
    books = OptionBook.objects.filter(game=game).values_list("option", "stakes", "shares")
    assert {option: (stakes, shares) for option, stakes, shares in books} == _held(model)


def _prices_are(game: Game, model: MEvent, until: datetime | None) -> None:
    """The prices that held until the next trade are the model's; a pool with nothing in it has none."""
    points = PricePoint.objects.filter(game=game, **({"at__lt": until} if until else {}))
    kept, exact = points.latest("at", "id").prices, _prices(model)
    assert all(abs(Decimal(kept[option]) - price) < STEP for option, price in exact.items())


def _prices(model: MEvent) -> dict[str, Decimal]:
    held = _held(model)
    if isinstance(model, MarketMaker):
        each = {option: (shares / model.B).exp() for option, (_, shares) in held.items()}
    else:
        each = {option: stakes for option, (stakes, _) in held.items()}
    total = sum(each.values())
    return {option: part / total for option, part in each.items()} if total else {}


def _fates_are(game: Game, model: MEvent, told: dict[int, tuple[str | None, Decimal | None]]) -> None:
    event = Event.objects.get(game=game)
    if event.settled_at:
        model.decision = (event.status, event.weights, event.outcome_known_at)
        assert told == {bet.id: model.fate(bet) for bet in model.bets}
    else:
        assert told == {bet.id: (bet.outcome, bet.payout) for bet in model.bets}
