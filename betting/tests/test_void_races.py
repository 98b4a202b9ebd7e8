"""Single bets voided while others trade, and the event is decided, corrected and called off: all at once.

Afterwards the books are right, and the rows are those of one after the other (`replay`).
"""

import random
from decimal import Decimal
from functools import partial

import pytest

from betting import events, settlement, voiding
from betting.models import Bet
from betting.tests import replay
from betting.tests.floor import balance, place, sell
from games.models import Event
from quantix import clock
from quantix.db import in_one_transaction
from quantix.tests import books, crowd, factories
from wallets import ledger

pytestmark = pytest.mark.django_db(transaction=True)
mechanisms = pytest.mark.parametrize("mechanism", ["pool", "lmsr"])
rounds = pytest.mark.parametrize("round", range(3))
START = Decimal(1000)


class Floor:
    """A market on which six players hold two bets each, and who may decide it."""

    def __init__(self, mechanism):
        self.game = replay.make(mechanism)
        self.players = [factories.make_player(str(START)) for _ in range(6)]
        self.staff = [factories.make_staff("games") for _ in range(4)]
        self.bets = [
            place(player, self.game, option, amount)
            for player in self.players
            for option, amount in (("yes", "10.00"), (("no", "tie")[player.pk % 2], "7.77"))
        ]

    def voids(self, bets):
        """Each of `bets` voided by two members of staff."""
        return [
            lambda by=by, bet=bet: in_one_transaction(
                lambda: voiding.void_bet(by=by, bet_id=bet.pk, reason="Mistake")
            )
            for bet in bets
            for by in self.staff[:2]
        ]

    def buys(self):
        return [
            partial(place, player, self.game, option, "9.99")
            for player, option in zip(self.players, ("yes", "no", "tie") * 2, strict=True)
        ]

    def sales(self):
        return [partial(sell, bet) for bet in self.bets[:8]]

    def result(self, by, option, **more):
        weights = {option: Decimal(1)}
        return lambda: in_one_transaction(
            lambda: events.resolve_event(by=by, game_id=self.game.pk, weights=weights, **more)
        )

    def called_off(self, by):
        return lambda: in_one_transaction(
            lambda: events.void_event(by=by, game_id=self.game.pk, reason="Rained off")
        )

    def settle(self, size=2):
        return settlement.settle_event(self.game.pk, batch_sessions=size)

    def assert_right(self):
        books.assert_right()
        replay.assert_replayed(self.game)
        replay.assert_balances(START, self.game)


def shuffled(acts, seed):
    random.Random(seed).shuffle(acts)
    return acts


@mechanisms
@rounds
def test_voids_race_buyers_and_sellers(mechanism, round):
    floor = Floor(mechanism)
    voided = floor.bets[2:8]
    results = crowd.at_once(*shuffled([*floor.voids(voided), *floor.buys(), *floor.sales()], round))
    kinds = crowd.kinds(results)
    assert set(kinds) <= {"Bet", "BetVoid", "MarketClosed"}
    assert kinds["BetVoid"] == len(voided)
    assert Bet.objects.filter(outcome="void").count() == len(voided)
    floor.assert_right()
    for act in (floor.result(floor.staff[0], "yes"), floor.called_off(floor.staff[0])):
        act()
        floor.settle()
        floor.assert_right()


@mechanisms
@rounds
@pytest.mark.parametrize("is_known", [False, True], ids=["", "what is traded meanwhile came too late"])
def test_voids_race_traders_results_settlers_and_a_void_of_all(mechanism, round, is_known):
    floor = Floor(mechanism)
    more = {"outcome_known_at": clock.now()} if is_known else {}
    acts = [
        *floor.voids(floor.bets[2:7]),
        *floor.buys(),
        *floor.sales(),
        floor.result(floor.staff[1], "yes", **more),
        floor.result(floor.staff[2], "no", **more),
        floor.called_off(floor.staff[3]),
        *[floor.settle] * 2,
        settlement.finish_settling,
    ]
    kinds = crowd.kinds(crowd.at_once(*shuffled(acts, round)))
    assert set(kinds) <= {"Bet", "BetVoid", "MarketClosed", "Event", "int"}
    assert kinds["Event"] == 3
    floor.settle()
    assert Event.objects.get(game=floor.game).settled_at
    floor.assert_right()


@mechanisms
@rounds
def test_voids_race_corrections_of_what_was_paid(mechanism, round):
    floor = Floor(mechanism)
    if mechanism == "lmsr":
        sell(floor.bets[4])
    floor.result(floor.staff[0], "yes")()
    floor.settle()
    acts = [
        *floor.voids(floor.bets[2:7]),
        floor.result(floor.staff[1], "no"),
        floor.result(floor.staff[2], "tie"),
        floor.called_off(floor.staff[3]),
        *[floor.settle] * 3,
    ]
    kinds = crowd.kinds(crowd.at_once(*shuffled(acts, round)))
    assert set(kinds) <= {"Bet", "BetVoid", "Event", "int"}
    floor.settle()
    floor.assert_right()
    floor.result(floor.staff[1], "yes")()
    floor.settle()
    floor.assert_right()


@mechanisms
@rounds
def test_voids_race_players_who_spend_what_they_have_won(mechanism, round):
    """All that was won or nothing: a void never takes a wallet below zero, nor half of what it should."""
    floor = Floor(mechanism)
    floor.result(floor.staff[0], "yes")()
    floor.settle()

    def spend(player):
        """All but three."""
        held = balance(player)
        return ledger.post(user_id=player.pk, type="debit", category="bonus", amount=held - 3)

    acts = [
        *floor.voids(floor.bets[:10:2]),
        *[crowd.committing(partial(spend, player)) for player in floor.players],
        floor.result(floor.staff[1], "no"),
        floor.settle,
    ]
    kinds = crowd.kinds(crowd.at_once(*shuffled(acts, round)))
    assert set(kinds) <= {"Bet", "BetVoid", "InsufficientFunds", "Transaction", "Event", "int"}
    floor.settle()
    books.assert_right()
    replay.assert_replayed(floor.game)
