"""The front page's figures: each is what its list adds up to, and shown to those who may read its rows."""

import re
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.test import Client

from betting import services
from games.services import sessions
from quantix import clock, figures
from quantix.backoffice import COUNT_MAX, Queue, counted
from quantix.dashboard import Cell, Drawn
from quantix.db import in_one_transaction
from quantix.models import AuditEntry
from quantix.tests import factories
from quantix.tests.api import count_queries
from wallets.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def month() -> None:
    """Two players, each staking and playing on two days, before the last days that are kept."""
    for days in (40, 12, 3, 0):
        with clock.set_to(clock.now() - timedelta(days=days)):
            play_a_little()
    figures.keep_due_days()


def play_a_little() -> None:
    player, game = factories.make_player("200.00"), factories.make_event()
    other, puzzle = factories.make_player("50.00"), factories.make_codebreaker()
    opens_at = (clock.now() - timedelta(hours=1)).isoformat()
    closes_at = (clock.now() + timedelta(days=90)).isoformat()
    game = factories.make_event(opens_at=opens_at, closes_at=closes_at)
    slip = services.Slip("winner", "yes", Decimal("30.00"), game_id=game.pk)
    in_one_transaction(partial(services.place_bet, player=player, slip=slip))
    session = factories.start(other, puzzle)
    slip = services.Slip("solve", "within-6", Decimal("4.00"), session_id=session.pk)
    in_one_transaction(partial(services.place_bet, player=other, slip=slip))
    guess = "".join(session.metadata["state"]["code"])
    in_one_transaction(
        partial(sessions.play_move, player=other, session_id=session.pk, move={"guess": guess})
    )


def front_page(client: Client, *roles: str) -> Any:
    client.force_login(factories.make_staff(*roles))
    reply = client.get("/admin/")
    assert reply.status_code == 200
    return reply


def drawn(reply: Any) -> dict[str, Drawn]:
    return {chart.chart.title: chart for chart in reply.context["charts"]}


def amount(words: str) -> Decimal:
    return Decimal(re.sub(r"[^0-9.−]", "", words).replace("−", "-"))


def listed(client: Client, cell: Cell) -> Any:
    """The list that the figure leads to."""
    reply = client.get(cell.url)
    assert reply.status_code == 200, cell.url
    return reply.context["cl"]


def assert_is_of_its_rows(client: Client, title: str, cell: Cell) -> None:
    """The figure in `cell` is what the rows of its list add up to, or how many they are."""
    if not cell.url:
        assert cell.words == "–" or amount(cell.words) == 0
        return
    found = listed(client, cell)
    if not cell.words.lstrip("−").startswith("₹"):
        assert amount(cell.words) == found.result_count, (title, cell)
        return
    moved = sum(row.signed_amount for row in found.queryset.all())
    assert abs(amount(cell.words)) == abs(moved), (title, cell)


def test_every_figure_of_every_day_is_what_its_list_adds_up_to(client: Client, month: None) -> None:
    charts = drawn(front_page(client, "owner"))
    assert list(charts) == [
        "Stakes",
        "Payouts",
        "GGR",
        "Hold",
        "Supply",
        "Sessions",
        "Active players",
        "Sign-ups",
    ]
    for title, chart in charts.items():
        if title == "Hold":
            continue
        if not chart.chart.is_mean:
            assert_is_of_its_rows(client, title, chart.whole)
        moved = [day for day in chart.days if any(cell.url for cell in day.cells[: len(chart.chart.drawn)])]
        assert len(moved) == 3, "on the other days nothing happened"
        for cell in (cell for day in moved for cell in day.cells):
            assert_is_of_its_rows(client, title, cell)


def test_hold_is_of_the_stakes_and_payouts_of_its_list(client: Client, month: None) -> None:
    chart = drawn(front_page(client, "finance"))["Hold"]
    rows = list(listed(client, chart.whole).queryset)
    stakes, payouts = (
        sum((abs(row.signed_amount) for row in rows if row.category == category), Decimal(0))
        for category in ("bet", "win")
    )
    assert {row.category for row in rows} == {"bet", "win"}
    assert amount(chart.whole.words) == round((stakes - payouts) / stakes * 100, 1)


