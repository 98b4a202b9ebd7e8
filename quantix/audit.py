"""The audit trail: one row for each thing a member of staff does, written in the same transaction."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import models

from quantix.context import origin
from quantix.models import AuditEntry

if TYPE_CHECKING:
    from accounts.models import User


def record(
    *,
    actor: "User | None",
    action: str,
    target: models.Model,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> AuditEntry:
    """Write that `actor` (None: the system) did `action` to `target`; from where is known from the request."""
    written = entry(actor=actor, action=action, target=target, before=before, after=after, reason=reason)
    written.save(force_insert=True)
    return written


def record_all(entries: Sequence[AuditEntry]) -> None:
    """Write many at once, each made by `entry`."""
    AuditEntry.objects.bulk_create(entries)


def entry(
    *,
    actor: "User | None",
    action: str,
    target: models.Model,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> AuditEntry:
    """What `record` writes, not written yet."""
    where = origin()
    return AuditEntry(
        actor=actor,
        action=action,
        target_type=target._meta.label_lower,
        target_id=target.pk,
        before=before or {},
        after=after or {},
        reason=reason,
        address=where.address,
        request_id=where.request_id,
    )
