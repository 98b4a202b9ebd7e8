"""Many at once: whatever runs together, or is killed, the money is right."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from betting import events, services, settlement
from betting.models import Bet, OptionBook
from games.models import Event, GameSession
from games.services import sessions
from quantix import clock
from quantix.idempotency import Reply, once
from quantix.models import AuditEntry
from quantix.tests import books, crowd, factories
from wallets import ledger
from wallets.models import Transaction, Wallet
from wallets.services import credit_signup_bonus

pytestmark = pytest.mark.django_db(transaction=True)


def slip(amount, *, session=None, game=None, choice=None):
    if session is not None:
        return services.Slip("solve", choice or "within-6", Decimal(amount), session_id=session.pk)
    return services.Slip("winner", choice or "yes", Decimal(amount), game_id=game.pk)


def bet(player, wanted):
    return crowd.committing(lambda: services.place_bet(player=player, slip=wanted))


def balance(player):
    return Wallet.objects.get(user=player).balance


def players_with_bets(commit, game, count, amount="10.00"):
    """`count` players, each with a bet on `yes` and one on `no`."""
    people = [factories.make_player() for _ in range(count)]
    for player in people:
        for choice in ("yes", "no"):
            bet(player, slip(amount, game=game, choice=choice))()
    return people


def resolve(game, staff, option="yes"):
    weights = {option: Decimal(1)}
    return crowd.committing(lambda: events.resolve_event(by=staff, game_id=game.pk, weights=weights))


@pytest.mark.parametrize("target", ["session", "game"])
def test_sixty_four_at_once_bet_no_more_than_the_wallet_holds(player, target, settings):
    settings.NEW_PLAYER_STAKE_MAX = Decimal("1000.00")
    if target == "session":
        game = factories.make_codebreaker(stakes={"min": "1.00", "max": "1000.00"})
        wanted = slip("3.00", session=factories.start(player, game))
    else:
        wanted = slip("3.00", game=factories.make_event())
    results = crowd.at_once(*[bet(player, wanted)] * 64)
    assert crowd.kinds(results) == {"InsufficientFunds": 31, "Placed": 33}
    assert balance(player) == Decimal("1.00")
    afters = Transaction.objects.filter(category="bet").order_by("id").values_list("balance_after", flat=True)
    assert all(before - after == 3 for before, after in pairwise(afters))
    books.assert_right()


def test_sixteen_at_once_stake_no_more_on_oneself_than_the_market_takes(player):
    wanted = slip("3.00", session=factories.start(player, factories.make_codebreaker()))
    results = crowd.at_once(*[bet(player, wanted)] * 16)
    assert crowd.kinds(results) == {"LimitReached": 10, "Placed": 6}
    assert balance(player) == Decimal("82.00")


def test_thirty_two_requests_with_one_key_are_one_bet(player):
    session = factories.start(player, factories.make_codebreaker())

    def act():
        placed = services.place_bet(player=player, slip=slip("5.00", session=session))
        return Reply(201, {"id": placed.bet.pk, "balance": str(placed.balance)})

    request = ("POST", "/api/v1/bets", {"amount": "5.00"})
    replies = crowd.at_once(*[lambda: once(user_id=player.pk, key="k", request=request, act=act)] * 32)
    assert crowd.kinds(replies) == {"Reply": 32}
    assert [reply.replayed for reply in replies].count(True) == 31
    assert all(reply.body == {"id": Bet.objects.get().pk, "balance": "95.00"} for reply in replies)
    assert balance(player) == Decimal("95.00")
    books.assert_right()


def test_the_sign_up_bonus_is_credited_once(db):
    player = factories.make_player()
    results = crowd.at_once(*[crowd.committing(lambda: credit_signup_bonus(player))] * 16)
    assert crowd.kinds(results) == {"NoneType": 16}
    assert balance(player) == Decimal("100.00")


def test_one_reference_is_posted_once_by_sixteen(player):
    def post():
        return ledger.post(
            user_id=player.pk, type="credit", category="bonus", amount=Decimal("7.00"), reference="prize:1"
        ).pk

    results = crowd.at_once(*[crowd.committing(post)] * 16)
    assert set(results) == {Transaction.objects.get(reference="prize:1").pk}
    assert balance(player) == Decimal("107.00")
    books.assert_right()


@pytest.mark.parametrize("round", range(4))
def test_a_session_ends_once(player, round):
    session = factories.start(player, factories.make_codebreaker())
    bet(player, slip("10.00", session=session))()
    code = session.metadata["state"]["code"]
    late = clock.now() + timedelta(days=1)

    def win():
        return sessions.play_move(player=player, session_id=session.pk, move={"guess": code})

    def give_up():
        return sessions.forfeit_session(player=player, session_id=session.pk)

    def expire():
        with clock.set_to(late):
            return sessions.expire_session(session_id=session.pk)

    staff = factories.make_staff("games")

    def void():
        return sessions.void_session(by=staff, session_id=session.pk, reason="Broken")

    results = crowd.at_once(*[crowd.committing(act) for act in (win, give_up, expire, void) * 3])
    assert crowd.kinds(results)["GameSession"] == 1
    assert set(crowd.kinds(results)) <= {"GameSession", "SessionEnded", "NoneType"}
    settled = Bet.objects.get()
    expected = {"completed": "win", "forfeited": "loss", "expired": "loss", "voided": "void"}
    session.refresh_from_db()
    assert settled.outcome == expected[session.status]
    assert balance(player) == 90 + settled.payout
    books.assert_right()


def test_two_starts_at_once_are_one_session(player):
    game = factories.make_codebreaker()
    start = crowd.committing(lambda: sessions.start_session(player=player, game_id=game.pk))
    assert crowd.kinds(crowd.at_once(*[start] * 8)) == {"GameSession": 1, "SessionOpen": 7}


def test_the_first_bets_on_an_event_share_one_session(player):
    game = factories.make_event()
    crowd.at_once(*[bet(player, slip("1.00", game=game))] * 8)
    assert GameSession.objects.get().bets.count() == 8


def test_no_bet_slips_in_behind_a_result(commit):
    game, staff = factories.make_event(), factories.make_staff("games")
    people = [factories.make_player() for _ in range(24)]

    def decide():
        resolve(game, staff)()
        return settlement.settle_event(game.pk, batch_sessions=3)

    results = crowd.at_once(*[bet(player, slip("10.00", game=game)) for player in people], decide)
    assert set(crowd.kinds(results)) <= {"Placed", "MarketClosed", "int"}
    assert Bet.objects.count() == crowd.kinds(results).get("Placed", 0)
    assert not Bet.objects.exclude(outcome="win").exists()
    assert Event.objects.get().settled_at is not None
    books.assert_right()


def test_of_two_results_at_once_the_later_one_stands(commit):
    game = factories.make_event()
    players_with_bets(commit, game, 3)
    yes, no = factories.make_staff("games"), factories.make_staff("games")
    results = crowd.at_once(resolve(game, yes, "yes"), resolve(game, no, "no"))
    assert crowd.kinds(results) == {"Event": 2}
    settlement.settle_event(game.pk)
    event = Event.objects.get()
    assert event.settlement == 2
    won = set(Bet.objects.filter(outcome="win").values_list("choice", flat=True))
    assert won == set(event.weights or {})
    books.assert_right()


def test_the_same_result_twice_at_once_is_decided_once(commit):
    game = factories.make_event()
    players_with_bets(commit, game, 2)
    people = [factories.make_staff("games") for _ in range(4)]
    crowd.at_once(*[resolve(game, person) for person in people])
    assert Event.objects.get().settlement == 1
    assert AuditEntry.objects.filter(action="event.resolved").count() == 1


def test_four_settlers_at_once_pay_nothing_twice(commit):
    game = factories.make_event()
    people = players_with_bets(commit, game, 12)
    resolve(game, factories.make_staff("games"))()
    settled = crowd.at_once(*[lambda: settlement.settle_event(game.pk, batch_sessions=2)] * 4)
    assert sum(settled) == 12
    assert [balance(player) for player in people] == [Decimal("100.00")] * 12
    books.assert_right()


def test_two_events_with_the_same_players_settle_at_once(commit):
    first, second = factories.make_event(), factories.make_event()
    people = players_with_bets(commit, first, 8)
    for player in reversed(people):
        bet(player, slip("10.00", game=second))()
    third = factories.make_event()
    staff = factories.make_staff("games")
    resolve(first, staff)()
    resolve(second, staff)()
    results = crowd.at_once(
        lambda: settlement.settle_event(first.pk, batch_sessions=3),
        lambda: settlement.settle_event(second.pk, batch_sessions=5),
        *[bet(player, slip("1.00", game=third)) for player in people],
    )
    assert crowd.kinds(results) == {"Placed": 8, "int": 2}
    assert {balance(player) for player in people} == {Decimal("109.00")}
    books.assert_right()


def test_a_settlement_that_breaks_half_way_goes_on_where_it_was(commit, monkeypatch):
    game = factories.make_event()
    people = players_with_bets(commit, game, 7)
    resolve(game, factories.make_staff("games"))()
    post_set, calls = ledger.post_set, []

    def breaks_at_the_third(*args):
        calls.append(1)
        posted = post_set(*args)
        if len(calls) == 3:
            raise ConnectionError("the power goes")
        return posted

    monkeypatch.setattr(ledger, "post_set", breaks_at_the_third)
    with pytest.raises(ConnectionError):
        settlement.settle_event(game.pk, batch_sessions=2)
    assert Bet.objects.open().count() == 6
    books.assert_right()
    assert settlement.settle_event(game.pk, batch_sessions=2) == 3
    assert {balance(player) for player in people} == {Decimal("100.00")}
    books.assert_right()


def test_a_correction_takes_over_from_a_settlement_that_stopped_half_way(commit):
    game, staff = factories.make_event(), factories.make_staff("games")
    people = players_with_bets(commit, game, 5)
    resolve(game, staff, "yes")()
    commit(lambda: settlement.settle_batch(game.pk, 2))
    resolve(game, staff, "no")()
    settlement.settle_event(game.pk, batch_sessions=2)
    assert {balance(player) for player in people} == {Decimal("98.00")}
    books.assert_right()


def test_reconciling_amid_the_traffic_finds_nothing(commit):
    game, other = factories.make_event(), factories.make_event()
    people = players_with_bets(commit, game, 8)
    resolve(game, factories.make_staff("games"))()

    def bet_on_and_on(player):
        for _ in range(6):
            bet(player, slip("1.00", game=other))()

    found = crowd.at_once(
        lambda: [books.broken() for _ in range(6)],
        lambda: settlement.settle_event(game.pk, batch_sessions=2),
        *[lambda player=player: bet_on_and_on(player) for player in people],
    )
    assert found == [[[]] * 6, 8, *[None] * 8]


BET_ON_AND_ON = """
from decimal import Decimal
from accounts.models import User
from betting import services
from quantix.db import in_one_transaction
player = User.objects.get(pk={player})
wanted = services.Slip("winner", "yes", Decimal("1.00"), game_id={game})
while True:
    print(in_one_transaction(lambda: services.place_bet(player=player, slip=wanted)).bet.pk)
"""


@pytest.mark.slow
def test_killing_who_places_bets_loses_none_that_was_acknowledged(player):
    game = factories.make_event()
    for lines in (1, 7, 20):
        acknowledged = crowd.kill_after_lines(BET_ON_AND_ON.format(player=player.pk, game=game.pk), lines)
        assert len(acknowledged) >= lines
        assert Bet.objects.filter(pk__in=acknowledged).count() == len(acknowledged)
        books.assert_right()
    assert balance(player) == 100 - Bet.objects.count()


def test_an_options_liability_never_exceeds_its_cap(commit):
    game = factories.make_event(liability_cap="100.00")
    people = [factories.make_player() for _ in range(32)]
    results = crowd.at_once(*[bet(player, slip("5.00", game=game)) for player in people])
    # The market closes once there is no room for the least stake.
    assert crowd.kinds(results)["Placed"] == 10
    assert set(crowd.kinds(results)) <= {"Placed", "LimitReached", "MarketClosed"}
    assert OptionBook.objects.get(option="yes").liability == Decimal("100.00")
    books.assert_right()
