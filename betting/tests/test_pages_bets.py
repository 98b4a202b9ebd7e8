"""The page of a player's bets."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from betting.models import Bet
from games.models import GameSession
from quantix.tests.factories import make_codebreaker, make_player, start

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(player: User) -> GameSession:
    return start(player, make_codebreaker())


@pytest.fixture
def mine(client: Client, player: User) -> Client:
    client.force_login(player)
    return client


def bet(session: GameSession, amount: str, outcome: str | None = None, payout: str | None = None) -> Bet:
    """A row as settling leaves it; the page only reads."""
    settled: dict[str, Any] = {}
    if outcome:
        settled = {"payout": payout, "is_successful": outcome == "win", "settled_at": timezone.now()}
    label = f"{session.game.name}: Solved in time"
    metadata = {"odds": "2.5000", "market": "solve", "label": label}
    return Bet.objects.create(
        session=session, amount=amount, choice="yes", metadata=metadata, outcome=outcome, **settled
    )


def shown(client: Client, query: str = "") -> list[Bet]:
    response: Any = client.get(f"/bets{query}")
    assert response.status_code == 200
    return list(response.context["rows"])


def test_bets_are_for_who_is_signed_in(client: Client) -> None:
    assert client.get("/bets")["Location"] == "/sign-in?next=/bets"


def test_a_player_without_bets_is_shown_the_way_to_one(mine: Client) -> None:
    assert "No token on the table" in mine.get("/bets").content.decode()
    assert "Nothing is decided yet" in mine.get("/bets?tab=settled").content.decode()


def test_open_and_settled_bets_have_a_tab_each(mine: Client, session: GameSession) -> None:
    open, lost = bet(session, "5.00"), bet(session, "5.00", "loss", "0.00")
    assert shown(mine) == [open]
    assert shown(mine, "?tab=settled") == [lost]


def test_settled_bets_are_filtered_by_outcome(mine: Client, session: GameSession) -> None:
    won = bet(session, "5.00", "win", "12.50")
    bet(session, "5.00", "loss", "0.00")
    assert shown(mine, "?tab=settled&outcome=win") == [won]
    assert shown(mine, "?outcome=win") == [won]
    assert "None of these" in mine.get("/bets?tab=settled&outcome=void").content.decode()


@pytest.mark.parametrize(
    "query", ["?tab=closed", "?outcome=lucky", "?before=x", "?before=-1", "?before=9" + "9" * 20]
)
def test_a_filter_that_makes_no_sense_is_left_out(query: str, mine: Client, session: GameSession) -> None:
    bet(session, "5.00")
    assert len(shown(mine, query)) == 1


def test_a_bet_says_what_was_chosen_at_which_odds_and_what_it_would_pay(
    mine: Client, session: GameSession
) -> None:
    bet(session, "10.01")
    page = mine.get("/bets").content.decode()
    assert "Solved in time" in page and session.game.name in page
    assert "2.50×" in page and "₹10.01" in page and "₹25.02" in page


def test_profit_is_of_decided_bets_and_stakes_given_back_count_in_none(
    mine: Client, session: GameSession
) -> None:
    bet(session, "10.00", "win", "25.00")
    bet(session, "5.00", "loss", "0.00")
    bet(session, "40.00", "void", "40.00")
    bet(session, "1.01")
    response: Any = mine.get("/bets")
    record = response.context["record"]
    assert (record.staked, record.returned, record.profit) == (15, 25, 10)
    assert (record.open, record.settled, record.decided, record.won) == (1, 3, 2, 1)
    assert (record.at_stake, record.to_return) == (Decimal("1.01"), Decimal("2.52"))
    assert "+66.7% on what was staked" in response.content.decode()


def test_nobody_elses_bets_are_shown_or_counted(mine: Client) -> None:
    stranger = start(make_player(), make_codebreaker())
    bet(stranger, "5.00", "loss", "0.00")
    response: Any = mine.get("/bets?tab=settled")
    assert not response.context["rows"]
    assert response.context["record"].settled == 0


def test_older_bets_follow_without_gap_or_repetition(mine: Client, session: GameSession) -> None:
    made = [bet(session, "1.00").pk for _ in range(65)]
    seen, query = [], ""
    while True:
        response: Any = mine.get(f"/bets{query}")
        seen += [row.pk for row in response.context["rows"]]
        if response.context["older"] is None:
            break
        query = f"?before={response.context['older']}"
    assert seen == made[::-1]


def test_the_page_takes_few_queries_however_many_bets_there_are(
    mine: Client, session: GameSession, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (1, 25):
        for _ in range(count):
            bet(session, "1.00")
        with django_assert_num_queries(6):
            mine.get("/bets")
