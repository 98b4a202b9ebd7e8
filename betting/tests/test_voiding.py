"""One bet voided by staff: the stake goes back, winnings are taken back, and no later result changes that."""

from decimal import Decimal

import pytest

from betting import books as event_books
from betting import events, services, settlement, voiding
from betting.errors import BetVoid
from betting.models import Bet, OptionBook
from games.errors import OwnPosition
from games.services import sessions
from quantix.errors import Forbidden, NotFound
from quantix.models import AuditEntry
from quantix.tests import books, crowd, factories
from wallets import ledger
from wallets.errors import InsufficientFunds
from wallets.models import Transaction, Wallet

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def games():
    return factories.make_staff("games")


@pytest.fixture(autouse=True)
def the_books_are_right_after_all():
    yield
    books.assert_right()


def on_event(player, game, choice="yes", amount="10.00"):
    slip = services.Slip("winner", choice, Decimal(amount), game_id=game.pk)
    return crowd.committing(lambda: services.place_bet(player=player, slip=slip))().bet


def on_oneself(player):
    session = factories.start(player, factories.make_codebreaker())
    slip = services.Slip("solve", "within-6", Decimal("10.00"), session_id=session.pk)
    return crowd.committing(lambda: services.place_bet(player=player, slip=slip))().bet


def void(by, bet, reason="Placed by mistake"):
    return crowd.committing(lambda: voiding.void_bet(by=by, bet_id=bet.pk, reason=reason))


def decide(by, game, option):
    weights = {option: Decimal(1)}
    crowd.committing(lambda: events.resolve_event(by=by, game_id=game.pk, weights=weights))()
    settlement.settle_event(game.pk)


def end(bet, *, won):
    session = bet.session
    if won:
        move = {"guess": session.metadata["state"]["code"]}
        act = lambda: sessions.play_move(player=session.user, session_id=session.pk, move=move)  # noqa: E731
    else:
        act = lambda: sessions.forfeit_session(player=session.user, session_id=session.pk)  # noqa: E731
    return crowd.committing(act)


def balance(player):
    return Wallet.objects.get(user=player).balance


def postings(bet):
    rows = Transaction.objects.filter(reference__startswith=f"bet:{bet.pk}:").exclude(
        reference__endswith=":stake"
    )
    return [
        (row.type, row.category, row.amount, str(row.reference).split(":", 2)[2])
        for row in rows.order_by("id")
    ]


@pytest.mark.parametrize("place", [lambda player: on_event(player, factories.make_event()), on_oneself])
def test_an_open_bet_gives_its_stake_back(player, games, place):
    bet = place(player)
    void(games, bet)()
    bet.refresh_from_db()
    assert (bet.outcome, bet.payout, bet.is_successful) == ("void", Decimal("10.00"), False)
    assert postings(bet) == [("credit", "bet", Decimal("10.00"), "void")]
    assert balance(player) == 100
    entry = AuditEntry.objects.get(action="bet.void")
    assert (entry.actor, entry.reason, entry.target_id) == (games, "Placed by mistake", bet.pk)
    assert (entry.before, entry.after) == (
        {"outcome": None, "payout": None},
        {"outcome": "void", "payout": "10.00"},
    )


def test_an_open_bet_leaves_its_options_book(player, games):
    game = factories.make_event(liability_cap="40.00")
    first, _ = on_event(player, game), on_event(player, game)
    void(games, first)()
    book = OptionBook.objects.get(option="yes")
    assert (book.stakes, book.liability) == (Decimal("10.00"), Decimal("20.00"))
    on_event(player, game)  # There is room again.


@pytest.mark.parametrize("won", [True, False])
def test_a_settled_bet_on_oneself_is_undone(player, games, won):
    bet = on_oneself(player)
    end(bet, won=won)()
    void(games, bet)()
    bet.refresh_from_db()
    assert (bet.outcome, bet.payout, balance(player)) == ("void", Decimal("10.00"), 100)
    assert bet.session.status == ("completed" if won else "forfeited")


