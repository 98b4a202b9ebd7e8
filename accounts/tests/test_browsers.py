"""Where one is signed in: shown on the account page, and ended from there."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.services.browsers import browsers_of, name_of
from quantix import clock, housekeeping
from quantix.models import BrowserSession
from quantix.tests.factories import PASSWORD, make_player

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0 Safari/537.36"


def sign_in(player: User, agent: str) -> Client:
    client = Client(headers={"User-Agent": agent})
    assert client.post("/sign-in", {"login": player.username, "password": PASSWORD}).status_code == 303
    return client


def page(client: Client) -> str:
    return client.get("/account").content.decode()


def is_in(client: Client) -> bool:
    return client.get("/account").status_code == 200


def handles(client: Client) -> list[str]:
    """Of the others, as the page links them."""
    return re.findall(r'action="/account/sessions/([0-9a-f]{16})"', page(client))


def test_each_browser_is_told_apart(player: User) -> None:
    laptop, _ = sign_in(player, FIREFOX), sign_in(player, PHONE)
    text = page(laptop)
    assert "Firefox on Linux" in text and "Chrome on Android" in text and "127.0.0.1" in text
    assert text.count("this one") == 1 and len(handles(laptop)) == 1


def test_the_page_gives_away_no_key(player: User) -> None:
    laptop, phone = sign_in(player, FIREFOX), sign_in(player, PHONE)
    for client in (laptop, phone):
        assert client.cookies["sessionid"].value not in page(laptop)


def test_another_browser_is_signed_out_from_here(player: User) -> None:
    laptop, phone = sign_in(player, FIREFOX), sign_in(player, PHONE)
    done = laptop.post(f"/account/sessions/{handles(laptop)[0]}", follow=True)
    assert "That session has ended." in done.content.decode()
    assert (is_in(laptop), is_in(phone)) == (True, False)


def test_all_the_others_are_signed_out_at_once(player: User) -> None:
    laptop, others = sign_in(player, FIREFOX), [sign_in(player, PHONE) for _ in range(3)]
    done = laptop.post("/account/sessions/others", follow=True)
    assert "3 other sessions have ended." in done.content.decode()
    assert is_in(laptop) and not any(is_in(other) for other in others)


def test_nobody_ends_another_s_session(player: User) -> None:
    mine, theirs = sign_in(player, FIREFOX), sign_in(make_player(), PHONE)
    second = sign_in(player, PHONE)
    theirs.post(f"/account/sessions/{handles(mine)[0]}")
    assert is_in(second)


def test_sessions_that_no_longer_let_in_are_not_shown(player: User) -> None:
    laptop, _ = sign_in(player, FIREFOX), sign_in(player, PHONE)
    form = {"old_password": PASSWORD, "new_password": "another good passphrase"}
    assert laptop.post("/account/password", form).status_code == 303
    assert handles(laptop) == []
    player.refresh_from_db()
    with clock.set_to(clock.now() + timedelta(days=60)):
        assert browsers_of(user=player, this=None) == []


def test_sessions_that_ran_out_are_deleted(player: User) -> None:
    sign_in(player, FIREFOX)
    BrowserSession.objects.update(expire_date=clock.now() - timedelta(seconds=1))
    sign_in(player, PHONE)
    housekeeping.forget_old_sessions()
    assert BrowserSession.objects.count() == 1


@pytest.mark.parametrize(
    ("agent", "name"),
    [(FIREFOX, "Firefox on Linux"), (PHONE, "Chrome on Android"), ("", "A browser"), ("<b>", "A browser")],
)
def test_a_browser_is_named_by_its_header(agent: str, name: Any) -> None:
    assert name_of(agent) == name
