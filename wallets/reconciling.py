"""Reconciling for staff who wait, and every night: asked for by them or the worker, run by it, told check by check.

At ten million rows a run takes minutes. It holds no thread of the web server, and none of the worker's own: a thread
beside it runs the checks, over a connection whose advisory lock says that a run is under way. When a worker is killed
the lock goes with its connection, and the next one begins that run anew.
"""

from contextlib import closing
from dataclasses import asdict
from datetime import datetime

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from accounts import roles
from accounts.models import User
from quantix import audit, clock, periodic
from quantix.db import in_one_transaction
from quantix.snapshot import Snapshot
from wallets import reconcile
from wallets.models import Reconciliation

#: The hour in Kolkata from which on a night's run may begin: few play then, and who comes in the morning reads it.
HOUR = 4
#: Of an advisory lock: who holds its first place runs; its second is for who asks for the night's run.
_LOCK = 0x51_0002


def request_run(*, by: User) -> Reconciliation:
    """Ask the worker for a run; one that waits or runs already is the one. To be called in a transaction.

    Raises Forbidden.
    """
    roles.demand(by, roles.Can.RECONCILE)
    run = _due()
    if run is None:
        run = Reconciliation.objects.create(requested_by=by, started_at=None, finished_at=None)
    audit.record(actor=by, action="reconciliation.run", target=run)
    return run


def ask_nightly() -> Reconciliation | None:
    """Ask for the night's run, from HOUR on, unless one waits, is under way or has begun since; the worker calls it."""
    now = timezone.localtime(clock.now())
    night = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if now.hour < HOUR or _has_run_since(night.replace(hour=HOUR)):
        return None
    return in_one_transaction(lambda: _ask_nightly(night.replace(hour=HOUR)))


def start_due() -> None:
    """Begin the run that waits, if there is one, beside the worker's other work; it looks every second."""
    if _due():
        periodic.beside(run_due)


def run_due() -> Reconciliation | None:
    """Do the run that waits, telling what each check finds as it is found; None if another worker is at it."""
    with closing(Snapshot()) as snapshot:
        run = _due() if snapshot.take_place(_LOCK, 1) else None
        if run is None:
            return None
        run.started_at, run.findings = clock.now(), []
        run.save(update_fields=["started_at", "findings"])
        for finding in reconcile.findings_of(snapshot):
            run.findings.append(asdict(finding))
            run.save(update_fields=["findings"])
            if periodic.stopping.is_set():
                return None
    run.finished_at = clock.now()
    run.is_clean = not any(finding["broken"] for finding in run.findings)
    run.save(update_fields=["finished_at", "is_clean"])
    return run


def _due() -> Reconciliation | None:
    return Reconciliation.objects.filter(finished_at=None).order_by("id").first()


def _has_run_since(moment: datetime) -> bool:
    """Whether a run has begun since, or will."""
    return Reconciliation.objects.filter(Q(finished_at=None) | Q(started_at__gte=moment)).exists()


def _ask_nightly(since: datetime) -> Reconciliation | None:
    with connection.cursor() as cursor:
        # Of several workers one asks; the others then see it.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 1)", [_LOCK])
    if _has_run_since(since):
        return None
    run = Reconciliation.objects.create(started_at=None, finished_at=None)
    audit.record(actor=None, action="reconciliation.run", target=run)
    return run
