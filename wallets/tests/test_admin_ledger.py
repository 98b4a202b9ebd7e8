"""The ledger as finance looks through it: filters that are written, days that are picked, and what rows add up to."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from quantix import clock
from quantix.db import reading_at_most
from quantix.errors import TooMuchToRead
from quantix.tests import factories
from quantix.tests.api import count_queries
from wallets import ledger
from wallets.models import Transaction

pytestmark = pytest.mark.django_db
LEDGER = "/admin/wallets/transaction/"


@pytest.fixture
def look(client: Client) -> Any:
    """`look(since="2026-03-01")`: the list, filtered, as finance sees it."""
    client.force_login(factories.make_staff("finance"))

    def open_list(**filters: str) -> Any:
        page = client.get(LEDGER, filters)
        assert page.status_code == 200
        return page

    return open_list


def post(user: User, amount: str, type: str = "credit", **told: Any) -> Transaction:
    return ledger.post(
        user_id=user.pk, type=type, category="admin_adjustment", amount=Decimal(amount), **told
    )


def ids(page: Any) -> list[int]:
    return [row.pk for row in page.context["cl"].result_list]


def test_rows_are_found_by_player(player: User, look: Any) -> None:
    row = post(player, "3.00")
    assert ids(look(player=player.email))[0] == ids(look(player=player.username))[0] == row.pk
    assert ids(look(player="nobody")) == []


def test_rows_are_found_by_reference(player: User, look: Any) -> None:
    row = post(player, "3.00", reference="a:1")
    assert ids(look(reference="a:1")) == [row.pk]


@pytest.mark.parametrize("words", ["bet:17", "bet 17", "bet:17:"])
def test_all_rows_of_a_bet_are_found_by_its_number(words: str, player: User, look: Any) -> None:
    rows = [post(player, "3.00", reference=f"bet:17:{ending}") for ending in ("stake", "settle:1")]
    post(player, "3.00", reference="bet:171:stake")
    assert ids(look(q=words)) == ids(look(reference=words)) == [row.pk for row in reversed(rows)]
    assert ids(look(q="bet:")) == ids(look(reference="bet")) == []


def test_a_row_leads_to_the_bet_and_session_it_is_of(player: User, look: Any, client: Client) -> None:
    row = post(player, "3.00", metadata={"bet": 17, "session": 4})
    look()
    page = client.get(f"{LEDGER}{row.pk}/change/").content.decode()
    assert '/admin/betting/bet/17/change/">bet 17</a>' in page
    assert '/admin/games/gamesession/4/change/">session 4</a>' in page


def test_rows_are_found_by_amount(player: User, look: Any) -> None:
    small, middle, large = (post(player, amount) for amount in ("2.00", "250.00", "2500.00"))
    assert ids(look(amount_from="250")) == [large.pk, middle.pk]
    assert ids(look(amount_from="200.50", amount_to="2499.99")) == [middle.pk]
    assert small.pk in ids(look(amount_to="2.00"))


def test_the_largest_come_first_where_amounts_are_asked_for(player: User, look: Any) -> None:
    large, small = post(player, "700.00"), post(player, "600.00")
    assert ids(look(amount_from="500")) == [large.pk, small.pk]
    assert ids(look(amount_from="500", player=player.email)) == [small.pk, large.pk]
    assert ids(look(amount_from="500", since="2026-01-01")) == [small.pk, large.pk]


def test_rows_are_found_by_days_in_india_both_included(player: User, look: Any) -> None:
    with clock.set_to(datetime(2026, 3, 1, 18, 29, tzinfo=UTC)):
        before_midnight = post(player, "1.00")
    with clock.set_to(datetime(2026, 3, 1, 18, 30, tzinfo=UTC)):
        after_midnight = post(player, "1.00")
    assert ids(look(since="2026-03-01", until="2026-03-01")) == [before_midnight.pk]
    assert ids(look(since="2026-03-02", until="2026-03-02")) == [after_midnight.pk]


def test_filters_are_taken_together_with_those_that_are_picked(player: User, look: Any) -> None:
    post(player, "5.00")
    row = post(player, "5.00", "debit")
    page = look(player=player.email, amount_from="5.00", type__exact="debit")
    assert ids(page) == [row.pk]
    # The form carries on what was picked, and what is picked next keeps what was written.
    assert '<input type="hidden" name="type__exact" value="debit">' in page.content.decode()
    (picked,) = [spec for spec in page.context["cl"].filter_specs if spec.title == "category"]
    queries = [parse_qs(choice["query_string"].lstrip("?")) for choice in picked.choices(page.context["cl"])]
    assert all(query["amount_from"] == ["5.00"] for query in queries)


@pytest.mark.parametrize(
    ("name", "text"),
    [("since", "yesterday"), ("until", "0000-00-00"), ("amount_from", "1e3"), ("amount_to", "-1")],
)
def test_what_is_not_understood_is_told_and_lists_nothing(
    name: str, text: str, player: User, look: Any
) -> None:
    page = look(**{name: text})
    (form,) = [spec.form for spec in page.context["cl"].filter_specs if hasattr(spec, "form")]
    assert form.errors.keys() == {name}
    assert ids(page) == []


def test_an_empty_form_lists_everything(player: User, look: Any) -> None:
    page = look(since="", until="", amount_from="", amount_to="", player="", reference="")
    assert len(ids(page)) == Transaction.objects.count()


def test_the_rows_that_are_listed_are_added_up(player: User, look: Any) -> None:
    post(player, "40.00", "debit")
    page = look(player=player.email)
    assert page.context["totals"] == [("Credits", 100), ("Debits", -40), ("Together", 60)]


def test_too_many_rows_to_add_up_are_said_to_be(
    player: User, look: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wallets.admin.ADD_MAX", 2)
    for _ in range(3):
        post(player, "1.00")
    page = look(player=player.email)
    assert page.context["totals"] == []
    assert "export all of them to add them up" in page.content.decode()


def words(page: Any) -> list[str]:
    return [leaf.words for leaf in page.context["calendar"]]


@pytest.fixture
def old(db: None) -> Transaction:
    """The first row there is, of 400 days ago."""
    with clock.set_to(clock.now() - timedelta(days=400)):
        return Transaction.objects.of(factories.make_player().pk).get()


def test_days_are_reached_by_year_and_month(old: Transaction, look: Any) -> None:
    day, today = timezone.localdate(old.created_at), timezone.localdate()
    assert words(look()) == ["All days", *(str(year) for year in range(day.year, today.year + 1))]
    assert words(look(days=f"{day.year}-01-01..{day.year}-12-31"))[:3] == [
        "All days",
        str(day.year),
        f"{day:%B}",
    ]
    assert words(look(days=f"{day:%Y-%m}-01..{day:%Y-%m}-28"))[3] == str(day.day)
    page = look(days=str(day))
    assert ids(page) == [old.pk]
    assert [leaf.words for leaf in page.context["calendar"] if leaf.is_here] == [str(day.day)]


def test_the_days_keep_what_else_narrows_the_list(player: User, look: Any) -> None:
    page = look(player=player.email, days=f"{clock.now():%Y-%m-%d}", p="1")
    assert all(parse_qs(leaf.url[1:])["player"] == [player.email] for leaf in page.context["calendar"])


def test_a_list_that_would_read_for_too_long_is_refused() -> None:
    with pytest.raises(TooMuchToRead), reading_at_most(0.05), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(5)")


def test_filtering_takes_few_statements(player: User, look: Any) -> None:
    look()
    with count_queries():
        look(player=player.email, since="2026-01-01", amount_from="1", type__exact="credit")
