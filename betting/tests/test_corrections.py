from datetime import timedelta
from decimal import Decimal

import pytest

from betting import events, services, settlement
from betting.models import Bet
from quantix import clock
from quantix.tests import factories
from wallets import ledger
from wallets.models import Transaction, Wallet

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def resolver():
    return factories.make_staff("games")


@pytest.fixture
def game():
    return factories.make_event()


@pytest.fixture
def bet(commit, game):
    def place(player, choice, amount):
        slip = services.Slip("winner", choice, Decimal(amount), game_id=game.pk)
        return commit(lambda: services.place_bet(player=player, slip=slip)).bet

    return place


@pytest.fixture
def resolve(commit, game, resolver):
    def decide(option, **kwargs):
        weights = {option: Decimal(1)}
        event = commit(lambda: events.resolve_event(by=resolver, game_id=game.pk, weights=weights, **kwargs))
        settlement.settle_event(game.pk, batch_sessions=2)
        return event

    return decide


def balance(player):
    return Wallet.objects.get(user=player).balance


def postings(bet):
    rows = Transaction.objects.filter(reference__startswith=f"bet:{bet.pk}:settle").order_by("id")
    return [(row.type, row.category, row.amount, str(row.reference).split(":", 2)[2]) for row in rows]


def test_a_corrected_result_posts_only_differences(bet, resolve):
    right, wrong = factories.make_player(), factories.make_player()
    won_first, won_later = bet(wrong, "yes", "10.00"), bet(right, "no", "10.00")
    resolve("yes")
    assert (balance(wrong), balance(right)) == (Decimal("110.00"), Decimal("90.00"))
    resolve("no")
    assert (balance(wrong), balance(right)) == (Decimal("90.00"), Decimal("108.00"))
    assert postings(won_first) == [
        ("credit", "win", Decimal("20.00"), "settle:1"),
        ("debit", "win", Decimal("20.00"), "settle:2"),
    ]
    assert postings(won_later) == [("credit", "win", Decimal("18.00"), "settle:2")]
    won_first.refresh_from_db()
    assert (won_first.outcome, won_first.payout, won_first.is_successful) == ("loss", Decimal(0), False)
    assert won_first.session.result == "loss"


def test_the_same_result_again_changes_nothing(bet, resolve, player):
    placed = bet(player, "yes", "10.00")
    assert resolve("yes").settlement == 1
    assert resolve("yes").settlement == 1
    assert len(postings(placed)) == 1


def test_what_is_spent_already_is_recorded_as_uncollected_and_worked_out_anew(bet, resolve, commit, player):
    placed = bet(player, "yes", "50.00")
    resolve("yes")
    commit(lambda: ledger.post(user_id=player.pk, type="debit", category="bonus", amount=Decimal("120.00")))
    resolve("no")
    placed.refresh_from_db()
    assert balance(player) == Decimal("0.00")
    assert placed.metadata["uncollected"] == "70.00"
    resolve("yes")
    placed.refresh_from_db()
    assert balance(player) == Decimal("30.00")
    assert "uncollected" not in placed.metadata
    assert Transaction.objects.get(reference=f"bet:{placed.pk}:settle:3").amount == Decimal("30.00")


def test_a_void_after_a_result_takes_winnings_back_and_gives_stakes_back(
    bet, resolve, commit, resolver, game, player
):
    won, lost = bet(player, "yes", "10.00"), bet(player, "no", "5.00")
    resolve("yes")
    commit(lambda: events.void_event(by=resolver, game_id=game.pk, reason="Wrong fixture"))
    settlement.settle_event(game.pk)
    assert balance(player) == Decimal("100.00")
    assert postings(won)[1:] == [
        ("credit", "bet", Decimal("10.00"), "settle:2:stake"),
        ("debit", "win", Decimal("20.00"), "settle:2"),
    ]
    assert postings(lost) == [("credit", "bet", Decimal("5.00"), "settle:2")]
    lost.refresh_from_db()
    assert (lost.outcome, lost.session.status, lost.session.result) == ("void", "voided", None)


def test_bets_placed_once_the_outcome_was_known_are_void_and_a_correction_keeps_the_moment(
    bet, resolve, player
):
    early = bet(player, "yes", "10.00")
    known_at = clock.now()
    with clock.set_to(known_at + timedelta(seconds=5)):
        late = bet(player, "yes", "10.00")
    resolve("yes", outcome_known_at=known_at)
    assert list(Bet.objects.order_by("id").values_list("outcome", flat=True)) == ["win", "void"]
    resolve("no")
    assert list(Bet.objects.order_by("id").values_list("outcome", flat=True)) == ["loss", "void"]
    resolve("no", outcome_known_at=None)
    assert list(Bet.objects.order_by("id").values_list("outcome", flat=True)) == ["loss", "loss"]
    assert balance(player) == Decimal("80.00")
    assert early.pk < late.pk


def test_a_correction_before_the_first_settlement_is_done_settles_everybody_by_the_second(
    bet, commit, game, resolver
):
    players = [factories.make_player() for _ in range(5)]
    for player in players:
        bet(player, "yes", "10.00")
    commit(lambda: events.resolve_event(by=resolver, game_id=game.pk, weights={"yes": Decimal(1)}))
    commit(lambda: settlement.settle_batch(game.pk, 2))
    commit(lambda: events.resolve_event(by=resolver, game_id=game.pk, weights={"no": Decimal(1)}))
    settlement.settle_event(game.pk, batch_sessions=2)
    assert [balance(player) for player in players] == [Decimal("90.00")] * 5
