"""Signing in, by people and by programs: who gets in, who is told what, and how often one may guess."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.hashers import MD5PasswordHasher

from accounts.errors import EmailNotVerified, Suspended, WrongCredentials
from accounts.models import User
from accounts.services import signin
from accounts.services.mail_tokens import digest
from accounts.services.signin import check_credentials
from quantix import clock
from quantix import settings as real_settings
from quantix.context import Origin, coming_from
from quantix.errors import TooManyRequests
from quantix.rates import Rate
from quantix.tests import factories
from quantix.tests.at_once import at_once, raised
from quantix.tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def sign_in(login: str, password: str = PASSWORD, *, address: str = "192.0.2.1", device: str = "") -> User:
    with coming_from(Origin(address=address)):
        return check_credentials(login=login, password=password, device=device)


def answer(*args: str, **kwargs: str) -> Any:
    try:
        return sign_in(*args, **kwargs)
    except (WrongCredentials, TooManyRequests, EmailNotVerified, Suspended) as refusal:
        return type(refusal)


@pytest.fixture
def five_tries(settings: LazySettings) -> None:
    settings.RATES = settings.RATES | {"signin": Rate(5, 900)}


def test_the_login_is_the_address_or_the_username_in_any_case(player: User) -> None:
    for login in (player.email, player.email.upper(), player.username, player.username.upper()):
        assert sign_in(login) == player


@pytest.mark.parametrize("login", ["nobody", "", "x" * 500, "player0 ", "' OR 1=1 --"])
def test_an_unknown_login_is_a_wrong_pair(login: str) -> None:
    assert answer(login) is WrongCredentials


def test_a_wrong_password_is_a_wrong_pair(player: User) -> None:
    for password in ("wrong", "", PASSWORD.upper(), PASSWORD + " ", PASSWORD + "\n"):
        assert answer(player.username, password) is WrongCredentials


def test_only_the_right_pair_is_told_that_the_address_is_not_verified() -> None:
    User.objects.create_user("21f1234567@ds.study.iitm.ac.in", "ada", "Ada L.", PASSWORD)
    assert answer("ada", "wrong") is WrongCredentials
    assert answer("ada") is EmailNotVerified


def test_only_the_right_pair_is_told_of_a_suspension(player: User) -> None:
    User.objects.filter(pk=player.pk).update(is_active=False)
    assert answer(player.username, "wrong") is WrongCredentials
    assert answer(player.username) is Suspended


def test_a_suspension_ends_at_its_moment(player: User) -> None:
    until = clock.now() + timedelta(days=1)
    User.objects.filter(pk=player.pk).update(is_active=False, suspended_until=until)
    with clock.set_to(until - timedelta(microseconds=1)):
        assert answer(player.username) is Suspended
    with clock.set_to(until):
        assert answer(player.username) == player
    player.refresh_from_db()
    assert player.is_active and player.suspended_until is None


def test_the_worker_lifts_suspensions_that_have_run_out(player: User) -> None:
    forever = factories.make_player()
    until = clock.now() + timedelta(days=1)
    User.objects.filter(pk=player.pk).update(is_active=False, suspended_until=until)
    User.objects.filter(pk=forever.pk).update(is_active=False)
    assert signin.lift_past_suspensions() == 0
    with clock.set_to(until):
        assert signin.lift_past_suspensions() == 1
    assert answer(player.username) == player
    assert answer(forever.username) is Suspended


class CountedHasher(MD5PasswordHasher):
    """Counts how often a password is hashed: the work that takes the time."""

    algorithm = "counted"
    hashed = 0

    def encode(self, password: str, salt: str) -> str:
        CountedHasher.hashed += 1
        return super().encode(password, salt)


@pytest.mark.parametrize("login", ["ada", "ADA", "nobody", "unproved", "suspended"])
def test_a_known_and_an_unknown_login_take_the_same_work(login: str, settings: LazySettings) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountedHasher"]
    factories.make_player(username="ada")
    User.objects.create_user("21f1234567@ds.study.iitm.ac.in", "unproved", "Ada L.", PASSWORD)
    suspended = factories.make_player(username="suspended")
    User.objects.filter(pk=suspended.pk).update(is_active=False)
    CountedHasher.hashed = 0
    assert answer(login, "wrong") is WrongCredentials
    assert CountedHasher.hashed == 1


def test_the_site_hashes_with_argon2_and_the_hash_fits_its_column(settings: LazySettings) -> None:
    settings.PASSWORD_HASHERS = real_settings.PASSWORD_HASHERS
    player = factories.make_player()
    assert player.password.startswith("argon2$argon2id$") and len(player.password) <= 256
    assert sign_in(player.username) == player


class TestGuessing:
    pytestmark = pytest.mark.usefixtures("five_tries")

    @pytest.mark.django_db(transaction=True)
    def test_of_64_guesses_at_once_5_are_checked(self, player: User) -> None:
        answers = at_once(64, lambda number: sign_in(player.username, f"guess {number}"))
        assert (raised(answers, WrongCredentials), raised(answers, TooManyRequests)) == (5, 59)

    @pytest.mark.django_db(transaction=True)
    def test_64_right_sign_ins_at_once_leave_no_attempt_behind(
        self, player: User, settings: LazySettings
    ) -> None:
        settings.RATES = settings.RATES | {"signin": Rate(64, 900)}
        assert at_once(64, lambda _: sign_in(player.username)) == [player] * 64
        assert at_once(64, lambda _: sign_in(player.username)) == [player] * 64

    def test_a_right_pair_does_not_count(self, player: User) -> None:
        assert [answer(player.username) for _ in range(20)] == [player] * 20

    def test_a_right_pair_does_not_wipe_the_guesses_before_it(self, player: User) -> None:
        for _ in range(4):
            assert answer(player.username, "wrong") is WrongCredentials
        assert answer(player.username) == player
        assert answer(player.username, "wrong") is WrongCredentials
        assert answer(player.username, "wrong") is TooManyRequests

    def test_the_answer_says_when_to_come_back(self, player: User) -> None:
        for _ in range(5):
            answer(player.username, "wrong")
        with pytest.raises(TooManyRequests) as refused:
            sign_in(player.username, "wrong")
        assert 890 <= int(refused.value.headers["Retry-After"]) <= 900

    def test_guesses_from_one_address_lock_nobody_out_at_another(self, player: User) -> None:
        for _ in range(6):
            answer(player.username, "wrong", address="192.0.2.66")
        assert answer(player.username, address="192.0.2.66") is TooManyRequests
        assert answer(player.username, address="192.0.2.1") == player

    def test_guesses_at_one_login_do_not_count_for_another_at_the_same_address(self, player: User) -> None:
        for _ in range(6):
            answer(player.username, "wrong")
        assert answer(factories.make_player().username) != TooManyRequests

    def test_an_unknown_login_is_limited_like_a_known_one(self) -> None:
        assert [answer("nobody") for _ in range(6)] == [WrongCredentials] * 5 + [TooManyRequests]

    def test_capitals_do_not_make_another_login(self, player: User) -> None:
        for login in ("PLAYER", "player", "Player", "plaYer", "PlayeR"):
            answer(login, "wrong")
        assert answer("player", "wrong") is TooManyRequests


class TestDevices:
    """A browser on which somebody has signed in has a count of its own, for them."""

    pytestmark = pytest.mark.usefixtures("five_tries")

    def lock(self, player: User) -> None:
        for _ in range(6):
            answer(player.username, "wrong")
        assert answer(player.username) is TooManyRequests

    def test_guesses_at_the_same_address_do_not_lock_a_known_device_out(self, player: User) -> None:
        device = signin.device_of(user=player)
        self.lock(player)
        assert answer(player.username, device=device) == player
        assert answer(player.email, device=device) == player

    def test_a_device_is_known_for_its_own_user_only(self, player: User) -> None:
        mallory = factories.make_player()
        self.lock(player)
        assert answer(player.username, device=signin.device_of(user=mallory)) is TooManyRequests

    @pytest.mark.parametrize("forge", [str.upper, lambda device: device + "x", lambda device: "x", str.title])
    def test_a_forged_device_is_none(self, player: User, forge: Any) -> None:
        device = forge(signin.device_of(user=player))
        self.lock(player)
        assert answer(player.username, device=device) is TooManyRequests

    def test_a_device_may_guess_no_more_than_an_address(self, player: User) -> None:
        device = signin.device_of(user=player)
        answers = [answer(player.username, "wrong", device=device) for _ in range(6)]
        assert answers == [WrongCredentials] * 5 + [TooManyRequests]
        assert answer(player.username) == player

    def test_a_program_that_holds_a_token_is_not_locked_out_of_renewing_it(self, player: User) -> None:
        self.lock(player)
        assert check_credentials(login=player.username, password=PASSWORD, held_by=player) == player
        with pytest.raises(WrongCredentials):
            check_credentials(login=player.username, password="wrong", held_by=player)

    def test_the_token_of_another_is_no_way_in(self, player: User) -> None:
        self.lock(player)
        with coming_from(Origin(address="192.0.2.1")), pytest.raises(TooManyRequests):
            check_credentials(login=player.username, password=PASSWORD, held_by=factories.make_player())

    def test_a_device_opens_nothing_by_itself(self, player: User) -> None:
        assert answer(player.username, "wrong", device=signin.device_of(user=player)) is WrongCredentials


class TestTokens:
    def test_a_token_is_qx_and_43_characters_and_kept_as_its_digest(self, player: User) -> None:
        token = signin.issue_api_token(user=player)
        assert re.fullmatch(r"qx_[A-Za-z0-9_-]{43}", token)
        player.refresh_from_db()
        assert player.api_token == digest(token)
        assert signin.user_of_api_token(token) == player

    def test_a_new_token_replaces_the_old_one(self, player: User) -> None:
        old, new = signin.issue_api_token(user=player), signin.issue_api_token(user=player)
        assert signin.user_of_api_token(old) is None
        assert signin.user_of_api_token(new) == player

    def test_a_revoked_token_is_worthless(self, player: User) -> None:
        token = signin.issue_api_token(user=player)
        signin.revoke_api_token(user=player)
        assert signin.user_of_api_token(token) is None
        assert signin.api_token_expires_at(player) is None

    def test_a_token_works_until_the_last_moment_of_its_days(
        self, player: User, settings: LazySettings
    ) -> None:
        issued_at = clock.now()
        with clock.set_to(issued_at):
            token = signin.issue_api_token(user=player)
        expires_at = issued_at + timedelta(days=settings.API_TOKEN_DAYS)
        assert signin.api_token_expires_at(player) == expires_at
        with clock.set_to(expires_at - timedelta(microseconds=1)):
            assert signin.user_of_api_token(token) == player
        with clock.set_to(expires_at):
            assert signin.user_of_api_token(token) is None

    @pytest.mark.parametrize("change", [{"is_active": False}, {"email_verified_at": None}])
    def test_the_token_of_who_may_not_act_is_worthless(self, player: User, change: dict[str, Any]) -> None:
        token = signin.issue_api_token(user=player)
        User.objects.filter(pk=player.pk).update(**change)
        assert signin.user_of_api_token(token) is None

    @pytest.mark.parametrize("token", ["", "qx_", "x" * 46, "é", "\x00", "qx_" + "\n" * 43])
    def test_anything_else_is_nobodys_token(self, player: User, token: str) -> None:
        assert signin.user_of_api_token(token) is None

    def test_the_digest_is_no_token(self, player: User) -> None:
        token = signin.issue_api_token(user=player)
        assert signin.user_of_api_token(digest(token)) is None

    def test_a_token_asked_for_with_a_password_that_has_gone_is_refused(self, player: User) -> None:
        checked = sign_in(player.username)
        player.set_password("another password!")
        player.save(update_fields=["password"])
        with pytest.raises(WrongCredentials):
            signin.issue_api_token(user=checked)
