"""The wallet's pages: what it holds, every posting, and the statement as a file."""

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from quantix.tests.factories import make_player, make_staff
from wallets import charts, ledger
from wallets.models import Transaction
from wallets.services import void_transaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(client: Client, player: User) -> Client:
    client.force_login(player)
    return client


def post(
    player: User, amount: str, *, type: str = "credit", category: str = "bonus", description: str = ""
) -> Transaction:
    with transaction.atomic():
        return ledger.post(
            user_id=player.pk, type=type, category=category, amount=Decimal(amount), description=description
        )


def voided(player: User, amount: str, description: str) -> None:
    row = post(player, amount, description=description)
    with transaction.atomic():
        void_transaction(by=make_staff("finance"), transaction_id=row.pk, reason="A mistake")


def rows(client: Client, query: str = "") -> list[Transaction]:
    response: Any = client.get(f"/wallet{query}")
    assert response.status_code == 200
    return list(response.context["rows"])


def sheet(client: Client, query: str = "") -> list[dict[str, str]]:
    response: Any = client.get(f"/wallet.csv{query}")
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))


@pytest.mark.parametrize("address", ["/wallet", "/wallet.csv"])
def test_a_wallet_is_for_who_is_signed_in(address: str, client: Client) -> None:
    assert client.get(address)["Location"] == f"/sign-in?next={address}"


@pytest.mark.parametrize("address", ["/wallet", "/wallet.csv"])
def test_what_a_wallet_shows_is_not_kept_by_the_browser(address: str, mine: Client) -> None:
    assert "no-store" in mine.get(address)["Cache-Control"]


def test_the_totals_of_the_categories_add_up_to_the_balance(mine: Client, player: User) -> None:
    post(player, "30.00", type="debit", category="bet")
    post(player, "45.50", category="win")
    response: Any = mine.get("/wallet")
    wallet = response.context["wallet"]
    totals = [wallet.total_bet, wallet.total_win, wallet.total_bonus, wallet.total_admin_adjustment]
    assert totals == [-30, Decimal("45.50"), 100, 0]
    assert sum(totals) == wallet.balance
    assert "₹115.50" in response.content.decode()


def test_a_wallet_shows_nobody_elses_postings(mine: Client) -> None:
    post(make_player(), "5.00", description="Not yours")
    assert [row.description for row in rows(mine)] == ["Sign-up bonus"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?type=debit", ["stake"]),
        ("?type=credit", ["prize", "Sign-up bonus"]),
        ("?category=bet", ["stake"]),
        ("?category=bonus&type=debit", []),
    ],
)
def test_a_statement_is_filtered(query: str, found: list[str], mine: Client, player: User) -> None:
    post(player, "7.00", category="win", description="prize")
    post(player, "3.00", type="debit", category="bet", description="stake")
    assert [row.description for row in rows(mine, query)] == found


def test_days_are_days_in_india_and_both_ends_count(mine: Client) -> None:
    today = timezone.localdate()
    before, after = today - timedelta(days=1), today + timedelta(days=1)
    assert rows(mine, f"?since={today}&until={today}")
    assert not rows(mine, f"?until={before}") and not rows(mine, f"?since={after}")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("since", "9999-12-31"),
        ("until", "9999-12-31"),
        ("since", "soon"),
        ("before", "99999999999999999999"),
        ("type", "sideways"),
        ("category", "\x00"),
    ],
)
def test_a_filter_that_makes_no_sense_is_told_and_left_out(field: str, value: str, mine: Client) -> None:
    response: Any = mine.get("/wallet", {field: value})
    assert response.context["form"].errors[field]
    assert len(response.context["rows"]) == 1


def test_voided_rows_show_on_request_and_are_marked_in_words(mine: Client, player: User) -> None:
    voided(player, "5.00", "Given twice")
    assert [row.description for row in rows(mine)] == ["Sign-up bonus"]
    assert "2 voided rows are not shown" in mine.get("/wallet").content.decode()
    assert "not shown" not in mine.get("/wallet?voided=on").content.decode()
    assert len(rows(mine, "?voided=on")) == 3
    assert mine.get("/wallet?voided=on").content.decode().count("</svg>Voided</span>") == 2


