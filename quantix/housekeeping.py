"""What the worker does for the tables that every app stands on."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Func, IntegerField
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from quantix.models import Attempts, BrowserSession, IdempotencyKey

#: A task that has run for so long was taken by a worker that is no more.
LOST_AFTER = timedelta(minutes=5)
TRIES_MAX = 5
KEEP_TASKS = timedelta(days=7)


def forget_old_keys() -> None:
    """Delete idempotency keys and attempts that no longer count, and tasks done long ago."""
    IdempotencyKey.objects.filter(
        created_at__lt=timezone.now() - timedelta(hours=settings.IDEMPOTENCY_HOURS)
    ).delete()
    Attempts.objects.filter(expires_at__lt=timezone.now()).delete()
    DBTaskResult.objects.finished().filter(finished_at__lt=timezone.now() - KEEP_TASKS).delete()


def forget_old_sessions() -> None:
    """Delete the sessions that have run out."""
    BrowserSession.objects.filter(expire_date__lt=timezone.now()).delete()


def revive_tasks() -> int:
    """Queue again the tasks whose worker was killed, and those that failed, a minute later, TRIES_MAX times in all.

    A task may so be delivered twice: each must bear it. Returns how many.
    """
    now = timezone.now()
    lost = DBTaskResult.objects.running().filter(started_at__lt=now - LOST_AFTER)
    tries = Func("worker_ids", function="jsonb_array_length", output_field=IntegerField())
    failed = DBTaskResult.objects.failed().alias(tries=tries).filter(tries__lt=TRIES_MAX)
    revived = lost.update(status=TaskResultStatus.READY)
    return revived + failed.update(status=TaskResultStatus.READY, run_after=now + timedelta(minutes=1))
