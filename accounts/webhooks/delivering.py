"""Sending what was announced: the worker's part.

Once a second the worker looks which webhooks have something due and gives each a *round* in a thread of its
own: deliveries are taken, sent one after the other, and each result is written before the next is sent. The
worker itself never waits for a receiver. What a killed worker had taken is due again after LEASE.
"""

import json
import logging
import random
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime, timedelta
from functools import cache, partial
from urllib.parse import urlsplit

from django.db import connection
from django.db.models.functions import Coalesce

from accounts.webhooks import sender, signing
from accounts.webhooks.catalog import VERSION
from accounts.webhooks.models import Delivery, Webhook, WebhookEvent
from quantix import audit, clock, periodic
from quantix.db import in_one_transaction

logger = logging.getLogger("quantix.webhooks")

#: Rounds at once in one worker, and of these to one host.
ROUNDS_MAX, ROUNDS_PER_HOST_MAX = 8, 2
#: A round begins nothing new after ROUND_SECONDS.
ROUND_SECONDS, BATCH = 10.0, 10
#: Longer than a batch can take.
LEASE = timedelta(seconds=60)
#: 15 s, 1 min, 4 min, 16 min, 64 min, 4 h, 17 h: about a day.
TRIES_MAX, FIRST_PAUSE_SECONDS, PAUSE_FACTOR = 8, 15, 4
#: A webhook that fails rests for as long as it has been failing, within these.
REST_MIN, REST_MAX = timedelta(seconds=1), timedelta(minutes=1)
FAILING_MAX = timedelta(days=3)
KEEP = timedelta(days=30)
FORGET_MAX = 10_000
_GONE = 410


class Rounds:
    """The rounds that are under way in this process."""

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(ROUNDS_MAX, "webhooks")
        self.running: dict[int, tuple[str, Future[None]]] = {}

    def start(self) -> int:
        """Begin a round for each webhook that has something due, as far as there is room; how many."""
        self.running = {pk: kept for pk, kept in self.running.items() if not kept[1].done()}
        if len(self.running) == ROUNDS_MAX:
            return 0
        # In no order: who is slow must not always be first.
        waiting = Webhook.objects.with_something_due(clock.now()).exclude(pk__in=self.running).order_by("?")
        started = 0
        for webhook in waiting:
            host = urlsplit(webhook.url).netloc
            if len(self.running) < ROUNDS_MAX and self._rounds_to(host) < ROUNDS_PER_HOST_MAX:
                self.running[webhook.pk] = (
                    host,
                    self.threads.submit(copy_context().run, run_round, webhook.pk),
                )
                started += 1
        return started

    def wait(self, seconds: float) -> None:
        """Until all rounds are over, or `seconds` have passed."""
        until = time.monotonic() + seconds
        for _, round in list(self.running.values()):
            round.exception(max(0.0, until - time.monotonic()))

    def _rounds_to(self, host: str) -> int:
        return sum(other == host for other, _ in self.running.values())


@cache
def rounds() -> Rounds:
    """This process's."""
    return Rounds()


def start_rounds() -> int:
    return rounds().start()


def run_round(webhook_id: int) -> None:
    """Send what is due to one webhook, until nothing is, one fails, or the time is over."""
    until = time.monotonic() + ROUND_SECONDS
    try:
        while send_batch(webhook_id, until):
            pass
    except Exception:
        logger.exception("a round of webhook %s broke off; what it had taken comes round again", webhook_id)
    finally:
        connection.close()


def send_batch(webhook_id: int, until: float) -> bool:
    """Take and send a few deliveries; whether the round should go on. What was taken and not tried is given back."""
    taken = in_one_transaction(partial(_take, webhook_id))
    for place, delivery in enumerate(taken):
        went_well = in_one_transaction(partial(_record, delivery, _send(delivery)))
        if not went_well or time.monotonic() > until or periodic.stopping.is_set():
            rest = [other.pk for other in taken[place + 1 :]]
            Delivery.objects.filter(pk__in=rest).update(taken_until=None)
            return False
    return len(taken) == BATCH


def body_of(event: WebhookEvent) -> bytes:
    """What is sent of an event: the same bytes each time."""
    told = {
        "id": event.name,
        "type": event.type,
        "version": VERSION,
        "timestamp": event.created_at.isoformat().replace("+00:00", "Z"),
        "data": event.data,
    }
    return json.dumps(told, separators=(",", ":")).encode()


