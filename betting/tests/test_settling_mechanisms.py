"""How pools and market makers settle: wholly, in parts, again, and in batches that add up."""

import random
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from betting import events, settlement
from betting.models import Bet
from betting.preview import preview_resolution, preview_void
from betting.tests.floor import balance, call_off, fates, place, resolve, sell
from games.engines.prediction.rounding import largest_remainder
from games.models import Event, GameSession
from quantix import clock
from quantix.db import in_one_transaction
from quantix.tests import books, crowd, factories
from wallets import ledger
from wallets.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)
OPTIONS = ("yes", "no", "tie")
every = pytest.mark.parametrize("mechanism", ["fixed", "pool", "lmsr"])


def make(mechanism, options=OPTIONS, **config):
    odds = {"odds": "3.3333"} if mechanism == "fixed" else {}
    listed = [{"id": option, "label": option.title(), **odds} for option in options]
    return factories.make_event(mechanism=mechanism, options=listed, **config)


def crowd_of(game, *bets):
    """A player for each (option, amount), with that bet."""
    people = [factories.make_player("1000.00") for _ in bets]
    for person, (option, amount) in zip(people, bets, strict=True):
        place(person, game, option, amount)
    return people


def model(stakes, weights):
    """What a pool pays, by the sentence of the rules: cents by bet, in order; None where all goes back.

    `stakes` are (option, cents). In fractions, on all bets at once.
    """
    by_option = {option: sum(cents for o, cents in stakes if o == option) for option, _ in stakes}
    right = {option: Fraction(weights[option]) for option in by_option if Fraction(weights.get(option, 0))}
    if len(by_option) < 2 or not right:
        return None
    pool = sum(by_option.values())
    quotas = {
        number: pool * right.get(option, 0) / sum(right.values()) * cents / by_option[option]
        for number, (option, cents) in enumerate(stakes)
    }
    return list(largest_remainder(quotas).values())


# Pools.


def test_the_winners_share_the_pool_in_proportion():
    game = make("pool")
    crowd_of(game, ("yes", "10.00"), ("yes", "30.00"), ("no", "20.00"))
    resolve(game, yes="1")
    assert fates(game) == [("win", Decimal("15.00")), ("win", Decimal("45.00")), ("loss", Decimal(0))]
    books.assert_right()


def test_cents_that_are_left_over_go_to_the_largest_remainders_and_ties_to_the_first_bet():
    game = make("pool")
    # 10.00 among three equal stakes: 3.33 each, and the cent that is left to the first of them.
    crowd_of(game, ("no", "7.00"), ("yes", "1.00"), ("yes", "1.00"), ("yes", "1.00"))
    resolve(game, yes="1")
    assert [payout for _, payout in fates(game)] == [0, Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]
    books.assert_right()


def test_a_pool_is_split_by_weight_among_the_options_that_have_stakes():
    game = make("pool")
    crowd_of(game, ("yes", "10.00"), ("no", "30.00"))
    # A half of the truth is on `tie`, which nobody backs: the pool of 40.00 goes 3 to 2.
    resolve(game, yes="0.3", no="0.2", tie="0.5")
    assert fates(game) == [("win", Decimal("24.00")), ("win", Decimal("16.00"))]
    books.assert_right()


@pytest.mark.parametrize(
    ("bets", "weights"),
    [
        ([("yes", "10.00"), ("no", "5.00")], {"tie": "1"}),
        ([("yes", "10.00"), ("yes", "5.00")], {"yes": "1"}),
        ([("yes", "10.00"), ("yes", "5.00")], {"no": "1"}),
    ],
    ids=["nobody is right", "all are right", "all are wrong"],
)
def test_without_two_sides_every_stake_goes_back(bets, weights):
    game = make("pool")
    people = crowd_of(game, *bets)
    resolve(game, **weights)
    assert fates(game) == [("void", Decimal("10.00")), ("void", Decimal("5.00"))]
    assert [balance(person) for person in people] == [1000, 1000]
    assert set(Transaction.objects.filter(reference__contains=":settle:").values_list("category")) == {
        ("bet",)
    }
    books.assert_right()


def test_a_bet_placed_too_late_leaves_the_pool():
    game = make("pool")
    crowd_of(game, ("yes", "10.00"), ("no", "20.00"))
    known_at = clock.now() + timedelta(seconds=1)
    with clock.set_to(known_at):
        crowd_of(game, ("yes", "500.00"), ("no", "33.33"))
    resolve(game, yes="1", known_at=known_at)
    assert fates(game) == [
        ("win", Decimal("30.00")), ("loss", Decimal(0)), ("void", Decimal("500.00")), ("void", Decimal("33.33")),
    ]  # fmt: skip
    books.assert_right()


