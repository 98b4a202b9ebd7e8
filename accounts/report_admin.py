"""Players reported, in the back-office: the queue, the words, and what came of it."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from accounts.backends import find_by_login
from accounts.backoffice import ActionPage, Done, Panel, StaffAdmin, link_to, list_url, page_url
from accounts.models import PlayerReport, User
from accounts.roles import Can, may
from accounts.services import reports
from quantix import backoffice
from quantix.backoffice import Queue

#: Of other reports, as many as a page shows.
OTHERS = 10


class Dismiss(ActionPage):
    slug, label, can = "dismiss", "Dismiss", Can.HANDLE_REPORTS
    help = "Closes the report: there is nothing to be done about the player."

    def offered(self, target: PlayerReport) -> bool:
        return target.status == "open"

    def act(self, *, by: User, target: PlayerReport, data: Mapping[str, Any]) -> Done:
        report = reports.decide_report(by=by, report_id=target.pk, acted=False, reason=data["reason"])
        return Done(list_url(PlayerReport, status__exact="open"), f"{report} is dismissed.")


class ActOn(ActionPage):
    slug, label, can = "act", "Act on it", Can.HANDLE_REPORTS
    help = "Closes the report as one that was right. What follows for the player you choose next."

    def offered(self, target: PlayerReport) -> bool:
        return target.status == "open"

    def act(self, *, by: User, target: PlayerReport, data: Mapping[str, Any]) -> Done:
        report = reports.decide_report(by=by, report_id=target.pk, acted=True, reason=data["reason"])
        return Done(
            page_url(report),
            f"{report} is closed as acted on. What follows, you choose on the player's page.",
        )


@admin.register(PlayerReport)
class PlayerReportAdmin(StaffAdmin[PlayerReport]):
    can_view = Can.HANDLE_REPORTS
    action_pages = [ActOn(), Dismiss()]
    list_display = ["id", "created_at", "player", "reason", "said", "by_whom", "status"]
    list_filter = ["status", "reason"]
    empty = "Nobody was reported yet. Players do it from each other's pages."
    list_select_related = ["reporter", "reported"]
    linked_by = frozenset({"reported__id__exact", "reporter__id__exact"})
    search_fields = ["reported"]
    search_help_text = "The reported player's e-mail or username, whole"
    fields = [
        "player", "reason", "words", "by_whom", "created_at", "status", "decided_by", "decided_at", "decision",
        "follows",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlayerReport]:
        return super().get_queryset(request).select_related("reporter", "reported", "decided_by")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """What staff decided is shown once there is something."""
        is_open = obj is None or obj.status == "open"
        return [*self.fields[:6], *([] if is_open else self.fields[6:])]

    def find(self, rows: QuerySet[PlayerReport], words: str) -> QuerySet[PlayerReport]:
        return rows.filter(reported=find_by_login(words) or 0)

    @admin.display(description="player")
    def player(self, report: PlayerReport) -> SafeString:
        return link_to(report.reported)

    @admin.display(description="reported by")
    def by_whom(self, report: PlayerReport) -> SafeString:
        return link_to(report.reporter)

    @admin.display(description="words")
    def said(self, report: PlayerReport) -> str:
        return Truncator(report.words).chars(80)

    @admin.display(description="what follows")
    def follows(self, report: PlayerReport) -> SafeString | str:
        """The way on to suspending, while there is somebody to suspend."""
        if report.status != "acted":
            return "nothing"
        if not report.reported.is_active:
            return f"{report.reported} is suspended"
        url = reverse("admin:accounts_user_action", args=[report.reported_id, "suspend"])
        return format_html('<a href="{}">Suspend {}</a>', url, report.reported)


def _panel(title: str, found: QuerySet[PlayerReport], url: str) -> Panel | None:
    rows = [
        [
            link_to(report, f"{timezone.localtime(report.created_at):%d %b %Y, %H:%M}"),
            report.reported,
            report.get_reason_display(),
            Truncator(report.words).chars(80),
            report.get_status_display(),
        ]
        for report in found.select_related("reported").order_by("-id")[:OTHERS]
    ]
    return Panel(title, ["when", "player", "about", "words", "status"], rows, url) if rows else None


def others_about_the_player(request: HttpRequest, report: PlayerReport) -> Panel | None:
    others = PlayerReport.objects.filter(reported=report.reported_id).exclude(pk=report.pk)
    url = list_url(PlayerReport, reported__id__exact=report.reported_id)
    return _panel("Other reports of this player", others, url)


def others_by_the_reporter(request: HttpRequest, report: PlayerReport) -> Panel | None:
    others = PlayerReport.objects.filter(reporter=report.reporter_id).exclude(pk=report.pk)
    url = list_url(PlayerReport, reporter__id__exact=report.reporter_id)
    return _panel("Other reports by the same player", others, url)


def players_reported(user: Any) -> Queue | None:
    if not may(user, Can.HANDLE_REPORTS):
        return None
    url = list_url(PlayerReport, status__exact="open")
    return Queue(
        "players reported", url, PlayerReport.objects.open(), help="Read it, then dismiss it or act on it."
    )


PlayerReportAdmin.panels += [others_about_the_player, others_by_the_reporter]
backoffice.queues.insert(0, players_reported)
