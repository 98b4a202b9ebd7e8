"""How far one can get ahead of the house on one's own skill: what settling and voiding make of the lead."""

from decimal import Decimal
from functools import partial

import pytest
from django.db import transaction

from betting import leads, markets, services, settlement, voiding
from betting.errors import LimitReached, StakeOutOfRange
from games.engines import odds
from games.models import GameSession, PlayerRating
from games.services import sessions
from quantix.tests import books, crowd, factories
from quantix.tests.planting import plant

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lead_max")]


def in_one(act):
    with transaction.atomic():
        return act()


def stake(session, amount, choice="within-6"):
    slip = services.Slip("solve", choice, Decimal(amount), session_id=session.pk)
    return in_one(partial(services.place_bet, player=session.user, slip=slip)).bet


def solve(session):
    code = session.metadata["state"]["code"]
    in_one(partial(sessions.play_move, player=session.user, session_id=session.pk, move={"guess": code}))


def forfeit(session):
    in_one(partial(sessions.forfeit_session, player=session.user, session_id=session.pk))


def void(bet):
    in_one(partial(voiding.void_bet, by=factories.make_staff("games"), bet_id=bet.pk, reason="Power cut"))


def lead_of(player, scope="codebreaker"):
    return PlayerRating.objects.get(user=player, scope=scope).lead


def set_lead(player, lead, scope="codebreaker"):
    PlayerRating.objects.filter(user=player, scope=scope).update(lead=Decimal(lead))


@pytest.fixture
def game():
    return factories.make_codebreaker(within=[5, 6])


def test_a_prize_adds_to_the_lead_with_a_twentieth_more_and_a_lost_stake_takes_off_all_but_a_twentieth_of_it(
    player, game
):
    session = factories.start(player, game)
    won = stake(session, "4.00")
    assert won.odds > Decimal("1.20")
    solve(session)
    prize = Decimal("4.00") * (won.odds - 1)
    assert lead_of(player) == pytest.approx(prize * Decimal("1.05"), abs=Decimal("0.01"))
    before, session = lead_of(player), factories.start(player, game)
    lost = stake(session, "4.00")
    forfeit(session)
    by_hand = Decimal("-4.00") + Decimal("4.00") * (lost.odds - 1) / 20
    assert lead_of(player) - before == pytest.approx(by_hand, abs=Decimal("0.0001"))
    assert books.wrong_leads() == []


def test_stakes_given_back_move_nothing(player, game):
    session = factories.start(player, game)
    stake(session, "4.00")
    by = factories.make_staff("games")
    in_one(partial(sessions.void_session, by=by, session_id=session.pk, reason="Power cut"))
    assert lead_of(player) == 0


@pytest.mark.parametrize("end", [solve, forfeit])
def test_voiding_a_settled_bet_takes_its_part_out_of_the_lead(player, game, end):
    session = factories.start(player, game)
    first, other = stake(session, "2.00"), stake(session, "1.00", "within-5")
    end(session)
    void(first)
    other.refresh_from_db()
    assert lead_of(player) == pytest.approx(leads.part_of(other), abs=Decimal("0.0001"))
    assert books.wrong_leads() == []


def test_voiding_an_open_bet_moves_nothing(player, game):
    session = factories.start(player, game)
    void(stake(session, "2.00"))
    assert lead_of(player) == 0
    solve(session)
    assert lead_of(player) == 0


def test_who_is_ahead_is_offered_less_and_who_is_behind_more(player, game):
    def offered():
        session = factories.start(player, game)
        (market,) = markets.session_markets(session)
        forfeit(session)
        found = market.choice("within-6")
        assert found
        return found.odds

    forfeit(factories.start(player, game))
    rating = PlayerRating.objects.get(user=player, scope="codebreaker")
    found = []
    for lead in ("0", "3.00", "8.00", "-5.00", "-60.00"):
        PlayerRating.objects.filter(pk=rating.pk).update(rating=rating.rating, lead=Decimal(lead))
        found.append(offered())
    even, ahead, far_ahead, behind, far_behind = found
    assert odds.ODDS_MIN <= far_ahead < ahead < even < behind < far_behind


