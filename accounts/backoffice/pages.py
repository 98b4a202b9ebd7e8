"""Pages of the back-office: read-only, opened by roles, linked to their audit trail, quick at any size."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR
from django.core.exceptions import BadRequest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.backoffice.actions import ActionPage, ActionView
from accounts.backoffice.calendar import Leaf, calendar_of
from accounts.backoffice.days import DaysFilter
from accounts.backoffice.exports import Listed
from accounts.backoffice.form_filter import FormFilter
from accounts.backoffice.lists import ROWS_MAX, BoundedPaginator, Narrowing, QuickList
from accounts.roles import Can, may
from quantix import clock
from quantix.figures import Span
from quantix.pages import signed_in
from quantix.sections import name_of

M = TypeVar("M", bound=models.Model)
F = TypeVar("F")

#: How often the page of an object that moves comes anew, and the parameter that holds it still.
REFRESH_SECONDS, STILL = 3, "still"
#: How the lists' own filters compare.
_COMPARED = {"exact", "gte", "lt", "isnull"}


@dataclass(frozen=True)
class Panel:
    """A table on an object's page that belongs to another room of the house. `figures`: columns of numbers, from 0."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[object]]
    url: str = ""
    empty: str = "Nothing yet."
    figures: Collection[int] = ()

    @property
    def lines(self) -> list[list[tuple[str, object, bool]]]:
        """The rows, of each cell its heading, what is in it, and whether it is a figure."""
        return [
            [
                (heading, cell, column in self.figures)
                for column, (heading, cell) in enumerate(zip(self.headings, row, strict=False))
            ]
            for row in self.rows
        ]


@dataclass(frozen=True)
class Step:
    """One of a row of steps: `state` is `done`, `now` or `next`. `part` of `whole` is done, where that is told."""

    title: str
    state: str
    note: str = ""
    part: int | None = None
    whole: int | None = None


@dataclass(frozen=True)
class Steps:
    """How far an object has come, and in words what it does now. While it `is_moving` its page comes anew by itself."""

    words: str
    steps: Sequence[Step]
    is_moving: bool = False


