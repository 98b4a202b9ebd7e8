"""Setting limits, raising them, and pausing. Each to be called in a transaction.

The player's row of limits is locked first: bets of theirs that are being placed come before or after.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts import roles
from accounts.models import User
from betting.errors import LimitReached, NothingToConfirm, PauseStands
from betting.limits.models import RAISE_WAITS, LimitRaise, PlayLimits
from betting.limits.standing import NAMES, column_of, standing_of
from quantix import audit, clock
from quantix.db import the_one
from quantix.errors import FieldError, Invalid
from quantix.money import format_money

BREAK_MIN, BREAK_MAX = timedelta(days=1), timedelta(days=42)
#: What is shorter than the longest break is a break.
EXCLUSION_MIN, EXCLUSION_MAX = BREAK_MAX, timedelta(days=5 * 365 + 1)
#: Between the moment that a client counts from and ours.
SLACK = timedelta(minutes=1)
_PAUSES = {"break_until": (BREAK_MIN, BREAK_MAX), "excluded_until": (EXCLUSION_MIN, EXCLUSION_MAX)}


def demand_room(*, player: User, amount: Decimal) -> None:
    """Raises LimitReached where a bet of `amount`, placed now, would be refused for a limit. One query, no lock."""
    why_not = standing_of(player.pk, clock.now()).why_not(amount)
    if why_not:
        words, members = why_not
        raise LimitReached(words, **members)


@dataclass
class Sheet:
    """A player's limits and the raises of them that wait, by name, as one transaction sees and changes them."""

    row: PlayLimits
    raises: dict[str, LimitRaise]

    @property
    def pending(self) -> list[LimitRaise]:
        return [self.raises[name] for name in NAMES if name in self.raises]

    def set(self, name: str, value: Decimal | None, *, keeps: bool = False) -> None:
        """Lower at once; higher, once it has waited and is asked for again. `keeps` a raise where nothing changes."""
        now, holds, waiting = clock.now(), self.row.value_of(name), self.raises.get(name)
        if value == holds:
            if not keeps:
                self.raises.pop(name, None)
        elif is_lower(value, holds) or (waiting and waiting.value == value and waiting.is_due(now)):
            self.row.set_value(name, value)
            self.raises.pop(name, None)
        elif waiting is None or waiting.value != value:
            self.raises[name] = LimitRaise(
                limits=self.row, limit=name, value=value, asked_at=now, effective_at=now + RAISE_WAITS
            )

    def told(self) -> dict[str, Any]:
        """What the audit trail tells of it."""
        pauses = {field: getattr(self.row, field) for field in _PAUSES}
        return {
            **{name: _told(self.row.value_of(name)) for name in NAMES},
            **{field: until and until.isoformat() for field, until in pauses.items()},
            "pending": {waiting.limit: _told(waiting.value) for waiting in self.pending},
        }


def sheet_of(*, player: User) -> Sheet:
    """The player's limits as they are; empty where none were ever set. Two queries."""
    row = PlayLimits.objects.prefetch_related("raises").filter(user=player).first()
    return Sheet(row, _waiting(row.raises.all())) if row else Sheet(PlayLimits(user=player), {})


def set_limits(
    *,
    player: User,
    limits: Mapping[str, Decimal | None],
    pauses: Mapping[str, datetime | None] | None = None,
    kept: Collection[str] = (),
) -> Sheet:
    """Set what is named: `limits` by name (None: no limit), `pauses` `break_until` and `excluded_until`.

    A lower limit holds at once. A higher one, or none, waits RAISE_WAITS and then for this to be asked once more. To
    ask for what holds already takes a waiting raise back, unless its name is in `kept`. Raises Invalid for a pause
    that is too short or too long, PauseStands for one that would end sooner than it does.
    """
    with _changing(player.pk, by=player, action="limits.set") as sheet:
        for name, value in limits.items():
            sheet.set(name, value, keeps=name in kept)
        for field, until in (pauses or {}).items():
            _pause(sheet.row, field, until)
    return sheet


