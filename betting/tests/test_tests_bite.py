"""Bugs planted where money is moved: with each, the check that should notice does; without it, none complains.

A scenario gives the faults that were noticed. docs/decisions/0003-planted-bugs.md has the list.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils import timezone

from betting import events, services, settlement, voiding
from betting.models import Bet
from betting.services import on_event
from betting.tests.event_models import MBet
from games.services import sessions
from quantix import db, idempotency
from quantix.errors import Refusal
from quantix.idempotency import Reply, once
from quantix.tests import books, crowd, factories
from quantix.tests.planting import plant
from wallets import ledger
from wallets import services as money
from wallets.errors import InsufficientFunds
from wallets.models import Transaction, Wallet

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=[False, True], ids=["as it is", "planted"])
def planted(request):
    return request.param


def noticed(faults, planted):
    """The one assertion: faults with the bug, and only with it."""
    assert bool(faults) == planted, faults


def post(player, amount, type="debit", reference=None):
    return ledger.post(
        user_id=player.pk, type=type, category="bonus", amount=Decimal(amount), reference=reference
    )


def constraint_of(act):
    """The name of the constraint that refuses what `act` writes."""
    try:
        with transaction.atomic(durable=True):
            act()
    except DatabaseError as error:
        cause: Any = error.__cause__
        return [cause.diag.constraint_name]
    except Refusal:
        pass
    return []


def slip(game, amount="10.00", choice="yes"):
    return services.Slip("winner", choice, Decimal(amount), game_id=game.pk)


def place(player, game, amount="10.00", choice="yes"):
    wanted = slip(game, amount, choice)
    return db.in_one_transaction(lambda: services.place_bet(player=player, slip=wanted)).bet


def resolve(game, staff, option="yes"):
    weights = {option: Decimal(1)}
    db.in_one_transaction(lambda: events.resolve_event(by=staff, game_id=game.pk, weights=weights))


def test_a_debit_without_its_condition_is_refused_by_the_balances_constraint(player, planted, monkeypatch):
    if planted:
        plant(monkeypatch, ledger, "_POST", "BETWEEN 0 AND", "BETWEEN -1000 AND")
    faults = constraint_of(lambda: post(player, "100.01"))
    assert faults in ([], ["wallet_balance_not_negative"])
    noticed(faults, planted)


def test_a_balance_below_zero_is_found_by_reconciling(player, planted):
    lifted = books.without("wallets", constraint="wallet_balance_not_negative") if planted else nullcontext()
    with lifted:
        if planted:
            books.run_unguarded("UPDATE wallets SET balance = -1 WHERE user_id = %s", player.pk)
        noticed(books.broken(), planted)


READS_FIRST = ("balance = balance + %(signed)s", "balance = %(read)s + %(signed)s")


def test_a_balance_read_and_then_written_is_refused_by_the_order_of_rows(player, planted, monkeypatch):
    if planted:
        plant(monkeypatch, ledger, "_POST", *READS_FIRST)
        plant(
            monkeypatch,
            ledger,
            "post",
            '"now": clock.now(),',
            '"now": clock.now(), "read": Transaction.objects.filter(wallet__user_id=user_id)'
            '.order_by("-id").values_list("balance_after", flat=True)[0],',
        )
    results = crowd.at_once(*[crowd.committing(lambda: post(player, "1.00"))] * 24)
    books.assert_right()  # The database does not let it through; the debits are refused.
    noticed([result for result in results if not isinstance(result, Transaction)], planted)


def test_a_reference_that_is_not_unique_is_posted_twice_and_found_by_reconciling(player, planted):
    lifted = books.without("transactions", index="transaction_reference_once") if planted else nullcontext()
    with lifted:
        act = crowd.committing(lambda: post(player, "1.00", reference="fee:1"))
        with ThreadPoolExecutor(1) as elsewhere:
            with transaction.atomic(durable=True):
                post(player, "1.00", reference="fee:1")
                # It waits for the wallet; what it looked up before is not looked up again.
                waiting = elsewhere.submit(crowd.at_once, act)
                time.sleep(0.5)
            assert crowd.kinds(waiting.result()) == {"Transaction": 1}
        noticed([promise for promise, _ in books.broken() if promise == "4"], planted)


def test_a_reference_that_is_not_looked_for_is_refused_by_its_index(player, planted, monkeypatch):
    if planted:
        found = "AND NOT EXISTS (SELECT FROM transactions WHERE reference = %(reference)s)"
        plant(monkeypatch, ledger, "_POST", found, "")
    post_fee = lambda: post(player, "1.00", reference="fee:1")  # noqa: E731
    assert constraint_of(post_fee) == []
    noticed(constraint_of(post_fee), planted)


def test_a_key_claimed_outside_of_the_transaction_outlives_a_refusal(player, planted, monkeypatch):
    if planted:
        monkeypatch.setattr(idempotency, "in_one_transaction", lambda act: act())
    request = {"user_id": player.pk, "key": "k", "request": ("POST", "/", {})}

    def pay():
        return Reply(201, {"id": post(player, "150.00").pk})

    with pytest.raises(InsufficientFunds):
        once(**request, act=pay)
    db.in_one_transaction(lambda: post(player, "100.00", "credit"))
    faults = []
    try:
        once(**request, act=pay)
    except AssertionError as error:
        faults.append(error)
    noticed(faults, planted)


def test_voiding_one_row_of_a_pair_is_refused_at_commit(player, staff, planted, monkeypatch):
    if planted:
        plant(monkeypatch, money, "void_transaction", "[row.pk, contra.pk]", "[row.pk]")
    row, finance = Transaction.objects.get(wallet__user=player), staff("finance")
    faults = constraint_of(
        lambda: money.void_transaction(by=finance, transaction_id=row.pk, reason="Mistake")
    )
    assert faults in ([], ["ledger_voided_in_pairs"])
    noticed(faults, planted)


def test_a_correction_that_forgets_what_was_paid_is_found_by_reconciling(player, staff, planted, monkeypatch):
    if planted:
        right = "coalesce((b.metadata #>> '{settled,win}')::numeric, 0)"
        plant(monkeypatch, settlement, "_SETTLE_BETS", right, "0")
    game, by = factories.make_event(), staff("games")
    place(player, game)
    for option in ("yes", "no", "yes"):
        resolve(game, by, option)
        settlement.settle_event(game.pk)
    noticed(books.broken(), planted)


def test_a_payout_rounded_up_is_not_the_models(player, staff, planted, monkeypatch):
    if planted:
        plant(monkeypatch, settlement, "_SETTLE_BETS", "trunc(b.amount", "0.01 + trunc(b.amount")
    odds = [{"id": id, "label": id, "odds": "3.3333"} for id in ("yes", "no")]
    game, by = factories.make_event(options=odds), staff("games")
    bet = place(player, game, "1.01")
    resolve(game, by)
    settlement.settle_event(game.pk)
    model = MBet(bet.pk, player.pk, "yes", Decimal("1.01"), Decimal("3.3333"), timezone.now())
    paid = Wallet.objects.get(user=player).balance - Decimal("98.99")
    noticed([paid] if paid != model.winnings(Fraction(1)) else [], planted)


def test_a_stake_that_is_not_taken_is_found_by_reconciling(player, planted, monkeypatch):
    if planted:
        monkeypatch.setattr(ledger, "post", lambda **_: Transaction(balance_after=Decimal(100)))
    place(player, factories.make_event())
    noticed(books.broken(), planted)


def test_a_bet_and_its_stake_in_two_transactions_are_found_by_reconciling(player, planted):
    game = factories.make_event()
    act = lambda: services.place_bet(player=player, slip=slip(game, "100.01"))  # noqa: E731
    with pytest.raises(InsufficientFunds):
        act() if planted else db.in_one_transaction(act)
    noticed(books.broken(), planted)


def spend_meanwhile(player):
    """Another request that spends all there is, unless it finds the wallet locked."""

    def spend():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
            return post(player, "100.00")

    (result,) = crowd.at_once(spend)
    assert isinstance(result, (Transaction, OperationalError))


def test_taking_back_without_the_wallets_lock_is_refused_by_the_balances_constraint(
    player, staff, planted, monkeypatch
):
    game, by = factories.make_event(), staff("games")
    place(player, game)
    resolve(game, by, "yes")
    settlement.settle_event(game.pk)
    if planted:
        plant(monkeypatch, settlement, "_LOCK_WALLETS", "FOR NO KEY UPDATE", "")
    post_set = ledger.post_set

    def interrupted(*args):
        spend_meanwhile(player)
        return post_set(*args)

    monkeypatch.setattr(ledger, "post_set", interrupted)
    resolve(game, by, "no")
    faults = constraint_of(lambda: settlement.settle_batch(game.pk))
    books.assert_right()
    assert faults in ([], ["wallet_balance_not_negative"])
    noticed(faults, planted)


def test_settlers_without_the_events_lock_do_the_work_twice(staff, planted, monkeypatch):
    if planted:
        locked = "Event.objects.select_for_update(no_key=True)"
        plant(monkeypatch, settlement, "settle_batch", locked, "Event.objects")
    game, by = factories.make_event(), staff("games")
    for _ in range(8):
        place(factories.make_player(), game)
    resolve(game, by)
    settled = crowd.at_once(*[lambda: settlement.settle_event(game.pk, batch_sessions=2)] * 4)
    books.assert_right()  # Paying differences keeps even this right; the count tells.
    noticed([settled] if sum(settled) != 8 else [], planted)


def test_a_bet_that_slips_in_behind_a_result_is_found_by_reconciling(player, staff, planted, monkeypatch):
    if planted:
        plant(monkeypatch, on_event, "_EVENT", "FOR SHARE OF e", "")
    game, by = factories.make_event(), staff("games")

    def decide():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
            events.resolve_event(by=by, game_id=game.pk, weights={"yes": Decimal(1)})
        settlement.settle_event(game.pk)

    with transaction.atomic(durable=True):
        services.place_bet(player=player, slip=slip(game))
        crowd.at_once(decide)
    assert Bet.objects.open().exists()
    noticed(books.broken(), planted)


def test_without_the_triggers_a_changed_balance_is_found_by_reconciling(player, planted):
    change = f"UPDATE wallets SET balance = balance + 1 WHERE user_id = {player.pk}"
    if planted:
        books.run_unguarded(change)
    else:
        assert books.constraint_refusing(change) == "ledger_matches_balance"
    noticed(books.broken(), planted)


def void(by, bet):
    db.in_one_transaction(lambda: voiding.void_bet(by=by, bet_id=bet.pk, reason="Mistake"))


def test_a_result_that_revives_a_voided_bet_is_found_by_reconciling(player, staff, planted, monkeypatch):
    if planted:
        right = "OR (b.outcome = 'void' AND b.metadata ? 'voided')"
        plant(monkeypatch, settlement, "_SETTLE_BETS", right, "")
    game, by = factories.make_event(), staff("games")
    void(by, place(player, game))
    resolve(game, by)
    settlement.settle_event(game.pk)
    noticed(books.broken(), planted)


def test_a_voided_bet_left_in_its_options_book_is_found_by_reconciling(player, staff, planted, monkeypatch):
    if planted:
        monkeypatch.setattr(voiding, "_take_out_of_book", lambda bet, event: None)
    void(staff("games"), place(player, factories.make_event()))
    noticed(books.broken(), planted)


def test_a_void_that_forgets_what_was_won_is_found_by_reconciling(player, staff, planted, monkeypatch):
    if planted:
        right = 'posted = bet.metadata.get("settled", {"bet": "0", "win": won})'
        plant(monkeypatch, voiding, "undoing", right, 'posted = {"bet": "0", "win": "0"}')
    game, by = factories.make_event(), staff("games")
    bet = place(player, game)
    resolve(game, by)
    settlement.settle_event(game.pk)
    void(by, bet)
    noticed(books.broken(), planted)


def test_a_void_without_the_sessions_lock_gives_the_stake_back_of_a_bet_that_was_won(
    player, staff, planted, monkeypatch
):
    if planted:
        plant(
            monkeypatch,
            voiding,
            "_lock",
            'bets.select_for_update(no_key=True, of=("session", "self"))',
            "bets",
        )
    session = factories.start(player, factories.make_codebreaker())
    wanted = services.Slip("solve", "within-6", Decimal("5.00"), session_id=session.pk)
    bet = db.in_one_transaction(lambda: services.place_bet(player=player, slip=wanted)).bet
    undoing = voiding.undoing

    def win():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
            move = {"guess": session.metadata["state"]["code"]}
            sessions.play_move(player=player, session_id=session.pk, move=move)

    def interrupted(bet):
        crowd.at_once(win)
        return undoing(bet)

    monkeypatch.setattr(voiding, "undoing", interrupted)
    void(staff("games"), bet)
    noticed(books.broken(), planted)
