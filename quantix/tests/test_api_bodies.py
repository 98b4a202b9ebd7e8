"""What may be sent to any address of the API, and what is answered to anything else."""

import json
from typing import Any

import pytest
from django.urls import URLResolver, get_resolver

from quantix.rates import Rate
from quantix.tests import factories
from quantix.tests.api import Program, assert_problem

pytestmark = pytest.mark.django_db

HOSTILE = {
    "nothing but space": b" ",
    "cut short": b'{"login": "a',
    "an array": b"[]",
    "a string": b'"text"',
    "null": b"null",
    "a byte order mark": b'\xef\xbb\xbf{"login": "a"}',
    "Latin-1": '{"login": "é"}'.encode("latin-1"),
    "UTF-16": '{"login": "a"}'.encode("utf-16"),
    "NUL": rb'{"login": "a\u0000b"}',
    "NUL in a name": rb'{"a\u0000b": 1}',
    "half a surrogate pair": rb'{"login": "\ud800"}',
    "an encoded surrogate": b'{"login": "\xed\xa0\x80"}',
    "a name twice": b'{"login": "a", "login": "b"}',
    "NaN": b'{"amount": NaN}',
    "Infinity": b'{"amount": -Infinity}',
    "a float beyond all": b'{"amount": 1e999}',
    "an endless number": b'{"amount": ' + b"9" * 5000 + b"}",
    "an endless fraction": b'{"amount": 0.' + b"9" * 5000 + b"}",
    "nine levels": b'{"a":' * 9 + b"1" + b"}" * 9,
    "five thousand levels": b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "endless levels": b"[" * 60_000,
}
#: Of the right shape for some address, with values of every wrong kind.
STRANGE_VALUES = [
    None, True, 0, -1, 1.5, 10**30, "", " ", "x" * 5000, "1\n", "１２", "NaN", "1e3", [], {}, ["a"], {"a": 1},
]  # fmt: skip
FIELDS = [
    "email", "username", "full_name", "password", "token", "login", "game", "session", "market", "choice",
    "amount", "min_odds", "index", "answer", "guess", "preferences", "stake", "loss", "break_until", "excluded_until",
    "pending", "url", "events", "is_active", "user", "type", "reason", "reason_code", "until", "name", "description",
    "metadata", "status", "option", "weights", "outcome_known_at", "preview",
]  # fmt: skip


def post_paths() -> list[str]:
    """Every path of the API that takes a body, with ids filled in."""
    return sorted({path for path, methods in addresses() if methods & {"post", "patch", "put"}})


def method_of(path: str) -> str:
    """How a body is sent to `path`."""
    methods = {method for found, taken in addresses() if found == path for method in taken}
    return next(method for method in ("post", "patch", "put") if method in methods).upper()


def addresses() -> list[tuple[str, set[str]]]:
    found = []

    def walk(patterns: list[Any], prefix: str) -> None:
        for pattern in patterns:
            path = prefix + str(pattern.pattern).replace("(?P<pk>[0-9]{1,18})", "{id}").replace(
                "<int:pk>", "{id}"
            )
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, path)
            elif hasattr(pattern.callback, "actions"):
                found.append(
                    (
                        path.replace("^", "").replace("$", "").replace("\\Z", ""),
                        set(pattern.callback.actions) - {"head"},
                    )
                )

    resolver: Any = next(pattern for pattern in get_resolver().url_patterns if str(pattern.pattern) == "api/")
    walk(resolver.url_patterns, "/")
    return [(path.removeprefix("/v1"), methods) for path, methods in found]


@pytest.mark.parametrize("path", post_paths())
def test_no_hostile_body_is_more_than_a_bad_request(path, player):
    session = factories.start(player, factories.make_codebreaker())
    program = Program(factories.make_staff("owner") if path.startswith("/staff") else player)
    method = method_of(path)
    for name, body in HOSTILE.items():
        response = program.ask(method, path.format(id=session.pk), body)
        assert response.status_code == 400, (name, response.content)
        assert_problem(response, 400, "malformed-body")


@pytest.mark.parametrize("path", post_paths())
def test_no_strange_value_is_a_fault_of_ours(path, player):
    session = factories.start(player, factories.make_codebreaker())
    program = Program(factories.make_staff("owner") if path.startswith("/staff") else player)
    method = method_of(path)
    for value in STRANGE_VALUES:
        for body in [dict.fromkeys(FIELDS, value), *({field: value} for field in FIELDS)]:
            response = program.ask(method, path.format(id=session.pk), body)
            assert response.status_code < 500, (body, response.content)
            assert response.status_code < 300 or response["Content-Type"] == "application/problem+json"


