"""Refusals: each has a code of its own, and becomes one reply wherever it comes from."""

import json
import re
from collections import Counter
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError
from django.http import HttpRequest
from django.template.loader import get_template
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject

from quantix import urls  # noqa: F401 - so that every refusal of the site is known
from quantix.errors import (
    DatabaseAway,
    FieldError,
    Invalid,
    NotFound,
    Refusal,
    TooManyRequests,
    every_refusal,
)
from quantix.problems import CONTENT_TYPE, ERROR_PAGES, problem, reply_to

REFUSALS = [refusal for refusal in every_refusal() if "tests" not in refusal.__module__]
STATUSES = {400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503}
#: What programs have been promised: code → status.
PROMISED = {
    "insufficient-funds": 409,
    "session-ended": 409,
    "session-open": 409,
    "market-closed": 409,
    "odds-changed": 409,
    "limit-reached": 409,
    "wrong-question": 409,
    "too-late": 409,
    "not-a-session-game": 409,
    "email-not-verified": 403,
    "suspended": 403,
    "own-request": 403,
    "own-position": 403,
    "invalid-token": 400,
    "stake-out-of-range": 400,
}


def test_every_code_is_one_refusals_own() -> None:
    assert [code for code, times in Counter(refusal.code for refusal in REFUSALS).items() if times > 1] == []


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
def test_a_refusal_has_a_code_a_title_and_a_status(refusal: type[Refusal]) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", refusal.code)
    assert refusal.status in STATUSES
    assert refusal.title and not refusal.title.endswith(".")
    assert not refusal.detail or refusal.detail.endswith((".", "…"))


@pytest.mark.parametrize(("code", "status"), PROMISED.items())
def test_the_promised_codes_are_there(code: str, status: int) -> None:
    assert {refusal.code: refusal.status for refusal in REFUSALS}[code] == status


def test_a_constraint_means_one_refusal() -> None:
    constraints = [refusal.constraint for refusal in REFUSALS if refusal.constraint]
    assert len(constraints) == len(set(constraints))


def ask(path: str, **headers: str) -> HttpRequest:
    request = RequestFactory().get(path, headers=headers)
    request.user = AnonymousUser()
    return request


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
def test_a_program_gets_a_problem_document_whatever_it_accepts(refusal: type[Refusal]) -> None:
    error = Invalid(FieldError("amount", "form", "Wrong.")) if refusal is Invalid else refusal()
    response = reply_to(ask("/api/v1/bets", Accept="text/html"), error)
    document = json.loads(response.content)
    assert (response.status_code, response["Content-Type"]) == (refusal.status, CONTENT_TYPE)
    assert document["code"] == refusal.code and document["status"] == refusal.status
    assert document["type"].endswith(f"#{refusal.code}")
    assert document["title"] and document["detail"]


def test_fields_at_fault_are_listed() -> None:
    document = problem(Invalid(FieldError("options.2.label", "too-long", "Too long.")))
    assert document["errors"] == [{"field": "options.2.label", "code": "too-long", "message": "Too long."}]
    assert "errors" not in problem(NotFound())


def test_what_a_refusal_carries_besides_is_added_as_it_is() -> None:
    assert problem(NotFound(session=7))["session"] == 7


@pytest.mark.django_db
@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
def test_a_person_gets_a_page_that_says_the_same(refusal: type[Refusal]) -> None:
    response = reply_to(
        ask("/bets"), refusal(f"In words, {refusal.code}.") if refusal is not Invalid else Invalid()
    )
    assert response.status_code == refusal.status
    assert response["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("status", sorted(ERROR_PAGES))
def test_there_is_a_page_for_each_status(status: int) -> None:
    get_template(f"errors/{status}.html")


@pytest.mark.django_db
@pytest.mark.parametrize("status", [403, 404, 500])
def test_from_the_back_office_it_leads_back_there(status: int) -> None:
    refusal = next(refusal for refusal in REFUSALS if refusal.status == status)
    assert b'href="/admin/"' in reply_to(ask("/admin/games/game/0/"), refusal("In words.")).content
    assert b'href="/admin/"' not in reply_to(ask("/play"), refusal("In words.")).content


def test_a_refusals_headers_are_sent() -> None:
    for path in ("/api/v1/bets", "/bets"):
        assert reply_to(ask(path), DatabaseAway(headers={"Retry-After": "3"}))["Retry-After"] == "3"


def test_the_page_for_a_database_that_is_away_asks_it_nothing() -> None:
    def who() -> Any:
        raise OperationalError("the database is away")

    request = ask("/bets")
    request.user = SimpleLazyObject(who)  # type: ignore[assignment]
    response = reply_to(request, DatabaseAway())
    assert response.status_code == 503 and b"Try again" in response.content


@pytest.mark.django_db
def test_a_page_tells_when_to_come_back() -> None:
    assert reply_to(ask("/bets"), TooManyRequests(headers={"Retry-After": "7"}))["Retry-After"] == "7"
