"""The books of events: what each option's bets come to, and the prices that follow from it, over time."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from betting.models import OptionBook, PricePoint
from games.engines.prediction.event import Book, Prediction
from games.models import Event
from quantix import clock

#: How many points of a price history are told: a longer one is thinned out.
POINTS_MAX = 300


def state_of(event: Event, books: Iterable[OptionBook]) -> Any:
    """The event as its engine sees it. `event.game` should be loaded."""
    return event.engine.state_type(
        config=event.game.config,
        is_open=event.status == Event.Status.OPEN,
        books={
            book.option: Book(stakes=book.stakes, liability=book.liability, shares=book.shares)
            for book in books
        },
        weights=event.weights,
    )


def current_state(event: Event) -> Any:
    """One query, or none where `game.books` was fetched ahead."""
    return state_of(event, event.game.books.all())


def open_books(event: Event) -> None:
    """A book for every option of a new or changed event, and its prices, if they are new. In a transaction.

    Registered with `games.hooks.event_saved`.
    """
    game = event.game
    rows = [OptionBook(game=game, option=option.id) for option in game.config.options]
    OptionBook.objects.bulk_create(rows, ignore_conflicts=True)
    note_prices(event)


def note_prices(event: Event) -> None:
    """Keep the prices of this moment, unless they are what they were."""
    prices = told(event.engine, current_state(event))
    newest = PricePoint.objects.filter(game=event.game).order_by("-at", "-id").first()
    if prices and prices != (newest and newest.prices):
        PricePoint.objects.create(game=event.game, at=clock.now(), prices=prices)


def told(engine: Prediction[Any], state: Any) -> dict[str, str]:
    """The prices of `state` as they are kept and told: option to a decimal string; empty where there are none yet."""
    return {option: f"{price:.4f}" for option, price in engine.prices(state).items()}


# Every point, where there are few; else the point that held at each of so many moments, evenly apart. Each is
# one step into the index, so that it costs the same for a hundred thousand points.
_HISTORY = """
    WITH newest AS MATERIALIZED (
        SELECT id, at, prices FROM price_points WHERE game_id = %(game)s ORDER BY at DESC, id DESC LIMIT %(most)s + 1
    ), span AS MATERIALIZED (
        SELECT min(at) AS first, max(at) AS last FROM price_points
        WHERE game_id = %(game)s AND (SELECT count(*) FROM newest) > %(most)s
    ), thinned AS (
        SELECT held.* FROM span, generate_series(0, %(most)s - 1) AS step,
            LATERAL (SELECT id, at, prices FROM price_points
                WHERE game_id = %(game)s AND at <= last - (last - first) * step / (%(most)s - 1)
                ORDER BY at DESC, id DESC LIMIT 1) AS held
        WHERE first IS NOT NULL
    )
    SELECT id, at, prices FROM thinned
    UNION SELECT id, at, prices FROM newest WHERE (SELECT first FROM span) IS NULL
    ORDER BY at, id
"""


def price_history(game_id: int, most: int = POINTS_MAX) -> list[tuple[datetime, dict[str, str]]]:
    """(when, option to price), oldest first: all there are, or `most`, evenly apart in time. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_HISTORY, {"game": game_id, "most": most})
        return [(at, json.loads(prices)) for _, at, prices in cursor.fetchall()]