def test_thirty_days_are_told_against_the_thirty_before(client: Client, month: None) -> None:
    stakes = drawn(front_page(client, "finance"))["Stakes"]
    assert (stakes.whole.words, stakes.change) == ("₹102.00", "")
    assert stakes.before is None, "the first of them were before there was anything"
    with clock.set_to(clock.now() + timedelta(days=22)):
        figures.keep_due_days()
        stakes = drawn(front_page(client, "finance"))["Stakes"]
    assert stakes.before is not None
    assert (stakes.whole.words, stakes.before.words, stakes.change) == ("₹68.00", "₹34.00", "+100.0% on")
    assert len(stakes.days) == 30


@pytest.mark.parametrize(
    ("role", "titles"),
    [
        ("support", ["Sessions", "Active players", "Sign-ups"]),
        ("games", ["Sessions", "Active players", "Sign-ups"]),
        (
            "finance",
            ["Stakes", "Payouts", "GGR", "Hold", "Supply", "Sessions", "Active players", "Sign-ups"],
        ),
    ],
)
def test_money_is_shown_to_those_who_read_the_ledger(client: Client, role: str, titles: list[str]) -> None:
    play_a_little()
    reply = front_page(client, role)
    assert list(drawn(reply)) == titles
    assert ("₹" in reply.content.decode()) == (role == "finance")
    for chart in drawn(reply).values():
        for cell in (chart.whole, *chart.days[-1].cells):
            assert not cell.url or listed(client, cell)


def test_staff_without_a_role_see_no_figures(client: Client) -> None:
    assert drawn(front_page(client)) == {}


def test_days_that_are_not_added_up_yet_are_told(client: Client) -> None:
    with clock.set_to(clock.now() - timedelta(days=8)):
        factories.make_player()
    assert "7 earlier days are still being added up" in front_page(client, "owner").content.decode()
    figures.keep_due_days()
    assert "being added up" not in front_page(client, "owner").content.decode()


def test_the_front_page_is_drawn_without_anything_inline(client: Client, month: None) -> None:
    html = front_page(client, "owner").content.decode()
    assert html.count('<svg class="plot__picture') == 8
    assert 'style="' not in html and "<style" not in html and "<script>" not in html


def test_it_takes_no_more_statements_with_more_to_show(client: Client, month: None) -> None:
    client.force_login(factories.make_staff("owner"))
    with count_queries() as few:
        client.get("/admin/")
    play_a_little()
    with count_queries(len(few)):
        client.get("/admin/")


@pytest.mark.parametrize(
    "days", ["nonsense", "2026-13-01", "..", "2026-01-01..", "0001-01-01", "9999-12-31", "\x00"]
)
def test_what_are_no_days_is_refused(client: Client, days: str) -> None:
    client.force_login(factories.make_staff("owner"))
    for address in ("wallets/transaction", "games/gamesession", "accounts/user"):
        assert client.get(f"/admin/{address}/", {"days": days}).status_code == 400
    assert client.get("/admin/accounts/user/", {"active": days}).status_code == 400


def test_a_list_of_some_days_is_read_along_their_index_and_says_which(client: Client, month: None) -> None:
    client.force_login(factories.make_staff("owner"))
    today = figures.today()
    page = client.get("/admin/wallets/transaction/", {"days": f"{today}", "category__exact": "bet"})
    assert str(page.context["cl"].queryset.query).endswith(
        'ORDER BY "transactions"."created_at" DESC, "transactions"."id" DESC'
    )
    assert f"{today:%-d %b %Y}" in page.content.decode()


def test_queues_are_counted_together_and_no_further_than_they_tell() -> None:
    factories.make_player()
    rows = Transaction.objects.all()
    AuditEntry.objects.bulk_create(
        AuditEntry(action="user.suspend", target_type="accounts.user", target_id=1)
        for _ in range(COUNT_MAX + 5)
    )
    queues = [Queue("one", "/", rows), Queue("told", "/", 7), Queue("many", "/", AuditEntry.objects.all())]
    with count_queries(1):
        assert [queue.count for queue in counted(queues)] == [1, 7, COUNT_MAX]