def test_each_session_can_win_half_of_what_is_left_and_running_ones_count(player, game):
    first = factories.start(player, game)
    assert markets.win_max(first) == Decimal("5.00")
    # 10.00 less the 5.00 that the first may win, and as that is close: 5 * 5 / 20.
    second = factories.start(player, factories.make_codebreaker(within=[6]))
    assert markets.win_max(second) == Decimal("1.25")
    # Another kind of game is another account.
    assert markets.win_max(factories.start(player, factories.make_quiz())) == Decimal("5.00")
    forfeit(first)
    forfeit(second)
    set_lead(player, "-20.00")
    assert markets.win_max(factories.start(player, game)) == Decimal("15.00")


def test_a_game_without_stakes_reserves_nothing(player):
    factories.start(player, factories.make_codebreaker(stakes=None))
    assert markets.win_max(factories.start(player, factories.make_codebreaker())) == Decimal("5.00")


def test_a_session_pays_so_much_and_no_more(player, game):
    set_win_max(session := factories.start(player, game), "1.00")
    (market,) = markets.session_markets(session)
    with pytest.raises(StakeOutOfRange):
        stake(session, market.stake_max + Decimal("0.01"))
    bet = stake(session, market.stake_max)
    with pytest.raises(LimitReached, match="may win 1.00 at most"):
        stake(session, "1.00", "within-5")
    slip = services.Slip("solve", "within-5", Decimal("1.00"), session_id=session.pk)
    with pytest.raises(LimitReached, match="may win 1.00 at most"):
        services.quote_bet(player=player, slip=slip)
    assert Decimal("0.98") < markets.prize(bet.amount, bet.odds) <= Decimal("1.00")


def set_win_max(session, win_max):
    session.metadata |= {"win_max": win_max}
    session.save(update_fields=["metadata"])


def test_who_is_as_far_ahead_as_can_be_plays_without_stakes(player, game):
    forfeit(factories.start(player, game))
    set_lead(player, "9.99")
    assert markets.session_markets(factories.start(player, game)) == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_bets_at_once_do_not_win_more_together():
    player = factories.make_player()
    set_win_max(session := factories.start(player, factories.make_codebreaker(within=[5])), "3.00")
    slip = services.Slip("solve", "within-5", Decimal("1.00"), session_id=session.pk)
    results = crowd.at_once(*[crowd.committing(partial(services.place_bet, player=player, slip=slip))] * 12)
    assert set(crowd.kinds(results)) == {"LimitReached", "Placed"}
    assert sum(markets.prize(bet.amount, bet.odds) for bet in session.bets.all()) <= Decimal("3.00")
    books.assert_right()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_sessions_that_end_while_their_bets_are_voided_leave_the_lead_right():
    player, staff = factories.make_player(), factories.make_staff("games")
    games = [factories.make_codebreaker(within=[6]) for _ in range(4)]
    running = [factories.start(player, game) for game in games]
    bets = [stake(session, "1.00") for session in running[:2]]
    ends = [
        crowd.committing(partial(sessions.forfeit_session, player=player, session_id=session.pk))
        for session in running
    ]
    voids = [
        crowd.committing(partial(voiding.void_bet, by=staff, bet_id=bet.pk, reason="Power cut"))
        for bet in bets
    ]
    crowd.at_once(*ends, *voids)
    books.assert_right()


def test_a_settlement_that_forgets_the_lead_is_noticed(player, game, monkeypatch):
    plant(monkeypatch, settlement, "_SETTLE_SESSION", "r.lead + moved.by", "r.lead")
    session = factories.start(player, game)
    stake(session, "4.00")
    solve(session)
    assert books.wrong_leads() != []


def test_a_void_that_forgets_the_lead_is_noticed(player, game, monkeypatch):
    monkeypatch.setattr(leads, "take_back", lambda bet, part: None)
    session = factories.start(player, game)
    bet = stake(session, "4.00")
    solve(session)
    void(bet)
    assert books.wrong_leads() != []


def test_a_session_written_before_there_were_leads_takes_no_bets(player, game):
    session = factories.start(player, game)
    GameSession.objects.filter(pk=session.pk).update(metadata=session.metadata | {"win_max": "0.00"})
    session.refresh_from_db()
    assert markets.session_markets(session) == []


def test_longer_odds_win_no_more_though_the_stake_alone_would_be_taken(player, game):
    set_win_max(session := factories.start(player, game), "1.00")
    (market,) = markets.session_markets(session)
    with pytest.raises(LimitReached, match="may win 1.00 at most"):
        stake(session, market.stake_max, "within-5")
