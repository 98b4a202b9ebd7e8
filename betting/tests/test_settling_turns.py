"""The worker settles in turns: no event waits for a larger one, nothing else for any, and SIGTERM ends it soon."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command

from betting import events, settlement
from betting.models import Bet
from betting.tests.floor import place
from games.models import Event, Game
from quantix import periodic
from quantix.db import in_one_transaction
from quantix.tests import books, factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Batches of two; the events of which they were taken, in order."""
    games: list[int] = []
    batch = partial(settlement.settle_batch, size=2)

    def settle(game_id: int) -> int:
        games.append(game_id)
        return batch(game_id)

    monkeypatch.setattr(settlement, "BATCH_SESSIONS", 2)
    monkeypatch.setattr(settlement, "settle_batch", settle)
    yield games
    periodic.stopping.clear()
    books.assert_right()


def decided(bets: int) -> Game:
    """An event on which so many have bet, decided and not settled yet."""
    game = factories.make_event()
    for _ in range(bets):
        place(factories.make_player(), game, "yes", "10.00")
    by = factories.make_staff("games")
    in_one_transaction(partial(events.resolve_event, by=by, game_id=game.pk, weights={"yes": Decimal(1)}))
    return game


def open_bets(game: Game) -> int:
    return Bet.objects.open().filter(session__game=game).count()


def test_events_take_turns(taken: list[int]) -> None:
    large, small = decided(5), decided(1)
    assert settlement.finish_settling() == 6
    assert taken == [large.pk, small.pk, large.pk, large.pk]


def test_after_its_time_the_rest_waits_for_the_next_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    game = decided(5)
    monkeypatch.setattr(periodic, "TURN_SECONDS", 0)
    assert [settlement.finish_settling() for _ in range(4)] == [2, 2, 1, 0]
    assert Event.objects.get(pk=game.pk).settled_at


def test_a_worker_that_is_asked_to_end_ends_after_the_batch_at_hand(
    taken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    game = decided(5)
    settle: Callable[[int], Any] = settlement.settle_batch

    def settle_and_be_stopped(game_id: int) -> int:
        count = int(settle(game_id))
        periodic.stopping.set()
        return count

    with monkeypatch.context() as stopped:
        stopped.setattr(settlement, "settle_batch", settle_and_be_stopped)
        call_command("worker", once=True)
    assert taken == [game.pk] and open_bets(game) == 3
    call_command("worker", once=True)
    assert open_bets(game) == 0