def test_older_postings_follow_without_gap_or_repetition(mine: Client, player: User) -> None:
    for number in range(70):
        post(player, "1.00", description=f"{number}")
    seen, query = [], ""
    while True:
        response: Any = mine.get(f"/wallet{query}")
        seen += [row.pk for row in response.context["rows"]]
        if response.context["older"] is None:
            break
        query = f"?before={response.context['older']}"
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 71


def test_a_wallet_takes_few_queries_however_much_has_moved(
    mine: Client, player: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(5):
        mine.get("/wallet")
    for _ in range(50):
        post(player, "1.00")
    with django_assert_num_queries(5):
        mine.get("/wallet")


def test_an_empty_wallet_says_what_will_be_here(client: Client) -> None:
    client.force_login(User.objects.create_user("21f9999999@ds.study.iitm.ac.in", "empty", "Empty"))
    assert "Nothing has moved yet" in client.get("/wallet").content.decode()


def test_filters_that_nothing_passes_lead_back_to_all(mine: Client) -> None:
    assert "Nothing like that" in mine.get("/wallet?category=win").content.decode()


# The file.


def test_the_file_has_every_posting_newest_first(mine: Client, player: User) -> None:
    for _ in range(40):
        post(player, "1.00")
    found = sheet(mine)
    assert len(found) == 41
    assert found[0]["balance_after"] == "140.00" and found[-1]["description"] == "Sign-up bonus"


def test_the_file_is_filtered_as_the_page_is(mine: Client, player: User) -> None:
    voided(player, "5.00", "Given twice")
    post(player, "3.00", type="debit", category="bet")
    assert [row["type"] for row in sheet(mine, "?type=debit")] == ["debit"]
    assert len(sheet(mine, "?voided=on")) == 4


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_cell_is_a_formula(start: str, mine: Client, player: User) -> None:
    post(player, "1.00", description=f'{start}HYPERLINK("https://evil.example","Free money")')
    assert sheet(mine)[0]["description"].startswith(f"'{start}")
    assert not [cell for row in sheet(mine) for cell in row.values() if re.match(r"[=+\-@\t\r]", cell)]


# The chart.


def point(hours: int, balance: str) -> charts.Point:
    start = timezone.now().replace(microsecond=0) - timedelta(hours=10)
    return charts.Point(start + timedelta(hours=hours), Decimal(balance))


def test_a_balance_is_drawn_in_steps_until_now() -> None:
    points = [point(0, "100"), point(5, "200")]
    chart = charts.draw(points, points[0].at + timedelta(hours=10))
    assert chart is not None
    assert chart.ticks == [240, 160, 80, 0]
    assert chart.line == "M0 175.0H500.0V50.0H1000"


def test_the_table_has_the_last_balance_of_each_day() -> None:
    noon = timezone.localtime().replace(hour=12, minute=0)
    points = [charts.Point(noon + timedelta(hours=h), Decimal(h + 1)) for h in (0, 1, 24)]
    chart = charts.draw(points, noon + timedelta(hours=30))
    assert chart is not None
    assert [day.balance for day in chart.days] == [25, 2]


@pytest.mark.parametrize(
    "highest", ["0.00", "0.01", "3", "99.99", "1000", "123456.78", "9999999999999999.99"]
)
def test_the_highest_balance_is_within_the_picture(highest: str) -> None:
    chart = charts.draw([point(0, "0"), point(1, highest)], point(2, "0").at)
    assert chart is not None
    assert chart.ticks[0] >= Decimal(highest)
    assert [tick * 3 for tick in chart.ticks] == [chart.ticks[0] * step for step in (3, 2, 1, 0)]


def test_one_posting_is_no_line_yet(mine: Client) -> None:
    response: Any = mine.get("/wallet")
    assert response.context["chart"] is None
