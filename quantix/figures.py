"""Figures by day: what each room counts of a day (midnight to midnight in Kolkata).

Days that are over are kept in `daily_figures`, written once; today is counted as one looks, from today's rows alone.
Both are right because a source counts rows by a moment that is written with the row and never changed, and counts
nothing else that can change later:

- Money is added up over all postings by `created_at`, the voided ones too. The ledger only grows: what is voided or
  corrected today posts its contra rows today, and so counts today, with the other sign. The mark `deleted_at`, which
  does reach back, is not looked at. So the sums of all days are the sums of the ledger, and promise 7 of
  `wallets.reconcile` holds them to it.
- Sessions count on the day they began, by the type of their game, which a game keeps. A void one was begun all the
  same.
- Players join on the day they prove their address, which happens once. An account whose address is never proved
  lapses, is deleted, and was never counted.

A row is committed moments after the moment it bears, hence SETTLED_AFTER.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from quantix import clock, periodic

logger = logging.getLogger("quantix.figures")

#: A day is kept when it has been over for so long: by then every block that began in it has ended.
SETTLED_AFTER = timedelta(hours=1)
_DAY = timedelta(days=1)
#: The name under which `read` is told how many days are still to be kept.
_DUE = "days due"


@dataclass(frozen=True)
class Source:
    """What one query counts of a day.

    `sql` gives (name, value) over the rows from `%(begin)s` until before `%(end)s`, by an index on their moment.
    `names` are all that it may give; one that it does not give is 0. `since` is the query of its first row's moment.
    """

    names: tuple[str, ...]
    sql: str
    since: str


@dataclass(frozen=True)
class Span:
    """The figures of the days from `first` to `last`, both in it: `added` in these days, `so_far` since the beginning.

    `is_whole`: there was something to count on or before its first day.
    """

    first: date
    last: date
    added: Mapping[str, Decimal]
    so_far: Mapping[str, Decimal]
    is_whole: bool = True


@dataclass(frozen=True)
class Sheet:
    """A day a span, oldest first, today last. `due`: how many earlier days are not kept yet (and are 0 here)."""

    days: Sequence[Span]
    due: int

    def between(self, first: int, end: int | None = None) -> Span:
        """The days of this slice as one span."""
        days = self.days[first:end]
        added = {name: sum((day.added[name] for day in days), Decimal(0)) for name in days[0].added}
        return Span(days[0].first, days[-1].last, added, days[-1].so_far, days[0].is_whole)


_sources: list[Source] = []


def register(*sources: Source) -> None:
    """Add what a room counts; called in `AppConfig.ready()`."""
    known = {name for source in _sources for name in source.names}
    assert not known & {name for source in sources for name in source.names}, "a figure is counted once"
    _sources.extend(sources)


def names() -> list[str]:
    return [name for source in _sources for name in source.names]


def begin_of(day: date) -> datetime:
    """Midnight in Kolkata, when `day` begins."""
    return timezone.make_aware(datetime.combine(day, time.min))


def today() -> date:
    return timezone.localtime(clock.now()).date()


# Days that are over, and whose figures are not all there: of a new site, of one that was off, of a figure that is new.
_MISSING = """
    SELECT midnight::date AS day FROM generate_series(
        (LEAST({since}) AT TIME ZONE %(zone)s)::date, %(over)s::date, interval '1 day') AS midnight
    WHERE (SELECT count(*) FROM daily_figures f WHERE f.day = midnight::date AND f.name = ANY(%(names)s))
        < cardinality(%(names)s)
"""

_KEEP = """
    INSERT INTO daily_figures AS kept (day, name, value)
    SELECT %(day)s, name, coalesce(found.value, 0)
    FROM unnest(%(names)s) AS name LEFT JOIN ({counted}) AS found (name, value) USING (name)
    ON CONFLICT (day, name) DO UPDATE SET value = excluded.value WHERE kept.value <> excluded.value
