"""Selling a position and voiding a bet, by a process that is killed (-9) behind each of its statements in turn.

Nothing is left of it, whatever had been written; sent again with its key, it is done once.
"""

from decimal import Decimal

import pytest
from django.db import connection

from betting.models import Bet
from betting.tests import replay
from betting.tests.floor import place, resolve, sell
from quantix.tests import books, crowd, factories

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
TABLES = (
    "wallets", "transactions", "bets", "option_books", "price_points", "game_sessions", "events", "audit_entries",
    "idempotency_keys", "sessions_to_tally",
)  # fmt: skip

ONCE = """
from accounts.models import User
from betting import services, voiding
from quantix.idempotency import Reply, once
def act():
    by = User.objects.get(pk={by})
    once(user_id=by.pk, key="k", request=("POST", "/", {{}}), act=lambda: Reply(200, {{"bet": {call}.pk}}))
"""
SELL = "services.cash_out(player=by, bet_id={bet}).bet"
VOID = "voiding.void_bet(by=by, bet_id={bet}, reason='Mistake')"


# The bug that would be noticed: sold, and paid for in another transaction.
NOT_ONCE = """
from accounts.models import User
from betting import services
def act():
    by = User.objects.get(pk={by})
    {call}
"""


def rows():
    """All there is in the tables that a bet touches."""
    with connection.cursor() as cursor:
        return {table: _rows(cursor, table) for table in TABLES}


def _rows(cursor, table):
    cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")
    return cursor.fetchall()


def killed_all_along(by, call, bet):
    """How many kills it survived; each left all as it had been."""
    before, killed = rows(), 0
    for killed in crowd.killed_behind_each_statement(  # noqa: B007 (the last one counts)
        ONCE.format(by=by.pk, call=call.format(bet=bet.pk))
    ):
        assert rows() == before
    return killed


def test_a_sale_is_done_once_or_not_at_all(player):
    game = replay.make("lmsr")
    bet = place(player, game, "yes", "10.00")
    # Who it is, the key, the bet, the event, the sale, the posting, the reply.
    assert killed_all_along(player, SELL, bet) >= 7
    assert Bet.objects.get().outcome == "cashed_out"
    books.assert_right()
    replay.assert_replayed(game)
    replay.assert_balances(Decimal(100), game)


def an_open_position(game):
    return place(factories.make_player(), game, "yes", "10.00")


def a_position_that_was_sold(game):
    bet = an_open_position(game)
    place(factories.make_player(), game, "yes", "20.00")
    return sell(bet)


def a_bet_that_has_won(game):
    bet = an_open_position(game)
    place(factories.make_player(), game, "no", "20.00")
    resolve(game, yes="1")
    return bet


@pytest.mark.parametrize(
    ("mechanism", "found"),
    [
        ("pool", an_open_position),
        ("pool", a_bet_that_has_won),
        ("lmsr", an_open_position),
        ("lmsr", a_position_that_was_sold),
        ("lmsr", a_bet_that_has_won),
    ],
)
def test_a_void_is_done_once_or_not_at_all(mechanism, found):
    game, by = replay.make(mechanism), factories.make_staff("games")
    bet = found(game)
    assert killed_all_along(by, VOID, bet) >= 10
    assert Bet.objects.get(pk=bet.pk).outcome == "void"
    resolve(game, yes="1")
    books.assert_right()
    replay.assert_replayed(game)
    replay.assert_balances(Decimal(100), game)


def test_what_was_killed_once_is_replayed_with_its_key(player):
    bet = place(player, replay.make("lmsr"), "yes", "10.00")
    killed_all_along(player, SELL, bet)
    done = rows()
    for _ in range(2):
        killed_all_along(player, SELL, bet)
        assert rows() == done


def test_a_sale_without_a_transaction_would_be_found_half_done(player):
    bet = place(player, replay.make("lmsr"), "yes", "10.00")
    program = NOT_ONCE.format(by=player.pk, call=SELL.format(bet=bet.pk))
    assert any(books.broken() for _ in crowd.killed_behind_each_statement(program))
