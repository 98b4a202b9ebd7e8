"""What is sent by mail: a link that works once, in time, for its purpose, and is kept nowhere."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.test import Client
from django_tasks_db.models import DBTaskResult

from accounts.errors import InvalidToken
from accounts.models import User, VerificationToken
from accounts.services.mail_tokens import digest, make_token, use_token
from accounts.services.mails import ask_for_mail
from accounts.services.signin import issue_api_token, user_of_api_token
from accounts.services.signup import register, reset_password, verify_email
from quantix import clock
from quantix.db import in_one_transaction
from quantix.errors import Invalid
from quantix.rates import Rate
from quantix.tests import factories
from quantix.tests.at_once import at_once, raised
from wallets.models import Transaction

pytestmark = pytest.mark.django_db
Purpose = VerificationToken.Purpose
VERIFY, RESET = Purpose.EMAIL_VERIFICATION, Purpose.PASSWORD_RESET
EMAIL = "21f1234567@ds.study.iitm.ac.in"
NEW_PASSWORD = "a quite new password"


@pytest.fixture
def newcomer(db: None) -> User:
    """Signed up, not proved."""
    return User.objects.create_user(EMAIL, "ada", "Ada L.", factories.PASSWORD)


def refused(token: str, purpose: VerificationToken.Purpose = VERIFY) -> InvalidToken:
    with pytest.raises(InvalidToken) as refusal:
        use_token(token, purpose)
    return refusal.value


def at(moment: Any, act: Callable[[], Any]) -> Any:
    with clock.set_to(moment):
        return act()


def test_only_the_digest_of_a_token_is_kept(newcomer: User) -> None:
    token = make_token(newcomer, VERIFY)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert VerificationToken.objects.get().token == digest(token) != token


def test_a_token_works_once(newcomer: User) -> None:
    token = make_token(newcomer, VERIFY)
    assert use_token(token, VERIFY) == newcomer
    refused(token)


@pytest.mark.parametrize(("purpose", "hours"), [(VERIFY, 24), (RESET, 1)])
def test_a_token_works_until_the_last_moment_before_it_expires(
    newcomer: User, purpose: VerificationToken.Purpose, hours: int
) -> None:
    made_at = clock.now()
    token = at(made_at, lambda: make_token(newcomer, purpose))
    at(made_at + timedelta(hours=hours), lambda: refused(token, purpose))
    last = made_at + timedelta(hours=hours) - timedelta(microseconds=1)
    assert at(last, lambda: use_token(token, purpose)) == newcomer


def test_a_newer_token_of_the_purpose_makes_older_ones_worthless(newcomer: User) -> None:
    older, newer = make_token(newcomer, VERIFY), make_token(newcomer, VERIFY)
    refused(older)
    assert use_token(newer, VERIFY) == newcomer
    refused(older)


def test_a_newer_token_of_another_purpose_or_user_changes_nothing(newcomer: User, player: User) -> None:
    token = make_token(newcomer, VERIFY)
    make_token(newcomer, RESET)
    make_token(player, VERIFY)
    assert use_token(token, VERIFY) == newcomer


@pytest.mark.parametrize(("made_for", "used_for"), [(VERIFY, RESET), (RESET, VERIFY)])
def test_a_token_is_for_its_own_purpose(
    newcomer: User, made_for: VerificationToken.Purpose, used_for: VerificationToken.Purpose
) -> None:
    token = make_token(newcomer, made_for)
    refused(token, used_for)
    assert use_token(token, made_for) == newcomer


def test_what_is_wrong_with_a_token_is_not_told(newcomer: User) -> None:
    used, expired, superseded = make_token(newcomer, RESET), "", make_token(newcomer, VERIFY)
    use_token(used, RESET)
    make_token(newcomer, VERIFY)
    expired = at(clock.now() - timedelta(hours=2), lambda: make_token(newcomer, RESET))
    wrong = [used, superseded, expired, "", "nonsense", digest(used), "x" * 10_000, "\x00", "é", used + "\n"]
    told = {(token_refused.code, token_refused.detail) for token_refused in map(refused, wrong)}
    assert told == {("invalid-token", InvalidToken.detail)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("purpose", [VERIFY, RESET])
def test_of_32_uses_of_a_token_at_once_one_succeeds(
    newcomer: User, purpose: VerificationToken.Purpose
) -> None:
    token = make_token(newcomer, purpose)
    answers = at_once(32, lambda _: in_one_transaction(lambda: use_token(token, purpose)))
    assert (answers.count(newcomer), raised(answers, InvalidToken)) == (1, 31)


@pytest.mark.django_db(transaction=True)
def test_the_bonus_comes_once_when_16_verify_at_once(newcomer: User, settings: LazySettings) -> None:
    token = make_token(newcomer, VERIFY)
    answers = at_once(16, lambda _: in_one_transaction(lambda: verify_email(token=token)))
    assert (answers.count(newcomer), raised(answers, InvalidToken)) == (1, 15)
    assert [row.amount for row in Transaction.objects.all()] == [settings.SIGNUP_BONUS]


@pytest.mark.django_db(transaction=True)
def test_the_bonus_comes_once_when_verification_and_reset_meet(newcomer: User) -> None:
    verification, reset = make_token(newcomer, VERIFY), make_token(newcomer, RESET)
    acts: list[Callable[[], User]] = [
        lambda: verify_email(token=verification),
        lambda: reset_password(token=reset, password=NEW_PASSWORD),
    ]
    assert at_once(2, lambda number: in_one_transaction(acts[number])) == [newcomer, newcomer]
    assert Transaction.objects.count() == 1


def test_verifying_again_brings_no_second_bonus(newcomer: User) -> None:
    verify_email(token=make_token(newcomer, VERIFY))
    verify_email(token=make_token(newcomer, VERIFY))
    assert Transaction.objects.count() == 1


def test_a_reset_sets_the_password_and_verifies(newcomer: User) -> None:
    reset_password(token=make_token(newcomer, RESET), password=NEW_PASSWORD)
    newcomer.refresh_from_db()
    assert newcomer.is_verified and newcomer.check_password(NEW_PASSWORD)
    assert not newcomer.check_password(factories.PASSWORD)


def test_a_reset_ends_all_sessions_and_the_api_token(player: User) -> None:
    browser = Client()
    browser.force_login(player)
    api_token = issue_api_token(user=player)
    reset_password(token=make_token(player, RESET), password=NEW_PASSWORD)
    assert user_of_api_token(api_token) is None
    request: Any = browser.get("/styleguide").wsgi_request
    assert not request.user.is_authenticated


@pytest.mark.django_db(transaction=True)
def test_a_reset_with_a_weak_password_is_refused_and_leaves_the_token(player: User) -> None:
    token = make_token(player, RESET)
    with pytest.raises(Invalid):
        in_one_transaction(lambda: reset_password(token=token, password="short"))
    assert in_one_transaction(lambda: reset_password(token=token, password=NEW_PASSWORD)) == player


def sent_by(act: Callable[[], Any]) -> list[EmailMultiAlternatives]:
    """The mails that the worker sends for what `act` asked for."""
    mail.outbox.clear()
    act()
    call_command("worker", once=True)
    return list(mail.outbox)  # type: ignore[arg-type]


def the_link(message: EmailMultiAlternatives) -> str:
    links = re.findall(r"https?://\S+", str(message.body))
    assert len(links) == 1
    return str(links[0])


def token_in(message: EmailMultiAlternatives) -> str:
    return the_link(message).rsplit("/", 1)[1]


def reset_by(message: EmailMultiAlternatives) -> User:
    return in_one_transaction(lambda: reset_password(token=token_in(message), password=NEW_PASSWORD))


def sign_up() -> None:
    in_one_transaction(
        lambda: register(email=EMAIL, username="ada", full_name="Ada L.", password=factories.PASSWORD)
    )


class TestMails:
    pytestmark = pytest.mark.django_db(transaction=True)

    def test_a_sign_up_brings_a_mail_whose_link_verifies(self, settings: LazySettings) -> None:
        [message] = sent_by(sign_up)
        assert message.to == [EMAIL]
        assert the_link(message).startswith(f"{settings.SITE_URL}/verify/")
        assert in_one_transaction(lambda: verify_email(token=token_in(message))).email == EMAIL

    def test_a_sign_up_for_a_known_address_brings_the_mail_that_says_so(self) -> None:
        player = factories.make_player(email=EMAIL)
        [message] = sent_by(sign_up)
        assert message.subject == "You already have a Quantix account"
        assert reset_by(message) == player

    def test_a_reset_brings_a_mail_whose_link_resets(self) -> None:
        player = factories.make_player(email=EMAIL)
        [message] = sent_by(lambda: ask_for_mail(EMAIL.upper(), "reset"))
        assert "/reset/" in the_link(message)
        assert reset_by(message) == player

    def test_each_mail_has_an_html_part_with_the_same_link(self) -> None:
        factories.make_player(email=EMAIL)
        [message] = sent_by(lambda: ask_for_mail(EMAIL, "reset"))
        [(html, kind)] = message.alternatives
        assert kind == "text/html" and the_link(message) in str(html)

    def test_nothing_is_sent_to_an_unknown_address(self) -> None:
        assert sent_by(lambda: ask_for_mail(EMAIL, "reset")) == []

    def test_nothing_is_sent_to_verify_what_is_verified(self) -> None:
        factories.make_player(email=EMAIL)
        assert sent_by(lambda: ask_for_mail(EMAIL, "verify")) == []

    def test_no_token_is_kept_in_the_queue(self) -> None:
        [message] = sent_by(sign_up)
        token = token_in(message)
        [task] = DBTaskResult.objects.all()
        kept = " ".join(str(getattr(task, field.attname)) for field in task._meta.concrete_fields)
        assert token not in kept and digest(token) not in kept

    def test_above_the_recipients_rate_mails_are_dropped_in_silence(self, settings: LazySettings) -> None:
        settings.RATES = settings.RATES | {"mail": Rate(5, 3600)}
        factories.make_player(email=EMAIL)
        for _ in range(8):
            ask_for_mail(EMAIL, "reset")
        assert len(sent_by(lambda: None)) == 5
