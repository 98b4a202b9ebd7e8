"""What play limits stop: each limit to the cent, each window to the second, breaks and exclusions; nothing else."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest

from betting import events, settlement
from betting.errors import LimitReached
from betting.limits.standing import NAMES, standing_of
from betting.models import Bet
from betting.tests.limits_kit import at, long_event, moment, pause, place, quote, set_limits
from quantix import clock
from quantix.db import in_one_transaction
from quantix.tests import books, factories
from wallets.errors import InsufficientFunds

pytestmark = pytest.mark.django_db(transaction=True)
NOON = "2026-03-04 12:00"


@pytest.fixture
def game():
    return long_event()


@pytest.fixture
def player():
    return factories.make_player("500.00")


def refused(act, *args):
    """What placing (or quoting) is refused with."""
    with pytest.raises(LimitReached) as caught:
        act(*args)
    return caught.value


def decide(game, option):
    """The event comes out, or (None) is called off, and its bets settle."""
    by = factories.make_staff("games")
    if option is None:
        in_one_transaction(lambda: events.void_event(by=by, game_id=game.pk, reason="Rain"))
    else:
        weights = {option: Decimal(1)}
        in_one_transaction(lambda: events.resolve_event(by=by, game_id=game.pk, weights=weights))
    settlement.settle_event(game.pk)


@pytest.mark.parametrize("name", NAMES)
def test_each_limit_takes_bets_up_to_the_cent_and_no_further(player, game, name):
    with at(NOON):
        set_limits(player, **{name.replace(".", "_"): "10.00"})
        place(player, game, "6.00")
        for act in (place, quote):
            refusal = refused(act, player, game, "4.01")
            assert (refusal.extra["limit"], refusal.extra["left"]) == (name, "4.00")
        quote(player, game, "4.00")
        place(player, game, "4.00")
        assert refused(place, player, game, "1.00").extra["left"] == "0.00"
    assert Bet.objects.count() == 2
    books.assert_right()


@pytest.mark.parametrize("act", [place, quote])
def test_a_refusal_says_which_limit_how_much_is_left_and_when_it_opens(player, game, act):
    with at(NOON):
        set_limits(player, stake_day="10.00", loss_week="3.00")
        refusal = refused(act, player, game, "3.50")
    assert refusal.extra == {"limit": "loss.week", "left": "3.00", "opens_at": "2026-03-08T18:30:00Z"}
    assert refusal.detail == (
        "Your limit on losses, open stakes among them, is 3.00 a week: 3.00 of it is left."
        " It begins anew on 9 March 2026, 00:00, or opens sooner if you win."
    )


def test_of_limits_that_leave_the_same_the_one_that_holds_longest_is_told(player, game):
    with at(NOON):
        set_limits(player, stake_day="5.00", stake_month="5.00", stake_week="5.00")
        assert refused(place, player, game, "6.00").extra["limit"] == "stake.month"


@pytest.mark.parametrize(
    ("window", "last", "first", "fresh"),
    [
        ("day", "2026-03-03 23:59:59.999999", "2026-03-04 00:00", "2026-03-05 00:00"),
        # 1 March 2026 is a Sunday.
        ("week", "2026-03-01 23:59:59.999999", "2026-03-02 00:00", "2026-03-09 00:00"),
        ("month", "2026-02-28 23:59:59.999999", "2026-03-01 00:00", "2026-04-01 00:00"),
        ("month", "2025-12-31 23:59:59.999999", "2026-01-01 00:00", "2026-02-01 00:00"),
    ],
)
@pytest.mark.parametrize("measure", ["stake", "loss"])
def test_windows_begin_at_midnight_in_india(player, game, measure, window, last, first, fresh):
    with at("2025-12-30 00:00"):
        set_limits(player, **{f"{measure}_{window}": "10.00"})
    with at(last):
        place(player, game, "10.00")
    with at(first):
        place(player, game, "10.00")
    with clock.set_to(moment(fresh) - timedelta(microseconds=1)):
        refusal = refused(place, player, game, "1.00")
        assert datetime.fromisoformat(refusal.extra["opens_at"]) == moment(fresh)
        refused(quote, player, game, "1.00")
    with at(fresh):
        place(player, game, "10.00")


def test_winnings_of_a_bet_make_room_for_losses_but_not_for_stakes(player, game):
    other = long_event()
    with at(NOON):
        set_limits(player, loss_day="10.00")
        place(player, game, "10.00")
        refused(place, player, other, "1.00")
        decide(game, "yes")  # 20.00 come back: 10.00 ahead.
        place(player, other, "20.00")
        refused(place, player, other, "1.00")
        set_limits(player, stake_day="30.00")
        assert {use.name: use.used for use in standing_of(player.pk, clock.now(), every=True).uses} == {
            name: Decimal("30.00") if name.startswith("stake") else Decimal("10.00") for name in NAMES
        }


def test_a_bet_counts_in_the_window_it_was_placed_in_whenever_it_is_settled(player, game):
    other = long_event()
    with at("2026-03-03 12:00"):
        set_limits(player, loss_day="10.00")
        place(player, game, "10.00")
    with at(NOON):
        decide(game, "yes")
        # Yesterday's winnings are yesterday's.
        place(player, other, "10.00")
        refused(place, player, other, "1.00")


def test_a_lost_bet_counts_as_when_it_was_open(player, game):
    with at(NOON):
        set_limits(player, loss_day="10.00", stake_day="10.00")
        place(player, game, "10.00")
        decide(game, "no")
        refused(place, player, long_event(), "1.00")


def test_a_void_bet_counts_as_neither(player, game):
    with at(NOON):
        set_limits(player, loss_day="10.00", stake_day="10.00")
        place(player, game, "10.00")
        decide(game, None)
        place(player, long_event(), "10.00")


def test_a_corrected_result_counts_as_corrected(player, game):
    other = long_event()
    with at(NOON):
        set_limits(player, loss_day="10.00")
        place(player, game, "10.00")
        decide(game, "yes")
        decide(game, "no")
        refused(place, player, other, "1.00")


def test_stakes_on_oneself_count_with_those_on_events(player, game):
    from betting.services import Slip, place_bet

    session = factories.start(player, factories.make_codebreaker())
    wanted = Slip("solve", "within-6", Decimal("5.00"), session_id=session.pk)
    now = clock.now()
    with clock.set_to(now):
        set_limits(player, stake_day="9.00")
        in_one_transaction(partial(place_bet, player=player, slip=wanted))
        with pytest.raises(LimitReached) as caught:
            in_one_transaction(partial(place_bet, player=player, slip=wanted))
    assert caught.value.extra["left"] == "4.00"


def test_another_s_bets_count_for_nothing(player, game):
    with at(NOON):
        set_limits(player, stake_day="10.00")
        place(factories.make_player(), game, "50.00")
        place(player, game, "10.00")


def test_a_limit_of_zero_takes_no_bet_at_all(player, game):
    with at(NOON):
        set_limits(player, stake_month="0")
        refused(place, player, game, "1.00")
        refused(quote, player, game, "1.00")


def test_a_clock_that_was_moved_back_opens_nothing(player, game):
    with at("2026-03-04 00:30"):
        set_limits(player, stake_day="10.00")
        place(player, game, "10.00")
    for earlier in ("2026-03-03 23:30", "2026-02-01 12:00"):
        with at(earlier):
            refused(place, player, game, "1.00")
            refused(quote, player, game, "1.00")


@pytest.mark.parametrize(("field", "kind"), [("break_until", "break"), ("excluded_until", "exclusion")])
def test_a_pause_stops_bets_to_its_last_moment_and_settles_what_is_open(player, game, field, kind):
    until = moment("2026-03-30 10:00") if kind == "break" else moment("2026-09-30 10:00")
    other = long_event()
    with at(NOON):
        place(player, game, "10.00")
        pause(player, **{field: until})
        for act in (place, quote):
            refusal = refused(act, player, other, "1.00")
            assert (refusal.extra["limit"], refusal.extra["left"]) == (kind, "0.00")
        decide(game, "yes")
    assert Bet.objects.get().outcome == "win"
    with clock.set_to(until - timedelta(microseconds=1)):
        refused(place, player, other, "1.00")
    with clock.set_to(until):
        place(player, other, "1.00")
    books.assert_right()


def test_an_exclusion_is_told_before_a_break(player, game):
    with at(NOON):
        pause(player, break_until=moment("2026-03-10 12:00"), excluded_until=moment("2026-06-10 12:00"))
        refusal = refused(place, player, game, "1.00")
    assert refusal.extra["limit"] == "exclusion"
    assert refusal.detail.startswith("You have excluded yourself from staking until 10 June 2026, 12:00.")


def test_the_wallet_is_asked_after_the_limits(game):
    poor = factories.make_player("30.00")
    with at(NOON):
        set_limits(poor, stake_day="40.00")
        for act in (place, quote):
            with pytest.raises(InsufficientFunds):
                act(poor, game, "31.00")
            refused(act, poor, game, "41.00")
