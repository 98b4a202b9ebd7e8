"""What a correction could not take back is collected later: what the wallet holds, once, and the books stay right."""

from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from betting import collecting, events, services, settlement
from betting.errors import NothingOwed
from betting.models import Bet
from quantix.db import in_one_transaction
from quantix.errors import Forbidden
from quantix.models import AuditEntry
from quantix.tests import books, factories, planting
from quantix.tests.crowd import at_once, committing, kinds
from wallets import ledger
from wallets.errors import InsufficientFunds
from wallets.models import Transaction, Wallet

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def finance() -> User:
    return factories.make_staff("finance")


@pytest.fixture
def decide() -> Any:
    """`decide(game, "yes")`: the result of the event, or a correction of it, settled."""
    resolver = factories.make_staff("games")

    def result(game: Any, option: str) -> None:
        weights = {option: Decimal(1)}
        in_one_transaction(lambda: events.resolve_event(by=resolver, game_id=game.pk, weights=weights))
        settlement.settle_event(game.pk)

    return result


@pytest.fixture
def owing(player: User, decide: Any) -> Bet:
    """A bet whose 20.00 of winnings were spent before the correction: 20.00 are uncollected."""
    game = factories.make_event()
    slip = services.Slip("winner", "yes", Decimal("10.00"), game_id=game.pk)
    bet = in_one_transaction(lambda: services.place_bet(player=player, slip=slip)).bet
    decide(game, "yes")
    move(player, "debit", "110.00")
    decide(game, "no")
    bet.refresh_from_db()
    assert bet.metadata["uncollected"] == "20.00"
    return bet


def move(player: User, type: str, amount: str) -> None:
    in_one_transaction(
        lambda: ledger.post(user_id=player.pk, type=type, category="bonus", amount=Decimal(amount))
    )


def balance(player: User) -> Any:
    return Wallet.objects.get(user=player).balance


def collect(by: User, bet: Bet) -> Bet:
    return in_one_transaction(partial(collecting.collect, by=by, bet_id=bet.pk))


def test_what_the_wallet_holds_is_taken_and_the_rest_stays_owed(
    player: User, finance: User, owing: Bet
) -> None:
    move(player, "credit", "12.50")
    assert collect(finance, owing).metadata["uncollected"] == "7.50"
    assert balance(player) == 0
    books.assert_right()
    move(player, "credit", "30.00")
    assert "uncollected" not in collect(finance, owing).metadata
    assert balance(player) == Decimal("22.50")
    books.assert_right()
    rows = Transaction.objects.filter(reference__contains=":collect:").order_by("id")
    assert [(row.type, row.category, row.amount) for row in rows] == [
        ("debit", "win", Decimal("12.50")),
        ("debit", "win", Decimal("7.50")),
    ]
    entry = AuditEntry.objects.filter(action="bet.collect").latest("id")
    assert (entry.actor, entry.before, entry.after) == (
        finance,
        {"uncollected": "7.50"},
        {"uncollected": "0.00"},
    )


def test_an_empty_wallet_gives_nothing_and_a_paid_bet_owes_nothing(
    player: User, finance: User, owing: Bet
) -> None:
    with pytest.raises(InsufficientFunds):
        collect(finance, owing)
    move(player, "credit", "20.00")
    collect(finance, owing)
    with pytest.raises(NothingOwed):
        collect(finance, owing)
    assert balance(player) == 0


def test_a_correction_goes_on_from_what_was_collected(
    player: User, finance: User, owing: Bet, decide: Any
) -> None:
    move(player, "credit", "5.00")
    collect(finance, owing)
    # It was right after all: 15.00 were never taken back, so 5.00 are due.
    decide(owing.session.game, "yes")
    assert balance(player) == Decimal("5.00")
    books.assert_right()
    decide(owing.session.game, "no")
    owing.refresh_from_db()
    assert (owing.metadata["uncollected"], balance(player)) == ("15.00", 0)
    move(player, "credit", "15.00")
    collect(finance, owing)
    assert balance(player) == 0
    books.assert_right()


def test_a_stake_given_back_and_taken_again_is_collected_as_a_stake(
    player: User, finance: User, decide: Any
) -> None:
    game = factories.make_event()
    slip = services.Slip("winner", "yes", Decimal("10.00"), game_id=game.pk)
    bet = in_one_transaction(lambda: services.place_bet(player=player, slip=slip)).bet
    resolver = factories.make_staff("games")
    in_one_transaction(lambda: events.void_event(by=resolver, game_id=game.pk, reason="Rained off"))
    settlement.settle_event(game.pk)
    move(player, "debit", "100.00")
    decide(game, "no")
    move(player, "credit", "10.00")
    collect(finance, bet)
    row = Transaction.objects.get(reference__contains=":collect:")
    assert (row.type, row.category, row.amount) == ("debit", "bet", Decimal("10.00"))
    books.assert_right()


def test_many_who_collect_at_once_take_it_once(player: User, finance: User, owing: Bet) -> None:
    move(player, "credit", "100.00")
    found = at_once(*[committing(partial(collecting.collect, by=finance, bet_id=owing.pk))] * 8)
    assert kinds(found) == {"Bet": 1, "NothingOwed": 7}
    assert balance(player) == 80
    books.assert_right()


def test_collecting_races_with_a_correction_and_with_spending(
    player: User, finance: User, owing: Bet
) -> None:
    game, resolver = owing.session.game, factories.make_staff("games")
    move(player, "credit", "20.00")
    correct = partial(events.resolve_event, by=resolver, game_id=game.pk, weights={"yes": Decimal(1)})
    spend = partial(ledger.post, user_id=player.pk, type="debit", category="bonus", amount=Decimal("15.00"))
    collecting_all = partial(collecting.collect, by=finance, bet_id=owing.pk)
    at_once(committing(collecting_all), committing(correct), committing(spend), committing(collecting_all))
    settlement.settle_event(game.pk)
    books.assert_right()


def test_it_takes_the_role_of_finance(player: User, owing: Bet) -> None:
    with pytest.raises(Forbidden):
        collect(factories.make_staff("games"), owing)


def test_finance_collects_from_the_page_of_the_bet_by_a_preview(
    player: User, finance: User, owing: Bet, client: Client
) -> None:
    move(player, "credit", "12.50")
    client.force_login(finance)
    page = client.get(f"/admin/betting/bet/{owing.pk}/change/")
    assert "Collect" in [button["label"] for button in page.context["buttons"]]
    address = f"/admin/betting/bet/{owing.pk}/do/collect/"
    preview = client.post(address, {}).content.decode()
    assert "₹12.50" in preview and "₹7.50" in preview
    assert balance(player) == Decimal("12.50")
    for _ in range(2):
        sent = client.post(address, {"confirm": "1", "idempotency_key": "once"})
        assert sent.status_code == 303
    assert balance(player) == 0


def test_the_tests_bite(player: User, finance: User, owing: Bet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Collecting that forgets to write down what it has posted is found out."""
    planting.plant(
        monkeypatch,
        collecting,
        "_write",
        '"win": str(Decimal(posted["win"]) - taken.win)',
        '"win": posted["win"]',
    )
    move(player, "credit", "12.50")
    collect(finance, owing)
    with pytest.raises(AssertionError):
        collecting.owed_on(Bet.objects.get(pk=owing.pk))
