"""Lists that stay quick at any size: nothing is counted, sorted or looked through that grows with the table.

Counts end at COUNT_MAX. By a column is sorted where fewer than SORT_MAX rows fit; all others come as an index gives
them, newest first. A page is found by its keys, and only its own rows are read and joined.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest

#: Rows that a list counts and pages through; beyond them one searches.
COUNT_MAX = 10_000
#: Rows that are sorted by a column: each has to be read for it.
SORT_MAX = 2_000
_ID_DIGITS_MAX = 18

#: Makes a filter of the id that a link to a list names.
Narrowing = Callable[[int], Q]


class BoundedPaginator(Paginator[Any]):
    """Counts no further than COUNT_MAX, so that a list of ten million rows opens like one of ten."""

    object_list: "QuerySet[Any]"

    @cached_property
    def count(self) -> int:
        return count_up_to(COUNT_MAX, self.object_list)


def count_up_to(most: int, rows: "QuerySet[Any]") -> int:
    """How many of `rows` there are, or `most`: in their order, which an index gives as soon as it is asked."""
    return rows.values("pk")[:most].count()


class QuickList(ChangeList):
    """Sorted by a column only where few rows fit: the template says where it is not (`is_too_long_to_sort`).

    What is in the `direct` of its admin is looked up as said there, whatever relations its name goes by.
    """

    is_too_long_to_sort = False
    model_admin: Any

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> "QuerySet[Any]":
        for name, narrow in self.model_admin.direct.items():
            if name in request.GET:
                self.root_queryset = self.root_queryset.filter(narrow(_id(request.GET[name])))
        return super().get_queryset(request, exclude_parameters)

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        asked = super().get_filters_params(params)
        return {name: values for name, values in asked.items() if name not in self.model_admin.direct}

    def get_results(self, request: HttpRequest) -> None:
        newest_first = self.queryset.order_by(*self.model_admin.get_ordering(request))
        if self.params.get(ORDER_VAR) and count_up_to(SORT_MAX, newest_first) >= SORT_MAX:
            self.is_too_long_to_sort, self.queryset = True, newest_first
        super().get_results(request)
        # By their keys, for which an index is enough: only rows that are shown are read and joined. The filters
        # are not said again beside them, or the database might look for what they find, all of it.
        rows = self.apply_select_related(self.model_admin.get_queryset(request))
        keys = self.result_list.values("pk")
        if not self.multi_page:
            # With an end, though it is never reached: without one the database joins before it has looked.
            keys = keys[: self.list_per_page]
        self.result_list = rows.filter(pk__in=keys).order_by(*self.queryset.query.order_by)


def _id(value: str) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) <= _ID_DIGITS_MAX):
        raise IncorrectLookupParameters
    return int(value)
