"""Limits as programs set them and meet them."""

from datetime import timedelta
from typing import Any

import pytest

from betting.models import Bet
from quantix import clock
from quantix.rates import Rate
from quantix.tests import factories
from quantix.tests.api import Program, assert_problem, count_queries

pytestmark = pytest.mark.django_db(transaction=True)
NONE: dict[str, Any] = {"day": None, "week": None, "month": None}
NOTHING: dict[str, Any] = {
    "stake": NONE,
    "loss": NONE,
    "break_until": None,
    "excluded_until": None,
    "pending": [],
}
DAY = timedelta(days=1)
NO_AMOUNTS: list[Any] = ["-1", "1.001", "NaN", "1e3", 1.5, True, "", " 5", "1000000000000.01", [], {}]
NO_TIMES: list[Any] = ["tomorrow", 5, True, "2026-12-01", "2026-12-01T00:00:00", "2026-13-01T00:00:00Z", ""]


@pytest.fixture
def program(player):
    return Program(player)


def put(program, **body):
    response = program.ask("PUT", "/me/limits", body)
    assert response.status_code == 200, response.content
    return response.json()


def written(moment):
    return moment.isoformat().replace("+00:00", "Z")


def test_who_has_set_none_has_none(program):
    assert program.ask("GET", "/me/limits").json() == NOTHING


def test_what_is_put_is_what_is_got(program):
    until = written(clock.now() + 5 * DAY)
    told = put(
        program,
        stake={"day": "50.00", "week": 200, "month": None},
        loss={"day": "0", "week": None, "month": "1000000000000"},
        break_until=until,
        excluded_until=None,
    )
    assert told == NOTHING | {
        "stake": {"day": "50.00", "week": "200.00", "month": None},
        "loss": {"day": "0.00", "week": None, "month": "1000000000000.00"},
        "break_until": until,
    }
    assert program.ask("GET", "/me/limits").json() == told


def test_what_is_not_named_stays(program):
    put(program, stake={"day": "50.00", "week": "60.00"}, loss={"day": "5.00"})
    told = put(program, stake={"week": "40.00"})
    assert told["stake"] == {"day": "50.00", "week": "40.00", "month": None}
    assert told["loss"]["day"] == "5.00"
    assert put(program) == told


def test_a_raise_waits_a_day_and_is_put_once_more(program):
    now = clock.now()
    wanted = {"stake": {"day": "20.00"}, "loss": {"week": None}}
    with clock.set_to(now):
        put(program, stake={"day": "10.00"}, loss={"week": "30.00"})
        told = put(program, **wanted)
    effective_at = written(now + DAY)
    assert (told["stake"]["day"], told["loss"]["week"]) == ("10.00", "30.00")
    assert told["pending"] == [
        {"limit": "stake.day", "value": "20.00", "effective_at": effective_at},
        {"limit": "loss.week", "value": None, "effective_at": effective_at},
    ]
    with clock.set_to(now + DAY - timedelta(seconds=1)):
        assert put(program, **wanted) == told
    with clock.set_to(now + DAY):
        told = put(program, **wanted)
    assert (told["stake"]["day"], told["loss"]["week"], told["pending"]) == ("20.00", None, [])


def test_what_was_got_can_be_put_back_and_changes_nothing(program):
    put(program, stake={"day": "10.00"}, break_until=written(clock.now() + 3 * DAY))
    told = put(program, stake={"day": "20.00"})
    assert put(program, **told) == told
    # Without a word of the raise, what holds is what is wanted.
    del told["pending"]
    assert put(program, **told)["pending"] == []


def test_a_break_is_not_cut_short(program):
    put(program, break_until=written(clock.now() + 5 * DAY))
    for sooner in (None, written(clock.now() + 2 * DAY)):
        assert_problem(program.ask("PUT", "/me/limits", {"break_until": sooner}), 409, "pause-stands")


def test_a_break_that_is_over_is_not_told(program):
    now = clock.now()
    put(program, break_until=written(now + 2 * DAY))
    with clock.set_to(now + 2 * DAY):
        assert program.ask("GET", "/me/limits").json() == NOTHING


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        *(({"stake": {"day": value}}, "stake.day", "amount-form") for value in NO_AMOUNTS),
        ({"stake": {"year": "1"}}, "stake.year", "unknown-field"),
        ({"wins": {"day": "1"}}, "wins", "unknown-field"),
        ({"stake": "5"}, "stake", "invalid"),
        ({"stake": None}, "stake", "null"),
        ({"loss": []}, "loss", "invalid"),
        *(({"break_until": value}, "break_until", "time-form") for value in NO_TIMES),
        ({"break_until": "0001-01-01T00:00:00+10:00"}, "break_until", "time-form"),
        ({"break_until": "9999-12-31T23:59:59-10:00"}, "break_until", "time-form"),
        ({"break_until": "2026-12-01T00:00:00+99:00"}, "break_until", "time-form"),
        ({"break_until": "9999-12-31T23:59:59Z"}, "break_until", "time-form"),
        ({"break_until": "2999-12-31T23:59:59Z"}, "break_until", "pause-out-of-range"),
        ({"excluded_until": "2026-01-01T00:00:00Z"}, "excluded_until", "pause-out-of-range"),
        ({"pending": [{"limit": "stake.year"}]}, "pending.0.limit", "invalid-choice"),
        ({"pending": {}}, "pending", "not-a-list"),
    ],
)  # fmt: skip
def test_what_is_not_valid_is_told_by_its_field(program, body, field, code):
    assert_problem(program.ask("PUT", "/me/limits", body), 400, code, field)
    assert program.ask("GET", "/me/limits").json() == NOTHING


def test_limits_take_a_token_and_only_get_and_put(program):
    assert_problem(Program().ask("GET", "/me/limits"), 401, "not-authenticated")
    assert_problem(Program().ask("PUT", "/me/limits", {}), 401, "not-authenticated")
    assert_problem(program.ask("POST", "/me/limits", {}), 405, "method-not-allowed")


@pytest.mark.parametrize("path", ["/bets", "/bets/quote"])
def test_a_bet_beyond_a_limit_is_a_problem_that_says_which(program, path):
    body = {"game": factories.make_event().pk, "market": "winner", "choice": "yes", "amount": "7.00"}
    put(program, stake={"day": "5.00"})
    told = assert_problem(program.ask("POST", path, body, idempotency_key="k"), 409, "limit-reached")
    assert (told["limit"], told["left"]) == ("stake.day", "5.00")
    assert told["opens_at"].endswith("Z")
    assert not Bet.objects.exists()
    # A refused request leaves no key.
    assert program.ask("POST", path, body | {"amount": 5}, idempotency_key="k").status_code < 300


def test_limits_take_few_statements_and_a_limited_bet_no_more(program, settings):
    settings.RATES = dict.fromkeys(settings.RATES, Rate(100, 60))
    everything = {"day": "50.00", "week": "60.00", "month": "70.00"}
    raised = {"day": "51.00", "week": "61.00", "month": None}
    for body in (everything, raised, {"day": "40.00", "week": "62.00", "month": "70.00"}):
        with count_queries():
            put(program, stake=body, loss=body, break_until=None)
    with count_queries(4):
        program.ask("GET", "/me/limits")
    slip = {"game": factories.make_event().pk, "market": "winner", "choice": "yes", "amount": "5.00"}
    for path in ("/bets/quote", "/bets"):
        with count_queries():
            assert program.ask("POST", path, slip, idempotency_key="k").status_code < 300
