"""What a user changes about themselves."""

from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client, RequestFactory

from accounts.models import User
from accounts.services.profile import change_password, update_profile
from quantix.db import in_one_transaction
from quantix.errors import Invalid
from quantix.tests import factories
from quantix.tests.at_once import at_once, raised

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "a quite new password"


def faults(user: User, **changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        update_profile(user=user, **changes)
    user.refresh_from_db()
    return [(fault.field, fault.code) for fault in refused.value.errors]


def test_what_is_given_changes_and_the_rest_stays(player: User) -> None:
    changed = update_profile(user=player, full_name="Ada King", preferences={"theme": "dark"})
    changed = update_profile(user=changed, preferences={})
    player.refresh_from_db()
    assert (player.full_name, player.username) == ("Ada King", changed.username)
    assert player.preferences == {"theme": "dark"}


def test_a_username_may_change_its_capitals(player: User) -> None:
    assert update_profile(user=player, username=player.username.upper()).username.isupper()


def test_a_taken_username_is_refused_in_any_case(player: User) -> None:
    factories.make_player(username="Ada")
    assert faults(player, username="aDA") == [("username", "taken")]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"username": "a b"}, ("username", "username-form")),
        ({"username": "ada\n"}, ("username", "username-form")),
        ({"full_name": " Ada"}, ("full_name", "full-name-form")),
        ({"full_name": ""}, ("full_name", "full-name-form")),
        ({"preferences": {"theme": "pink"}}, ("preferences.theme", "unknown-preference")),
        ({"preferences": {"theme": ["dark"]}}, ("preferences.theme", "unknown-preference")),
        ({"preferences": {"shoe": 43}}, ("preferences.shoe", "unknown-preference")),
    ],
)
def test_a_wrong_field_is_named_and_changes_nothing(
    player: User, changes: dict[str, Any], fault: tuple[str, str]
) -> None:
    before = (player.username, player.full_name, player.preferences)
    assert faults(player, **changes) == [fault]
    assert (player.username, player.full_name, player.preferences) == before


def test_all_faults_are_told_at_once(player: User) -> None:
    assert len(faults(player, username="", full_name="", preferences={"theme": 1})) == 3


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_to_different_fields_both_hold(player: User) -> None:
    changes: list[dict[str, Any]] = [
        {"full_name": "Ada King"},
        {"username": "countess"},
        {"preferences": {"theme": "dark"}},
    ]
    stale = [User.objects.get(pk=player.pk) for _ in changes]
    answers = at_once(
        3, lambda number: in_one_transaction(lambda: update_profile(user=stale[number], **changes[number]))
    )
    assert answers == [player] * 3
    player.refresh_from_db()
    assert (player.full_name, player.username) == ("Ada King", "countess")
    assert player.preferences == {"theme": "dark"}


@pytest.mark.django_db(transaction=True)
def test_of_16_who_take_a_name_at_once_one_gets_it() -> None:
    players = [factories.make_player() for _ in range(16)]
    answers = at_once(
        16, lambda number: in_one_transaction(lambda: update_profile(user=players[number], username="ada"))
    )
    assert raised(answers, Invalid) == 15


def test_a_new_password_ends_other_sessions_and_keeps_this_one(player: User) -> None:
    here, elsewhere = Client(), Client()
    here.force_login(player)
    elsewhere.force_login(player)
    request: Any = RequestFactory().post("/password")
    request.session, request.user = here.session, player
    change_password(request=request, user=player, old=factories.PASSWORD, new=NEW_PASSWORD)
    request.session.save()
    here.cookies["sessionid"] = request.session.session_key
    assert is_signed_in(here) and not is_signed_in(elsewhere)
    player.refresh_from_db()
    assert player.check_password(NEW_PASSWORD) and request.session[SESSION_KEY] == str(player.pk)


def is_signed_in(browser: Client) -> bool:
    request: Any = browser.get("/styleguide").wsgi_request
    return bool(request.user.is_authenticated)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("wrong", NEW_PASSWORD, ("old_password", "wrong-password")),
        (factories.PASSWORD, "short", ("new_password", "password-too-short")),
    ],
)
def test_a_refused_new_password_changes_nothing(
    player: User, old: str, new: str, fault: tuple[str, str]
) -> None:
    with pytest.raises(Invalid) as refused:
        change_password(request=RequestFactory().post("/password"), user=player, old=old, new=new)
    assert fault in [(error.field, error.code) for error in refused.value.errors]
    player.refresh_from_db()
    assert player.check_password(factories.PASSWORD)