def pause_after(tries: int) -> timedelta:
    """How long to wait after so many tries; a little more or less, so that many do not come back at once."""
    seconds: float = FIRST_PAUSE_SECONDS * PAUSE_FACTOR ** (tries - 1)
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))


def _take(webhook_id: int) -> list[Delivery]:
    """The next deliveries to the webhook, ours for LEASE, the oldest first; none where it rests or is off."""
    now = clock.now()
    due = Delivery.objects.due(now).filter(webhook__in=Webhook.objects.ready(now).filter(pk=webhook_id))
    mine = due.select_for_update(skip_locked=True, no_key=True).order_by("due_at", "id")
    ids = list(mine.values_list("pk", flat=True)[:BATCH])
    Delivery.objects.filter(pk__in=ids).update(taken_until=now + LEASE)
    taken = Delivery.objects.filter(pk__in=ids).select_related("webhook", "event")
    return list(taken.order_by("due_at", "id"))


def _send(delivery: Delivery) -> sender.Answer:
    body = body_of(delivery.event)
    headers = signing.headers(delivery.webhook, delivery.event.name, body, clock.now())
    headers |= {"Content-Type": "application/json", "User-Agent": "Quantix-Webhooks/1"}
    return sender.post(delivery.webhook.url, body, headers)


def _record(delivery: Delivery, answer: sender.Answer) -> bool:
    """Write what came of a try; whether it went well."""
    now = clock.now()
    tries = delivery.tries + 1
    told = {"tries": tries, "last_tried_at": now, "last_status": answer.status, "taken_until": None}
    row = Delivery.objects.filter(pk=delivery.pk)
    if answer.is_success:
        row.update(**told, last_error="", status=Delivery.Status.DELIVERED, delivered_at=now)
        failing = Webhook.objects.filter(pk=delivery.webhook_id, failing_since__isnull=False)
        failing.update(failing_since=None, rests_until=None)
        return True
    over = tries >= TRIES_MAX or answer.status == _GONE
    row.update(
        **told,
        last_error=answer.error[:200],
        status=Delivery.Status.FAILED if over else Delivery.Status.PENDING,
        due_at=now + pause_after(tries),
    )
    _note_failure(delivery.webhook, answer, now)
    return False


def _note_failure(webhook: Webhook, answer: sender.Answer, now: datetime) -> None:
    """Let the webhook rest, or switch it off: for good where the receiver says so, or after days without success."""
    since = webhook.failing_since or now
    rest = min(max(now - since, REST_MIN), REST_MAX)
    row = Webhook.objects.filter(pk=webhook.pk, deleted_at=None)
    row.update(failing_since=Coalesce("failing_since", now), rests_until=now + rest)
    if answer.status == _GONE:
        _switch_off(webhook, "The receiver answered 410: gone.")
    elif now - since > FAILING_MAX:
        _switch_off(webhook, f"Nothing has arrived for {FAILING_MAX.days} days. {answer.error}"[:200])


def _switch_off(webhook: Webhook, why: str) -> None:
    on = Webhook.objects.filter(pk=webhook.pk, is_active=True)
    if on.update(is_active=False, disabled_because=why):
        audit.record(actor=None, action="webhook.disable", target=webhook, reason=why)


_FORGET_DELIVERIES = """
    DELETE FROM webhook_deliveries WHERE id IN (
        SELECT d.id FROM webhook_events e JOIN webhook_deliveries d ON d.event_id = e.id
        WHERE e.created_at < %s LIMIT %s)
"""
_FORGET_EVENTS = """
    DELETE FROM webhook_events WHERE id IN (
        SELECT e.id FROM webhook_events e WHERE e.created_at < %s
            AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.event_id = e.id) LIMIT %s)
"""


def forget_old() -> None:
    """Delete what was announced more than KEEP ago, and webhooks deleted then, a bounded number at a time."""
    before = clock.now() - KEEP
    for statement in (_FORGET_DELIVERIES, _FORGET_EVENTS):
        while in_one_transaction(partial(_forget, statement, before)) == FORGET_MAX:
            pass
    Webhook.objects.filter(deleted_at__lt=before, deliveries=None).delete()


def _forget(statement: str, before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, [before, FORGET_MAX])
        return int(cursor.rowcount)