"""

_READ = """
    SELECT day, name, value FROM daily_figures WHERE day BETWEEN %(first)s AND %(yesterday)s
    UNION ALL SELECT NULL, name, sum(value) FROM daily_figures WHERE day < %(first)s GROUP BY name
    UNION ALL SELECT %(today)s, found.* FROM ({today}) AS found
    UNION ALL SELECT %(yesterday)s, found.* FROM ({yesterday}) AS found
        WHERE NOT EXISTS (SELECT FROM daily_figures WHERE day = %(yesterday)s)
    UNION ALL SELECT NULL, %(due)s, count(*) FROM ({missing}) AS missing
"""


def due() -> list[date]:
    """The days that are over and not kept yet, oldest first."""
    over = timezone.localtime(clock.now() - SETTLED_AFTER).date() - _DAY
    return [day for (day,) in _rows(f"{_missing()} ORDER BY day", _until(over))]


def keep(day: date) -> None:
    """Count a day and write its figures. Again, it comes to the same."""
    values: dict[str, Any] = {"day": day, "names": names(), **_bounds(day)}
    with connection.cursor() as cursor:
        cursor.execute(_KEEP.format(counted=_counted()), values)


def keep_due_days() -> int:
    """Keep every day that is over, one by one, oldest first; how many. The worker calls it, and may stop in between."""
    days = due()
    for number, day in enumerate(days):
        if periodic.stopping.is_set():
            return number
        keep(day)
        if len(days) > 1:
            logger.info("figures of %s are kept: %s of %s days", day, number + 1, len(days))
    return len(days)


def read(length: int) -> Sheet:
    """The figures of the last `length` days, today's (and yesterday's, until it is kept) as they are. One statement."""
    now = today()
    first, yesterday = now - (length - 1) * _DAY, now - _DAY
    sql = _READ.format(today=_counted("today"), yesterday=_counted("yesterday"), missing=_missing())
    values = {"first": first, "today": now, "yesterday": yesterday, "due": _DUE, **_until(yesterday - _DAY)}
    values |= {f"today_{end}": moment for end, moment in _bounds(now).items()}
    values |= {f"yesterday_{end}": moment for end, moment in _bounds(yesterday).items()}
    found: dict[date | None, dict[str, Decimal]] = defaultdict(dict)
    for day, name, value in _rows(sql, values):
        found[day][name] = Decimal(value)
    before = found.pop(None)
    left = int(before.pop(_DUE))
    return Sheet(list(_spans(first, length, found, before)), left)


def _spans(
    first: date,
    length: int,
    found: Mapping[date | None, Mapping[str, Decimal]],
    before: Mapping[str, Decimal],
) -> Iterator[Span]:
    so_far = {name: before.get(name, Decimal(0)) for name in names()}
    is_whole = bool(before)
    for day in (first + number * _DAY for number in range(length)):
        added = {name: found.get(day, {}).get(name, Decimal(0)) for name in so_far}
        so_far = {name: so_far[name] + value for name, value in added.items()}
        is_whole = is_whole or day in found
        yield Span(day, day, added, so_far, is_whole)


def _counted(of: str = "") -> str:
    """All sources in one query; `of` goes before the names of its parameters, where there are several days."""
    counted = " UNION ALL ".join(f"({source.sql})" for source in _sources)
    for end in ("begin", "end") if of else ():
        counted = counted.replace(f"%({end})s", f"%({of}_{end})s")
    return counted


def _missing() -> str:
    return _MISSING.format(since=", ".join(f"({source.since})" for source in _sources))


def _until(day: date) -> dict[str, Any]:
    """The parameters of _MISSING, for the days up to `day`."""
    return {"zone": settings.TIME_ZONE, "over": day, "names": names()}


def _bounds(day: date) -> dict[str, datetime]:
    return {"begin": begin_of(day), "end": begin_of(day + _DAY)}


def _rows(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
