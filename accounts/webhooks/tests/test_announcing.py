"""What happens is announced in the transaction that makes it happen, whichever way it does."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.webhooks import services as webhooks
from accounts.webhooks.models import Delivery, WebhookEvent
from betting import events, services, settlement
from betting.models import Bet
from games.models import GameSession
from games.services import sessions
from quantix import clock
from quantix.tests import books, factories
from quantix.tests.api import Program

pytestmark = pytest.mark.django_db(transaction=True)


def told(type: str) -> list[dict]:
    return [event.data for event in WebhookEvent.objects.filter(type=type).order_by("id")]


@pytest.fixture
def bet(commit):
    def place(player, amount="10.00", choice="yes", **where) -> Bet:
        market = "winner" if "game_id" in where else "solve"
        slip = services.Slip(market, choice, Decimal(amount), **where)
        placed: services.Placed = commit(partial(services.place_bet, player=player, slip=slip))
        return placed.bet

    return place


@pytest.fixture
def resolve(commit):
    by = factories.make_staff("games")

    def decide(event, **weights: str) -> None:
        shares = {option: Decimal(weight) for option, weight in weights.items()}
        commit(partial(events.resolve_event, by=by, game_id=event.pk, weights=shares))
        settlement.settle_event(event.pk, batch_sessions=2)

    return decide


def test_a_session_that_ends_is_told_with_its_bets(subscribe, player, commit, bet):
    subscribe()
    session = factories.start(player, factories.make_codebreaker())
    bet(player, "5.00", "within-6", session_id=session.pk)
    assert WebhookEvent.objects.count() == 0
    commit(partial(sessions.forfeit_session, player=player, session_id=session.pk))
    (settled,), (ended,) = told("bet.settled"), told("session.ended")
    assert (settled["outcome"], settled["payout"], settled["amount"]) == ("loss", "0.00", "5.00")
    assert (ended["id"], ended["status"], ended["result"]) == (session.pk, "forfeited", "loss")
    assert Delivery.objects.count() == 2


def test_what_is_told_is_what_the_api_shows(subscribe, player, commit, bet):
    subscribe()
    session = factories.start(player, factories.make_codebreaker())
    bet(player, "5.00", "within-6", session_id=session.pk)
    commit(partial(sessions.forfeit_session, player=player, session_id=session.pk))
    program = Program(player)

    def same(one: object, other: object) -> bool:
        times = [str(value).replace(".000000Z", "Z") for value in (one, other)]
        return one == other or times[0] == times[1]

    for path, type in (("bets", "bet.settled"), ("sessions", "session.ended")):
        (data,) = told(type)
        shown = program.ask("GET", f"/{path}/{data['id']}").json()
        assert data.pop("user") == player.pk
        assert {name: value for name, value in data.items() if not same(value, shown[name])} == {}


def test_an_event_is_told_when_it_is_decided_and_each_bet_when_it_is_settled(subscribe, bet, resolve):
    subscribe()
    event = factories.make_event()
    for choice in ("yes", "no", "yes", "no", "yes"):
        bet(factories.make_player(), "10.00", choice, game_id=event.pk)
    resolve(event, yes="1")
    (decided,) = told("event.resolved")
    assert (decided["game"], decided["status"], decided["weights"]) == (event.pk, "resolved", {"yes": "1"})
    assert [row["payout"] for row in told("bet.settled")] == ["20.00", "0.00", "20.00", "0.00", "20.00"]
    assert [row["result"] for row in told("session.ended")] == ["win", "loss", "win", "loss", "win"]
    books.assert_right()


def test_a_correction_tells_again_what_it_changes_and_nothing_else(subscribe, bet, resolve):
    subscribe()
    event = factories.make_event()
    for choice in ("yes", "no"):
        bet(factories.make_player(), "10.00", choice, game_id=event.pk)
    resolve(event, yes="1")
    resolve(event, yes="1")
    assert len(told("event.resolved")) == 1 and len(told("bet.settled")) == 2
    resolve(event, no="1")
    assert [row["settlement"] for row in told("event.resolved")] == [1, 2]
    assert [row["outcome"] for row in told("bet.settled")] == ["win", "loss", "loss", "win"]
    assert [row["result"] for row in told("session.ended")] == ["win", "loss", "loss", "win"]


def test_a_voided_event_is_told_as_such(subscribe, bet, commit):
    subscribe()
    event = factories.make_event()
    bet(factories.make_player(), "10.00", "yes", game_id=event.pk)
    commit(partial(events.void_event, by=factories.make_staff("games"), game_id=event.pk, reason="Rain"))
    settlement.settle_event(event.pk)
    assert [row["status"] for row in told("event.resolved")] == ["voided"]
    assert [(row["outcome"], row["payout"]) for row in told("bet.settled")] == [("void", "10.00")]


def test_nothing_is_written_where_nobody_asked(player, commit, bet, subscribe):
    off = subscribe()
    commit(partial(webhooks.change_webhook, by=off.created_by, webhook_id=off.pk, is_active=False))
    subscribe("https://other.example.org/", "event.resolved")
    session = factories.start(player, factories.make_codebreaker())
    commit(partial(sessions.forfeit_session, player=player, session_id=session.pk))
    assert WebhookEvent.objects.count() == 0


def test_each_webhook_is_told_what_it_asked_for_under_the_same_name(player, commit, subscribe):
    subscribe("https://one.example.org/", "session.ended")
    subscribe("https://two.example.org/", "session.ended", "bet.settled")
    subscribe("https://three.example.org/", "bet.settled")
    session = factories.start(player, factories.make_codebreaker())
    commit(partial(sessions.forfeit_session, player=player, session_id=session.pk))
    heard = Delivery.objects.order_by("webhook__url").values_list("webhook__url", "event")
    event = WebhookEvent.objects.get().pk
    assert list(heard) == [("https://one.example.org/", event), ("https://two.example.org/", event)]


def test_what_is_undone_was_never_told(player, commit, subscribe):
    subscribe()
    session = factories.start(player, factories.make_codebreaker())

    def end_and_fail() -> None:
        sessions.forfeit_session(player=player, session_id=session.pk)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        commit(end_and_fail)
    assert WebhookEvent.objects.count() == Delivery.objects.count() == 0


def test_a_move_and_a_rename_tell_nothing(player, commit, subscribe):
    subscribe()
    session = factories.start(player, factories.make_codebreaker())
    commit(partial(sessions.play_move, player=player, session_id=session.pk, move={"guess": "ABCD"}))
    GameSession.objects.update(metadata={})
    assert WebhookEvent.objects.count() == 0


def test_it_takes_no_statement_more(player, commit, subscribe):
    def statements() -> int:
        session = factories.start(player, factories.make_codebreaker())
        with CaptureQueriesContext(connection) as taken:
            commit(partial(sessions.forfeit_session, player=player, session_id=session.pk))
        return len(taken)

    before = statements()
    subscribe()
    assert statements() == before


def test_a_session_that_expires_is_told_as_of_its_deadline(player, subscribe, commit):
    subscribe()
    session = factories.start(player, factories.make_codebreaker(seconds=60))
    deadline = session.expires_at
    assert deadline
    with clock.set_to(deadline + timedelta(minutes=5)):
        commit(partial(sessions.expire_session, session_id=session.pk))
    (ended,) = told("session.ended")
    assert ended["ended_at"] == deadline.isoformat(timespec="microseconds").replace("+00:00", "Z")