class StaffAdmin(admin.ModelAdmin[M]):
    """A list and a read-only page for each row; what can be done is `action_pages`.

    `find` is what the search box does. `panels` and `action_pages` may be added to by higher apps.
    """

    can_view: ClassVar[Can]
    action_pages: ClassVar[list[ActionPage]] = []
    panels: ClassVar[list[Callable[[HttpRequest, Any], Panel | None]]] = []
    #: Lookups over relations that pages link to, beside those of `list_filter`.
    linked_by: ClassVar[frozenset[str]] = frozenset()
    #: Of those, what an index answers to in other words than its name.
    direct: ClassVar[Mapping[str, Narrowing]] = {}
    #: The order in which an index gives the rows, where one of these is asked for; `ordering` otherwise.
    ordering_of: ClassVar[Mapping[str, Sequence[str]]] = {}
    #: The model under which the audit trail keeps these rows, if it is another.
    audited_as: ClassVar[str] = ""
    #: What an empty list says: how it comes to rows.
    empty: ClassVar[str] = "Nothing yet."

    actions = None
    ordering: ClassVar[Any] = ("-pk",)
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator

    def __init_subclass__(cls) -> None:
        # Each its own lists: what is added to one must not show on another.
        cls.action_pages, cls.panels = list(cls.action_pages), list(cls.panels)

    @property
    def url_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    @property
    def list_name(self) -> str:
        """What staff call the list."""
        return name_of(self.opts.label_lower)

    # Roles, in place of Django's permissions.

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return may(request.user, self.can_view)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def audited(self, obj: M) -> models.Model:
        """The row under which the audit trail keeps what is done to `obj`."""
        return apps.get_model(self.audited_as)(pk=obj.pk) if self.audited_as else obj

    def links(self, request: HttpRequest, obj: M) -> Sequence[tuple[str, str]]:
        """(words, address) of pages elsewhere that show `obj`."""
        return ()

    def steps(self, request: HttpRequest, obj: M) -> Steps | None:
        """How far `obj` has come, where it goes through steps."""
        return None

    # Searching and filtering.

    def get_ordering(self, request: HttpRequest) -> Any:
        """By what the list is narrowed by, if it is: rows of a player, or of some days, are read along their index."""
        asked = [ordering for name, ordering in self.ordering_of.items() if request.GET.get(name)]
        filters = [one for one in self._filters(DaysFilter) if str(one.parameter_name) in request.GET]
        asked += [(f"-{one.field}", "-pk") for one in filters if one.field]
        return asked[0] if asked else self.ordering

    def find(self, rows: QuerySet[M], words: str) -> QuerySet[M]:
        """The rows that the search box's `words` mean, found by an index; all where there is no box."""
        return rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        words = search_term.strip()
        if "\x00" in words:
            return queryset.none(), False
        return (self.find(queryset, words) if words else queryset), False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[QuickList]:
        return QuickList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """What the back-office itself links to, and nothing else: a free filter spells out any digest or secret."""
        field, _, compared = lookup.rpartition("__")
        names = {getattr(found, "parameter_name", found) for found in self.list_filter}
        names |= {name for form in self._filters(FormFilter) for name in form.names()}
        return lookup in self.linked_by or lookup in names or (field in names and compared in _COMPARED)

    # Pages.

    def address_of(self, target: M | Listed | None) -> str:
        """The page of a row; of the list for None, as it was filtered for `Listed`."""
        if isinstance(target, Listed):
            return target.url
        return list_url(self.model) if target is None else page_url(target)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("do/<slug:slug>/", view(self.action_view), name=f"{self.url_name}_do"),
            path("<int:object_id>/do/<slug:slug>/", view(self.action_view), name=f"{self.url_name}_action"),
            *super().get_urls(),
        ]

    def action_view(self, request: HttpRequest, slug: str, object_id: int | None = None) -> HttpResponseBase:
        is_for_list = object_id is None
        page = next(
            (page for page in self.action_pages if (page.slug, page.is_for_list) == (slug, is_for_list)), None
        )
        target: M | Listed | None = None if is_for_list else self.get_object(request, str(object_id))
        if page is None or (target is None and not is_for_list):
            raise Http404
        if page.takes_list and may(request.user, page.can):
            target = self.listed(request)
        return ActionView.as_view(model_admin=self, action=page, target=target)(request)

    def listed(self, request: HttpRequest) -> Listed:
        """The list as the request filters it. Raises BadRequest for filters that make no sense."""
        _refuse_nul(request)
        try:
            changes = self.get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            raise BadRequest from error
        filters = {name: str(value) for name, value in request.GET.items() if name != PAGE_VAR}
        url = list_url(self.model, **filters)
        return Listed(self.list_name, changes.queryset, changes.result_count, ROWS_MAX, filters, url)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        _refuse_nul(request)
        context = {
            "title": self.list_name,
            "list_name": self.list_name,
            "empty": self.empty,
            "buttons": self._buttons(request, None),
            "rows_max": ROWS_MAX,
            "calendar": self._calendar(request),
        }
        return super().changelist_view(request, context | (extra_context or {}))  # type: ignore[return-value]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: M | None = None,
    ) -> HttpResponse:
        context["title"], context["subtitle"] = str(obj), None
        context["list_name"], context["buttons"] = self.list_name, self._buttons(request, obj)
        context["panels"] = [panel for panel in (draw(request, obj) for draw in self.panels) if panel]
        steps = context["steps"] = self.steps(request, obj) if obj else None
        page = super().render_change_form(request, context, add, change, form_url, obj)
        if steps and steps.is_moving and STILL not in request.GET:
            page.headers["Refresh"] = str(REFRESH_SECONDS)
        return page

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The object's part of the audit trail."""
        about = {
            "target_type__exact": self.audited_as or self.opts.label_lower,
            "target_id__exact": object_id,
        }
        return redirect(f"{reverse('admin:quantix_auditentry_changelist')}?{urlencode(about)}")

    def _filters(self, kind: type[F]) -> list[type[F]]:
        """The list's filters of a kind."""
        return [one for one in self.list_filter if isinstance(one, type) and issubclass(one, kind)]

    def _calendar(self, request: HttpRequest) -> Sequence[Leaf]:
        """The way into the list by days, if it is filtered by them; of the whole list, whatever else narrows it."""
        fields = [
            one.field for one in self._filters(DaysFilter) if one.parameter_name == "days" and one.field
        ]
        first = self.model._default_manager.order_by("pk").values_list(*fields[:1])[:1] if fields else ()
        moments = [moment for (moment,) in first if moment]
        today = timezone.localdate(clock.now())
        return calendar_of(request, timezone.localdate(moments[0]), today) if moments else ()

    def _buttons(self, request: HttpRequest, obj: M | None) -> list[dict[str, Any]]:
        elsewhere = () if obj is None else self.links(request, obj)
        shown = [{"label": words, "is_danger": False, "url": url} for words, url in elsewhere]
        return shown + [
            {
                "label": page.label,
                "is_danger": page.is_danger,
                "url": self._action_url(page, obj) + (_query(request) if page.takes_list else ""),
            }
            for page in self.action_pages
            if page.is_for_list == (obj is None) and page.offered_to(signed_in(request), obj)
        ]

    def _action_url(self, page: ActionPage, obj: M | None) -> str:
        if obj is None:
            return reverse(f"admin:{self.url_name}_do", args=[page.slug])
        return reverse(f"admin:{self.url_name}_action", args=[obj.pk, page.slug])


def _refuse_nul(request: HttpRequest) -> None:
    filters = (value for name, values in request.GET.lists() if name != SEARCH_VAR for value in values)
    if any("\x00" in value for value in filters):
        raise BadRequest


def _query(request: HttpRequest) -> str:
    """How a list is filtered, as the end of an address."""
    query = request.GET.copy()
    query.pop(PAGE_VAR, None)
    return f"?{query.urlencode()}" if query else ""


def list_url(model: type[models.Model], **lookups: object) -> str:
    """The address of the list of `model`, filtered by `lookups`."""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{address}?{urlencode(lookups)}" if lookups else address


def days_url(
    model: type[models.Model], span: Span, *, by: str = "days", since_ever: bool = False, **lookups: object
) -> str:
    """The list of the model's rows of these days, or (`since_ever`) up to the last of them; `by` names the filter."""
    is_one = span.first == span.last and not since_ever
    days = f"{span.last}" if is_one else f"{'' if since_ever else span.first}..{span.last}"
    return list_url(model, **lookups, **{by: days})


def page_url(row: models.Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def link_to(row: models.Model, words: object = "") -> SafeString:
    """A link to the page of `row`."""
    return format_html('<a href="{}">{}</a>', page_url(row), words or row)


def as_json(value: object) -> SafeString:
    """A JSON value, laid out to be read."""
    text = json.dumps(value, indent=2, ensure_ascii=False, cls=DjangoJSONEncoder)
    return format_html('<pre class="json" tabindex="0">{}</pre>', text)
