"""Lists taken away as files: all that the list finds, as of one moment, by whom, and whether all of it was sent."""

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client

from accounts.errors import ExportsBusy
from accounts.models import User
from accounts.services import exports
from accounts.services.exports import Wanted, export_rows
from quantix.db import in_one_transaction
from quantix.models import AuditEntry, Export
from quantix.tests import factories
from wallets import ledger
from wallets.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)
LEDGER = "/admin/wallets/transaction/"


@pytest.fixture
def finance() -> User:
    return factories.make_staff("finance")


@pytest.fixture
def download(client: Client, finance: User) -> Callable[..., list[dict[str, str]]]:
    """`download("/admin/…/", type__exact="debit")`: the rows of the list as CSV, heading → cell."""

    def fetch(address: str, **filters: str) -> list[dict[str, str]]:
        client.force_login(finance)
        page = client.get(address, filters)
        (link,) = [button["url"] for button in page.context["buttons"] if button["label"] == "Export"]
        assert client.get(link).status_code == 200
        reply = client.post(link, {"format": "csv"})
        assert reply.status_code == 200, reply.content
        return list(csv.DictReader(io.StringIO(reply.getvalue().decode())))

    return fetch


def post(user: User, amount: str, type: str = "credit", **told: Any) -> None:
    in_one_transaction(
        lambda: ledger.post(
            user_id=user.pk, type=type, category="admin_adjustment", amount=Decimal(amount), **told
        )
    )


def wanted(**changed: Any) -> Wanted:
    told: dict[str, Any] = {
        "rows": Transaction.objects.order_by("-id"),
        "columns": {"id": "id", "amount": "amount"},
        "filters": {},
        "format": "csv",
    }
    return Wanted(**told | changed)


def test_every_row_that_the_list_finds_is_in_the_file(download: Any) -> None:
    player, other = factories.make_player("50.00"), factories.make_player()
    for _ in range(60):
        post(player, "1.00")
    post(player, "12.50", "debit", description="=HYPERLINK(1)", reference="a:1")
    post(other, "7.00", "debit")
    rows = download(LEDGER, wallet__user__id__exact=str(player.pk))
    assert len(rows) == Transaction.objects.of(player.pk).count()
    newest = rows[0]
    assert (newest["player"], newest["email"]) == (player.username, player.email)
    assert (newest["amount"], newest["moved"], newest["balance_after"]) == ("12.50", "-12.50", "97.50")
    assert (newest["reference"], newest["description"]) == ("a:1", "'=HYPERLINK(1)")
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), key=int, reverse=True)


@pytest.mark.parametrize(
    "address",
    [
        "accounts/user",
        "quantix/auditentry",
        "wallets/adjustment",
        "games/gamesession",
        "betting/bet",
    ],
)
def test_each_list_of_players_money_and_play_is_taken_away(address: str, download: Any) -> None:
    from quantix.tests.test_admin import make_rows

    rows = in_one_transaction(make_rows)
    found = download(f"/admin/{address}/")
    assert str(rows[address.replace("/", "_")].pk) in [row["id"] for row in found]


def test_a_workbook_holds_the_same(client: Client, finance: User) -> None:
    player = factories.make_player()
    client.force_login(finance)
    reply = client.post(f"{LEDGER}do/export/?wallet__user__id__exact={player.pk}", {"format": "xlsx"})
    assert reply["Content-Disposition"].endswith('.xlsx"')
    headings, row = openpyxl.load_workbook(io.BytesIO(reply.getvalue())).active.iter_rows(values_only=True)
    assert dict(zip(headings, row, strict=True))["moved"] == 100
    assert "currency" in headings


def test_the_page_says_whose_rows_they_are(client: Client, finance: User) -> None:
    client.force_login(finance)
    page = client.get(f"{LEDGER}do/export/?wallet__user__id__exact={finance.pk}&category__exact=bonus")
    assert f"player: {finance}, category: bonus" in page.content.decode()


def test_the_trail_tells_who_took_what_and_how_many_rows(download: Any, finance: User) -> None:
    player = factories.make_player()
    download(LEDGER, wallet__user__id__exact=str(player.pk), type__exact="credit")
    export = Export.objects.get()
    assert (export.by, export.rows, export.is_whole) == (finance, 1, True)
    begin, end = AuditEntry.objects.filter(target_type="quantix.export", target_id=export.pk).order_by("id")
    assert (begin.action, begin.actor, begin.address) == ("export.begin", finance, "127.0.0.1")
    assert begin.after == {
        "list": "wallets.transaction",
        "format": "csv",
        "filters": {"wallet__user__id__exact": str(player.pk), "type__exact": "credit"},
    }
    assert (end.action, end.address, end.after) == ("export.end", "127.0.0.1", {"rows": 1, "is_whole": True})


def test_what_happens_meanwhile_is_not_in_it(finance: User) -> None:
    player = factories.make_player()
    download = export_rows(by=finance, wanted=wanted())
    post(player, "5.00")
    lines = b"".join(download).decode().split()
    assert len(lines) == 1 + Transaction.objects.count() - 1


def test_no_more_than_a_few_run_at_a_time(finance: User) -> None:
    running = [export_rows(by=finance, wanted=wanted()) for _ in range(exports.EXPORTS_MAX)]
    with pytest.raises(ExportsBusy):
        export_rows(by=finance, wanted=wanted())
    running.pop().close()
    export_rows(by=finance, wanted=wanted()).close()
    running.pop().close()


def test_one_that_the_client_left_is_told_as_broken_off(finance: User) -> None:
    factories.make_player()
    download = export_rows(by=finance, wanted=wanted())
    download.close()
    export = Export.objects.get()
    assert (export.rows, export.is_whole) == (0, False)
    assert AuditEntry.objects.latest("id").after == {"rows": 0, "is_whole": False}
    assert backends() == 1


def test_one_whose_database_goes_away_breaks_off_and_says_so(
    finance: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quantix.snapshot._ROWS_AT_A_TIME", 10)
    monkeypatch.setattr("quantix.tables.csv_file._PIECE_CHARACTERS", 100)
    player = factories.make_player()
    for _ in range(100):
        post(player, "1.00")
    download = export_rows(by=finance, wanted=wanted())
    next(download)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with pytest.raises(Exception, match="terminating|closed|connection"):
        list(download)
    assert Export.objects.get().is_whole is False


def test_one_that_takes_too_long_breaks_off(finance: User, monkeypatch: pytest.MonkeyPatch) -> None:
    factories.make_player()
    monkeypatch.setattr(exports, "SECONDS_MAX", -1.0)
    with pytest.raises(TimeoutError):
        list(export_rows(by=finance, wanted=wanted()))
    assert Export.objects.get().is_whole is False


def test_nothing_is_taken_by_who_may_not(client: Client) -> None:
    client.force_login(factories.make_staff("support"))
    page = client.get("/admin/accounts/user/")
    assert "Export" not in [button["label"] for button in page.context["buttons"]]
    assert client.post("/admin/accounts/user/do/export/", {"format": "csv"}).status_code == 403
    assert not Export.objects.exists()


@pytest.mark.parametrize("query", ["password__startswith=a", "type__exact=%00", "wallet__user__id__exact=x"])
def test_a_filter_that_the_list_refuses_exports_nothing(query: str, client: Client, finance: User) -> None:
    client.force_login(finance)
    assert client.post(f"{LEDGER}do/export/?{query}", {"format": "csv"}).status_code == 400
    assert not Export.objects.exists()


def backends() -> int:
    """How many connections to the test database there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
