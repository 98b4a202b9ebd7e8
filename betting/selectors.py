"""What the pages of play read about bets and odds. None of the queries grows with what it finds."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from accounts.models import User
from betting import markets
from betting.models import Bet, BetQuerySet
from games.engines.base import Market
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


def totals_by_choice(bets: BetQuerySet) -> dict[str, Totals]:
    """Choice to what all the bets on it come to. One query."""
    rows = (
        bets.order_by()
        .values_list("choice")
        .annotate(
            staked=Sum("amount"),
            paid=Sum("payout", default=Decimal(0)),
            open=Count("pk", filter=Q(outcome=None)),
        )
    )
    return {choice: Totals(staked, paid, open) for choice, staked, paid, open in rows}


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
        bets=list(Bet.objects.filter(session=session).order_by("id")),
        content=None if session.is_running else engine.content(state),
        is_due=session.is_running and engine.outcome(state, now) is not None,
    )


@dataclass(frozen=True)
class OptionRow:
    """An option of an event: `chance` is what the odds imply, all options adding up to 1; `mine` is staked on it."""

    id: str
    label: str
    odds: Decimal
    chance: Decimal
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

    @property
    def session(self) -> GameSession | None:
        """The player's session in the event, with its result once that is known."""
        return self.bets[0].session if self.bets else None

    @property
    def winners(self) -> list[OptionRow]:
        return [option for option in self.options if option.weight]


def event_table(event: Event, player: User | None, now: datetime) -> EventTable:
    """Three queries: the books, the player's newest bets, and what all of them come to."""
    config = event.game.config
    market = next(iter(markets.event_markets(event, now) if event.game.is_active else []), None)
    mine = Bet.objects.filter(session__game=event.pk, session__user=player)
    by_choice = totals_by_choice(mine) if player else {}
    return EventTable(
        event=event,
        status=_status(event, now),
        market=market,
        options=_options(event, config, market, by_choice),
        bets=list(mine.select_related("session").order_by("-id")[:BETS_SHOWN]) if player else [],
        totals=sum(by_choice.values(), Totals()),
        config=config,
    )


def _status(event: Event, now: datetime) -> str:
    if event.status == Event.Status.OPEN and now < event.opens_at:
        return "upcoming"
    if event.status == Event.Status.OPEN and now >= event.closes_at:
        return "closed"
    return str(event.status)


def _options(event: Event, config: Any, market: Market | None, mine: dict[str, Totals]) -> list[OptionRow]:
    implied = sum(1 / option.odds for option in config.options)
    weights = event.weights or {}
    return [
        OptionRow(
            id=option.id,
            label=option.label,
            odds=option.odds,
            chance=1 / option.odds / implied,
            mine=mine.get(option.id, Totals()).staked,
            weight=Decimal(weights.get(option.id, 0)),
            is_open=market is not None and market.choice(option.id) is not None,
        )
        for option in config.options
    ]