@pytest.mark.parametrize("result", ["yes", "no"])
def test_a_settled_bet_on_an_event_is_undone_and_the_players_result_follows(player, games, result):
    game = factories.make_event()
    bet, other = on_event(player, game), on_event(player, game, "no")
    decide(games, game, result)
    void(games, bet)()
    bet.refresh_from_db()
    assert bet.outcome == "void"
    if result == "yes":
        assert postings(bet)[1:] == [
            ("credit", "bet", Decimal("10.00"), "void"),
            ("debit", "win", Decimal("20.00"), "void:winnings"),
        ]
    # What is left is the other bet, and it alone tells how the player did.
    assert bet.session.result == ("loss" if result == "yes" else "win")
    assert balance(player) == (90 if result == "yes" else 108)
    assert Bet.objects.get(pk=other.pk).outcome == ("loss" if result == "yes" else "win")


def test_a_voided_bet_stays_void_through_results_corrections_and_a_void_of_all(player, games):
    game = factories.make_event()
    bet = on_event(player, game)
    void(games, bet)()
    for option in ("yes", "no", "yes"):
        decide(games, game, option)
        assert (Bet.objects.get().outcome, balance(player)) == ("void", 100)
    crowd.committing(lambda: events.void_event(by=games, game_id=game.pk, reason="Off"))()
    settlement.settle_event(game.pk)
    assert len(postings(bet)) == 1
    assert balance(player) == 100


def test_a_session_that_ends_passes_a_voided_bet_by(player, games):
    bet = on_oneself(player)
    void(games, bet)()
    end(bet, won=True)()
    assert (Bet.objects.get().outcome, balance(player)) == ("void", 100)


def test_winnings_that_were_spent_are_not_taken_below_zero(player, games):
    bet = on_oneself(player)
    end(bet, won=True)()
    left = balance(player)
    won = left - 90
    spend = left - (won - 10) + Decimal("0.01")
    crowd.committing(lambda: ledger.post(user_id=player.pk, type="debit", category="bonus", amount=spend))()
    with pytest.raises(InsufficientFunds):
        void(games, bet)()
    bet.refresh_from_db()
    assert (bet.outcome, balance(player)) == ("win", left - spend)
    assert not AuditEntry.objects.filter(action="bet.void").exists()
    cent = Decimal("0.01")
    crowd.committing(lambda: ledger.post(user_id=player.pk, type="credit", category="bonus", amount=cent))()
    void(games, bet)()
    assert balance(player) == 0


def test_what_a_correction_could_not_collect_is_collected_or_refused(player, games):
    game = factories.make_event()
    bet = on_event(player, game, amount="50.00")
    decide(games, game, "yes")
    crowd.committing(
        lambda: ledger.post(user_id=player.pk, type="debit", category="bonus", amount=Decimal("120.00"))
    )()
    decide(games, game, "no")
    bet.refresh_from_db()
    assert (bet.metadata["uncollected"], balance(player)) == ("70.00", 0)
    with pytest.raises(InsufficientFunds):  # 50.00 back, 70.00 of winnings still there
        void(games, bet)()
    crowd.committing(
        lambda: ledger.post(user_id=player.pk, type="credit", category="bonus", amount=Decimal("20.00"))
    )()
    void(games, bet)()
    bet.refresh_from_db()
    assert balance(player) == 0
    assert "uncollected" not in bet.metadata


def test_a_bet_is_voided_once(player, games):
    bet = on_oneself(player)
    void(games, bet)()
    with pytest.raises(BetVoid):
        void(games, bet)()
    assert balance(player) == 100


def test_nobody_voids_a_bet_of_their_own_or_on_an_event_they_have_bet_on(player, games):
    game = factories.make_event()
    theirs, own, oneself = on_event(player, game), on_event(games, game), on_oneself(games)
    for bet in (theirs, own, oneself):
        with pytest.raises(OwnPosition):
            void(games, bet)()
    with pytest.raises(OwnPosition):
        crowd.committing(
            lambda: sessions.void_session(by=games, session_id=oneself.session_id, reason="I lose")
        )()
    assert Bet.objects.open().count() == 3


def test_it_takes_the_role_and_a_bet(player, games):
    bet = on_oneself(player)
    for role in ("support", "finance"):
        with pytest.raises(Forbidden):
            void(factories.make_staff(role), bet)()
    with pytest.raises(NotFound):
        crowd.committing(lambda: voiding.void_bet(by=games, bet_id=0, reason="?"))()


