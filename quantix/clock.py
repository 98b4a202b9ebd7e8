"""The time, as services tell it: one source, which tests and the demo's history can set; and as clients write it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from django.utils import timezone

_FORM = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_set_to: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """The time at hand, aware, in UTC."""
    return _set_to.get() or timezone.now()


@contextmanager
def set_to(moment: datetime) -> Iterator[None]:
    """Run a block as if it were `moment`."""
    token = _set_to.set(moment)
    try:
        yield
    finally:
        _set_to.reset(token)


def parse(text: object) -> datetime:
    """The moment that `text` writes by RFC 3339, with its offset; in UTC. Raises ValueError for all else."""
    if not isinstance(text, str) or not _FORM.fullmatch(text):
        raise ValueError("not a moment by RFC 3339")
    try:
        # In UTC: PostgreSQL knows no offsets of sixteen hours and more.
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error
