"""Reconciliations in the back-office: the runs there were, how far one is, and each difference with its row."""

import re
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.backoffice import Panel, StaffAdmin, list_url
from accounts.roles import Can, may
from quantix.backoffice import Queue
from wallets import reconcile
from wallets.backoffice import RunNow
from wallets.models import Reconciliation, Transaction, Wallet

#: The page of a run that goes on is fetched again so often, until one asks it not to.
REFRESH_SECONDS = 2
#: What checks call rows of these, in "wallet 17", say. Higher apps add theirs.
subjects: dict[str, type[Model]] = {"wallet": Wallet, "transaction": Transaction}
_SUBJECT = re.compile(r"(?:option \S+ of )?([a-z]+) ([0-9]+)")


@admin.register(Reconciliation)
class ReconciliationAdmin(StaffAdmin[Reconciliation]):
    can_view = Can.READ_LEDGER
    action_pages = [RunNow()]
    list_display = ["id", "state", "started_at", "took", "requested_by"]
    list_filter = ["is_clean"]
    list_select_related = ["requested_by"]
    fields = ["state", "progress", "started_at", "took", "requested_by"]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Fetched again while the run goes on, by the browser itself; `still` stops that (WCAG 2.2.2)."""
        response = super().change_view(request, object_id, *args, **kwargs)
        run = (getattr(response, "context_data", None) or {}).get("original")
        if run and run.finished_at is None and "still" not in request.GET:
            response["Refresh"] = str(REFRESH_SECONDS)
        return response

    def get_fields(self, request: HttpRequest, obj: Reconciliation | None = None) -> Any:
        is_over = obj is None or obj.finished_at is not None
        return [name for name in self.fields or () if not (is_over and name == "progress")]

    @admin.display(description="state")
    def state(self, run: Reconciliation) -> str:
        return str(run)

    @admin.display(description="progress")
    def progress(self, run: Reconciliation) -> SafeString:
        done, checks = len(run.findings), reconcile.checks()
        now = checks[done].title if done < len(checks) else "Writing it down"
        return format_html(
            '<progress value="{}" max="{}" aria-label="Checks done"></progress> {} of {} checks done. Now: {}.'
            ' This page is fetched anew every {} seconds. <a href="?">Go on</a>, <a href="?still">stop that</a>',
            done, len(checks), done, len(checks), now, REFRESH_SECONDS,
        )  # fmt: skip

    @admin.display(description="took")
    def took(self, run: Reconciliation) -> str | None:
        if run.started_at is None or run.finished_at is None:
            return None
        return f"{(run.finished_at - run.started_at).total_seconds():.1f} s"


def checks_panel(request: HttpRequest, run: Reconciliation) -> Panel:
    """Each promise, how many rows were checked, and how many broke it."""
    rows: list[list[object]] = [
        [
            finding["promise"],
            finding["title"],
            f"{finding['checked']:,}",
            finding["broken"],
            finding["seconds"],
        ]
        for finding in run.findings
    ]
    if run.finished_at is None:
        rows += [[check.promise, check.title, None, None, None] for check in reconcile.checks()[len(rows) :]]
    headings = ["promise", "what it says", "checked", "broken", "seconds"]
    return Panel("Promises", headings, rows, figures=(2, 3, 4))


def differences_panel(request: HttpRequest, run: Reconciliation) -> Panel | None:
    """The first rows that broke a promise, with a way to each."""
    rows = [
        [finding["promise"], subject_link(example["subject"]), example["expected"], example["found"]]
        for finding in run.findings
        for example in finding["examples"]
    ]
    return Panel("Differences", ["promise", "where", "expected", "found"], rows) if rows else None


def subject_link(words: str) -> SafeString | str:
    """What a check tells of, as a link to its page; a reference leads to the postings that have it."""
    told = _SUBJECT.fullmatch(words)
    if told and told[1] in subjects:
        options = subjects[told[1]]._meta
        url = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[told[2]])
    elif ":" in words:
        url = list_url(Transaction, q=words)
    else:
        return words
    return format_html('<a href="{}">{}</a>', url, words)


def last_reconciliation(user: Any) -> Queue | None:
    if not may(user, Can.RECONCILE):
        return None
    last = Reconciliation.objects.filter(finished_at__isnull=False).order_by("-id").first()
    words = "never" if last is None else "clean" if last.is_clean else "differences"
    when = f" on {timezone.localtime(last.finished_at):%d %b, %H:%M}" if last else ""
    return Queue(f"last reconciliation{when}", list_url(Reconciliation), int(words != "clean"), words)


ReconciliationAdmin.panels += [checks_panel, differences_panel]
