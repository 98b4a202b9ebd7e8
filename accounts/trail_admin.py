"""What staff did: the audit trail, and the lists that were taken away."""

import re
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.backends import find_by_login
from accounts.backoffice import ExportRows, StaffAdmin, as_json, days_by, either
from accounts.roles import Can, may
from accounts.services.exports import SECONDS_MAX
from quantix import clock
from quantix.models import AuditEntry, Export
from quantix.sections import name_of

_TRAIL = {
    "id": "id", "created_at": "created_at", "actor": "actor__username", "action": "action",
    "target_type": "target_type", "target_id": "target_id", "reason": "reason", "before": "before", "after": "after",
    "address": "address", "request_id": "request_id",
}  # fmt: skip

#: "bet 17", as the trail writes what it is about.
_SEARCHABLE = re.compile(r"[^\W_]{3}")
_ABOUT = re.compile(r"([a-z]+) ([0-9]{1,17})")


def _page_of(target_type: str) -> str | None:
    """The name of the address at which such objects have their page; None if they have none."""
    pages = {model._meta.label_lower: model._meta for model in admin.site._registry}
    found = pages.get(target_type)
    return f"admin:{found.app_label}_{found.model_name}_change" if found else None


class KindOfAction(admin.SimpleListFilter):
    """By the word before the point: a fixed list, where looking for the actions there are would read the table."""

    title = "action"
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        kinds = [
            "user",
            "report",
            "adjustment",
            "transaction",
            "reconciliation",
            "game",
            "event",
            "session",
            "bet",
            "limits",
            "question",
            "webhook",
            "season",
            "export",
        ]
        return [(kind, kind) for kind in kinds]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(action__startswith=f"{self.value()}.") if self.value() else queryset


@admin.register(AuditEntry)
class AuditAdmin(StaffAdmin[AuditEntry]):
    """The audit trail. Rows about money are shown to those who may read the ledger."""

    can_view = Can.READ_PLAYERS
    action_pages = [ExportRows(_TRAIL)]
    list_display = ["created_at", "actor", "action", "target", "reason", "address"]
    list_display_links = ["created_at"]
    list_filter = [KindOfAction, days_by("created_at")]
    linked_by = frozenset({"target_type__exact", "target_id__exact"})
    ordering = ("-created_at", "-pk")
    list_select_related = ["actor"]
    search_fields = ["action"]
    search_help_text = (
        "An action (user.suspend), who acted, a word of the reason, or what it is about (bet 17)"
    )
    fields = ["created_at", "actor", "action", "target", "reason", "was", "became", "address", "request_id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        rows = super().get_queryset(request)
        return (
            rows if may(request.user, Can.READ_LEDGER) else rows.exclude(target_type__startswith="wallets.")
        )

    def find(self, rows: QuerySet[AuditEntry], words: str) -> QuerySet[AuditEntry]:
        about = _ABOUT.fullmatch(words)
        if about:
            types = [
                model._meta.label_lower
                for model in admin.site._registry
                if model._meta.model_name == about[1]
            ]
            return rows.filter(target_type__in=types, target_id=about[2])
        wanted = Q(action__startswith=words) | Q(actor=find_by_login(words) or 0)
        # The index of reasons is made of threes of letters and digits: less of a word would be looked for in every row.
        return rows.filter(wanted | Q(reason__icontains=words) if _SEARCHABLE.search(words) else wanted)

    @admin.display(description="about")
    def target(self, entry: AuditEntry) -> SafeString | str:
        """A link to the page of what it is about, where that has one."""
        words = f"{entry.target_type.partition('.')[2]} {entry.target_id}"
        url = _page_of(entry.target_type)
        return (
            format_html('<a href="{}">{}</a>', reverse(url, args=[entry.target_id]), words) if url else words
        )

    @admin.display(description="before")
    def was(self, entry: AuditEntry) -> SafeString:
        return as_json(entry.before)

    @admin.display(description="after")
    def became(self, entry: AuditEntry) -> SafeString:
        return as_json(entry.after)


class ListTaken(admin.SimpleListFilter):
    title = "list"
    parameter_name = "listed__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        taken = Export.objects.values_list("listed", flat=True).distinct()
        return [(label, name_of(label)) for label in sorted(taken)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Export]) -> QuerySet[Export]:
        return queryset.filter(listed=self.value()) if self.value() else queryset


@admin.register(Export)
class ExportAdmin(StaffAdmin[Export]):
    """Who took which list away, and whether all of it was sent."""

    can_view = Can.EXPORT
    list_display = ["id", "started_at", "by", "list", "format", "rows", "state"]
    list_filter = [ListTaken, "format", either("is_whole", "state", "whole", "broken off")]
    empty = "No list was taken away yet. Export stands on the lists of players, sessions, bets, the ledger and others."
    list_select_related = ["by"]
    fields = ["by", "list", "format", "filtered_by", "rows", "state", "started_at", "finished_at"]

    @admin.display(description="list")
    def list(self, export: Export) -> str:
        return name_of(export.listed)

    @admin.display(description="filtered by")
    def filtered_by(self, export: Export) -> SafeString:
        return as_json(export.filters)

    @admin.display(description="state")
    def state(self, export: Export) -> str:
        """One that was never ended belongs to a server that was killed."""
        if export.is_whole is None:
            is_late = clock.now() - export.started_at > timedelta(seconds=SECONDS_MAX)
            return "broken off" if is_late else "being sent"
        return "whole" if export.is_whole else "broken off"
