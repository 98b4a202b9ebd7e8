"""The outermost transaction: where money blocks begin, where they are tried again, and where errors are read.

Deferred constraints speak only at COMMIT, so no database error is caught inside a block: it is caught
here, once the block is undone, and becomes a refusal, another try, or stays the fault it is.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import Model, QuerySet

from quantix.errors import DatabaseAway, NotFound, Refusal, TooMuchToRead, every_refusal

T = TypeVar("T")
M = TypeVar("M", bound=Model)

TRIES_MAX = 5
_DEADLOCK, _SERIALIZATION, _UNIQUE, _CANCELED = "40P01", "40001", "23505", "57014"
#: Unique constraints whose loser finds the winner's row when it runs again.
_RACES: set[str] = set()


def retry_when_lost(constraint: str) -> str:
    """Declare that whoever loses a race for `constraint` may run its whole block again; returns the name."""
    _RACES.add(constraint)
    return constraint


def in_one_transaction(act: Callable[[], T]) -> T:
    """Run `act` in a durable transaction and return what it returns, after COMMIT.

    Deadlocks, serialization failures and declared races run it again, a few times. Raises the refusal
    that a violated constraint stands for, where there is one.
    """
    tries_left = TRIES_MAX
    while True:
        try:
            with transaction.atomic(durable=True):
                return act()
        except (DatabaseError, InterfaceError) as error:
            tries_left -= 1
            if not (tries_left and _may_retry(error)):
                raise refusal_for(error) or error from error
        # Losers that come back at the same moment would meet again.
        time.sleep(random.uniform(0.001, 0.02) * (TRIES_MAX - tries_left))


@contextmanager
def reading_at_most(seconds: float) -> Iterator[None]:
    """A block of reading none of whose statements may take longer. Raises TooMuchToRead where one does."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = %s", [int(seconds * 1000)])
            yield
    except OperationalError as error:
        if _code(error) == _CANCELED:
            raise TooMuchToRead from error
        raise


def the_one(rows: QuerySet[M]) -> M:
    """The row that `rows` finds. Raises NotFound where there is none."""
    found = rows.first()
    if found is None:
        raise NotFound
    return found


def refusal_for(error: Exception) -> Refusal | None:
    """What the database's `error` means to the one who asked, or None where it is our own fault."""
    constraint = _constraint(error)
    for refusal in every_refusal():
        if refusal.constraint and refusal.constraint == constraint:
            return refusal.by_constraint(_diagnosis(error, "message_detail") or "")
    return DatabaseAway(headers={"Retry-After": "3"}) if is_database_away(error) else None


def is_database_away(error: Exception) -> bool:
    """Whether `error` says that the server cannot be reached or is going down, not that a statement is wrong."""
    if isinstance(error, InterfaceError):
        return True
    code = _code(error)
    # No SQLSTATE: the connection broke. 08: connection; 57P: shutting or starting; 53: out of resources.
    return isinstance(error, OperationalError) and (
        code is None or code[:2] in {"08", "53"} or code[:3] == "57P"
    )


def _may_retry(error: Exception) -> bool:
    code = _code(error)
    return code in {_DEADLOCK, _SERIALIZATION} or (code == _UNIQUE and _constraint(error) in _RACES)


def _code(error: Exception) -> str | None:
    return getattr(error.__cause__, "pgcode", None)


def _constraint(error: Exception) -> str | None:
    return _diagnosis(error, "constraint_name")


def _diagnosis(error: Exception, field: str) -> str | None:
    return getattr(getattr(error.__cause__, "diag", None), field, None)
