"""A request that is sent twice has its effect once.

The key, a fingerprint of the request and the reply are rows of the same database transaction as the
effect. A second request with the key waits on the unique index until the first has committed (then it
replays) or rolled back (then it runs): there is no state in between to clean up.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from quantix import clock
from quantix.db import in_one_transaction
from quantix.errors import FieldError, Invalid, KeyReused
from quantix.models import IdempotencyKey

_KEY = re.compile(r"[\x20-\x7e]{1,128}")


@dataclass(frozen=True)
class Reply:
    """What was answered: an HTTP status below 300 (or a redirect of a page) and a JSON body."""

    status: int
    body: Any
    replayed: bool = False


def once(*, user_id: int, key: str | None, request: tuple[str, str, Any], act: Callable[[], Reply]) -> Reply:
    """Run `act` in one durable transaction, or give back the reply it gave the first time.

    `request` is (method, path, parsed body); with `key` None, `act` just runs. Raises KeyReused where the
    key came with another request, Invalid where it is not 1 to 128 printable ASCII characters, and
    whatever `act` raises: a refused request leaves no key.
    """
    if key is None:
        return in_one_transaction(act)
    if not _KEY.fullmatch(key):
        message = "An Idempotency-Key is 1 to 128 printable ASCII characters."
        raise Invalid(FieldError("Idempotency-Key", "invalid-key", message))
    fingerprint = _fingerprint(request)

    def run_or_replay() -> Reply:
        row_id = _claim(user_id, key, fingerprint)
        if row_id is None:
            return _replay(user_id, key, fingerprint)
        reply = act()
        body = json.loads(json.dumps(reply.body, cls=DjangoJSONEncoder))
        IdempotencyKey.objects.filter(pk=row_id).update(status=reply.status, body=body)
        # As it will be replayed, so that the two replies are the same to the letter.
        return Reply(reply.status, body)

    return in_one_transaction(run_or_replay)


def is_kept(*, user_id: int, key: str) -> bool:
    """Whether the user's `key` has a reply that would be given again (or another request's, and be refused)."""
    kept = IdempotencyKey.objects.filter(user_id=user_id, key=key, status__isnull=False)
    return kept.filter(created_at__gte=clock.now() - timedelta(hours=settings.IDEMPOTENCY_HOURS)).exists()


def _fingerprint(request: tuple[str, str, Any]) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True, cls=DjangoJSONEncoder).encode()).hexdigest()


def _claim(user_id: int, key: str, fingerprint: str) -> int | None:
    """The id of a row that is ours now, or None where another request has the key (after waiting for it)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO idempotency_keys AS mine (user_id, key, fingerprint) VALUES (%s, %s, %s)
            ON CONFLICT (user_id, key) DO UPDATE
                SET fingerprint = excluded.fingerprint, status = NULL, body = NULL, created_at = now()
                WHERE mine.created_at < now() - make_interval(hours => %s)
            RETURNING id
            """,
            [user_id, key, fingerprint, settings.IDEMPOTENCY_HOURS],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _replay(user_id: int, key: str, fingerprint: str) -> Reply:
    kept = IdempotencyKey.objects.get(user_id=user_id, key=key)
    if kept.fingerprint != fingerprint:
        raise KeyReused
    assert kept.status is not None, "a committed key has its reply"
    return Reply(kept.status, kept.body, replayed=True)
