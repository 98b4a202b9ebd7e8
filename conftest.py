"""What all tests share: a database that can be emptied although it refuses to be, and the people in it."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test.testcases import QuietWSGIRequestHandler

from accounts.models import User
from games.engines import odds
from quantix.tests import factories
from wallets import reconciling

LEAD_MAX = odds.LEAD_MAX


@pytest.fixture(autouse=True, scope="session")
def tables_can_be_emptied_between_tests() -> Iterator[None]:
    """The ledger refuses TRUNCATE and DELETE, even to tests: as superuser, emptying leaves its triggers out.

    DELETE, because the tables hold little: TRUNCATE takes thirty times as long.
    """

    def without_triggers(self: DatabaseOperations, style: Any, tables: list[str], **_: Any) -> list[str]:
        deletes = [f"DELETE FROM {self.quote_name(table)}" for table in tables]  # noqa: S608
        return ["SET session_replication_role = replica", *deletes, "RESET session_replication_role"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", without_triggers)
        yield


@pytest.fixture(autouse=True, scope="session")
def live_servers_send_at_once() -> Iterator[None]:
    """A live server writes a reply in two parts: the second must not wait 40 ms until the client has the first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QuietWSGIRequestHandler, "disable_nagle_algorithm", True)
        yield


@pytest.fixture(autouse=True, scope="session")
def room_to_win() -> Iterator[None]:
    """Most tests of bets on one's own skill are of other things than how much may be won: it is enough for them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(odds, "LEAD_MAX", Decimal("1000.00"))
        yield


@pytest.fixture(autouse=True, scope="session")
def no_night_falls() -> Iterator[None]:
    """What a worker does must not depend on the hour at which the tests run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reconciling, "HOUR", 24)
        yield


@pytest.fixture(scope="module")
def lead_max() -> Iterator[Decimal]:
    """What one may be ahead by as it is on the site."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(odds, "LEAD_MAX", LEAD_MAX)
        yield LEAD_MAX


@pytest.fixture
def player(db: None) -> User:
    """A verified player with 100.00 in the wallet."""
    return factories.make_player()


@pytest.fixture
def staff(db: None) -> Callable[..., User]:
    """`staff("finance")`: a member of staff with these roles."""
    return factories.make_staff


@pytest.fixture
def commit(transactional_db: None) -> Any:
    """Runs a function in a transaction that really commits, as every service is run."""
    from quantix.db import in_one_transaction

    assert not connection.in_atomic_block
    return in_one_transaction
