"""A request that is sent twice has its effect once."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from quantix.errors import Forbidden, Invalid, KeyReused
from quantix.idempotency import Reply, once
from quantix.models import Attempts, IdempotencyKey
from quantix.tests import factories
from quantix.tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)
REQUEST = ("POST", "/api/v1/bets", {"amount": "5.00", "choice": "yes"})


class Effect:
    """Something that must happen once: a row each time."""

    def __init__(self, fail: Exception | None = None) -> None:
        self.fail = fail

    def __call__(self) -> Reply:
        number = Attempts.objects.count() + 1
        Attempts.objects.create(key=f"effect {number}", at=[], expires_at=timezone.now())
        if self.fail:
            raise self.fail
        return Reply(201, {"number": number})

    @property
    def times(self) -> int:
        return Attempts.objects.count()


@pytest.fixture
def effect() -> Effect:
    return Effect()


def send(player: User, act: Callable[[], Reply], key: str | None = "a-key", request: Any = REQUEST) -> Reply:
    return once(user_id=player.pk, key=key, request=request, act=act)


def test_the_second_request_gets_the_reply_of_the_first(player: User, effect: Effect) -> None:
    first, second = send(player, effect), send(player, effect)
    assert (first.status, first.body) == (second.status, second.body) == (201, {"number": 1})
    assert (first.replayed, second.replayed) == (False, True)
    assert effect.times == 1


def test_without_a_key_each_request_has_its_effect(player: User, effect: Effect) -> None:
    assert send(player, effect, key=None) != send(player, effect, key=None)
    assert effect.times == 2 and not IdempotencyKey.objects.exists()


def test_of_32_at_once_one_has_the_effect_and_all_get_its_reply(player: User, effect: Effect) -> None:
    answers = at_once(32, lambda _: send(player, effect))
    assert {(answer.status, answer.body["number"]) for answer in answers} == {(201, 1)}
    assert [answer.replayed for answer in answers].count(False) == 1
    assert effect.times == 1


def test_what_is_replayed_is_what_was_answered_to_the_letter(player: User) -> None:
    body = {"at": datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC), "amount": Decimal("5.00"), "list": (1,)}
    first, second = (send(player, lambda: Reply(201, body)) for _ in range(2))
    assert first.body == second.body == {"at": "2026-01-01T12:00:00.123Z", "amount": "5.00", "list": [1]}


@pytest.mark.parametrize("body", [None, [], "text", 0, {"nested": [{"deep": None}]}])
def test_any_json_is_replayed(player: User, body: Any) -> None:
    assert [send(player, lambda: Reply(200, body)).body for _ in range(2)] == [body, body]


def test_a_refused_request_leaves_nothing_and_its_key_is_free(player: User, effect: Effect) -> None:
    with pytest.raises(Forbidden):
        send(player, Effect(fail=Forbidden()))
    assert effect.times == 0 and not IdempotencyKey.objects.exists()
    assert send(player, effect).body == {"number": 1}


def test_a_fault_of_ours_leaves_nothing_either(player: User, effect: Effect) -> None:
    with pytest.raises(ZeroDivisionError):
        send(player, Effect(fail=ZeroDivisionError()))
    assert effect.times == 0 and not IdempotencyKey.objects.exists()


@pytest.mark.parametrize(
    "other",
    [
        ("PUT", REQUEST[1], REQUEST[2]),
        ("POST", "/api/v1/sessions", REQUEST[2]),
        ("POST", REQUEST[1], {"amount": "5.01", "choice": "yes"}),
        ("POST", REQUEST[1], {"amount": 5, "choice": "yes"}),
        ("POST", REQUEST[1], {"amount": "5.00"}),
        ("POST", REQUEST[1], None),
    ],
)
def test_the_key_of_another_request_is_refused(player: User, effect: Effect, other: Any) -> None:
    send(player, effect)
    with pytest.raises(KeyReused) as refused:
        send(player, effect, request=other)
    assert refused.value.status == 422 and effect.times == 1


def test_the_order_of_members_makes_no_other_request(player: User, effect: Effect) -> None:
    send(player, effect)
    assert send(player, effect, request=(*REQUEST[:2], {"choice": "yes", "amount": "5.00"})).replayed


def test_two_players_may_have_the_same_key(player: User, effect: Effect) -> None:
    assert send(player, effect).body != send(factories.make_player(), effect).body
    assert effect.times == 2


@pytest.mark.parametrize("key", ["a", "~" * 128, " ", "{'quoted': \"yes\"}", "%s"])
def test_a_key_has_1_to_128_printable_ascii_characters(player: User, effect: Effect, key: str) -> None:
    assert not send(player, effect, key=key).replayed
    assert send(player, effect, key=key).replayed


@pytest.mark.parametrize("key", ["", "x" * 129, "é", "a\n", "\n", "\t", "\x00", "\x7f", "１"])
def test_a_key_of_another_form_is_refused(player: User, effect: Effect, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        send(player, effect, key=key)
    assert [fault.field for fault in refused.value.errors] == ["Idempotency-Key"]
    assert effect.times == 0


def test_a_key_may_be_used_anew_when_its_hours_have_passed(
    player: User, effect: Effect, settings: LazySettings
) -> None:
    def pass_time(**times: int) -> None:
        IdempotencyKey.objects.update(created_at=F("created_at") - timedelta(**times))

    send(player, effect)
    pass_time(hours=settings.IDEMPOTENCY_HOURS, seconds=-10)
    assert send(player, effect).replayed
    pass_time(seconds=11)
    again = send(player, effect, request=("POST", "/elsewhere", {}))
    assert (again.body, again.replayed) == ({"number": 2}, False)
    assert send(player, effect, request=("POST", "/elsewhere", {})).body == {"number": 2}


class Slow(Effect):
    """The effect, held back until it is let go."""

    def __init__(self, fail: Exception | None = None) -> None:
        super().__init__(fail)
        self.begun, self.let_go = threading.Event(), threading.Event()

    def __call__(self) -> Reply:
        self.begun.set()
        assert self.let_go.wait(10)
        return super().__call__()


def waiting_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def first_and_second(player: User, slow: Slow, effect: Effect) -> list[Any]:
    """The answers to a request that takes long, and to the same sent again while it runs."""

    def act(number: int) -> Any:
        if number == 0:
            return send(player, slow)
        if number == 1:
            assert slow.begun.wait(10)
            return send(player, effect)
        assert slow.begun.wait(10)
        while not waiting_for_a_lock():
            time.sleep(0.005)
        return slow.let_go.set()

    return at_once(3, act)[:2]


def test_the_second_waits_for_the_first_and_replays_it(player: User, effect: Effect) -> None:
    first, second = first_and_second(player, Slow(), effect)
    assert (first.body, first.replayed) == ({"number": 1}, False)
    assert (second.body, second.replayed) == ({"number": 1}, True)


def test_the_second_waits_for_the_first_and_runs_if_it_is_undone(player: User, effect: Effect) -> None:
    first, second = first_and_second(player, Slow(fail=Forbidden()), effect)
    assert type(first) is Forbidden
    assert (second.body, second.replayed) == ({"number": 1}, False)
