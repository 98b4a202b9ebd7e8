"""Bugs planted in how events settle, for the state machine to find: nobody tells it where to look.

Without them it finds nothing (`test_stateful.py`).
"""

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from betting import pools, settlement
from betting.tests.test_stateful import PROFILE, Money
from quantix.tests.planting import plant
from wallets.errors import InsufficientFunds

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
#: As many lives of the machine as `make test` gives it, and no search for a shorter way to the bug.
SEARCH = settings(PROFILE, max_examples=40, phases=[Phase.generate], derandomize=True, database=None)


def assert_found():
    # Somebody who spends all that the model says they have may find it first.
    with pytest.raises((AssertionError, InsufficientFunds)):
        run_state_machine_as_test(Money, settings=SEARCH)


def test_it_finds_that_cents_of_a_tie_go_to_the_later_bet(monkeypatch):
    plant(monkeypatch, pools, "_LEFT_OVER", "DESC, id OFFSET", "DESC, id DESC OFFSET")
    plant(
        monkeypatch,
        settlement,
        "_SETTLE_BETS",
        "(mod(due, whole), -b.id) >= (remainder, -last)",
        "(mod(due, whole), b.id) >= (remainder, last)",
    )
    assert_found()


def test_it_finds_that_a_sale_is_not_undone_that_came_when_the_outcome_was_known(monkeypatch):
    plant(
        monkeypatch,
        settlement,
        "_SETTLE_BETS",
        "::timestamptz < e.outcome_known_at",
        "::timestamptz <> e.outcome_known_at - interval '9 days'",
    )
    assert_found()
