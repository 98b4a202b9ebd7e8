"""Reconciling for staff who wait: asked for by them, run by the worker, told check by check.

At ten million rows a run takes minutes. It holds no thread of the web server, and none of the worker's own: a thread
beside it runs the checks, over a connection whose advisory lock says that a run is under way. When a worker is killed
the lock goes with its connection, and the next one begins that run anew.
"""

import logging
import threading
from contextlib import closing
from dataclasses import asdict

from django.db import connection

from accounts import roles
from accounts.models import User
from quantix import audit, clock, periodic
from quantix.snapshot import Snapshot
from wallets import reconcile
from wallets.models import Reconciliation

logger = logging.getLogger("quantix.reconciling")
#: After one that broke off by a fault.
REST_SECONDS = 60.0
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


def start_due() -> None:
    """Begin the run that waits, if there is one, in a thread of its own; the worker looks every second."""
    is_running = any(thread.name == __name__ for thread in threading.enumerate())
    if not is_running and _due():
        # Daemon: a worker that is asked to end does not wait for it.
        threading.Thread(target=_run_and_close, name=__name__, daemon=True).start()


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


def _run_and_close() -> None:
    try:
        run_due()
    except Exception:
        logger.exception("a reconciliation broke off; it begins anew in %s s", REST_SECONDS)
        periodic.stopping.wait(REST_SECONDS)
    finally:
        connection.close()
