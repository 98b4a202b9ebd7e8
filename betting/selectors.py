"""What the pages of play read about bets and odds. None of the queries grows with what it finds."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum, Window
from django.db.models.functions import RowNumber

from accounts.models import User
from betting import books, charts, markets
from betting.models import Bet, BetQuerySet
from games.engines.base import Market
from games.engines.prediction.event import Prediction
from games.models import Event, GameSession
from games.services.sessions import engine_of

BETS_SHOWN = 50


@dataclass(frozen=True)
class Totals:
    """What some bets come to: `paid` counts the settled ones; `net` is what they have won or cost so far."""

    staked: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    open: int = 0

    @property
    def net(self) -> Decimal:
        return self.paid - self.staked

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(self.staked + other.staked, self.paid + other.paid, self.open + other.open)


def newest_and_totals(bets: BetQuerySet) -> tuple[list[Bet], dict[str, Totals]]:
    """The newest BETS_SHOWN of `bets`, and choice to what all the bets on it come to. One query."""
    of_choice: dict[str, Any] = {"partition_by": "choice"}
    newest_first: dict[str, Any] = {"order_by": "-id"}
    rows = bets.annotate(
        place=Window(RowNumber(), **newest_first),
        place_of_choice=Window(RowNumber(), **of_choice, **newest_first),
        choice_staked=Window(Sum("amount"), **of_choice),
        choice_paid=Window(Sum("payout"), **of_choice),
        choice_open=Window(Count("pk", filter=Q(outcome=None)), **of_choice),
    ).filter(Q(place__lte=BETS_SHOWN) | Q(place_of_choice=1))
    found: list[Any] = list(rows.order_by("-id"))
    totals = {
        bet.choice: Totals(bet.choice_staked, bet.choice_paid or Decimal(0), bet.choice_open) for bet in found
    }
    return [bet for bet in found if bet.place <= BETS_SHOWN], totals


@dataclass(frozen=True)
class Table:
    """A session as its player sees it at a moment.

    `view` is what the engine lets be seen; `content` all that was drawn, and only once the session has
    ended. `is_due`: the time is over, and nobody has ended the session yet.
    """

    session: GameSession
    view: dict[str, Any]
    markets: list[Market]
    bets: list[Bet]
    content: dict[str, Any] | None
    is_due: bool

    @property
    def totals(self) -> Totals:
        each = (Totals(bet.amount, bet.payout or Decimal(0), int(bet.outcome is None)) for bet in self.bets)
        return sum(each, Totals())


def table_of(session: GameSession, now: datetime) -> Table:
    """One query, for the bets."""
    engine, state = engine_of(session)
    return Table(
        session=session,
        view=engine.view(state, now),
        markets=markets.session_markets(session, now),
        bets=list(Bet.objects.filter(session=session).with_prospects().order_by("id")),
        content=None if session.is_running else engine.content(state),
        is_due=session.is_running and engine.outcome(state, now) is not None,
    )


@dataclass(frozen=True)
class OptionRow:
    """An option of an event.

    `odds` are those of the smallest stake, `chance` is what the prices imply, all options adding up to 1; both are
    None where nothing tells them yet. `mine` is staked on it.
    """

    id: str
    label: str
    odds: Decimal | None
    chance: Decimal | None
    mine: Decimal
    weight: Decimal
    is_open: bool


@dataclass(frozen=True)
class EventTable:
    """An event as one person sees it. `status` is the event's, with `upcoming` before it opens and `closed` after."""

    event: Event
    status: str
    market: Market | None
    options: list[OptionRow]
    bets: list[Bet]
    totals: Totals
    config: Any
    chart: charts.PriceChart | None
    pool: Decimal | None

    @property
    def session(self) -> GameSession | None:
        """The player's session in the event, with its result once that is known."""
        return self.bets[0].session if self.bets else None

    @property
    def winners(self) -> list[OptionRow]:
        return [option for option in self.options if option.weight]


def event_table(event: Event, player: User | None, now: datetime) -> EventTable:
    """Three queries: the books, the prices over time, and the player's bets."""
    engine, state = event.engine, books.current_state(event)
    market = next(iter(engine.markets(state, now) if event.game.is_active else []), None)
    mine = Bet.objects.filter(game=event.pk, user=player)
    mine = mine.with_prospects().select_related("session")
    bets, by_choice = newest_and_totals(mine) if player else ([], {})
    return EventTable(
        event=event,
        status=_status(event, now),
        market=market,
        options=_options(event, state, market, by_choice),
        bets=_with_worth(bets, engine, state, can_sell=market is not None),
        totals=sum(by_choice.values(), Totals()),
        config=state.config,
        chart=charts.draw(books.price_history(event.pk), state.config.options, min(now, event.closes_at)),
        pool=engine.total(state) if engine.kind == "pool" else None,
    )


def _with_worth(bets: list[Bet], engine: Prediction[Any], state: Any, *, can_sell: bool) -> list[Bet]:
    """`bets`, each with `worth`: what selling it would bring now; None where it is not sold."""
    for bet in bets:
        is_held = can_sell and engine.is_sellable and bet.outcome is None
        bet.worth = (engine.worth(state, bet.choice, bet.shares) or None) if is_held and bet.shares else None
    return bets


def _status(event: Event, now: datetime) -> str:
    if event.status == Event.Status.OPEN and now < event.opens_at:
        return "upcoming"
    if event.status == Event.Status.OPEN and now >= event.closes_at:
        return "closed"
    return str(event.status)


def _options(event: Event, state: Any, market: Market | None, mine: dict[str, Totals]) -> list[OptionRow]:
    engine, weights = event.engine, event.weights or {}
    odds, chances = engine.odds(state), engine.prices(state)
    return [
        OptionRow(
            id=option.id,
            label=option.label,
            odds=odds[option.id],
            chance=chances.get(option.id),
            mine=mine.get(option.id, Totals()).staked,
            weight=Decimal(weights.get(option.id, 0)),
            is_open=market is not None and market.choice(option.id) is not None,
        )
        for option in state.config.options
    ]