def confirm_raise(*, player: User, name: str) -> Sheet:
    """Let a raise that has waited its time hold from now on. Raises NothingToConfirm."""
    with _changing(player.pk, by=player, action="limits.confirm") as sheet:
        waiting = sheet.raises.get(name)
        if waiting is None or not waiting.is_due(clock.now()):
            raise NothingToConfirm
        sheet.set(name, waiting.value)
    return sheet


def withdraw_raise(*, player: User, name: str) -> Sheet:
    """Take back a raise that waits; harmless where none does."""
    with _changing(player.pk, by=player, action="limits.withdraw") as sheet:
        sheet.raises.pop(name, None)
    return sheet


def lower_limits(*, by: User, user_id: int, limits: Mapping[str, Decimal], reason: str) -> Sheet:
    """Staff set a player's limits lower, at once, and take back the raises of these.

    Raises NotFound, and Invalid (`not-lower`), naming each limit that is not lower than what holds.
    """
    roles.demand(by, roles.Can.SET_LIMITS)
    the_one(User.objects.filter(pk=user_id))
    with _changing(user_id, by=by, action="limits.lower", reason=reason) as sheet:
        holds = {name: sheet.row.value_of(name) for name in limits}
        faults = [
            FieldError(name, "not-lower", f"Staff only lower a limit, and this one is {_told(holds[name])}.")
            for name, value in limits.items()
            if not is_lower(value, holds[name])
        ]
        if faults:
            raise Invalid(*faults)
        for name, value in limits.items():
            sheet.set(name, value)
    return sheet


def is_lower(value: Decimal | None, holds: Decimal | None) -> bool:
    """Whether a limit of `value` is lower than the one that holds; None is no limit."""
    return value is not None and (holds is None or value < holds)


@contextmanager
def _changing(user_id: int, *, by: User, action: str, reason: str = "") -> Iterator[Sheet]:
    """The player's sheet, made if there is none and locked, to be changed in the block and then written."""
    row = PlayLimits.objects.raw(_LOCK, [user_id, clock.now()])[0]
    stored = list(row.raises.all())
    sheet = Sheet(row, _waiting(stored))
    before = sheet.told()
    yield sheet
    row.save(update_fields=[*map(column_of, NAMES), *_PAUSES])
    gone = {raised.pk for raised in stored} - {waiting.pk for waiting in sheet.pending}
    if gone:
        LimitRaise.objects.filter(pk__in=gone).delete()
    LimitRaise.objects.bulk_create([waiting for waiting in sheet.pending if waiting._state.adding])
    if sheet.told() != before:
        audit.record(actor=by, action=action, target=row, before=before, after=sheet.told(), reason=reason)


_LOCK = """
    INSERT INTO play_limits AS mine (user_id, updated_at) VALUES (%s, %s)
    ON CONFLICT (user_id) DO UPDATE SET updated_at = excluded.updated_at RETURNING *
"""


def _waiting(raises: Iterable[LimitRaise]) -> dict[str, LimitRaise]:
    """By name, without those that have lapsed."""
    now = clock.now()
    return {raised.limit: raised for raised in raises if not raised.has_lapsed(now)}


def _pause(row: PlayLimits, field: str, until: datetime | None) -> None:
    now, holds = clock.now(), getattr(row, field)
    if until == holds:
        return
    if holds and holds > now and (until is None or until < holds):
        raise PauseStands(field=field)
    if until is not None:
        least, most = _PAUSES[field]
        if not now + least - SLACK <= until <= now + most:
            words = f"Choose a moment {least.days} to {most.days} days from now."
            raise Invalid(FieldError(field, "pause-out-of-range", words))
    setattr(row, field, until)


def _told(value: Decimal | None) -> str:
    return "none" if value is None else format_money(value)
