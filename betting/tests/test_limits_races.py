"""Many bets at once by one player: together they never pass a limit, whatever they are on."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from betting import services as bets
from betting.limits import guards
from betting.models import Bet
from betting.tests.limits_kit import DAY, long_event, pause, place, set_limits, slip
from quantix import clock
from quantix.tests import books, crowd, factories
from quantix.tests.planting import plant

pytestmark = pytest.mark.django_db(transaction=True)


def betting(player: Any, game: Any, amount: str, choice: str = "yes") -> Any:
    return crowd.committing(partial(bets.place_bet, player=player, slip=slip(game, amount, choice)))


def staked(player: Any) -> Decimal:
    return sum((bet.amount for bet in Bet.objects.of(player)), Decimal(0))


@pytest.mark.parametrize("limit", ["stake_day", "loss_week"])
def test_sixty_four_at_once_on_different_things_stay_within_a_limit(limit):
    player = factories.make_player("500.00")
    set_limits(player, **{limit: "50.00"})
    games = [long_event() for _ in range(4)]
    session = factories.start(player, factories.make_codebreaker())
    on_oneself = bets.Slip("solve", "within-6", Decimal("3.00"), session_id=session.pk)
    acts = [betting(player, game, "3.00") for game in games] + [
        crowd.committing(partial(bets.place_bet, player=player, slip=on_oneself))
    ]
    results = crowd.at_once(*(acts * 13)[:64])
    assert crowd.kinds(results) == {"LimitReached": 48, "Placed": 16}
    assert staked(player) == 48
    books.assert_right()


def test_others_are_not_held_up_by_a_player_s_limits():
    limited, other, game = factories.make_player(), factories.make_player(), long_event()
    set_limits(limited, stake_day="50.00")
    with transaction.atomic(durable=True):
        bets.place_bet(player=limited, slip=slip(game, "3.00"))
        assert crowd.kinds(crowd.at_once(betting(other, game, "3.00", "no"))) == {"Placed": 1}


def test_a_limit_that_is_lowered_while_bets_run_holds_for_those_after_it(player):
    game = long_event()
    set_limits(player, stake_day="90.00")
    lower = partial(set_limits, player, stake_day="10.00")
    results = crowd.at_once(*[betting(player, game, "5.00")] * 16, lower)
    kinds = crowd.kinds(results)
    assert kinds["Sheet"] == 1 and kinds["Placed"] >= 2
    assert set(kinds) <= {"Sheet", "Placed", "LimitReached"}
    assert crowd.kinds([*crowd.at_once(betting(player, game, "5.00"))]) == {"LimitReached": 1}
    books.assert_right()


def test_a_break_that_begins_while_bets_run_is_the_end_of_them(player):
    game = long_event()
    begin = partial(pause, player, break_until=clock.now() + 2 * DAY)
    results = crowd.at_once(*[betting(player, game, "1.00")] * 12, begin)
    assert set(crowd.kinds(results)) <= {"Sheet", "Placed", "LimitReached"}
    assert crowd.kinds(crowd.at_once(betting(player, game, "1.00"))) == {"LimitReached": 1}
    books.assert_right()


def test_eight_who_set_their_first_limit_at_once_make_one_row(player):
    results = crowd.at_once(*[partial(set_limits, player, stake_day=f"{n}.00") for n in range(1, 9)])
    assert crowd.kinds(results) == {"Sheet": 8}
    place(player, long_event(), "1.00")


@pytest.mark.parametrize("planted", [False, True], ids=["as it is", "planted"])
def test_without_the_lock_bets_pass_a_limit_together(planted, player):
    first, second = long_event(), long_event()
    set_limits(player, stake_day="10.00")
    right = str(guards.bet_within_limits.func)
    wrong = right.replace("FOR NO KEY UPDATE", "")
    assert wrong != right
    if planted:
        books.run_sql(_replaced(wrong))
    try:
        with ThreadPoolExecutor(1) as elsewhere:
            with transaction.atomic(durable=True):
                bets.place_bet(player=player, slip=slip(first, "10.00"))
                # It waits: for the row of limits, or, without that lock, for the wallet, when it has been counted.
                late = elsewhere.submit(crowd.at_once, betting(player, second, "10.00"))
                time.sleep(0.5)
            late.result()
    finally:
        books.run_sql(_replaced(right))
    assert (staked(player) > 10) == planted


# What is wrong in the trigger, and the limit that is set behind a bet of 10.00.
LIMITS: dict[str, tuple[str, str, Callable[[Any], Any]]] = {
    "open stakes are not counted": (
        "b.outcome IS DISTINCT FROM 'void'",
        "b.outcome <> 'void'",
        partial(set_limits, stake_day="10.00"),
    ),
    "open stakes are not counted as lost": (
        "coalesce(b.payout, 0)",
        "coalesce(b.payout, b.amount)",
        partial(set_limits, loss_day="10.00"),
    ),
    "a break is forgotten": (
        "OR bool_or(greatest(u.break_until, u.excluded_until) > NEW.placed_at)",
        "",
        lambda player: pause(player, break_until=clock.now() + 2 * DAY),
    ),
}


@pytest.mark.parametrize("planted", [False, True], ids=["as it is", "planted"])
@pytest.mark.parametrize("name", LIMITS)
def test_a_trigger_with_a_bug_lets_a_bet_pass(name, planted, player):
    wrong_from, wrong_to, limit = LIMITS[name]
    right, game = str(guards.bet_within_limits.func), long_event()
    assert wrong_from in right
    place(player, game, "10.00")
    limit(player)
    try:
        if planted:
            books.run_sql(_replaced(right.replace(wrong_from, wrong_to)))
        crowd.at_once(betting(player, game, "10.00"))
    finally:
        books.run_sql(_replaced(right))
    assert (staked(player) > 10) == planted


def _replaced(body: str) -> str:
    """The trigger's function with this body."""
    name = guards.bet_within_limits.get_pgid(Bet)
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $body$ DECLARE uses jsonb;"
        f" BEGIN {body} END; $body$ LANGUAGE plpgsql"
    )


@pytest.mark.parametrize("planted", [False, True], ids=["as it is", "planted"])
def test_a_window_with_an_upper_end_is_opened_by_a_clock_that_goes_back(planted, player, monkeypatch):
    from betting.limits import standing

    if planted:
        plant(monkeypatch, standing, "USES", ">= w.began_at", "BETWEEN w.began_at AND {at}")
    now = clock.now()
    with clock.set_to(now):
        set_limits(player, stake_day="10.00")
        place(player, long_event(), "10.00")
    with clock.set_to(now - 2 * DAY):
        assert (standing.standing_of(player.pk, clock.now()).why_not(Decimal(1)) is None) == planted
