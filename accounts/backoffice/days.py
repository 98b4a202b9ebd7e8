"""Lists of some days: what the figures of the front page lead to."""

from datetime import date, timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpRequest

from quantix import figures

#: Other years are no days of this site, and the calendar ends somewhere.
YEARS = range(2000, 2200)


class DaysFilter(admin.SimpleListFilter):
    """Rows of a day in Kolkata (`2026-11-24`) or of several (`2026-10-26..2026-11-24`, or `..2026-11-24`).

    Shown where one has come by a link. A list that is filtered by it is read along the index on `field`.
    """

    title = "day"
    parameter_name = "days"
    field: ClassVar[str] = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        asked = request.GET.get(str(self.parameter_name))
        return [(asked, _words(*read_days(asked)))] if asked else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        asked = self.value()
        return self.within(queryset, *read_days(asked)) if asked else queryset

    def within(self, rows: QuerySet[Any], first: date | None, last: date) -> QuerySet[Any]:
        """The rows that belong to these days."""
        return rows.filter(**moments(self.field, first, last))


def days_by(field: str) -> type[DaysFilter]:
    """The filter by the moment in `field`, which has an index."""
    return type("DaysFilter", (DaysFilter,), {"field": field})


def moments(field: str, first: date | None, last: date) -> dict[str, Any]:
    """The lookups of moments from `first` to the end of `last`."""
    end = {f"{field}__lt": figures.begin_of(last + timedelta(days=1))}
    return end | ({f"{field}__gte": figures.begin_of(first)} if first else {})


def read_days(asked: str) -> tuple[date | None, date]:
    """The first day (None: since ever) and the last that `asked` names. Raises BadRequest."""
    first, dots, last = asked.rpartition("..")
    try:
        end = date.fromisoformat(last)
        begin = date.fromisoformat(first) if first else None if dots else end
    except ValueError as error:
        raise BadRequest("These are no days.") from error
    if end.year not in YEARS or (begin and begin.year not in YEARS):
        raise BadRequest("These are no days.")
    return begin, end


def _words(first: date | None, last: date) -> str:
    if first is None:
        return f"up to {last:%-d %b %Y}"
    return f"{last:%-d %b %Y}" if first == last else f"{first:%-d %b} to {last:%-d %b %Y}"
