"""Selling a position: what it brings, what it does to the price, and when it is refused."""

from datetime import timedelta
from decimal import Decimal

import pytest

from betting import services, settlement
from betting.errors import MarketClosed, OddsChanged
from betting.models import Bet, OptionBook, PricePoint
from betting.tests.floor import balance, call_off, fates, place, resolve, sell
from games.models import Event, GameSession
from quantix import clock
from quantix.tests import books, crowd, factories
from quantix.tests.api import Program, assert_problem
from wallets import ledger
from wallets.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def game():
    return factories.make_event(mechanism="lmsr")


def test_what_is_sold_at_once_brings_the_stake_less_a_cent_at_most(player, game):
    bet = place(player, game, "yes", "10.00")
    sold = sell(bet)
    assert (sold.outcome, sold.payout, sold.is_successful) == ("cashed_out", Decimal("9.99"), False)
    assert balance(player) == Decimal("99.99")
    posting = Transaction.objects.latest("id")
    assert (posting.type, posting.category, posting.reference) == ("credit", "win", f"bet:{bet.pk}:cash-out")
    assert OptionBook.objects.filter(stakes=0, liability=0, shares=0).count() == 2
    assert PricePoint.objects.latest("id").prices == {"yes": "0.5000", "no": "0.5000"}
    books.assert_right()


def test_who_sells_dearer_than_they_bought_was_successful(player, game):
    bet = place(player, game, "yes", "10.00")
    place(factories.make_player(), game, "yes", "50.00")
    sold = sell(bet)
    # C(q) - C(q - s) for q = 97.238277, s = 19.090282: 100 (ln(e^0.972… + 1) - ln(e^0.781… + 1)) = 13.478….
    assert sold.payout == Decimal("13.47")
    assert sold.is_successful is True
    books.assert_right()


def test_it_goes_through_the_api_once_for_its_key(player, game):
    program = Program(player)
    bet = place(player, game, "yes", "10.00")
    first = program.ask("POST", f"/bets/{bet.pk}/cash-out", idempotency_key="k")
    assert first.status_code == 200
    told = first.json()
    assert (told["outcome"], told["payout"], told["balance"]) == ("cashed_out", "9.99", "99.99")
    assert told["is_successful"] is False and told["settled_at"]
    again = program.ask("POST", f"/bets/{bet.pk}/cash-out", idempotency_key="k")
    assert again.json() == told and again["Idempotent-Replayed"] == "true"
    assert_problem(program.ask("POST", f"/bets/{bet.pk}/cash-out"), 409, "market-closed")
    assert balance(player) == Decimal("99.99")
    assert program.get_list("/bets?outcome=cashed_out")[0]["id"] == bet.pk


def test_anothers_bet_is_not_there(player, game):
    bet = place(factories.make_player(), game, "yes", "10.00")
    program = Program(player)
    for number in (bet.pk, 999_999):
        assert_problem(program.ask("POST", f"/bets/{number}/cash-out"), 404, "not-found")
    assert_problem(Program().ask("POST", f"/bets/{bet.pk}/cash-out"), 401, "not-authenticated")


@pytest.mark.parametrize("body", [{"amount": "5.00"}, {"min_payout": "0"}, {"min_payout": 1.5}, []])
def test_a_body_that_is_none_of_its_is_refused(player, game, body):
    bet = place(player, game, "yes", "10.00")
    assert Program(player).ask("POST", f"/bets/{bet.pk}/cash-out", body).status_code == 400
    assert Bet.objects.open().exists()


@pytest.mark.parametrize("mechanism", ["fixed", "pool"])
def test_what_no_market_maker_sold_is_not_sold_back(player, mechanism):
    with pytest.raises(MarketClosed):
        sell(place(player, factories.make_event(mechanism=mechanism), "yes", "10.00"))


def test_a_bet_on_oneself_is_not_sold(player, commit):
    session = factories.start(player, factories.make_codebreaker())
    wanted = services.Slip("solve", "within-6", Decimal("5.00"), session_id=session.pk)
    bet = commit(lambda: services.place_bet(player=player, slip=wanted)).bet
    assert_problem(Program(player).ask("POST", f"/bets/{bet.pk}/cash-out"), 409, "market-closed")


@pytest.mark.parametrize("state", ["suspended", "closed", "past its close", "retired", "resolved"])
def test_a_market_that_is_closed_buys_nothing_back(player, game, state):
    bet = place(player, game, "yes", "10.00")
    moment = clock.now() + timedelta(hours=2 if state == "past its close" else 0)
    if state == "retired":
        game.is_active = False
        game.save()
    elif state == "resolved":
        resolve(game, yes="1")
    elif state != "past its close":
        Event.objects.update(status=state)
    with clock.set_to(moment), pytest.raises(MarketClosed):
        sell(bet)
    assert not Bet.objects.filter(outcome="cashed_out").exists()


def test_it_is_refused_where_it_would_bring_less_than_asked_for(player, game):
    bet = place(player, game, "yes", "10.00")
    with pytest.raises(OddsChanged) as refused:
        sell(bet, min_payout=Decimal("10.00"))
    assert refused.value.extra == {"payout": "9.99"}
    assert sell(bet, min_payout=Decimal("9.99")).payout == Decimal("9.99")


def test_what_would_bring_nothing_is_not_sold(player):
    game = factories.make_event(mechanism="lmsr", b="5.00")
    bet = place(player, game, "yes", "1.00")
    place(factories.make_player(), game, "no", "60.00")
    with pytest.raises(MarketClosed, match="nothing"):
        sell(bet)


