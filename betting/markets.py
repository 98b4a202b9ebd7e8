"""What a player may bet on now: the engine's markets, with the books that only the database knows."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from betting import books
from betting.errors import CAP_REACHED, PRICE_AT_ITS_END, LimitReached, MarketClosed, UnknownChoice
from games.engines.base import Choice, Market
from games.engines.prediction.event import MARKET
from games.models import Event, Game, GameSession
from games.services.sessions import engine_of
from quantix import clock
from quantix.errors import FieldError, Invalid
from quantix.money import round_down


@dataclass(frozen=True)
class Offer:
    """One choice of one open market, as a bet can take it."""

    market: Market
    choice: Choice

    @property
    def odds(self) -> Decimal:
        assert self.choice.odds is not None
        return self.choice.odds


def session_markets(session: GameSession, now: datetime | None = None) -> list[Market]:
    """The open markets of a session; empty for one that has ended. Two queries for a prediction's, none for others."""
    if not session.is_running:
        return []
    if session.game.type == Game.Type.PREDICTION:
        return event_markets(Event.objects.select_related("game").get(pk=session.game_id), now)
    engine, state = engine_of(session)
    return within_reach(engine.markets(state, now or clock.now()), win_max(session))


def win_max(session: GameSession) -> Decimal:
    """What all bets of the session together may win beyond their stakes; set as it began (`games.engines.odds`)."""
    return Decimal(session.metadata.get("win_max", "0.00"))


def left_to_win(session: GameSession) -> Decimal:
    """What is left of it by the bets that the session has. One query."""
    staked_for = session.bets.values_list("amount", "odds")
    return win_max(session) - sum((prize(stake, odds) for stake, odds in staked_for), Decimal(0))


def prize(stake: Decimal, odds: Decimal) -> Decimal:
    """What a won bet pays beyond its stake, not rounded."""
    return stake * (odds - 1)


def stake_that_wins(most: Decimal, odds: Decimal) -> Decimal:
    """The largest stake that wins no more than `most`."""
    return round_down(most / (odds - 1))


def within_reach(offered: list[Market], most: Decimal) -> list[Market]:
    """Markets with their limits as low as lets no more than `most` be won on their shortest odds, where one may
    still stake that much."""
    return [
        replace(market, stake_max=stake)
        for market in offered
        if (stake := min(market.stake_max, stake_that_wins(most, market.odds_min))) >= market.stake_min
    ]


def session_offer(session: GameSession, market: str, choice: str) -> Offer:
    """What a bet in the running `session` would take. UnknownChoice, MarketClosed, or Invalid for a prediction's."""
    if session.game.type == Game.Type.PREDICTION:
        raise Invalid(FieldError("session", "prediction", "A prediction is bet on by its `game`."))
    engine, state = engine_of(session)
    exists = (market, choice) in engine.all_choices(state)
    return _find(session_markets(session), market, choice, exists=exists)


def event_markets(event: Event, now: datetime | None = None) -> list[Market]:
    """The open markets of a prediction; empty before it opens and from its close on. One query."""
    return event.engine.markets(books.current_state(event), now or clock.now())


def event_offer(event: Event, state: Any, market: str, choice: str) -> Offer:
    """What a bet on `event` would take. Raises UnknownChoice, MarketClosed, LimitReached for what is not on offer."""
    engine = event.engine
    exists = (market, choice) in engine.all_choices(state)
    markets = engine.markets(state, clock.now()) if event.game.is_active else []
    if exists and markets and markets[0].choice(choice) is None:
        raise LimitReached(CAP_REACHED if engine.cap(state.config) else PRICE_AT_ITS_END)
    return _find(markets, market, choice, exists=exists)


def is_open(event: Event, state: Any) -> bool:
    """Whether the event's market is open at this moment."""
    markets = event.engine.markets(state, clock.now())
    return event.game.is_active and any(market.market == MARKET for market in markets)


def _find(markets: list[Market], market: str, choice: str, *, exists: bool) -> Offer:
    if not exists:
        raise UnknownChoice(f"There is no choice {choice!r} in a market {market!r} here.")
    found = next((candidate for candidate in markets if candidate.market == market), None)
    offered = found.choice(choice) if found else None
    if found is None or offered is None:
        raise MarketClosed
    return Offer(found, offered)
