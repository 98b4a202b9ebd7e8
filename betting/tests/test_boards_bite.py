"""Bugs planted in how boards are tallied and ranked: with each, a board is not what plain Python makes of the bets.

A scenario gives the boards that are wrong. docs/decisions/0003-planted-bugs.md has the list.
"""

from dataclasses import replace
from decimal import Decimal

import pytest

from accounts.models import User
from betting.models import Bet
from betting.standing import guards, measures, ranking, tallying
from betting.standing.models import Measure, PlayedSession, SessionToTally, Tally
from betting.tests.floor import call_off
from betting.tests.standing import board, keep_boards, play_event, resolve
from games.models import GameSession
from quantix.tests import books, factories
from quantix.tests.planting import plant

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=[False, True], ids=["as it is", "planted"])
def planted(request):
    return request.param


@pytest.fixture(autouse=True)
def few_will_do(monkeypatch):
    monkeypatch.setattr(measures, "FORECASTS_MIN", 1)
    monkeypatch.setattr(measures, "STAKED_MIN", Decimal(1))


def season():
    """Six who bet on four events (one called off, one corrected after the boards were kept): two do equally well,
    one has hidden, one is staff."""
    ada, bob, cat, dan = (factories.make_player(username=name) for name in ("ada", "bob", "cat", "dan"))
    hidden = factories.make_player(username="hidden", preferences={"boards": "hidden"})
    staff = factories.make_staff("support", username="staffer")
    play_event({ada: ("yes", "10.00"), bob: ("yes", "10.00"), cat: ("no", "5.00"), hidden: ("yes", "9.00")})
    corrected = play_event(
        {ada: ("no", "2.00"), bob: ("no", "2.00"), dan: ("yes", "7.00"), staff: ("yes", "9.00")}
    )
    keep_boards()
    resolve(corrected, "no")
    call_off(play_event({cat: ("yes", "20.00"), dan: ("yes", "3.00")}))
    keep_boards()


def expected(measure):
    """(rank, username, value), with no thought of how it is kept."""
    competing = [user for user in User.objects.filter(is_admin=False) if user.username != "hidden"]
    values = {user.username: worth(measure, user) for user in competing}
    told = {name: value for name, value in values.items() if value is not None}
    better = (lambda one, other: one < other) if measure == "prediction" else (lambda one, other: one > other)
    ranks = {name: 1 + sum(better(other, value) for other in told.values()) for name, value in told.items()}
    return sorted((ranks[name], name, f"{value:.2f}") for name, value in told.items())


def worth(measure, user):
    bets = Bet.objects.of(user).filter(outcome__in=["win", "loss"])
    staked, won = (sum((getattr(bet, name) for bet in bets), Decimal(0)) for name in ("amount", "payout"))
    if measure == "profit":
        return won - staked if staked else None
    if measure == "return":
        return round(won / staked - 1, 4) if staked else None
    scores = [session.score for session in GameSession.objects.of(user) if session.score is not None]
    return sum(scores) / len(scores) if scores else None


def wrong_boards():
    season()
    return [name for name in ("profit", "return", "prediction") if sorted(board(name)) != expected(name)]


PLANTS = {
    "a void bet counts as a loss": [
        (
            tallying,
            "_TALLY",
            "coalesce(sum(b.payout), 0)",
            "coalesce(sum(b.payout) FILTER (WHERE b.outcome <> 'void'), 0)",
        ),
        (tallying, "_TALLY", "WHERE b.session_id = s.id AND b.outcome <> 'void'", "WHERE b.session_id = s.id"),
    ],
    "staff are ranked": [(ranking, "_COMPETING", "AND NOT u.is_admin", "")],
    "who has hidden is ranked": [
        (ranking, "_COMPETING", "AND u.preferences ->> 'boards' IS DISTINCT FROM 'hidden'", "")
    ],
    "who ties is ranked one after the other": [(ranking, "_RANKED", "rank() OVER", "row_number() OVER")],
    "a tie leaves no gap": [(ranking, "_RANKED", "rank() OVER", "dense_rank() OVER")],
    "a correction is added to what was there": [
        (tallying, "_TALLY", "(excluded.played, excluded.won", "(excluded.played + tallies.played, excluded.won"),
        (tallying, "_TALLY", "excluded.stakes, excluded", "tallies.stakes + excluded.stakes, excluded"),
    ],
    "a tally is written once": [(tallying, "_TALLY", "WHERE NOT EXISTS (\n", "WHERE false AND NOT EXISTS (\n")],
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTS)
def test_a_board_with_a_bug_is_not_the_models(name, planted, monkeypatch):
    if planted:
        for module, where, right, wrong in PLANTS[name]:
            plant(monkeypatch, module, where, right, wrong)
    assert bool(wrong_boards()) == planted


def test_the_worst_forecaster_ranked_first_is_not_the_models(planted, monkeypatch):
    if planted:
        upside_down = replace(measures.RULERS[Measure.PREDICTION], descending=True)
        monkeypatch.setitem(measures.RULERS, Measure.PREDICTION, upside_down)
    assert bool(wrong_boards()) == planted


def test_a_session_told_twice_and_added_twice_is_not_the_models(planted, monkeypatch):
    if planted:
        plant(monkeypatch, tallying, "_SUM_UP", "sum(stakes) AS stakes", "sum(stakes) + coalesce((SELECT"
              " max(was.stakes) FROM standings was WHERE was.user_id = mine.user_id AND was.board_id = mine.board_id)"
              ", 0) AS stakes")  # fmt: skip
    season()
    SessionToTally.objects.bulk_create([SessionToTally(session_id=tally.pk) for tally in Tally.objects.all()])
    keep_boards()
    assert (sorted(board("return")) != expected("return")) == planted


def test_a_correction_that_nobody_tells_of_leaves_the_boards_as_they_were(planted):
    """Without the triggers of the queue."""
    if planted:
        switch("DISABLE")
    try:
        assert bool(wrong_boards()) == planted
    finally:
        switch("ENABLE")


def switch(what):
    for model, trigger in ((PlayedSession, guards.note_ended_session), (Bet, guards.note_changed_bet)):
        books.run_sql(f"ALTER TABLE {model._meta.db_table} {what} TRIGGER {trigger.get_pgid(model)}")
