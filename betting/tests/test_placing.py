from decimal import Decimal

import pytest

from betting import services
from betting.errors import LimitReached, MarketClosed, StakeOutOfRange
from betting.models import OptionBook
from games.models import Event
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


def on(game, option, amount):
    return services.Slip("winner", option, Decimal(amount), game_id=game.pk)


@pytest.mark.parametrize("act", [services.place_bet, services.quote_bet])
def test_a_book_at_its_cap_says_limit_reached_with_room_for_less_than_the_stake_and_with_none(
    player, commit, act
):
    game = factories.make_event(liability_cap="40.00")
    commit(lambda: services.place_bet(player=player, slip=on(game, "yes", "15.00")))
    # 30.00 of 40.00 would be paid: 5.00 more fit in at 2.00, a cent more does not.
    with pytest.raises(LimitReached):
        commit(lambda: act(player=player, slip=on(game, "yes", "5.01")))
    commit(lambda: services.place_bet(player=player, slip=on(game, "yes", "5.00")))
    with pytest.raises(LimitReached):
        commit(lambda: act(player=player, slip=on(game, "yes", "1.00")))
    commit(lambda: act(player=player, slip=on(game, "no", "1.00")))
    assert OptionBook.objects.get(game=game, option="yes").liability == Decimal("40.00")


def test_a_full_book_is_full_only_while_the_market_is_open(player, commit):
    game = factories.make_event(liability_cap="40.00")
    commit(lambda: services.place_bet(player=player, slip=on(game, "yes", "20.00")))
    Event.objects.update(status="suspended")
    with pytest.raises(MarketClosed):
        commit(lambda: services.place_bet(player=player, slip=on(game, "yes", "1.00")))


@pytest.mark.parametrize("act", [services.place_bet, services.quote_bet])
def test_the_limit_on_ones_own_skill_holds_for_all_stakes_on_a_market_together(player, commit, act):
    session = factories.start(player, factories.make_codebreaker())

    def slip(choice, amount):
        return services.Slip("solve", choice, Decimal(amount), session_id=session.pk)

    commit(lambda: services.place_bet(player=player, slip=slip("within-6", "15.00")))
    with pytest.raises(LimitReached):
        commit(lambda: act(player=player, slip=slip("within-5", "5.01")))
    commit(lambda: act(player=player, slip=slip("within-5", "5.00")))


@pytest.mark.parametrize("act", [services.place_bet, services.quote_bet])
def test_a_stake_out_of_range_is_told_as_such_whether_or_not_the_book_has_room(player, commit, act):
    game = factories.make_event(liability_cap="40.00")
    with pytest.raises(StakeOutOfRange):
        commit(lambda: act(player=player, slip=on(game, "yes", "1000000.00")))
