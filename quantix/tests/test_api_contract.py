"""The calls that were agreed on: each is there, whatever comes beside it."""

import pytest

from quantix.api.reference import document

AGREED = """
POST /auth/register
POST /auth/verify-email
POST /auth/resend-verification
POST /auth/password-reset
POST /auth/password-reset/confirm
POST /auth/token
DELETE /auth/token
GET /me
PATCH /me
GET /me/export
GET /me/limits
PUT /me/limits
GET /wallet
GET /transactions
GET /transactions/{id}
GET /games
GET /games/{id}
GET /games/{id}/leaderboard
GET /leaderboards
GET /games/{id}/prices
POST /sessions
GET /sessions
GET /sessions/{id}
POST /sessions/{id}/moves
POST /sessions/{id}/forfeit
GET /sessions/{id}/markets
GET /games/{id}/markets
GET /sessions/{id}/fairness
POST /bets/quote
POST /bets
GET /bets
GET /bets/{id}
POST /bets/{id}/cash-out
POST /staff/adjustments
POST /staff/adjustments/{id}/approve
POST /staff/adjustments/{id}/reject
POST /staff/games
PATCH /staff/games/{id}
POST /staff/games/{id}/resolve
POST /staff/games/{id}/resolve/confirm
POST /staff/games/{id}/void
POST /staff/sessions/{id}/void
POST /staff/bets/{id}/void
POST /staff/transactions/{id}/void
POST /staff/users/{id}/suspend
POST /staff/users/{id}/unsuspend
GET /schema
"""
#: What is filtered by, beside cursor, page_size and ordering.
FILTERS = {
    "/transactions": {"type", "category", "created_after", "created_before", "include_voided"},
    "/games": {"type", "search"},
    "/sessions": {"game", "status", "result"},
    "/bets": {"session", "game", "outcome", "open"},
    "/leaderboards": {"measure", "season"},
    "/games/{id}/leaderboard": {"measure", "season"},
}
#: The POSTs that move money or start something take a key; so do all of staff's.
KEYED = {
    "/sessions", "/sessions/{id}/moves", "/sessions/{id}/forfeit", "/bets", "/bets/{id}/cash-out",
}  # fmt: skip


@pytest.mark.parametrize("call", AGREED.strip().splitlines())
def test_every_call_that_was_agreed_on_is_there(call):
    method, path = call.split()
    assert method.lower() in document()["paths"].get(f"/api/v1{path}", {})


@pytest.mark.parametrize("path", FILTERS)
def test_every_filter_that_was_agreed_on_is_there(path):
    told = parameters(path, "get")
    assert FILTERS[path] <= told
    assert {"cursor", "page_size"} <= told


@pytest.mark.parametrize(
    "path", [line.split()[1] for line in AGREED.strip().splitlines() if line.startswith("POST")]
)
def test_what_moves_money_or_starts_something_takes_a_key(path):
    takes_key = "Idempotency-Key" in parameters(path, "post")
    assert takes_key == (path in KEYED or path.startswith("/staff/"))


def parameters(path: str, method: str) -> set[str]:
    operation = document()["paths"][f"/api/v1{path}"][method]
    return {parameter["name"] for parameter in operation.get("parameters", [])}