def test_where_the_late_bets_were_the_other_side_all_goes_back():
    game = make("pool")
    crowd_of(game, ("yes", "10.00"))
    known_at = clock.now() + timedelta(seconds=1)
    with clock.set_to(known_at):
        crowd_of(game, ("no", "20.00"))
    resolve(game, yes="1", known_at=known_at)
    assert [outcome for outcome, _ in fates(game)] == ["void", "void"]
    books.assert_right()


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    stakes=st.lists(st.tuples(st.sampled_from(OPTIONS), st.integers(100, 50000)), min_size=1, max_size=12),
    weights=st.sampled_from(
        [{"yes": "1"}, {"yes": "0.5", "no": "0.5"}, {"yes": "0.3333", "no": "0.3333", "tie": "0.3334"}]
    ),
    batch=st.integers(1, 5),
)
def test_a_pool_pays_what_the_rules_say_in_whatever_batches(stakes, weights, batch):
    game = make("pool")
    players = [factories.make_player("10000.00") for _ in range(4)]
    for number, (option, cents) in enumerate(stakes):
        place(players[number % 4], game, option, f"{cents // 100}.{cents % 100:02}")
    resolve(game, batch, **weights)
    due = model(stakes, weights)
    paid = [int(payout * 100) for _, payout in fates(game)]
    assert paid == (due or [cents for _, cents in stakes])
    assert sum(paid) == sum(cents for _, cents in stakes)


# Market makers.


def test_shares_pay_their_weight_rounded_down():
    game = make("lmsr")
    crowd_of(game, ("yes", "10.00"), ("no", "10.00"), ("tie", "1.00"))
    shares = list(Bet.objects.order_by("id").values_list("metadata__shares", flat=True))
    resolve(game, yes="0.3333", no="0.6667")
    expected = [
        int(Decimal(held) * Decimal(weight) * 100) / Decimal(100)
        for held, weight in zip(shares, ("0.3333", "0.6667", "0"), strict=True)
    ]
    assert [payout for _, payout in fates(game)] == expected
    assert [outcome for outcome, _ in fates(game)] == ["win", "win", "loss"]
    books.assert_right()


@pytest.mark.parametrize("seed", range(3))
def test_the_house_loses_no_more_than_its_bound(seed):
    """Through the real services: buying, selling, and each way it can come out."""
    game, chance = make("lmsr", b="20.00"), random.Random(seed)
    people = [factories.make_player("1000.00") for _ in range(5)]
    for _ in range(40):
        held = Bet.objects.open().order_by("id")
        if held and chance.random() < 0.4:
            sell(chance.choice(list(held)))
        else:
            place(
                chance.choice(people), game, chance.choice(OPTIONS), f"{chance.randint(100, 1500) / 100:.2f}"
            )
    bound = game.engine.loss_max(game.engine.state_type(config=game.config))
    results: list[Any] = [{"yes": "1"}, {"no": "1"}, {"tie": "1"}, {"yes": "0.5", "tie": "0.5"}]
    for weights in results:
        resolve(game, 3, **weights)
        assert sum((balance(person) for person in people), Decimal(0)) - 5000 <= bound
        books.assert_right()


# All of them.


@every
def test_a_correction_pays_only_differences(mechanism):
    game = make(mechanism)
    people = crowd_of(game, ("yes", "10.00"), ("no", "20.00"), ("yes", "7.77"), ("tie", "1.01"))
    once = make(mechanism)
    others = crowd_of(once, ("yes", "10.00"), ("no", "20.00"), ("yes", "7.77"), ("tie", "1.01"))
    results: list[Any] = [{"yes": "1"}, {"no": "1"}, {"yes": "0.25", "no": "0.75"}, {"yes": "1"}]
    for weights in results:
        resolve(game, **weights)
        books.assert_right()
    resolve(once, yes="1")
    assert fates(game) == fates(once)
    assert [balance(person) for person in people] == [balance(person) for person in others]
    assert Event.objects.get(game=game).settlement == 4


@every
def test_a_void_after_a_result_gives_back_every_stake(mechanism):
    game = make(mechanism)
    people = crowd_of(game, ("yes", "10.00"), ("no", "20.00"), ("yes", "7.77"))
    resolve(game, yes="1")
    call_off(game)
    assert [balance(person) for person in people] == [1000] * 3
    assert {outcome for outcome, _ in fates(game)} == {"void"}
    books.assert_right()


@every
def test_what_a_wallet_still_holds_goes_to_its_bets_in_their_order(mechanism, commit):
    game = make(mechanism)
    winner, _ = crowd_of(game, ("yes", "50.00"), ("no", "20.00"))
    later = place(winner, game, "yes", "50.00")
    resolve(game, yes="1")
    first = Bet.objects.of(winner).exclude(pk=later.pk).get()
    held = balance(winner)
    later.refresh_from_db()
    commit(
        lambda: ledger.post(user_id=winner.pk, type="debit", category="bonus", amount=held - first.payout - 1)
    )
    resolve(game, no="1")
    assert Bet.objects.uncollected().get().pk == later.pk
    assert Bet.objects.uncollected().get().metadata["uncollected"] == str(later.payout - 1)
    books.assert_right()


