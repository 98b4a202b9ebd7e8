"""A way into a long list by its days: years, then months, then days. Each is a link; nothing is counted for it."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.contrib.admin.views.main import PAGE_VAR
from django.http import HttpRequest

from accounts.backoffice.days import DaysFilter, read_days

_PARAMETER = str(DaysFilter.parameter_name)


@dataclass(frozen=True)
class Leaf:
    """One way on: `is_here` where one is already."""

    words: str
    url: str
    is_here: bool = False


def calendar_of(request: HttpRequest, first: date, last: date) -> list[Leaf]:
    """The ways on from the days that the request asks for, in a list whose rows are of `first` to `last`."""
    asked = request.GET.get(_PARAMETER)
    begin, end = read_days(asked) if asked else (first, last)
    begin = begin or first
    leaves = [Leaf("All days", _url(request, None), not asked)]
    if not asked or begin.year != end.year:
        return [*leaves, *(_year(request, year) for year in range(first.year, last.year + 1))]
    leaves.append(_year(request, begin.year, is_here=_is_year(begin, end)))
    if begin.month != end.month:
        return [*leaves, *_months(request, begin.year, first, last)]
    leaves.append(_month(request, begin, is_here=begin != end))
    return [*leaves, *_days(request, begin, first, last, None if begin != end else begin)]


def _year(request: HttpRequest, year: int, *, is_here: bool = False) -> Leaf:
    return Leaf(str(year), _url(request, f"{year}-01-01..{year}-12-31"), is_here)


def _months(request: HttpRequest, year: int, first: date, last: date) -> Iterator[Leaf]:
    for month in range(1, 13):
        begin = date(year, month, 1)
        if (first.year, first.month) <= (year, month) <= (last.year, last.month):
            yield _month(request, begin)


def _month(request: HttpRequest, day: date, *, is_here: bool = False) -> Leaf:
    begin, end = day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
    return Leaf(f"{day:%B}", _url(request, f"{begin}..{end}"), is_here)


def _days(request: HttpRequest, month: date, first: date, last: date, here: date | None) -> Iterator[Leaf]:
    for number in range(1, monthrange(month.year, month.month)[1] + 1):
        day = month.replace(day=number)
        if first <= day <= last:
            yield Leaf(str(number), _url(request, str(day)), day == here)


def _is_year(begin: date, end: date) -> bool:
    return (begin.month, begin.day, end.month, end.day) == (1, 1, 12, 31)


def _url(request: HttpRequest, days: str | None) -> str:
    """The list as it is filtered otherwise, of these days."""
    query = request.GET.copy()
    for name in (PAGE_VAR, _PARAMETER):
        query.pop(name, None)
    if days:
        query[_PARAMETER] = days
    return f"?{query.urlencode(safe='.')}"
