"""Reconciliations in the back-office: the runs there were, how far one is, and each difference with its row."""

import re
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.backoffice import Panel, StaffAdmin, Step, Steps, either, list_url
from accounts.roles import Can, may
from quantix import clock
from quantix.backoffice import Queue
from wallets import reconcile
from wallets.backoffice import RunNow
from wallets.models import Adjustment, Reconciliation, Transaction, Wallet

#: What checks, and the metadata of postings, call rows of these, in "wallet 17", say. Higher apps add theirs.
subjects: dict[str, type[Model]] = {
    "wallet": Wallet,
    "transaction": Transaction,
    "adjustment": Adjustment,
    "reverses": Transaction,
}
#: There is one every night: without one for so long, something stands still.
LATE = timedelta(hours=36)
_SUBJECT = re.compile(r"(?:option \S+ of )?([a-z]+) ([0-9]+)")


@admin.register(Reconciliation)
class ReconciliationAdmin(StaffAdmin[Reconciliation]):
    can_view = Can.READ_LEDGER
    action_pages = [RunNow()]
    list_display = ["id", "state", "started_at", "took", "requested_by"]
    list_filter = [either("is_clean", "outcome", "clean", "with differences")]
    empty = "The ledger was not checked yet. Reconcile now checks every promise about money."
    list_select_related = ["requested_by"]
    fields = ["state", "started_at", "took", "requested_by"]

    def steps(self, request: HttpRequest, obj: Reconciliation) -> Steps | None:
        return None if obj.finished_at else steps_of(obj)

    @admin.display(description="state")
    def state(self, run: Reconciliation) -> str:
        return run.state

    @admin.display(description="took")
    def took(self, run: Reconciliation) -> str:
        if run.started_at is None or run.finished_at is None:
            return "–"
        return f"{(run.finished_at - run.started_at).total_seconds():.1f} s"


def steps_of(run: Reconciliation) -> Steps:
    """How far a run is that is not over: its page comes anew until it is."""
    done, checks = len(run.findings), reconcile.checks()
    now = f"Checks now: {checks[done].title}." if done < len(checks) else "Writes down what it found."
    return Steps(
        now if run.started_at else "Waits for the worker, which looks every second.",
        [
            Step("Asked for", "done"),
            Step("Checking", "now", f"{done} of {len(checks)} checks", done, len(checks)),
            Step("Told", "next"),
        ],
        is_moving=True,
    )


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
    words = _verdict(last)
    when = f" on {timezone.localtime(last.finished_at):%d %b, %H:%M}" if last else ""
    return Queue(f"last reconciliation{when}", list_url(Reconciliation), int(words != "clean"), words)


def _verdict(last: Reconciliation | None) -> str:
    if last is None or last.finished_at is None:
        return "never"
    if not last.is_clean:
        return "differences"
    return "overdue" if last.finished_at < clock.now() - LATE else "clean"


ReconciliationAdmin.panels += [differences_panel, checks_panel]
