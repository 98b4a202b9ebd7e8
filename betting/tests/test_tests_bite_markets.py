"""Bugs planted in pools and markets: with each, the check that should notice does; without it, none complains."""

from datetime import timedelta
from importlib import import_module

import pytest

from betting import settlement
from betting.tests.floor import balance, place, resolve, sell
from quantix import clock
from quantix.tests import books, factories
from quantix.tests.planting import plant

# The module: its name in the package is the service's.
SELLING = import_module("betting.services.cash_out")
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=[False, True], ids=["as it is", "planted"])
def planted(request):
    return request.param


def test_cents_that_a_pool_loses_by_rounding_are_found_by_reconciling(planted, monkeypatch):
    if planted:
        more = " + ((mod(due, whole), -b.id) >= (remainder, -last))::int"
        plant(monkeypatch, settlement, "_SETTLE_BETS", more, "")
    game = factories.make_event(mechanism="pool")
    for choice, amount in (("no", "7.00"), ("yes", "1.00"), ("yes", "1.00"), ("yes", "1.00")):
        place(factories.make_player(), game, choice, amount)
    resolve(game, yes="1")
    assert bool(books.broken()) == planted


def test_a_sale_that_stays_in_the_book_is_found_by_reconciling(player, planted, monkeypatch):
    if planted:
        plant(monkeypatch, SELLING, "_SELL", "shares = mine.shares + %(shares)s", "shares = mine.shares")
    sell(place(player, factories.make_event(mechanism="lmsr"), "yes", "10.00"))
    assert bool(books.broken()) == planted


def test_a_sale_of_what_is_known_to_be_lost_pays_if_it_is_not_undone(player, planted, monkeypatch):
    if planted:
        plant(
            monkeypatch,
            settlement,
            "_SETTLE_BETS",
            "::timestamptz < e.outcome_known_at",
            "::timestamptz <> e.outcome_known_at - interval '9 days'",
        )
    game = factories.make_event(mechanism="lmsr")
    bet = place(player, game, "yes", "10.00")
    known_at = clock.now() + timedelta(seconds=1)
    with clock.set_to(known_at):
        sell(bet)
    resolve(game, no="1", known_at=known_at)
    assert (balance(player) != 90) == planted
