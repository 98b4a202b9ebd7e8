"""Setting limits: lower at once, higher after a day and a second word, pauses that are not cut short; by staff."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from betting.errors import LimitReached, NothingToConfirm, PauseStands
from betting.limits import services
from betting.limits.models import LimitRaise, PlayLimits
from betting.tests.limits_kit import DAY, at, long_event, moment, pause, place, set_limits
from quantix import clock
from quantix.db import in_one_transaction
from quantix.errors import Forbidden, Invalid, NotFound
from quantix.models import AuditEntry

pytestmark = pytest.mark.django_db(transaction=True)
NOON = moment("2026-03-04 12:00")
SECOND = timedelta(seconds=1)


def holds(player, name="stake.day"):
    value = PlayLimits.objects.get(user=player).value_of(name)
    return value if value is None else str(value)


def waiting():
    return {row.limit: row.value if row.value is None else str(row.value) for row in LimitRaise.objects.all()}


@pytest.fixture
def limited(player):
    """A player who has set 10.00 a day, at noon."""
    with clock.set_to(NOON):
        set_limits(player, stake_day="10.00")
    return player


def later(after, act, *args, **kwargs):
    with clock.set_to(NOON + after):
        return act(*args, **kwargs)


def confirm(player, name="stake.day"):
    return in_one_transaction(partial(services.confirm_raise, player=player, name=name))


@pytest.mark.parametrize("value", ["0", "9.99"])
def test_a_lower_limit_holds_at_once(limited, value):
    later(SECOND, set_limits, limited, stake_day=value)
    assert holds(limited) == str(Decimal(value).quantize(Decimal("0.01")))
    assert waiting() == {}


@pytest.mark.parametrize("value", ["10.01", None])
def test_a_higher_limit_or_none_waits_and_does_not_come_by_itself(limited, value):
    later(SECOND, set_limits, limited, stake_day=value)
    assert holds(limited) == "10.00" and waiting() == {"stake.day": value}
    game = long_event()
    for after in (SECOND, DAY, 3 * DAY):
        with clock.set_to(NOON + after), pytest.raises(LimitReached):
            place(limited, game, "10.01")


@pytest.mark.parametrize("value", ["20.00", None])
@pytest.mark.parametrize("again", [True, False])
def test_after_a_day_it_holds_once_it_is_asked_for_again_or_confirmed(limited, value, again):
    later(timedelta(0), set_limits, limited, stake_day=value)
    early, due = DAY - SECOND, DAY
    if again:
        later(early, set_limits, limited, stake_day=value)
    else:
        with pytest.raises(NothingToConfirm):
            later(early, confirm, limited)
    assert holds(limited) == "10.00"
    assert LimitRaise.objects.get().effective_at == NOON + DAY, "asking early does not begin anew"
    if again:
        later(due, set_limits, limited, stake_day=value)
    else:
        later(due, confirm, limited)
    assert holds(limited) == value and waiting() == {}


def test_a_raise_that_nobody_confirms_lapses(limited):
    later(timedelta(0), set_limits, limited, stake_day="20.00")
    last = DAY + 7 * DAY
    with pytest.raises(NothingToConfirm):
        later(last + SECOND, confirm, limited)
    later(last + SECOND, set_limits, limited, stake_day="20.00")
    assert holds(limited) == "10.00"
    assert LimitRaise.objects.get().effective_at == NOON + last + SECOND + DAY


def test_to_the_last_moment_it_can_be_confirmed(limited):
    later(timedelta(0), set_limits, limited, stake_day="20.00")
    later(8 * DAY, confirm, limited)
    assert holds(limited) == "20.00"


def test_another_value_begins_the_day_anew(limited):
    later(timedelta(0), set_limits, limited, stake_day="20.00")
    later(DAY, set_limits, limited, stake_day="15.00")
    assert (holds(limited), waiting()) == ("10.00", {"stake.day": "15.00"})
    assert LimitRaise.objects.get().effective_at == NOON + 2 * DAY


@pytest.mark.parametrize("asked", ["10.00", "9.00"])
def test_asking_for_what_holds_or_less_takes_the_raise_back(limited, asked):
    later(timedelta(0), set_limits, limited, stake_day="20.00")
    later(SECOND, set_limits, limited, stake_day=asked)
    assert (holds(limited), waiting()) == (asked, {})


def test_a_raise_is_withdrawn_alone(limited):
    later(timedelta(0), set_limits, limited, stake_day="20.00")
    later(timedelta(0), set_limits, limited, loss_day="5.00")
    later(timedelta(0), set_limits, limited, loss_day=None)
    withdraw = partial(services.withdraw_raise, player=limited, name="stake.day")
    later(SECOND, in_one_transaction, withdraw)
    assert waiting() == {"loss.day": None}
    later(SECOND, in_one_transaction, withdraw)


def test_a_clock_that_was_moved_back_confirms_nothing(limited):
    later(timedelta(0), set_limits, limited, stake_day="20.00")
    with pytest.raises(NothingToConfirm):
        later(-3 * DAY, confirm, limited)
    assert holds(limited) == "10.00"


@pytest.mark.parametrize(
    ("field", "least", "most"),
    [("break_until", timedelta(days=1), timedelta(days=42)), ("excluded_until", 42 * DAY, 1826 * DAY)],
)
def test_a_pause_is_as_long_as_the_rules_say(player, field, least, most):
    with clock.set_to(NOON):
        for too_much in (least - timedelta(minutes=2), most + SECOND, -DAY):
            with pytest.raises(Invalid) as refused:
                pause(player, **{field: NOON + too_much})
            assert [(fault.field, fault.code) for fault in refused.value.errors] == [
                (field, "pause-out-of-range")
            ]
        pause(player, **{field: NOON + least})
        pause(player, **{field: NOON + most})


@pytest.mark.parametrize("field", ["break_until", "excluded_until"])
def test_a_pause_is_made_longer_never_shorter(player, field):
    ends = NOON + (10 * DAY if field == "break_until" else 100 * DAY)
    with clock.set_to(NOON):
        pause(player, **{field: ends})
        for sooner in (None, ends - SECOND):
            with pytest.raises(PauseStands):
                pause(player, **{field: sooner})
        pause(player, **{field: ends})
        pause(player, **{field: ends + DAY})
    with clock.set_to(ends + DAY):
        pause(player, **{field: None})
    assert getattr(PlayLimits.objects.get(user=player), field) is None


def test_what_a_player_changes_is_kept_in_the_audit_trail_and_what_they_leave_is_not(limited):
    later(SECOND, set_limits, limited, stake_day="5.00")
    later(SECOND, set_limits, limited, stake_day="5.00")
    _, second = AuditEntry.objects.filter(action="limits.set").order_by("id")
    assert second.actor == limited
    assert (second.before["stake.day"], second.after["stake.day"]) == ("10.00", "5.00")


def lower(by, player, reason="Asked for by phone", **limits):
    named = {name.replace("_", "."): Decimal(value) for name, value in limits.items()}
    act = partial(services.lower_limits, by=by, user_id=player.pk, limits=named, reason=reason)
    return in_one_transaction(act)


@pytest.mark.parametrize("role", ["support", "owner"])
def test_staff_lower_a_limit_at_once_and_take_its_raise_back(limited, staff, role):
    later(timedelta(0), set_limits, limited, stake_day="20.00")
    lower(staff(role), limited, stake_day="4.00", loss_month="100.00")
    assert (holds(limited), holds(limited, "loss.month"), waiting()) == ("4.00", "100.00", {})
    entry = AuditEntry.objects.get(action="limits.lower")
    assert entry.reason == "Asked for by phone" and entry.after["stake.day"] == "4.00"


@pytest.mark.parametrize("value", ["10.00", "10.01"])
def test_staff_never_set_one_higher(limited, staff, value):
    with pytest.raises(Invalid) as refused:
        lower(staff("support"), limited, stake_day=value, loss_day="1.00")
    assert [(fault.field, fault.code) for fault in refused.value.errors] == [("stake.day", "not-lower")]
    assert (holds(limited), holds(limited, "loss.day")) == ("10.00", None)


@pytest.mark.parametrize("role", ["games", "finance"])
def test_it_takes_the_role(limited, staff, role):
    with pytest.raises(Forbidden):
        lower(staff(role), limited, stake_day="1.00")


def test_a_player_that_is_not_there_is_not_found(staff, player):
    player.pk = 999_999
    with pytest.raises(NotFound):
        lower(staff("support"), player, stake_day="1.00")


def test_what_staff_lowered_the_player_raises_as_ever(limited, staff):
    later(SECOND, lower, staff("support"), limited, stake_day="4.00")
    later(SECOND, set_limits, limited, stake_day="8.00")
    assert holds(limited) == "4.00"
    later(DAY + SECOND, confirm, limited)
    assert holds(limited) == "8.00"


def test_a_limit_set_now_counts_what_was_staked_before(player):
    game = long_event()
    with at("2026-03-04 09:00"):
        place(player, game, "10.00")
        set_limits(player, stake_day="12.00")
        with pytest.raises(LimitReached) as refused:
            place(player, game, "3.00")
    assert refused.value.extra["left"] == "2.00"
