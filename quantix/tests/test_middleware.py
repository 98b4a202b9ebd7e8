"""What no view gets to see: requests for other hosts, cut short, or with cookies that are none."""

import io
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.models import User
from quantix.tests import factories
from quantix.tests.api import Program, assert_problem


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("host", ["elsewhere.example", "", "[::1", "a b", "ÿ"])
def test_a_host_that_is_not_ours_is_a_bad_request_without_a_trace(
    host: str, debug: bool, settings: LazySettings, db: None
) -> None:
    settings.DEBUG = debug
    assert_problem(Program().ask("GET", "/games", host=host), 400, "bad-request")
    page = Client(raise_request_exception=False).get("/sign-in", headers={"Host": host})
    assert page.status_code == 400
    assert "Traceback" not in page.content.decode() and "ALLOWED_HOSTS" not in page.content.decode()


def test_half_a_body_is_never_acted_on(player: User) -> None:
    whole = b'{"full_name": "Asha"}'
    cut_short: Any = {"wsgi.input": io.BytesIO(whole), "CONTENT_LENGTH": str(len(whole) + 1)}
    program = Program(player)
    response = program.generic("PATCH", "/api/v1/me", content_type="application/json", **cut_short)
    assert_problem(response, 400, "bad-request")
    player.refresh_from_db()
    assert player.full_name != "Asha"


def test_a_file_that_nobody_asked_for_is_not_read(db: None) -> None:
    endless: Any = {"wsgi.input": io.BytesIO(b"--x"), "CONTENT_LENGTH": "99999999999"}
    response = Client().generic("POST", "/sign-in", content_type="multipart/form-data; boundary=x", **endless)
    assert response.status_code == 413


@pytest.mark.parametrize("cookie", ["a\0bcdefgh", "é" * 9, "x", "", "'; DROP TABLE users; --", "a" * 5000])
def test_a_session_cookie_that_names_no_session_is_a_stranger(cookie: str, db: None) -> None:
    browser = Client()
    browser.cookies["sessionid"] = cookie
    assert browser.get("/lobby")["Location"].startswith("/sign-in")


def test_no_cache_keeps_what_the_signed_in_see(player: User, client: Client) -> None:
    client.force_login(player)
    for path in ("/lobby", "/wallet", "/wallet.csv", "/bets", "/account", "/games?type=quiz", "/fairness"):
        assert "no-store" in client.get(path)["Cache-Control"], path


def test_the_schema_takes_no_version_into_its_headers(db: None) -> None:
    response = Program().ask("GET", "/schema?version=%00%0A")
    assert response.status_code == 200
    assert response["Content-Disposition"].isprintable()


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("path", ["/nowhere", "/games/none-such", "/admin/nothing/", "/static/none.css"])
def test_an_unknown_address_is_a_page_in_the_sites_look(
    path: str, debug: bool, client: Client, player: User, settings: LazySettings
) -> None:
    settings.DEBUG = debug
    client.force_login(player)
    response = client.get(path)
    assert response.status_code in (302, 403, 404)
    if response.status_code == 404:
        assert "errors/404.html" in [template.name for template in response.templates]


@pytest.mark.parametrize("debug", [True, False])
def test_a_fault_of_ours_is_told_to_the_log_alone(
    debug: bool,
    client: Client,
    player: User,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.DEBUG = debug

    def broken(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError("a secret of the house")

    monkeypatch.setattr("wallets.selectors.wallet_of", broken)
    monkeypatch.setattr("betting.play_views.game_page", broken)
    client.force_login(player)
    page = client.get(f"/games/{factories.make_codebreaker().slug}")
    assert page.status_code == 500 and "secret" not in page.content.decode()
    assert_problem(Program(player).ask("GET", "/wallet"), 500, "server-error")
    assert caplog.text.count("ZeroDivisionError") >= 2