def test_sixteen_at_once_sell_it_once(player, game):
    bet = place(player, game, "yes", "10.00")
    results = crowd.at_once(*[lambda: sell(bet)] * 16)
    assert crowd.kinds(results) == {"Bet": 1, "MarketClosed": 15}
    assert balance(player) == Decimal("99.99")
    books.assert_right()


def test_buyers_and_sellers_at_once_leave_the_books_right(game):
    people = [factories.make_player() for _ in range(8)]
    held = [
        place(person, game, "yes" if number % 2 else "no", "10.00") for number, person in enumerate(people)
    ]
    other = factories.make_event(mechanism="lmsr")
    results = crowd.at_once(
        *[lambda bet=bet: sell(bet) for bet in held],
        *[lambda person=person: place(person, game, "yes", "7.77") for person in people],
        *[lambda person=person: place(person, other, "no", "3.33") for person in people],
    )
    assert crowd.kinds(results) == {"Bet": 24}
    books.assert_right()


def test_nothing_is_sold_behind_a_result(game):
    held = [place(factories.make_player(), game, "no", "10.00") for _ in range(12)]
    results = crowd.at_once(*[lambda bet=bet: sell(bet) for bet in held], lambda: resolve(game, yes="1"))
    assert set(crowd.kinds(results)) <= {"Bet", "MarketClosed", "Event"}
    sold = crowd.kinds(results).get("Bet", 0)
    assert Bet.objects.filter(outcome="cashed_out").count() == sold
    assert Bet.objects.filter(outcome="loss", payout=0).count() == 12 - sold
    books.assert_right()


def test_a_result_leaves_what_was_sold_as_it_is(player, game):
    bet = place(player, game, "yes", "10.00")
    settled_at = sell(bet).settled_at
    place(player, game, "no", "5.00")
    resolve(game, yes="1")
    assert fates(game) == [("cashed_out", Decimal("9.99")), ("loss", Decimal(0))]
    bet.refresh_from_db()
    assert bet.settled_at == settled_at
    assert GameSession.objects.get().result == "loss"
    books.assert_right()


def test_an_event_called_off_gives_back_each_stake_less_what_was_sold(game):
    """Dearer or cheaper than it was bought: everybody ends with what they had."""
    early, late = factories.make_player(), factories.make_player()
    cheap = place(early, game, "yes", "10.00")
    dear = place(late, game, "yes", "50.00")
    assert sell(cheap).payout == Decimal("13.47")
    assert sell(dear).payout < 50
    call_off(game)
    assert fates(game) == [("void", Decimal("10.00")), ("void", Decimal("50.00"))]
    assert (balance(early), balance(late)) == (100, 100)
    books.assert_right()
    # And the other way round: with a result, the sales stand again.
    resolve(game, no="1")
    assert fates(game)[0] == ("cashed_out", Decimal("13.47"))
    assert balance(early) == Decimal("103.47")
    books.assert_right()


def test_a_profit_that_is_spent_when_the_event_is_called_off_is_uncollected(player, game, commit):
    bet = place(player, game, "yes", "10.00")
    place(factories.make_player(), game, "yes", "50.00")
    sell(bet)
    commit(lambda: ledger.post(user_id=player.pk, type="debit", category="bonus", amount=Decimal("103.47")))
    call_off(game)
    bet.refresh_from_db()
    assert (bet.outcome, bet.metadata["uncollected"]) == ("void", "3.47")
    assert balance(player) == 0
    books.assert_right()


def test_a_sale_once_the_outcome_was_known_is_undone(game):
    """Else somebody could pump the price up with stakes that come back, and sell into it what is known to be lost."""
    insider, friend = factories.make_player(), factories.make_player()
    worthless = place(insider, game, "yes", "10.00")
    known_at = clock.now() + timedelta(seconds=1)
    with clock.set_to(known_at):
        place(friend, game, "yes", "100.00")
        assert sell(worthless).payout > 15
    resolve(game, no="1", known_at=known_at)
    assert fates(game) == [("loss", Decimal(0)), ("void", Decimal("100.00"))]
    assert (balance(insider), balance(friend)) == (90, 100)
    books.assert_right()


def test_a_winner_sold_once_the_outcome_was_known_pays_its_shares(player, game):
    bet = place(player, game, "yes", "10.00")
    before = place(player, game, "yes", "5.00")
    sell(before)
    known_at = clock.now() + timedelta(seconds=1)
    with clock.set_to(known_at):
        sell(bet)
        sell(place(player, game, "no", "5.00"))
    resolve(game, yes="1", known_at=known_at)
    assert [outcome for outcome, _ in fates(game)] == ["win", "cashed_out", "void"]
    assert fates(game)[0][1] == Decimal("19.09")
    books.assert_right()
    # Without that moment the sales stand.
    resolve(game, yes="1", known_at=None)
    assert [outcome for outcome, _ in fates(game)] == ["cashed_out"] * 3
    books.assert_right()


def test_the_result_of_a_session_counts_what_was_sold(player, game):
    bet = place(player, game, "yes", "10.00")
    place(factories.make_player(), game, "yes", "50.00")
    sell(bet)
    resolve(game, no="1")
    session = GameSession.objects.get(user=player)
    assert (session.result, session.score) == ("win", 2.0)
    assert settlement.finish_settling() == 0
