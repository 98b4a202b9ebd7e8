"""What the worker does for games: sessions whose time is over, events whose betting closes."""

import logging
from functools import partial

from games.models import GameSession
from games.services import bank_import, bank_statistics, events, sessions
from quantix import clock
from quantix.db import in_one_transaction
from quantix.errors import DatabaseAway

logger = logging.getLogger("quantix.sweeps")
SWEEP_SESSIONS_MAX = 200


def expire_sessions() -> int:
    """End the sessions that are past their deadline, each in a transaction of its own; how many."""
    due = GameSession.objects.running().filter(expires_at__lte=clock.now()).order_by("expires_at")
    ended = 0
    for session_id in due.values_list("pk", flat=True)[:SWEEP_SESSIONS_MAX]:
        ended += _expire(session_id)
    return ended


def _expire(session_id: int) -> bool:
    """End one session; whether it was ended. One that cannot be ended must not keep the others from it."""
    try:
        return in_one_transaction(partial(sessions.expire_session, session_id=session_id)) is not None
    except DatabaseAway:
        raise
    except Exception:
        logger.exception("session %s cannot be expired", session_id)
        return False


def close_events() -> int:
    return in_one_transaction(events.close_due_events)


def forget_uploads() -> int:
    """Delete files of questions that were uploaded and never imported."""
    return in_one_transaction(bank_import.forget_uploads)


def work_out_statistics() -> int:
    """Bring the statistics of questions up to their newest answers."""
    return in_one_transaction(bank_statistics.work_out)
