"""The back-office as a site: who gets in, how lists are found, what waits. Its pages are the apps' `admin` modules."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth import logout as end_session
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from quantix import clock, dashboard
from quantix.sections import SECTIONS

#: A queue is counted no further.
COUNT_MAX = 1000


@dataclass(frozen=True)
class Queue:
    """Something that waits for staff: `count` of it, listed at `url`. `words` replaces the number where given.

    A `count` of rows is counted together with those of the other queues. `help` says what is to be done.
    """

    title: str
    url: str
    count: int | QuerySet[Any]
    words: str = ""
    help: str = ""

    @property
    def is_due(self) -> bool:
        return bool(self.count)


#: Each gives the queue (or several) as the user may see it, or None for who has nothing to do with it.
queues: list[Callable[[Any], Queue | Sequence[Queue] | None]] = []


class BackOffice(AdminSite):
    """Django's admin with the site's own sign-in, its rates and rules included, and queues on the front page."""

    site_title = "Quantix back-office"
    site_header = "Quantix"
    index_title = "Back-office"
    empty_value_display = "–"
    # Every section is in the bar at the top, on a phone too, with its lists below it; no script needed.
    enable_nav_sidebar = False

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The lists that the user may see, by section; `is_here` where `request` is. Those of one app for its label."""
        apps: Sequence[Any] = super().get_app_list(request, app_label)
        seen = {model["model"]._meta.label_lower: model for app in apps for model in app["models"]}
        for lists in SECTIONS.values():
            for label in lists.keys() & seen.keys():
                seen[label] |= {
                    "name": lists[label],
                    "is_here": request.path.startswith(seen[label]["admin_url"]),
                }
        return list(apps) if app_label else _sections(seen)

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff, who have passed the second factor where it is asked for."""
        user: Any = request.user
        return super().has_permission(request) and not user.lacks_second_factor

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The site's sign-in page; who is signed in and no staff is told so."""
        user: Any = request.user
        if user.is_authenticated and not (user.is_active and user.is_staff):
            raise PermissionDenied("The back-office is for staff.")
        target = request.GET.get(REDIRECT_FIELD_NAME, "")
        if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
            target = reverse("admin:index")
        if not user.is_authenticated:
            return redirect_to_login(target)
        return (
            redirect_to_login(target, reverse("second-factor"))
            if user.lacks_second_factor
            else redirect(target)
        )

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        if request.method == "POST":
            end_session(request)
        return redirect("/")

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        """Staff change their password where everybody does."""
        return redirect("account")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        charts, days_due = dashboard.draw_all(request.user)
        shown = {
            "queues": counted(queues_for(request.user)),
            "charts": charts,
            "days_due": days_due,
            "counted_at": timezone.localtime(clock.now()),
        }
        return super().index(request, shown | (extra_context or {}))


def _sections(seen: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of the sections in which there is a list to see; a section leads to its first."""
    found = [(name, [seen[label] for label in lists if label in seen]) for name, lists in SECTIONS.items()]
    return [
        {
            "name": name,
            "app_label": name.lower(),
            "app_url": lists[0]["admin_url"],
            "has_module_perms": True,
            "is_here": any(one["is_here"] for one in lists),
            "models": lists,
        }
        for name, lists in found
        if lists
    ]


def queues_for(user: Any) -> list[Queue]:
    """The queues that the user has to do with."""
    found = [find(user) or () for find in queues]
    return [queue for each in found for queue in ((each,) if isinstance(each, Queue) else each)]


def holding(user: Any, row: Model) -> Queue | None:
    """The user's queue in which `row` waits."""
    for queue in queues_for(user):
        rows = queue.count
        if isinstance(rows, QuerySet) and rows.model is type(row) and rows.filter(pk=row.pk).exists():
            return queue
    return None


def counted(queues: Sequence[Queue]) -> list[Queue]:
    """The queues with their rows counted, each up to COUNT_MAX, in one statement."""
    waiting = {
        number: queue.count.order_by().values("pk")[:COUNT_MAX].query.sql_with_params()
        for number, queue in enumerate(queues)
        if isinstance(queue.count, QuerySet)
    }
    if not waiting:
        return list(queues)
    parts = [f"SELECT {number}, count(*) FROM ({sql}) AS rows" for number, (sql, _) in waiting.items()]  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(parts), [value for _, values in waiting.values() for value in values]
        )
        counts = dict(cursor.fetchall())
    return [replace(queue, count=counts.get(number, queue.count)) for number, queue in enumerate(queues)]
