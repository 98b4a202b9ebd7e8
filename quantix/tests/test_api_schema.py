"""The OpenAPI document says what the API does, and its pages show it."""

import io
import json
import re
from typing import Any

import pytest
from django.db import OperationalError
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from betting.tests.standing import keep_boards
from quantix.api.reference import resolved
from quantix.errors import every_refusal
from quantix.tests import factories
from quantix.tests.api import Program, assert_problem
from quantix.tests.crowd import ROOT
from quantix.tests.test_api_bodies import addresses
from quantix.wsgi import with_length

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def document(django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock():
        return Program().ask("GET", "/schema").json()


def test_the_document_is_valid_openapi_and_names_every_call(document):
    validate(document)
    assert document["openapi"].startswith("3.1")
    told = {
        (path.removeprefix("/api/v1"), method) for path, item in document["paths"].items() for method in item
    }
    assert {(path, method) for path, methods in addresses() for method in methods} <= told


def test_what_happens_once_takes_a_key(document):
    def takes_key(path: str) -> bool:
        parameters = document["paths"][f"/api/v1{path}"]["post"].get("parameters", [])
        return "Idempotency-Key" in [parameter["name"] for parameter in parameters]

    keyed = {"/sessions", "/sessions/{id}/moves", "/sessions/{id}/forfeit", "/bets", "/bets/{id}/cash-out"}
    posts = {path for path, methods in addresses() if "post" in methods}
    keyed |= {path for path in posts if path.startswith("/staff/")}
    assert {path for path in posts if takes_key(path)} == keyed


def test_replies_are_as_the_document_says(document, player):
    event, puzzle, program = factories.make_event(), factories.make_codebreaker(), Program(player)

    def check(method: str, path: str, body: object = None) -> Any:
        response = program.ask(method, path, body)
        template = "/api/v1" + re.sub(r"/[0-9]+", "/{id}", path.split("?", maxsplit=1)[0])
        told = resolved(document["paths"][template][method.lower()]["responses"][str(response.status_code)])
        schema = told["content"][response["Content-Type"]]["schema"]
        Draft202012Validator(schema | {"components": document["components"]}).validate(response.json())
        return response.json()

    session = check("POST", "/sessions", {"game": puzzle.pk})["id"]
    slip = {"session": session, "market": "solve", "choice": "within-6", "amount": "5.00"}
    check("POST", "/bets/quote", slip)
    bet = check("POST", "/bets", slip)["id"]
    check("POST", "/bets", {"game": event.pk, "market": "winner", "choice": "yes", "amount": 3})
    for mechanism in ("pool", "lmsr"):
        market = factories.make_event(mechanism=mechanism).pk
        position = {"game": market, "market": "winner", "choice": "yes", "amount": "5.00"}
        check("POST", "/bets/quote", position)
        held = check("POST", "/bets", position)
        for path in (f"/games/{market}/markets", f"/games/{market}/prices", f"/sessions/{held['session']}"):
            check("GET", path)
        check("POST", f"/bets/{held['id']}/cash-out", {})
    check("POST", f"/sessions/{session}/moves", {"guess": "ABCD"})
    check("GET", f"/sessions/{session}/markets")
    check("GET", f"/sessions/{session}/fairness")
    check("POST", f"/sessions/{session}/forfeit")
    for path in ("", "/fairness", "/markets"):
        check("GET", f"/sessions/{session}{path}")
    for path in ("/me", "/wallet", "/transactions", "/games", "/sessions", "/bets", "/bets?page_size=1"):
        check("GET", path)
    for path in (
        f"/games/{event.pk}",
        f"/games/{event.pk}/markets",
        f"/bets/{bet}",
        "/bets/999",
        "/bets?x=1",
    ):
        check("GET", path)
    keep_boards()
    for path in ("/leaderboards", f"/games/{puzzle.pk}/leaderboard?measure=profit", "/seasons"):
        assert check("GET", path)["results"]
    check("PATCH", "/me", {"preferences": {"theme": "dark"}})
    check("PUT", "/me/limits", {"stake": {"day": "50.00"}})
    check("PUT", "/me/limits", {"stake": {"day": None}})
    check("GET", "/me/limits")
    check("POST", "/bets", {"amount": "x"})
    check("POST", "/auth/token", {"login": player.email, "password": "wrong"})
    check("POST", "/auth/token", {"login": player.email, "password": factories.PASSWORD})


def test_every_code_is_unique_and_documented(client):
    refusals = list(every_refusal())
    codes = [refusal.code for refusal in refusals]
    assert len(set(codes)) == len(codes)
    page = client.get("/api/docs/errors").content.decode()
    assert all(f'id="{code}"' in page for code in codes)
    assert page.count("The body is not a JSON object as this API takes it") == 1


def test_the_reference_is_served_from_the_site_without_inline_parts(client):
    page = client.get("/api/docs/").content.decode()
    assert "<style" not in page and " style=" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r'(src|href)="(https?:)?//', page)


def test_a_database_that_is_away_is_503(player, monkeypatch):
    def away(*args: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    program = Program(player)
    monkeypatch.setattr("wallets.selectors.wallet_of", away)
    response = program.ask("GET", "/wallet")
    assert_problem(response, 503, "database-unavailable")
    assert int(response["Retry-After"]) > 0


def test_a_chunked_body_is_given_its_length():
    seen: dict[str, Any] = {}

    def inner(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.update(environ)
        return []

    chunked = {
        "wsgi.input": io.BytesIO(b'{"a": 1}'),
        "wsgi.input_terminated": True,
        "HTTP_TRANSFER_ENCODING": "chunked",
    }
    with_length(inner)(chunked, None)
    assert (seen["CONTENT_LENGTH"], seen["wsgi.input"].read()) == ("8", b'{"a": 1}')
    with_length(inner)(
        {
            "wsgi.input": io.BytesIO(b"x" * 6_000_000),
            **{k: v for k, v in chunked.items() if k != "wsgi.input"},
        },
        None,
    )
    assert int(seen["CONTENT_LENGTH"]) == 5 * 1024 * 1024 + 1


def bodies(document: Any) -> Any:
    """(what, media type's part of the document) for each body that is taken or answered in success."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            said = f"{method.upper()} {path}"
            if path == "/api/v1/schema":
                continue
            if "requestBody" in operation:
                yield f"{said} takes", operation["requestBody"]["content"]["application/json"]
            for status, response in operation["responses"].items():
                content = resolved(response).get("content")
                if content:
                    yield f"{said} answers {status}", next(iter(content.values()))


def test_every_body_has_an_example_which_is_as_its_schema_says(document):
    for said, body in bodies(document):
        assert body.get("examples"), (
            f"{said} without an example: see `sent` and `answered` in quantix/api/schema.py"
        )
        for name, told in body["examples"].items():
            shared = told.get("$ref", "").rpartition("/")[2]
            example = document["components"]["examples"][shared] if shared else told
            validator = Draft202012Validator(body["schema"] | {"components": document["components"]})
            faults = [fault.message for fault in validator.iter_errors(example["value"])]
            assert faults == [], f"{said}, example {name}"


def test_the_contract_is_as_it_was_agreed_on(document):
    """A change of it is seen by who reviews it: `make schema` writes the file anew."""
    agreed = json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))
    assert document == agreed, "the API has changed: run `make schema`, and look at what it changes"