@pytest.mark.parametrize("round", range(3))
def test_voids_race_the_end_of_the_session(player, games, round):
    bet = on_oneself(player)
    results = crowd.at_once(*[void(games, bet)] * 4, end(bet, won=True), end(bet, won=False))
    kinds = crowd.kinds(results)
    assert (kinds["Bet"], kinds["BetVoid"], kinds["GameSession"]) == (1, 3, 1)
    assert (Bet.objects.get().outcome, balance(player)) == ("void", 100)


@pytest.mark.parametrize("round", range(3))
def test_voids_race_bets_results_corrections_and_settlers(games, round):
    game = factories.make_event()
    people = [factories.make_player() for _ in range(6)]
    bets = [on_event(player, game) for player in people]
    staff = [factories.make_staff("games") for _ in range(2)]
    late = services.Slip("winner", "no", Decimal("1.00"), game_id=game.pk)
    results = crowd.at_once(
        *[void(games, bet) for bet in bets[:4]],
        lambda: decide(staff[0], game, "yes"),
        lambda: decide(staff[1], game, "no"),
        crowd.committing(lambda: services.place_bet(player=people[5], slip=late)),
    )
    assert crowd.kinds(results)["Bet"] == 4
    settlement.settle_event(game.pk, batch_sessions=2)
    assert {balance(player) for player in people[:4]} == {Decimal("100.00")}
    assert Bet.objects.filter(outcome="void").count() == 4
    books.assert_right()
    decide(games, game, "yes")
    assert {balance(player) for player in people[:4]} == {Decimal("100.00")}


def crowd_in_pool(game):
    """Three players with 10.00 on yes, 20.00 on yes and 30.00 on no."""
    bets = [("yes", "10.00"), ("yes", "20.00"), ("no", "30.00")]
    return [on_event(factories.make_player(), game, choice, amount) for choice, amount in bets]


def paid(game):
    return list(Bet.objects.filter(session__game=game).order_by("id").values_list("payout", flat=True))


def test_a_bet_that_is_voided_leaves_the_pool(games):
    game = factories.make_event(mechanism="pool")
    first, _, _ = crowd_in_pool(game)
    void(games, first)()
    assert OptionBook.objects.get(game=game, option="yes").stakes == 20
    assert event_books.price_history(game.pk)[-1][1] == {"yes": "0.4000", "no": "0.6000"}
    decide(games, game, "yes")
    assert paid(game) == [10, 50, 0]


@pytest.mark.parametrize("number", [0, 2], ids=["a winner", "a loser"])
def test_a_pool_that_is_settled_is_divided_anew_without_the_bet(games, number):
    game = factories.make_event(mechanism="pool")
    bets = crowd_in_pool(game)
    decide(games, game, "yes")
    assert paid(game) == [20, 40, 0]
    void(games, bets[number])()
    assert settlement.finish_settling() == 3
    # Without the loser there is one side only, and everything goes back.
    assert paid(game) == ([10, 50, 0] if number == 0 else [10, 20, 30])
    assert [balance(bet.session.user) for bet in bets] == ([100, 130, 70] if number == 0 else [100, 100, 100])


def test_a_position_that_is_voided_leaves_the_market_makers_book(player, games):
    game = factories.make_event(mechanism="lmsr")
    bet, _ = on_event(player, game), on_event(player, game, "no")
    void(games, bet)()
    assert OptionBook.objects.get(game=game, option="yes").shares == 0
    newest, before = event_books.price_history(game.pk)[-1][1], event_books.price_history(game.pk)[1][1]
    assert Decimal(newest["yes"]) < Decimal("0.5") < Decimal(before["yes"])
    decide(games, game, "no")
    assert balance(player) == 90 + Bet.objects.get(choice="no").payout


def test_a_sale_is_undone_with_its_bet(player, games):
    game = factories.make_event(mechanism="lmsr")
    bet = on_event(player, game)
    crowd.committing(lambda: services.cash_out(player=player, bet_id=bet.pk))()
    void(games, bet)()
    assert balance(player) == 100
    decide(games, game, "yes")
    assert (Bet.objects.get().outcome, balance(player)) == ("void", 100)
