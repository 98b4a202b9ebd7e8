from decimal import Decimal

import pytest

from betting import services
from quantix.tests import factories
from wallets.errors import InsufficientFunds

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_bet_takes_its_stake_and_freezes_its_odds(player, commit):
    session = factories.start(player, factories.make_codebreaker())
    slip = services.Slip("solve", "within-6", Decimal("5.00"), session_id=session.pk)
    placed = commit(lambda: services.place_bet(player=player, slip=slip))
    assert placed.balance == Decimal("95.00")
    assert placed.bet.metadata["market"] == "solve"
    assert placed.posting.reference == f"bet:{placed.bet.pk}:stake"


def test_a_bet_that_the_wallet_cannot_pay_leaves_no_trace(commit):
    player = factories.make_player("3.00")
    session = factories.start(player, factories.make_codebreaker())
    slip = services.Slip("solve", "within-6", Decimal("5.00"), session_id=session.pk)
    with pytest.raises(InsufficientFunds):
        commit(lambda: services.place_bet(player=player, slip=slip))
    assert not session.bets.exists()
