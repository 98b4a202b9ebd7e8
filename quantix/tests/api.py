"""A program that uses the API, and how its tests count statements."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.services.signin import issue_api_token
from quantix.tests import contract

#: No call of the API takes more statements, however many rows there are.
STATEMENTS_MAX = 8
_FRAME = re.compile("BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE")


class Program(Client):
    """A client of /api/v1 that speaks JSON, with the token of `user` if there is one.

    Whatever it asks is held against the OpenAPI document.
    """

    def __init__(self, user: User | None = None, **defaults: Any) -> None:
        super().__init__(raise_request_exception=False, **defaults)
        if user:
            self.defaults["HTTP_AUTHORIZATION"] = f"Bearer {issue_api_token(user=user)}"

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """The response to `method` /api/v1`path`; `body` is sent as JSON, bytes as they are."""
        sent: dict[str, Any] = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent |= {"data": data, "content_type": "application/json"}
        response = self.generic(method, f"/api/v1{path}", **sent)
        contract.hold(method, path, sent.get("data", b""), response)
        return response

    def get_list(self, path: str) -> list[Any]:
        response = self.ask("GET", path)
        assert response.status_code == 200, response.content
        return list(response.json()["results"])


@contextmanager
def count_queries(most: int = STATEMENTS_MAX) -> Iterator[list[str]]:
    """Fail if the block takes more than `most` statements; yields those it took, once it is left."""
    taken: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield taken
    taken += [query["sql"] for query in captured if not _FRAME.match(query["sql"])]
    assert len(taken) <= most, "\n".join([f"{len(taken)} statements:", *taken])


def assert_problem(response: Any, status: int, code: str, field: str | None = None) -> dict[str, Any]:
    """The problem document of `response`, which has this status and code (and blames this field)."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["status"] == status
    if field is None:
        assert document["code"] == code
    else:
        assert (field, code) in [(error["field"], error["code"]) for error in document["errors"]]
    return document
