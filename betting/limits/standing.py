"""How a player stands against their limits: one query for all who ask, and the words in which a bet is refused."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from quantix.money import format_money

MEASURES = ("stake", "loss")
WINDOWS = ("day", "week", "month")
#: Every limit there is, as the API calls it: `stake.day` … `loss.month`.
NAMES = tuple(f"{measure}.{window}" for measure in MEASURES for window in WINDOWS)


def column_of(name: str) -> str:
    """The column that keeps the limit called `name`."""
    return name.replace(".", "_")


# Six rows, one a limit: what it is (null: none), how much of it is used, when its window ends. A bet counts whole
# in the windows in which it was placed; an open stake counts as lost; a void bet was never placed. Windows begin at
# midnight in India, a week on Monday, and have no upper end: with a clock that was moved back, later bets count too.
# Of a limit that is not set nothing is summed, unless `every`.
USES = """
    SELECT l.name, l.value, u.used, w.ends_at, p.break_until, p.excluded_until
    FROM (SELECT 1) one
    LEFT JOIN play_limits p ON p.user_id = {user},
    LATERAL (VALUES
        ('stake.day', 'stake', 'day', p.stake_day), ('stake.week', 'stake', 'week', p.stake_week),
        ('stake.month', 'stake', 'month', p.stake_month), ('loss.day', 'loss', 'day', p.loss_day),
        ('loss.week', 'loss', 'week', p.loss_week), ('loss.month', 'loss', 'month', p.loss_month)
    ) AS l (name, measure, span, value),
    LATERAL (
        SELECT date_trunc(l.span, {at} AT TIME ZONE 'Asia/Kolkata') AT TIME ZONE 'Asia/Kolkata' AS began_at,
            (date_trunc(l.span, {at} AT TIME ZONE 'Asia/Kolkata') + ('1 ' || l.span)::interval)
                AT TIME ZONE 'Asia/Kolkata' AS ends_at
    ) AS w,
    LATERAL (
        SELECT coalesce(sum(b.amount - CASE l.measure WHEN 'loss' THEN coalesce(b.payout, 0) ELSE 0 END), 0) AS used
        FROM bets b
        WHERE ({every} OR l.value IS NOT NULL) AND b.user_id = {user} AND b.placed_at >= w.began_at
            AND b.outcome IS DISTINCT FROM 'void'
    ) AS u
"""


@dataclass(frozen=True)
class Use:
    """One limit: `value` (None: not set), `used` (below zero where more was won than lost), and its window's end."""

    name: str
    value: Decimal | None
    used: Decimal
    ends_at: datetime

    @property
    def measure(self) -> str:
        return self.name.partition(".")[0]

    @property
    def window(self) -> str:
        return self.name.partition(".")[2]

    @property
    def left(self) -> Decimal:
        """What may still be staked under it; only of one that is set."""
        assert self.value is not None
        return max(Decimal(0), self.value - self.used)

    @property
    def gained(self) -> Decimal:
        return -self.used

    @property
    def bar_max(self) -> str:
        """For a bar of progress: a limit of nothing is used up."""
        return format_money(self.value or Decimal(1))

    @property
    def bar_value(self) -> str:
        return format_money(min(max(self.used, Decimal(0)), self.value) if self.value else Decimal(1))

    def takes(self, amount: Decimal) -> bool:
        return self.value is None or self.used + amount <= self.value


@dataclass(frozen=True)
class Standing:
    """A player's limits and pauses at the moment `at`."""

    at: datetime
    uses: tuple[Use, ...]
    break_until: datetime | None = None
    excluded_until: datetime | None = None

    @property
    def shut_until(self) -> datetime | None:
        """When a break or an exclusion that holds now is over; None where there is none."""
        ends = [end for end in (self.break_until, self.excluded_until) if end and end > self.at]
        return max(ends, default=None)

    @property
    def is_on_break(self) -> bool:
        return self.break_until is not None and self.break_until > self.at

    @property
    def is_excluded(self) -> bool:
        return self.excluded_until is not None and self.excluded_until > self.at

    @property
    def tightest(self) -> Use | None:
        """The limit that leaves least; of those that leave the same, the one that holds longest."""
        set_ones = [use for use in self.uses if use.value is not None]
        return min(set_ones, key=lambda use: (use.left, -use.ends_at.timestamp()), default=None)

    def why_not(self, amount: Decimal) -> tuple[str, dict[str, Any]] | None:
        """Why a bet of `amount` is refused, in words and as members of a problem document; None if it is not."""
        if self.shut_until:
            kind = "exclusion" if self.is_excluded else "break"
            return self.shut_words(), _members(kind, Decimal(0), self.shut_until)
        use = self.tightest
        if use is None or use.takes(amount):
            return None
        return _words(use), _members(use.name, use.left, use.ends_at)

    def shut_words(self) -> str:
        assert self.shut_until
        what = "You have excluded yourself" if self.is_excluded else "You are taking a break"
        return f"{what} from staking until {_day(self.shut_until)}. Open bets settle as ever."


def standing_of(user_id: int, at: datetime, *, every: bool = False) -> Standing:
    """How the player stands; with `every`, what is used is told of limits that are not set, too. One query."""
    query = USES.format(user="%(user)s", at="%(at)s::timestamptz", every="%(every)s")
    with connection.cursor() as cursor:
        cursor.execute(query, {"user": user_id, "at": at, "every": every})
        names = [column.name for column in cursor.description]
        return _standing(at, (dict(zip(names, row, strict=True)) for row in cursor.fetchall()))


def standing_told(detail: str) -> tuple[Standing, Decimal]:
    """What the trigger on `bets` tells of a bet that it refused: how the player stood before it, and its amount."""
    told = json.loads(detail, parse_float=Decimal, parse_int=Decimal)
    moments = ("ends_at", "break_until", "excluded_until")
    rows = [
        row | {key: row[key] and datetime.fromisoformat(row[key]) for key in moments} for row in told["uses"]
    ]
    standing = _standing(datetime.fromisoformat(told["at"]), rows)
    # The trigger counts the bet itself.
    before = tuple(replace(use, used=use.used - told["amount"]) for use in standing.uses)
    return replace(standing, uses=before), told["amount"]


def _standing(at: datetime, rows: Iterable[dict[str, Any]]) -> Standing:
    rows = list(rows)
    uses = tuple(Use(row["name"], row["value"], row["used"], row["ends_at"]) for row in rows)
    return Standing(at, uses, rows[0]["break_until"], rows[0]["excluded_until"])


def _members(limit: str, left: Decimal, opens_at: datetime) -> dict[str, Any]:
    opens = opens_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {"limit": limit, "left": format_money(left), "opens_at": opens}


_SPANS = {"day": "a day", "week": "a week", "month": "a month"}


def _words(use: Use) -> str:
    assert use.value is not None
    what = "stakes" if use.measure == "stake" else "losses, open stakes among them,"
    left = f"{format_money(use.left)} of it is left" if use.left else "it is used up"
    anew = f"It begins anew on {_day(use.ends_at)}"
    sooner = ", or opens sooner if you win" if use.measure == "loss" else ""
    return f"Your limit on {what} is {format_money(use.value)} {_SPANS[use.window]}: {left}. {anew}{sooner}."


def _day(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{local.day} {local:%B %Y, %H:%M}"
