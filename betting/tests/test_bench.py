"""The bench of the back-office, made small: its books are right, and no page of a list goes through its table."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from betting.bench import database, dataset, pages
from betting.bench.measuring import Stopwatch
from wallets import reconcile

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

#: Tables that grow with every bet, session, deed of staff and sign-in.
LONG = ("bets", "transactions", "game_sessions", "audit_entries", "sign_ins")


def built(rows: int) -> dict[str, Any]:
    return dataset.build(rows, lambda line: None)


def every_page(about: dict[str, Any]) -> Iterator[pages.Page]:
    return pages.every_page(User.objects.get(username=dataset.OWNER), pages.Heavy.of(about))


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def test_the_data_set_keeps_every_promise_about_money() -> None:
    built(dataset.ROWS_MIN)
    findings = reconcile.check_all()
    assert [finding for finding in findings if finding.broken] == []
    assert (
        min(
            finding.checked
            for finding in findings
            if finding.promise in {"1", "4", "bets"} and finding.checked
        )
        > 0
    )


def test_the_data_set_is_written_to_no_database_but_the_benchs_own() -> None:
    with pytest.raises(Exception, match="is not a database of the bench"):
        database.insist()


def test_every_page_opens_and_counts_no_table_to_its_end(client: Client) -> None:
    about = built(dataset.ROWS_MIN)
    client.force_login(User.objects.get(username=dataset.OWNER))
    stopwatch = Stopwatch(client)
    found = [(page, stopwatch.open(page)) for page in every_page(about)]
    assert [(page, taken.status) for page, taken in found if taken.status >= 500 or taken.status == 404] == []
    assert [
        (page, statement)
        for page, taken in found
        for _, statement in taken.statements
        if "COUNT(*)" in statement and "LIMIT" not in statement
    ] == []


def test_no_list_goes_through_its_table(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked of a long list, it reads a small part of it: some index serves every filter in its order."""
    for module in ("accounts.backoffice.lists", "wallets.admin"):
        monkeypatch.setattr(f"{module}.ROWS_MAX", 50)
    monkeypatch.setattr("wallets.admin.ADD_MAX", 50)
    about = built(20_000)
    client.force_login(User.objects.get(username=dataset.OWNER))
    sizes = {table: _number(f"SELECT count(*) FROM {table}") for table in LONG}
    far = [
        (page.of, page.way, table, statement)
        for page in every_page(about)
        if "?" in page.address and " + " not in page.way
        for statement, params in _queries(client, page)
        for table, rows in _fewest_read(statement, params).items()
        if rows > sizes[table] / 3
    ]
    assert far == []


def _queries(client: Client, page: pages.Page) -> list[tuple[str, Any]]:
    """Each query of the page, with its parameters."""
    asked: list[tuple[Any, Any]] = []

    def note(execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
        asked.append((statement, params))
        return execute(statement, params, many, context)

    with connection.execute_wrapper(note):
        client.get(page.address)
    return [(text, params) for text, params in asked if isinstance(text, str) and text.startswith("SELECT")]


def _fewest_read(statement: str, params: Any) -> dict[str, int]:
    """How many rows of which long table are looked at, by the better of two plans.

    Of a small table the database goes through all where it may; where it may not, an index that does not serve
    shows all the same: by the rows that it gave in vain.
    """
    plans = [_rows_read(statement, params, scans) for scans in ("on", "off")]
    return {table: min(plan.get(table, 0) for plan in plans) for table in LONG}


def _rows_read(statement: str, params: Any, scans: str) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SET enable_seqscan = {scans}")
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", params)
        (told,) = cursor.fetchone()
        cursor.execute("RESET enable_seqscan")
    plan = json.loads(told) if isinstance(told, str) else told
    read: dict[str, int] = {}
    for table, rows in _looked_at(plan[0]["Plan"]):
        read[table] = read.get(table, 0) + rows
    return read


def _looked_at(node: dict[str, Any]) -> Iterator[tuple[str, int]]:
    if node.get("Relation Name") in LONG:
        rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        yield node["Relation Name"], int(rows * node["Actual Loops"])
    for child in node.get("Plans", ()):
        yield from _looked_at(child)


def _number(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])
