"""The price history: a point for each move, and never more than can be read."""

from datetime import timedelta
from decimal import Decimal

import pytest

from betting import books as event_books
from betting.models import PricePoint
from betting.tests.floor import place, sell
from games.services.events import save_game
from quantix import clock
from quantix.tests import factories
from quantix.tests.api import Program, assert_problem

pytestmark = pytest.mark.django_db(transaction=True)


def prices(game):
    return Program().ask("GET", f"/games/{game.pk}/prices").json()


def test_every_trade_with_a_market_maker_leaves_a_point(player):
    game = factories.make_event(mechanism="lmsr")
    bet = place(player, game, "yes", "10.00")
    place(player, game, "no", "20.00")
    sell(bet)
    told = prices(game)
    assert [point["prices"]["yes"] for point in told] == ["0.5000", "0.5476", "0.4483", "0.4017"]
    assert all(set(point) == {"at", "prices"} and point["at"].endswith("Z") for point in told)
    assert all(sum(map(Decimal, point["prices"].values())) == 1 for point in told)
    assert [point["at"] for point in told] == sorted(point["at"] for point in told)


def test_every_bet_in_a_pool_leaves_a_point(player):
    game = factories.make_event(mechanism="pool")
    assert prices(game) == []
    place(player, game, "yes", "10.00")
    place(player, game, "no", "30.00")
    assert [point["prices"] for point in prices(game)] == [
        {"yes": "1.0000", "no": "0.0000"},
        {"yes": "0.2500", "no": "0.7500"},
    ]


def test_fixed_odds_leave_a_point_when_staff_set_them_and_none_by_bets(player, commit):
    game, staff = factories.make_event(), factories.make_staff("games")
    place(player, game, "yes", "10.00")
    game.metadata["criteria"] = "As it is read out."
    commit(lambda: save_game(by=staff, game=game))
    assert [point["prices"] for point in prices(game)] == [{"yes": "0.4737", "no": "0.5263"}]
    game.metadata["options"][0]["odds"] = "3.00"
    commit(lambda: save_game(by=staff, game=game))
    assert [point["prices"]["yes"] for point in prices(game)] == ["0.4737", "0.3750"]


def test_a_refused_bet_leaves_none(player):
    game = factories.make_event(mechanism="lmsr")
    with pytest.raises(Exception, match="enough"):
        place(player, game, "yes", "100.01")
    assert PricePoint.objects.count() == 1


def test_a_game_that_is_no_prediction_has_none_and_an_unknown_one_is_not_there():
    assert prices(factories.make_codebreaker()) == []
    assert_problem(Program().ask("GET", "/games/999999/prices"), 404, "not-found")
    assert_problem(
        Program().ask("POST", f"/games/{factories.make_event().pk}/prices"), 405, "method-not-allowed"
    )


def test_a_long_history_is_thinned_out_evenly_with_the_oldest_and_the_newest_in_it():
    game = factories.make_event(mechanism="lmsr")
    PricePoint.objects.all().delete()
    start = clock.now()
    PricePoint.objects.bulk_create(
        PricePoint(game=game, at=start + timedelta(seconds=number), prices={"yes": f"0.{number:04}"})
        for number in range(1000)
    )
    kept = [int(prices["yes"][2:]) for _, prices in event_books.price_history(game.pk, most=10)]
    assert kept == [0, 111, 222, 333, 444, 555, 666, 777, 888, 999]
    assert len(event_books.price_history(game.pk, most=1000)) == 1000
    assert len(prices(game)) == event_books.POINTS_MAX


def test_points_of_one_moment_are_all_told_in_order(player):
    game = factories.make_event(mechanism="lmsr")
    with clock.set_to(clock.now() + timedelta(seconds=1)):
        for _ in range(3):
            place(player, game, "yes", "5.00")
    told = [point["prices"]["yes"] for point in prices(game)]
    assert len(told) == 4 and told == sorted(told)
