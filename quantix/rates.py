"""Rates: at most so many attempts in a sliding window, exact whoever races, shared by all processes.

One upsert a request: the row's lock puts attempts in order, and only the newest `count` of them need be
kept to know whether there were `count` within the window.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from quantix.errors import TooManyRequests


@dataclass(frozen=True)
class Rate:
    """`count` attempts in `seconds`."""

    count: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> "Rate | None":
        """The rate that `count/seconds` writes; None for an empty text. Raises ValueError otherwise."""
        if not text:
            return None
        count, _, seconds = text.partition("/")
        rate = cls(int(count), int(seconds))
        if rate.count < 1 or rate.seconds < 1:
            raise ValueError("count and seconds are at least 1")
        return rate


@dataclass(frozen=True)
class Standing:
    """Where a key stands after an attempt: `reset_seconds` until the oldest counted one leaves the window."""

    rate: Rate
    allowed: bool
    remaining: int
    reset_seconds: int
    at: datetime

    @property
    def headers(self) -> dict[str, str]:
        """The IETF draft's RateLimit fields, and Retry-After for a refusal."""
        headers = {
            "RateLimit-Limit": str(self.rate.count),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
        }
        return headers if self.allowed else headers | {"Retry-After": str(max(1, self.reset_seconds))}


def attempt(name: str, who: str, rate: Rate) -> Standing:
    """Count one attempt of `who` under the rate called `name`, refused ones too."""
    return attempts([(name, who, rate)])[0]


def attempts(counted: Sequence[tuple[str, str, Rate]]) -> list[Standing]:
    """Count one attempt under each (name, who, rate), all different, in one statement."""
    if not counted:
        return []
    with connection.cursor() as cursor:
        # By key: two that share some of them must not deadlock.
        cursor.execute(
            """
            WITH given AS (
                SELECT * FROM unnest(%(keys)s::text[], %(counts)s::int[], %(seconds)s::int[]) AS g (key, count, seconds)
            )
            INSERT INTO attempts AS mine (key, at, expires_at)
            SELECT key, ARRAY[clock_timestamp()], clock_timestamp() + make_interval(secs => seconds)
            FROM given ORDER BY key
            ON CONFLICT (key) DO UPDATE
                SET at = (mine.at || clock_timestamp())[greatest(1, cardinality(mine.at) + 1
                        - (SELECT count FROM given WHERE given.key = mine.key)):],
                    expires_at = excluded.expires_at
            RETURNING key, at, clock_timestamp()
            """,
            {
                "keys": [_key(name, who) for name, who, _ in counted],
                "counts": [rate.count for _, _, rate in counted],
                "seconds": [rate.seconds for _, _, rate in counted],
            },
        )
        found = {key: (at, now) for key, at, now in cursor.fetchall()}
    return [_standing(rate, *found[_key(name, who)]) for name, who, rate in counted]


def demand(name: str, who: str, rate: Rate | None) -> Standing | None:
    """Count an attempt; raises TooManyRequests, with its headers, where it is one too many."""
    if rate is None:
        return None
    standing = attempt(name, who, rate)
    if not standing.allowed:
        raise TooManyRequests(_try_again(standing.reset_seconds), headers=standing.headers)
    return standing


def _try_again(seconds: int) -> str:
    minutes = math.ceil(seconds / 60)
    wait = (
        f"{minutes} minutes" if minutes > 1 else "a minute" if seconds > 30 else f"{max(1, seconds)} seconds"
    )
    return f"Too many attempts. Try again in {wait}."


def take_back(name: str, who: str, standing: Standing | None) -> None:
    """Forget the attempt of `standing`: it turned out not to be one that counts."""
    if standing is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE attempts SET at = array_remove(at, %s) WHERE key = %s", [standing.at, _key(name, who)]
        )


def _key(name: str, who: str) -> str:
    return f"{name}:{who}"[:200]


def _standing(rate: Rate, at: list[datetime], now: datetime) -> Standing:
    # `at` holds this attempt too, and one more than `count` at most: those before it decide.
    since = now - timedelta(seconds=rate.seconds)
    earlier = [moment for moment in at[:-1] if moment > since]
    allowed = len(earlier) < rate.count
    counted = [*earlier, at[-1]][-rate.count :]
    reset = max(0, math.ceil((counted[0] - since).total_seconds()))
    return Standing(rate, allowed, max(0, rate.count - len(earlier) - 1), reset, at[-1])
