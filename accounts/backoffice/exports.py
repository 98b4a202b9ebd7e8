"""Lists to take away: one action in a list's `action_pages` says under which headings its rows are written.

action_pages = [ExportRows({"id": "id", "player": "user__username", "balance": "balance"})]
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone

from accounts.backoffice.actions import ActionPage, Preview
from accounts.models import User
from accounts.roles import Can
from accounts.services import exports
from quantix import clock

#: How links to a list name the user whose rows they want (`reported__id__exact` too).
_OF_USER = ("user__id__exact", "reported__id__exact")


@dataclass(frozen=True)
class Listed:
    """A list as it is filtered: its rows, all of them, how many (`count_max` or more, where it is that), and where."""

    name: str
    rows: QuerySet[Any]
    count: int
    count_max: int
    filters: Mapping[str, str]
    url: str

    def __str__(self) -> str:
        return self.name


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        choices=[("xlsx", "XLSX, for spreadsheets"), ("csv", "CSV, for programs")],
        widget=forms.RadioSelect,
        initial="xlsx",
    )


class ExportRows(ActionPage):
    """The rows that the list finds, as a file. `columns`: heading → a field's path, or an expression."""

    slug, label, can, form_class, is_for_list = "export", "Export", Can.EXPORT, ExportForm, True
    verb = "Download"
    help = "Every row that the list finds as it is filtered now, as of one moment. The audit trail keeps who took what."
    opens_transactions = takes_list = True

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self.columns = columns

    def overview(self, target: Listed) -> Preview:
        many = target.count >= target.count_max
        told = ", ".join(_told(name, value) for name, value in target.filters.items() if value)
        return Preview(
            [
                ("Rows", f"{target.count_max:,} or more" if many else f"{target.count:,}"),
                ("Filtered by", told or "nothing: all rows"),
                ("Columns", ", ".join(self.columns)),
            ]
        )

    def act(self, *, by: User, target: Listed, data: Mapping[str, Any]) -> StreamingHttpResponse:
        wanted = exports.Wanted(target.rows, self.columns, target.filters, data["format"])
        name = f"quantix-{target.name.lower().replace(' ', '-')}-{timezone.localtime(clock.now()):%Y-%m-%d}"
        return StreamingHttpResponse(
            exports.export_rows(by=by, wanted=wanted),
            content_type=exports.FORMATS[data["format"]].CONTENT_TYPE,
            headers={
                "Content-Disposition": f'attachment; filename="{name}.{data["format"]}"',
                "Cache-Control": "private, no-store",
                # A proxy that holds the reply back until it is whole would wait for minutes.
                "X-Accel-Buffering": "no",
            },
        )


def _told(name: str, value: str) -> str:
    """A filter as one says it: "category: bet", and of a user's key whose it is."""
    if name.endswith(_OF_USER) and value.isdecimal() and len(value) < 18:
        return f"player: {User.objects.filter(pk=int(value)).first() or value}"
    return f"{_words(name)}: {value}"


def _words(name: str) -> str:
    """The name of a filter, as one says it."""
    return (
        "search" if name == SEARCH_VAR else name.removesuffix("__exact").replace("__", " ").replace("_", " ")
    )
