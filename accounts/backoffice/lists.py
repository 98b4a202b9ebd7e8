"""Lists that stay quick at any size: nothing is counted, sorted or looked through that grows with the table.

Counts end at ROWS_MAX. By a column is sorted where fewer rows fit; all others come as an index gives them, newest
first. A page is found by its keys, and only its own rows are read and joined.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest

#: Rows that a list counts, pages through and sorts, for which each has to be read; beyond them one searches.
ROWS_MAX = 2_000
_ID_DIGITS_MAX = 18

#: Makes a filter of the id that a link to a list names.
Narrowing = Callable[[int], Q]


class BoundedPaginator(Paginator[Any]):
    """Looks up the keys of up to ROWS_MAX rows, in one statement, and counts those."""

    object_list: "QuerySet[Any]"

    @cached_property
    def keys(self) -> list[Any]:
        return list(self.object_list.values_list("pk", flat=True)[:ROWS_MAX])

    @cached_property
    def count(self) -> int:
        return len(self.keys)


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
        wanted, is_sorting = self.queryset.query.order_by, bool(self.params.get(ORDER_VAR))
        self.queryset = self.queryset.order_by(*self.model_admin.get_ordering(request))
        super().get_results(request)
        keys = self.paginator.keys
        self.is_too_long_to_sort = is_sorting and len(keys) >= ROWS_MAX
        # By their keys: only rows that are shown are read and joined, and the filters are not asked again.
        rows = self.apply_select_related(self.model_admin.get_queryset(request))
        page = slice(self.list_per_page * (self.page_num - 1), self.list_per_page * self.page_num)
        if is_sorting and not self.is_too_long_to_sort:
            self.queryset = self.queryset.order_by(*wanted)
            self.result_list = rows.filter(pk__in=keys).order_by(*wanted)[page]
        else:
            self.result_list = rows.filter(pk__in=keys[page]).order_by(*self.queryset.query.order_by)


def _id(value: str) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) <= _ID_DIGITS_MAX):
        raise IncorrectLookupParameters
    return int(value)
