"""Limits in tests: set, used, and asked for at a moment."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from betting import services as bets
from betting.limits import services
from betting.models import Bet
from quantix import clock
from quantix.db import in_one_transaction
from quantix.tests import factories

INDIA = ZoneInfo("Asia/Kolkata")


def at(text: str) -> Any:
    """Run a block at a moment of Indian time, such as `2026-03-04 10:00`."""
    return clock.set_to(moment(text))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=INDIA)


def long_event() -> Any:
    """An event that takes bets at any moment of 2026."""
    return factories.make_event(
        opens_at="2025-12-01T00:00:00+05:30",
        closes_at="2027-02-01T00:00:00+05:30",
        liability_cap="1000000.00",
    )


def slip(game: Any, amount: str, choice: str = "yes") -> bets.Slip:
    return bets.Slip("winner", choice, Decimal(amount), game_id=game.pk)


def place(player: Any, game: Any, amount: str, choice: str = "yes") -> Bet:
    return in_one_transaction(partial(bets.place_bet, player=player, slip=slip(game, amount, choice))).bet


def quote(player: Any, game: Any, amount: str) -> bets.Quote:
    return bets.quote_bet(player=player, slip=slip(game, amount))


def set_limits(player: Any, **limits: str | None) -> Any:
    """`set_limits(player, stake_day="10")`; None is no limit."""
    named = {
        name.replace("_", "."): None if value is None else Decimal(value) for name, value in limits.items()
    }
    return in_one_transaction(partial(services.set_limits, player=player, limits=named))


def pause(player: Any, **pauses: datetime | None) -> Any:
    return in_one_transaction(partial(services.set_limits, player=player, limits={}, pauses=pauses))


DAY = timedelta(days=1)
