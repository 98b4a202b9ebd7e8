"""Rates: so many in a sliding window, to the instant, whoever races."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from quantix import rates
from quantix.errors import TooManyRequests
from quantix.models import Attempts
from quantix.rates import Rate
from quantix.tests.at_once import at_once

THREE = Rate(3, 60)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def seconds_after(*seconds: float) -> list[datetime]:
    return [NOON + timedelta(seconds=second) for second in seconds]


def standing(*at: float) -> rates.Standing:
    """Where the last attempt of those `at` so many seconds after noon stands."""
    moments = seconds_after(*at)
    return rates._standing(THREE, moments, moments[-1])


def go_back(seconds: float) -> None:
    """Let all that was counted so far be so much longer ago: the clock of rates is the database's."""
    ago = f"{seconds} seconds"
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE attempts SET expires_at = expires_at - %(ago)s::interval,
               at = ARRAY(SELECT moment - %(ago)s::interval FROM unnest(at) WITH ORDINALITY AS list (moment, nth)
                          ORDER BY nth)""",
            {"ago": ago},
        )


@pytest.mark.parametrize("text", ["5", "5/", "/5", "0/60", "5/0", "-5/60", "5/60/3", "a/b", "5.5/60", "5 60"])
def test_a_rate_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Rate.parse(text)


def test_a_rate_is_count_and_seconds_and_empty_is_none() -> None:
    assert Rate.parse("5/900") == Rate(5, 900)
    assert Rate.parse("") is None


def test_the_attempts_of_a_window_are_allowed_and_the_next_is_not() -> None:
    assert [standing(*range(n)).allowed for n in (1, 2, 3)] == [True, True, True]
    assert not standing(0, 1, 2, 3).allowed


def test_the_window_slides_to_the_instant() -> None:
    assert not standing(0, 1, 2, 59.999999).allowed
    assert standing(0, 1, 2, 60).allowed
    # Not a fixed window: a new minute has begun long ago, and the three of the last 60 seconds count.
    assert not standing(40, 50, 59, 99.999999).allowed


def test_refused_attempts_count_too() -> None:
    assert not standing(10, 20, 30, 61).allowed


def test_the_headers_tell_what_is_left_and_when_there_is_more() -> None:
    assert standing(0).headers == {
        "RateLimit-Limit": "3",
        "RateLimit-Remaining": "2",
        "RateLimit-Reset": "60",
    }
    assert standing(0, 10.5).headers["RateLimit-Remaining"] == "1"
    assert standing(0, 10.5).headers["RateLimit-Reset"] == "50"


def test_the_headers_of_a_refusal_say_when_to_come_back() -> None:
    refused = standing(0, 1, 2, 20).headers
    # Refused ones count: of 1, 2 and 20 the oldest leaves the window at 61.
    assert (refused["RateLimit-Remaining"], refused["Retry-After"]) == ("0", "41")
    at_that_moment = standing(1, 2, 20, 61)
    assert at_that_moment.allowed


@pytest.mark.django_db
class TestCounting:
    def test_the_count_is_per_name_and_per_who(self) -> None:
        for _ in range(3):
            rates.demand("bets", "1", THREE)
        with pytest.raises(TooManyRequests):
            rates.demand("bets", "1", THREE)
        assert rates.demand("bets", "2", THREE) and rates.demand("mail", "1", THREE)

    def test_no_rate_is_no_limit_and_counts_nothing(self) -> None:
        assert rates.demand("bets", "1", None) is None
        rates.take_back("bets", "1", None)
        assert not Attempts.objects.exists()

    def test_attempts_leave_the_window_one_by_one(self) -> None:
        for _ in range(3):
            rates.demand("bets", "1", THREE)
            go_back(10)
        go_back(29)  # They are 59, 49 and 39 seconds old.
        assert not rates.attempt("bets", "1", THREE).allowed
        go_back(12)
        assert rates.attempt("bets", "1", THREE).allowed
        assert not rates.attempt("bets", "1", THREE).allowed

    def test_an_attempt_that_is_taken_back_was_none(self) -> None:
        for _ in range(10):
            rates.take_back("bets", "1", rates.demand("bets", "1", THREE))
        for _ in range(3):
            rates.demand("bets", "1", THREE)

    def test_only_the_newest_attempts_are_kept(self) -> None:
        for _ in range(20):
            rates.attempt("bets", "1", THREE)
        assert len(Attempts.objects.get().at) == THREE.count + 1

    def test_a_refusal_carries_its_headers(self) -> None:
        for _ in range(3):
            rates.demand("bets", "1", THREE)
        with pytest.raises(TooManyRequests) as refused:
            rates.demand("bets", "1", THREE)
        assert refused.value.headers["Retry-After"] == "60"

    def test_a_long_name_is_no_fault(self) -> None:
        assert rates.attempt("mail", "x" * 1000, THREE).allowed


@pytest.mark.django_db(transaction=True)
def test_of_64_at_once_as_many_as_allowed_pass() -> None:
    answers = at_once(64, lambda _: rates.attempt("bets", "1", Rate(20, 60)).allowed)
    assert (answers.count(True), answers.count(False)) == (20, 44)