def test_a_body_of_64_kib_is_taken_and_one_byte_more_is_not(player):
    program = Program(player)
    padding = 64 * 1024 - len('{"login": ""}')
    assert_problem(program.ask("POST", "/bets", {"login": "x" * (padding)}), 400, "unknown-field", "login")
    assert_problem(program.ask("POST", "/bets", {"login": "x" * (padding + 1)}), 413, "body-too-large")


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_a_body_of_another_type_is_refused(content_type, player):
    response = Program(player).post("/api/v1/bets", b"amount=5", content_type=content_type)
    assert_problem(response, 415, "unsupported-media-type")


def test_json_in_another_charset_is_refused(player):
    response = Program(player).post("/api/v1/bets", b"{}", content_type="application/json; charset=utf-16")
    assert_problem(response, 415, "unsupported-media-type")


def test_a_body_may_be_left_out_where_nothing_needs_saying(player):
    session = factories.start(player, factories.make_codebreaker())
    assert Program(player).ask("POST", f"/sessions/{session.pk}/forfeit").status_code == 200


@pytest.mark.parametrize(
    "path", ["", "/", "/nothing", "/games/", "/games/x", "/games/1/", "/auth", "/bets/1/nothing"]
)
def test_an_unknown_address_is_a_problem_document(path, db):
    program = Program(enforce_csrf_checks=True)
    for method in ("GET", "POST", "DELETE"):
        assert_problem(program.ask(method, path), 404, "not-found")


def test_another_host_is_a_problem_document(db, settings):
    settings.DEBUG = True
    for host in ("evil.example", "a_b", "x y"):
        assert_problem(Program().ask("GET", "/games", host=host), 400, "bad-request")


def test_a_method_that_is_not_taken_is_told_with_those_that_are(player):
    response = Program(player).ask("DELETE", "/wallet")
    assert_problem(response, 405, "method-not-allowed")
    assert "GET" in response["Allow"]


@pytest.mark.parametrize(("path", "methods"), addresses())
def test_options_are_told_everywhere_and_head_is_get_without_a_body(path, methods, player):
    session = factories.start(player, factories.make_codebreaker())
    path = path.format(id=session.pk)
    response = Program().ask("OPTIONS", path)
    assert response.status_code == 204
    assert {method.upper() for method in methods} <= set(response["Allow"].split(", "))
    if "get" in methods:
        head, get = Program(player).ask("HEAD", path), Program(player).ask("GET", path)
        assert head.status_code == get.status_code
        assert (head.getvalue() if head.streaming else head.content) == b""


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*", "nonsense"])
def test_replies_are_json_whatever_is_accepted(accept, db):
    response = Program().ask("GET", "/games", accept=accept)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert_problem(Program().ask("GET", "/wallet", accept=accept), 401, "not-authenticated")


def test_a_fault_of_ours_is_told_without_a_trace(player, monkeypatch, settings):
    def broken(*args: object) -> None:
        raise RuntimeError("secret")

    settings.DEBUG = True
    monkeypatch.setattr("wallets.selectors.wallet_of", broken)
    response = Program(player).ask("GET", "/wallet")
    assert_problem(response, 500, "server-error")
    assert "secret" not in json.dumps(response.json())


def test_an_id_that_no_column_holds_is_not_found(player):
    program = Program(player)
    for number in ("9" * 18, "9" * 19, "9" * 30, "0"):
        for path in ("/games/{}", "/games/{}/markets", "/sessions/{}", "/bets/{}", "/transactions/{}"):
            assert_problem(program.ask("GET", path.format(number)), 404, "not-found")
        assert_problem(program.ask("POST", f"/sessions/{number}/moves", {"guess": "A"}), 404, "not-found")


def test_a_list_without_parameters_takes_none(player):
    session, event = factories.start(player, factories.make_codebreaker()), factories.make_event()
    program = Program(player)
    for path in (
        "/dailies",
        f"/sessions/{session.pk}/markets",
        f"/games/{event.pk}/markets",
        f"/games/{event.pk}/prices",
    ):
        assert program.ask("GET", path).status_code == 200
        assert_problem(program.ask("GET", f"{path}?token=qx_x"), 400, "unknown-parameter", "token")


def test_what_is_no_sign_up_does_not_count_for_one(db, settings):
    settings.RATES = settings.RATES | {"signup": Rate(1, 3600)}
    for _ in range(3):
        assert_problem(Program().ask("GET", "/auth/register"), 405, "method-not-allowed")
    assert_problem(Program().ask("POST", "/auth/register", {}), 400, "invalid")
    assert_problem(Program().ask("POST", "/auth/register", {}), 429, "rate-limited")


def test_a_cookie_without_its_csrf_token_is_told_what_is_missing(player):
    browser = Program(enforce_csrf_checks=True)
    browser.force_login(player)
    problem = assert_problem(browser.ask("PATCH", "/me", {}), 403, "forbidden")
    assert "X-CSRFToken" in problem["detail"]
