"""Signing up: who may, under which name, and what becomes of sign-ups that are never proved."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django_tasks_db.models import DBTaskResult

from accounts.errors import InvalidToken
from accounts.models import User, VerificationToken
from accounts.services.mail_tokens import make_token
from accounts.services.signup import delete_lapsed, free_lapsed, register, verify_email
from quantix import clock
from quantix.db import in_one_transaction
from quantix.errors import Invalid
from quantix.tests import factories
from quantix.tests.at_once import at_once, raised
from wallets import ledger

pytestmark = pytest.mark.django_db
Purpose = VerificationToken.Purpose
EMAIL = "21f1234567@ds.study.iitm.ac.in"


def sign_up(**changes: str) -> None:
    fields = {"email": EMAIL, "username": "ada", "full_name": "Ada L.", "password": factories.PASSWORD}
    register(**(fields | changes))


def faults(**changes: str) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        sign_up(**changes)
    return [(fault.field, fault.code) for fault in refused.value.errors]


def test_an_address_is_kept_lower_cased() -> None:
    sign_up(email="21F1234567@DS.Study.IITM.ac.in")
    assert User.objects.get().email == EMAIL


HOSTILE_ADDRESSES = [
    f"{EMAIL}\n",
    f" {EMAIL}",
    f"{EMAIL} ",
    f"\t{EMAIL}",
    EMAIL.replace(".", "x", 1),
    EMAIL.replace("21", "٢١"),
    EMAIL.replace("1234567", "१२३४५६७"),
    EMAIL.replace("iitm", "ііtm"),
    EMAIL.replace("ds", "ԁs"),
    EMAIL.replace("study", "ſtudy"),
    EMAIL.replace("iitm", "İİtm"),
    EMAIL.replace("@", "@x."),
    f"{EMAIL}.evil.example",
    f"x{EMAIL}",
    f"Ada <{EMAIL}>",
    f"{EMAIL},{EMAIL}",
    "21f123456@ds.study.iitm.ac.in",
    "21f12345678@ds.study.iitm.ac.in",
    "21ff234567@ds.study.iitm.ac.in",
    "21f1234567@student.iitm.ac.in",
    "",
]


@pytest.mark.parametrize("email", HOSTILE_ADDRESSES)
def test_an_address_of_another_form_is_refused(email: str) -> None:
    assert ("email", "email-form") in faults(email=email)


@pytest.mark.parametrize("email", HOSTILE_ADDRESSES)
def test_the_database_refuses_an_address_of_another_form(email: str) -> None:
    factories.make_player(username="bob")
    with (
        pytest.raises(IntegrityError, match="user_email_form"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE users SET email = %s", [email])


def test_the_database_refuses_capitals_in_an_address() -> None:
    factories.make_player()
    with (
        pytest.raises(IntegrityError, match="user_email_form"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE users SET email = upper(email)")


@pytest.mark.parametrize("make", [User.objects.create_user, User.objects.create_superuser])
def test_the_form_of_an_address_holds_for_the_command_line_too(make: Any) -> None:
    with pytest.raises(Exception, match="institute address"):
        make("root@localhost", "root", "Root", factories.PASSWORD)


@pytest.mark.parametrize("username", ["ada", "A.d_a-9", "x" * 80, "..."])
def test_a_username_has_letters_digits_dots_dashes_and_underscores(username: str) -> None:
    sign_up(username=username)
    assert User.objects.get().username == username


@pytest.mark.parametrize(
    "username",
    [
        "ab",
        "x" * 81,
        "a b c",
        "ada ",
        " ada",
        "ada\n",
        "ádám",
        "аda",
        "ada@b",
        "a/da",
        "ada\u200b",
        "١٢٣",
        "",
    ],
)
def test_a_username_of_another_form_is_refused(username: str) -> None:
    assert faults(username=username) == [("username", "username-form")]


@pytest.mark.parametrize("name", ["", " ", " Ada", "Ada ", "Ada\n", "A\u202eda", "A\x00da", "x" * 101])
def test_a_full_name_of_another_form_is_refused(name: str) -> None:
    assert faults(full_name=name) == [("full_name", "full-name-form")]


@pytest.mark.parametrize("name", ["A", "Ādi Śaṅkara", "सुरेश कुमार", "O’Neil-Smith Jr.", "x" * 100])
def test_a_full_name_may_be_of_any_script(name: str) -> None:
    sign_up(full_name=name)
    assert User.objects.get().full_name == name


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("nine char", "password-too-short"),
        ("x1" * 64 + "y", "password-too-long"),
        ("84736284920", "password-entirely-numeric"),
        ("football123", "password-too-common"),
        ("21f1234567@ds", "password-too-similar"),
    ],
)
def test_a_weak_password_is_refused_by_the_rule_it_breaks(password: str, code: str) -> None:
    assert ("password", code) in faults(password=password)


@pytest.mark.parametrize("password", ["ten chars!", "x1" * 64, "गुप्त शब्द यहाँ है"])
def test_a_password_has_10_to_128_characters(password: str) -> None:
    sign_up(password=password)
    assert User.objects.get().check_password(password)


def test_all_faults_are_told_at_once() -> None:
    found = faults(email="x", username="", full_name="", password="short")
    assert {field for field, _ in found} == {"email", "username", "full_name", "password"}


def test_a_taken_username_is_told_in_any_case() -> None:
    factories.make_player(username="Ada")
    assert faults(username="aDA") == [("username", "taken")]


def test_the_database_refuses_a_second_username_in_another_case() -> None:
    factories.make_player(username="Ada")
    other = factories.make_player(username="bob")
    with pytest.raises(IntegrityError, match="user_username_once_any_case"), transaction.atomic():
        User.objects.filter(pk=other.pk).update(username="ADA")


@pytest.mark.django_db(transaction=True)
def test_of_16_who_want_a_name_at_once_one_gets_it() -> None:
    def race(number: int) -> None:
        email = f"21f12345{number:02d}@ds.study.iitm.ac.in"
        name = "ada" if number % 2 else "ADA"
        in_one_transaction(lambda: sign_up(email=email, username=name))

    answers = at_once(16, race)
    assert (answers.count(None), raised(answers, Invalid)) == (1, 15)
    assert {fault.code for refusal in answers if refusal for fault in refusal.errors} == {"taken"}
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_16_sign_ups_for_an_address_at_once_one_account_is_made() -> None:
    answers = at_once(16, lambda number: in_one_transaction(lambda: sign_up(username=f"ada{number}")))
    assert answers == [None] * 16
    assert User.objects.count() == 1


def test_a_new_sign_up_replaces_one_that_was_not_proved() -> None:
    sign_up()
    old_link = make_token(User.objects.get(), Purpose.EMAIL_VERIFICATION)
    sign_up(username="countess", full_name="Ada King", password="another password!")
    user = User.objects.get()
    assert (user.username, user.full_name) == ("countess", "Ada King")
    assert user.check_password("another password!")
    assert not VerificationToken.objects.filter(is_used=False).exists()
    sign_up(email="21f7654321@ds.study.iitm.ac.in", username="ada")
    with pytest.raises(Exception, match="link"):
        verify_email(token=old_link)


@pytest.mark.django_db(transaction=True)
def test_a_proof_and_a_new_sign_up_at_once_never_prove_what_was_not_asked_for() -> None:
    for number in range(8):
        email = f"21f123456{number}@ds.study.iitm.ac.in"
        in_one_transaction(lambda: sign_up(email=email, username=f"old{number}"))  # noqa: B023
        link = make_token(User.objects.get(email=email), Purpose.EMAIL_VERIFICATION)
        acts: list[Callable[[], Any]] = [
            lambda: verify_email(token=link),  # noqa: B023
            lambda: sign_up(email=email, username=f"new{number}"),  # noqa: B023
        ]
        proof, again = at_once(2, lambda which: in_one_transaction(acts[which]))  # noqa: B023
        user = User.objects.get(email=email)
        assert again is None
        assert (user.username, user.is_verified) in {(f"old{number}", True), (f"new{number}", False)}
        assert user.is_verified == (not isinstance(proof, InvalidToken))


@pytest.mark.django_db(transaction=True)
def test_an_account_that_is_proved_while_it_lapses_is_kept_or_gone_whole() -> None:
    for number in range(8):
        in_one_transaction(lambda: sign_up(username=f"ada{number}"))  # noqa: B023
        link = make_token(User.objects.get(username=f"ada{number}"), Purpose.EMAIL_VERIFICATION)
        User.objects.filter(email=EMAIL).update(created_at=clock.now() - timedelta(hours=25))
        acts: list[Callable[[], Any]] = [
            lambda: in_one_transaction(lambda: verify_email(token=link)),  # noqa: B023
            delete_lapsed,
        ]
        proof, deleted = at_once(2, lambda which: acts[which]())  # noqa: B023
        kept = User.objects.filter(email=EMAIL).first()
        assert deleted == (0 if kept else 1)
        assert isinstance(proof, User if kept else InvalidToken)
        if kept:
            assert kept.is_verified and kept.wallet.balance > 0
            User.objects.filter(pk=kept.pk).update(email=f"22f123456{number}@ds.study.iitm.ac.in")


def test_a_known_address_is_left_alone() -> None:
    before = factories.make_player(email=EMAIL, username="ada")
    sign_up(username="mallory", full_name="Mallory", password="another password!")
    after = User.objects.get()
    assert (after.username, after.full_name, after.password) == ("ada", before.full_name, before.password)


def test_what_is_queued_is_the_same_for_known_and_unknown_addresses() -> None:
    sign_up()
    User.objects.get().mark_verified()
    sign_up(username="other")
    first, second = [task.args_kwargs for task in DBTaskResult.objects.order_by("enqueued_at")]
    assert first == second == {"args": [EMAIL, "sign-up"], "kwargs": {}}


def test_a_name_is_free_again_24_hours_after_a_sign_up_that_was_not_proved() -> None:
    sign_up()
    signed_up_at = User.objects.get().created_at
    other = {"email": "21f7654321@ds.study.iitm.ac.in", "username": "ADA"}
    with clock.set_to(signed_up_at + timedelta(hours=24)):
        assert faults(**other) == [("username", "taken")]
    with clock.set_to(signed_up_at + timedelta(hours=24, microseconds=1)):
        sign_up(**other)
    assert User.objects.get().email == other["email"]


def test_a_new_sign_up_for_the_address_begins_the_24_hours_anew() -> None:
    sign_up()
    signed_up_at = User.objects.get().created_at
    with clock.set_to(signed_up_at + timedelta(hours=20)):
        sign_up()
    with clock.set_to(signed_up_at + timedelta(hours=30)):
        free_lapsed("ada")
    assert User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_lapsed_accounts_are_deleted_and_proved_ones_stay() -> None:
    player = factories.make_player()
    in_one_transaction(sign_up)
    assert delete_lapsed() == 0
    with clock.set_to(clock.now() + timedelta(hours=25)):
        assert delete_lapsed() == 1
    assert list(User.objects.all()) == [player]


@pytest.mark.django_db(transaction=True)
def test_a_lapsed_account_with_postings_stays_and_is_no_hindrance() -> None:
    in_one_transaction(sign_up)
    kept = User.objects.get()
    in_one_transaction(
        lambda: ledger.post(
            user_id=kept.pk, type="credit", category="bonus", amount=Decimal(1), description="Prize"
        )
    )
    in_one_transaction(lambda: sign_up(email="21f7654321@ds.study.iitm.ac.in", username="bob"))
    with clock.set_to(clock.now() + timedelta(hours=25)):
        assert delete_lapsed() == 1
        with pytest.raises(Invalid):
            in_one_transaction(lambda: sign_up(email="21f7654321@ds.study.iitm.ac.in"))
    assert User.objects.get() == kept
