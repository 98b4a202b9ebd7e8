"""The nightly search for linked accounts: one transaction, by one worker, at most once a day."""

import math
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from betting.links import statements
from betting.links.models import AccountLink, LinkSearch
from quantix import clock
from quantix.db import in_one_transaction

#: The hour in Kolkata from which on a day's search may begin: few play then.
HOUR = 3
#: A link that is not found again is kept for so long.
KEPT = timedelta(days=90)
#: Whatever the number of accounts, no less than this is told: ten thousand to one.
EVIDENCE_MIN = math.log(10_000)
#: Of an advisory lock's key, the room.
_ROOM = 0x6C6B


def search_nightly() -> LinkSearch | None:
    """Search once a day, from HOUR on. The worker calls it; of several at once, one does it."""
    today = timezone.localtime(clock.now())
    if today.hour < HOUR or LinkSearch.objects.filter(day=today.date()).exists():
        return None
    return in_one_transaction(lambda: search_day(today))


def search(until: datetime) -> LinkSearch:
    """Weigh what accounts have done in the WINDOW_DAYS before `until`, and keep the links that it shows.

    To be called in a transaction. The search is not saved.
    """
    began_at = timezone.now()
    values = {"since": until - timedelta(days=statements.WINDOW_DAYS), "until": until}
    with connection.cursor() as cursor:
        # Sorts and hashes of a month's acts; for this transaction only.
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(statements.ACTS)
        for kind, acts, seconds in statements.FILLED:
            cursor.execute(statements.fill_acts(kind, acts, seconds), values)
        cursor.execute("CREATE INDEX ON link_acts (user_id, kind)")
        cursor.execute("ANALYZE link_acts")
        cursor.execute(statements.CANDIDATES)
        cursor.execute("ANALYZE link_candidates")
        cursor.execute(statements.TRIALS)
        cursor.execute(statements.SEEN, values)
        cursor.execute("ANALYZE link_seen")
        cursor.execute(statements.AFTER)
        cursor.execute("CREATE INDEX ON link_after (later, earlier, question_id)")
        cursor.execute("ANALYZE link_after")
        cursor.execute(statements.ANSWER_TRIALS)
        accounts = _accounts(cursor)
        cursor.execute(statements.ADDRESSES, values)
        cursor.execute("CREATE INDEX ON link_addresses (user_id)")
        cursor.execute(statements.ADDRESS_TRIALS, {"accounts": accounts})
        cursor.execute("CREATE INDEX ON link_trials (low, high)")
        cursor.execute(statements.WEIGHED)
        cursor.execute(statements.KEPT, values | {"threshold": threshold(accounts)})
        links = cursor.rowcount
        cursor.execute("SELECT count(*) FROM link_weighed")
        candidates = cursor.fetchone()[0]
        for table in ("acts", "candidates", "trials", "seen", "after", "addresses", "weighed"):
            cursor.execute(f"DROP TABLE link_{table}")
    AccountLink.objects.filter(found_at__lt=until - KEPT).delete()
    found = {"accounts": accounts, "candidates": candidates, "links": links}
    return LinkSearch(began_at=began_at, ended_at=timezone.now(), **found)


def threshold(accounts: int) -> float:
    """The evidence (natural logarithm of a likelihood ratio) from which on a pair among `accounts` is told.

    Under chance a likelihood ratio is t or more in at most one of t pairs (Markov's inequality). So where t is the
    number of pairs there are, chance is expected to give one link a night at most.
    """
    return max(EVIDENCE_MIN, math.log(max(1, accounts * (accounts - 1) // 2)))


def _accounts(cursor: object) -> int:
    cursor.execute("SELECT count(DISTINCT user_id) FROM link_acts")  # type: ignore[attr-defined]
    return int(cursor.fetchone()[0])  # type: ignore[attr-defined]


def search_day(today: datetime) -> LinkSearch | None:
    """The search of the day of `today` (local); None if there was one, or another is at it. In a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, 0)", [_ROOM])
        is_ours = cursor.fetchone()[0]
    # Looked for anew: another may just have ended.
    if not is_ours or LinkSearch.objects.filter(day=today.date()).exists():
        return None
    found = search(today)
    found.day = today.date()
    found.save(force_insert=True)
    return found
