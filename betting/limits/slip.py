"""What a stake slip, and the pages around it, say of their player's limits."""

from decimal import Decimal
from typing import Any

from betting.limits.standing import standing_of
from quantix import clock


def notes(user: Any, stake_min: Decimal, stake_max: Decimal) -> dict[str, Any]:
    """For a slip: `stop`, why no stake at all would be taken (empty if some would), and `leaves`, where less than
    `stake_max` would. One query for who is signed in.
    """
    if not user.is_authenticated:
        return {"stop": "", "leaves": None}
    standing = standing_of(user.pk, clock.now())
    words, _ = standing.why_not(stake_min) or ("", {})
    tightest = standing.tightest
    leaves = tightest.left if tightest and tightest.left < stake_max else None
    return {"stop": words, "leaves": leaves}
