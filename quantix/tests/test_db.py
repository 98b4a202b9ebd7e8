"""The outermost transaction: what is tried again, and what the database's errors mean."""

from collections.abc import Iterator
from decimal import Decimal
from threading import Barrier
from typing import Any

import psycopg2
import pytest
from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)

from accounts.models import User
from quantix import db
from quantix.db import TRIES_MAX, in_one_transaction
from quantix.errors import DatabaseAway, Forbidden
from quantix.tests import factories
from quantix.tests.at_once import at_once
from wallets.errors import InsufficientFunds
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True)


class Fault(psycopg2.Error):
    """An error of the server's with a code, as psycopg2 would raise it."""

    def __init__(self, code: str | None) -> None:
        self.code = code
        super().__init__(code)

    @property
    def pgcode(self) -> str | None:  # type: ignore[override]
        return self.code


def failing(times: int, code: str | None, kind: type[Exception] = OperationalError) -> Iterator[Any]:
    for _ in range(times):
        error = kind("as the server says")
        error.__cause__ = Fault(code)
        yield error
    while True:
        yield "done"


def run(outcomes: Iterator[Any]) -> Any:
    def act() -> Any:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return in_one_transaction(act)


@pytest.mark.parametrize("code", ["40P01", "40001"])
def test_deadlocks_and_serialization_failures_are_tried_again(code: str) -> None:
    assert run(failing(TRIES_MAX - 1, code)) == "done"


def test_trying_again_has_an_end() -> None:
    with pytest.raises(OperationalError):
        run(failing(TRIES_MAX, "40P01"))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (None, OperationalError),
        ("08006", OperationalError),
        ("57P01", OperationalError),
        ("57P03", OperationalError),
        ("53300", OperationalError),
        ("53100", OperationalError),
        (None, InterfaceError),
    ],
)
def test_a_database_that_is_away_is_told_so_and_not_tried_again(
    code: str | None, kind: type[Exception]
) -> None:
    with pytest.raises(DatabaseAway) as refused:
        run(failing(1, code, kind))
    assert refused.value.headers == {"Retry-After": "3"}


@pytest.mark.parametrize(("code", "kind"), [("57014", OperationalError), ("42601", DatabaseError)])
def test_a_fault_of_ours_stays_one(code: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        run(failing(1, code, kind))


def test_a_refusal_undoes_everything(player: User) -> None:
    def act() -> None:
        User.objects.filter(pk=player.pk).update(full_name="Changed")
        raise Forbidden

    with pytest.raises(Forbidden):
        in_one_transaction(act)
    assert User.objects.get().full_name == player.full_name


def test_it_is_the_outermost_transaction_or_none() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        in_one_transaction(lambda: None)
    with pytest.raises(RuntimeError, match="durable"):
        in_one_transaction(lambda: in_one_transaction(lambda: None))


def test_a_violated_constraint_becomes_its_refusal(player: User) -> None:
    with pytest.raises(InsufficientFunds):
        in_one_transaction(lambda: Wallet.objects.filter(user=player).update(balance=Decimal(-1)))


def test_a_constraint_without_a_refusal_stays_an_error(player: User) -> None:
    with pytest.raises(IntegrityError, match="user_username_form"):
        in_one_transaction(lambda: User.objects.filter(pk=player.pk).update(username="a b"))


def test_a_real_deadlock_ends_with_both_done(player: User) -> None:
    players = [player, factories.make_player()]
    meet = Barrier(2, timeout=10)
    met: list[int] = []

    def cross(number: int) -> None:
        User.objects.select_for_update().get(pk=players[number].pk)
        if len(met) < 2:
            met.append(number)
            meet.wait()
        User.objects.filter(pk=players[1 - number].pk).update(full_name=f"By {number}")

    assert at_once(2, lambda number: in_one_transaction(lambda: cross(number))) == [None, None]
    assert set(User.objects.values_list("full_name", flat=True)) == {"By 0", "By 1"}


def test_who_loses_a_declared_race_finds_the_winners_row() -> None:
    meet = Barrier(2, timeout=10)
    met: list[int] = []

    def sign_up(number: int) -> str:
        if User.objects.filter(username="ada").exists():
            return "found"
        if len(met) < 2:
            met.append(number)
            meet.wait()
        User.objects.create_user(f"21f123456{number}@ds.study.iitm.ac.in", "ada", "Ada")
        return "made"

    assert sorted(at_once(2, lambda number: in_one_transaction(lambda: sign_up(number)))) == ["found", "made"]


def test_who_breaks_another_unique_constraint_is_not_tried_again(player: User) -> None:
    calls = []

    def act() -> None:
        calls.append(1)
        Wallet.objects.create(user=player)

    with pytest.raises(IntegrityError):
        in_one_transaction(act)
    assert calls == [1]


def test_a_killed_connection_is_told_and_the_next_request_has_another() -> None:
    def act() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(DatabaseAway):
        in_one_transaction(act)
    connection.close()
    assert in_one_transaction(User.objects.count) == 0


def test_a_closed_connection_is_told_too() -> None:
    def act() -> int:
        assert connection.connection
        connection.connection.close()
        return User.objects.count()

    with pytest.raises(DatabaseAway):
        in_one_transaction(act)
    connection.close()


def test_only_declared_constraints_are_races() -> None:
    assert "user_username_once_any_case" in db._RACES
    assert "wallet_balance_not_negative" not in db._RACES