@every
def test_what_is_spent_is_uncollected_and_worked_out_anew(mechanism, commit):
    game = make(mechanism)
    winner, _ = crowd_of(game, ("yes", "100.00"), ("no", "20.00"))
    resolve(game, yes="1")
    held = balance(winner)
    payout = fates(game)[0][1]
    commit(lambda: ledger.post(user_id=winner.pk, type="debit", category="bonus", amount=held - 5))
    resolve(game, no="1")
    assert Bet.objects.uncollected().get().metadata["uncollected"] == str(payout - 5)
    books.assert_right()
    resolve(game, yes="1")
    assert not Bet.objects.uncollected().exists()
    assert balance(winner) == 5
    books.assert_right()


@every
def test_four_settlers_at_once_pay_nothing_twice(mechanism):
    game = make(mechanism)
    crowd_of(game, *[("yes" if number % 3 else "no", f"{number + 3}.37") for number in range(12)])
    by = factories.make_staff("games")
    in_one_transaction(lambda: events.resolve_event(by=by, game_id=game.pk, weights={"yes": Decimal(1)}))
    settled = crowd.at_once(*[lambda: settlement.settle_event(game.pk, batch_sessions=2)] * 4)
    assert sum(settled) == 12
    books.assert_right()


# The last batch is never committed: it hangs inside its transaction until it is killed.
SETTLE_AND_HANG = """
import time
from betting import settlement
from quantix.db import in_one_transaction

def settle(number):
    settlement.settle_batch({game}, 1)
    print("settled")
    if number == {batches}:
        time.sleep(600)

for number in range(1, {batches} + 1):
    in_one_transaction(lambda: settle(number))
"""


@pytest.mark.slow
@every
def test_a_killed_settler_leaves_the_rest_to_the_next(mechanism):
    game, unbroken = make(mechanism), make(mechanism)
    bets = [("yes" if number % 3 else "no", f"{number + 3}.37") for number in range(9)]
    crowd_of(game, *bets)
    crowd_of(unbroken, *bets)
    by = factories.make_staff("games")
    in_one_transaction(lambda: events.resolve_event(by=by, game_id=game.pk, weights={"yes": Decimal(1)}))
    for batches in (1, 3):
        crowd.kill_after_lines(SETTLE_AND_HANG.format(game=game.pk, batches=batches), batches)
        books.assert_right()
    assert Bet.objects.open().filter(session__game=game).count() == 7
    settlement.settle_event(game.pk, batch_sessions=3)
    resolve(unbroken, yes="1")
    assert fates(game) == fates(unbroken)
    books.assert_right()


@every
def test_a_correction_takes_over_from_a_settlement_that_stopped_half_way(mechanism, commit):
    game, straight = make(mechanism), make(mechanism)
    bets = [("yes" if number % 3 else "no", f"{number + 3}.37") for number in range(7)]
    crowd_of(game, *bets)
    crowd_of(straight, *bets)
    by = factories.make_staff("games")
    commit(lambda: events.resolve_event(by=by, game_id=game.pk, weights={"yes": Decimal(1)}))
    commit(lambda: settlement.settle_batch(game.pk, 3))
    books.assert_right()
    resolve(game, no="1")
    resolve(straight, no="1")
    assert fates(game) == fates(straight)
    books.assert_right()


@every
@pytest.mark.parametrize("weights", [{"yes": "1"}, {"yes": "0.25", "no": "0.75"}, {"tie": "1"}, None])
def test_the_preview_tells_what_settling_then_does(mechanism, weights):
    game, by = make(mechanism), factories.make_staff("games")
    crowd_of(game, *[("yes" if number % 3 else "no", f"{number + 3}.37") for number in range(7)])
    if mechanism == "lmsr":
        sell(Bet.objects.order_by("id")[1])
    if weights is None:
        told = in_one_transaction(lambda: preview_void(by=by, game_id=game.pk))
        call_off(game)
    else:
        shares = {option: Decimal(weight) for option, weight in weights.items()}
        told = in_one_transaction(lambda: preview_resolution(by=by, game_id=game.pk, weights=shares))
        resolve(game, **weights)
    paid = {bet.pk: (bet.outcome, bet.payout) for bet in Bet.objects.all()}
    assert {change.bet: (change.outcome, change.payout) for change in told.changes} == paid
    assert told.payouts + told.returned == sum(payout for _, payout in paid.values())


@every
def test_the_score_is_the_brier_score_of_what_was_backed(mechanism, player):
    game = make(mechanism)
    place(player, game, "yes", "30.00")
    place(player, game, "no", "10.00")
    crowd_of(game, ("tie", "5.00"))
    resolve(game, yes="1")
    # A quarter off on yes and a quarter on no: two squares of a quarter.
    session = GameSession.objects.get(user=player)
    assert session.score == pytest.approx(0.125)
    net = balance(player) - 100
    assert session.result == ("win" if net > 0 else "loss" if net < 0 else "draw")
