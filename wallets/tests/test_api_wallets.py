"""One's own money, as programs see it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from quantix import clock
from quantix.rates import Rate
from quantix.tests import factories
from quantix.tests.api import Program, assert_problem, count_queries
from wallets import ledger, services
from wallets.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def post(player, commit):
    """Puts `amount` into the player's wallet, and gives the posting."""

    def post(amount="1.00"):
        return commit(
            lambda: ledger.post(user_id=player.pk, type="credit", category="bonus", amount=Decimal(amount))
        )

    return post


def test_the_totals_of_a_wallet_add_up_to_its_balance(player, commit):
    commit(lambda: ledger.post(user_id=player.pk, type="debit", category="bet", amount=Decimal("30.00")))
    commit(lambda: ledger.post(user_id=player.pk, type="credit", category="win", amount=Decimal("12.34")))
    wallet = Program(player).ask("GET", "/wallet").json()
    assert set(wallet) == {"id", "balance", "currency", "last_updated", "totals"}
    assert wallet["totals"] == {
        "bet": "-30.00",
        "win": "12.34",
        "bonus": "100.00",
        "admin_adjustment": "0.00",
    }
    assert sum(map(Decimal, wallet["totals"].values())) == Decimal(wallet["balance"]) == Decimal("82.34")


def test_postings_are_one_s_own_newest_first(player, post):
    post("2.00")
    factories.make_player()
    rows = Program(player).get_list("/transactions")
    assert [row["amount"] for row in rows] == ["2.00", "100.00"]
    assert set(rows[0]) == {
        "id", "type", "category", "amount", "balance_after", "description", "metadata", "reference",
        "created_at", "updated_at", "deleted_at",
    }  # fmt: skip
    assert rows[0]["created_at"].endswith("Z")


def test_another_s_posting_is_not_there(player):
    other = Transaction.objects.of(factories.make_player().pk).get()
    assert_problem(Program(player).ask("GET", f"/transactions/{other.pk}"), 404, "not-found")


def test_voided_pairs_are_left_out_unless_asked_for(player, post, commit, staff):
    row = post("5.00")
    commit(lambda: services.void_transaction(by=staff("finance"), transaction_id=row.pk, reason="Test"))
    program = Program(player)
    assert len(program.get_list("/transactions")) == 1
    assert len(program.get_list("/transactions?include_voided=false")) == 1
    assert len(program.get_list("/transactions?include_voided=true")) == 3
    assert program.ask("GET", f"/transactions/{row.pk}").json()["deleted_at"] is not None


def test_postings_are_filtered(player, commit):
    commit(lambda: ledger.post(user_id=player.pk, type="debit", category="bet", amount=Decimal("30.00")))
    program = Program(player)
    newest = program.get_list("/transactions")[0]["created_at"]
    for query, count in [
        ("type=debit", 1),
        ("category=bonus", 1),
        ("type=credit&category=bet", 0),
        (f"created_after={newest}", 1),
        ("created_after=0248-03-15T22:21:16-19:58", 2),
        (f"created_before={newest}", 1),
        ("created_before=2001-01-01T00:00:00%2B05:30", 0),
    ]:
        assert len(program.get_list(f"/transactions?{query}")) == count, query


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("type=bet", "type", "invalid-choice"),
        ("type=", "type", "empty-parameter"),
        ("type=debit&type=credit", "type", "repeated-parameter"),
        ("include_voided=yes", "include_voided", "invalid"),
        ("include_voided=True", "include_voided", "invalid"),
        ("created_after=2026-01-01", "created_after", "invalid"),
        ("created_after=2026-13-01T00:00:00Z", "created_after", "invalid"),
        ("created_after=0001-01-01T00:00:00%2B05:00", "created_after", "invalid"),
        ("created_after=2026-01-01T00:00:00", "created_after", "invalid"),
        ("ordering=amount", "ordering", "ordering-form"),
        ("ordering=-id,id", "ordering", "ordering-form"),
        ("page_size=0", "page_size", "page-size-form"),
        ("page_size=201", "page_size", "page-size-form"),
        ("page_size=1e1", "page_size", "page-size-form"),
        ("page_size=１", "page_size", "page-size-form"),
        ("cursor=x", "cursor", "cursor-form"),
        ("cursor=%00", "cursor", "cursor-form"),
        ("cursor=Zjc1Nw&ordering=created_at", "cursor", "cursor-form"),
        ("token=qx_x", "token", "unknown-parameter"),
        ("format=api", "format", "unknown-parameter"),
        ("type=debit%00", "type", "invalid-choice"),
    ],
)
def test_a_parameter_that_means_nothing_is_refused(query, field, code, player):
    assert_problem(Program(player).ask("GET", f"/transactions?{query}"), 400, code, field)


@pytest.mark.parametrize("ordering", ["id", "-id", "created_at", "-created_at"])
def test_pages_hold_each_row_once_both_ways_while_rows_arrive(ordering, player, post):
    for _ in range(6):
        post()
    program = Program(player)
    expected = [row["id"] for row in program.get_list(f"/transactions?ordering={ordering}")]
    page = program.ask("GET", f"/transactions?ordering={ordering}&page_size=2").json()
    assert page["previous"] is None
    seen, last = [], page
    while True:
        seen += [row["id"] for row in page["results"]]
        last = page
        if not page["next"]:
            break
        if ordering.startswith("-"):
            post()
        page = program.get(page["next"]).json()
    assert seen == expected
    back = [row["id"] for row in last["results"]]
    while last["previous"] and len(back) < len(expected):
        last = program.get(last["previous"]).json()
        back = [row["id"] for row in last["results"]] + back
    assert back == expected


def test_a_time_ordering_keeps_rows_of_one_moment_apart(player, commit):
    moment = timezone.now() + timedelta(days=1)
    with clock.set_to(moment):
        for _ in range(4):
            commit(lambda: ledger.post(user_id=player.pk, type="credit", category="bonus", amount=Decimal(1)))
    program = Program(player)
    page = program.ask("GET", "/transactions?ordering=-created_at&page_size=1").json()
    seen = []
    while page["next"]:
        seen.append(page["results"][0]["id"])
        page = program.get(page["next"]).json()
    assert len(set(seen)) == len(seen) == 4


def test_statements_do_not_grow_with_rows(player, post, settings):
    settings.RATES = dict.fromkeys(settings.RATES, Rate(100, 60))
    program = Program(player)
    for rows in (1, 20):
        while Transaction.objects.count() < rows:
            post()
        for path in ("/wallet", "/transactions", f"/transactions/{Transaction.objects.latest('id').pk}"):
            with count_queries(3):
                assert program.ask("GET", path).status_code == 200
