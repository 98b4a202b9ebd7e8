"""Boards: what counts, who is ranked, and that the worker may come twice, late, or never finish."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from accounts.models import User
from betting import events, services, settlement
from betting.standing import measures, ranking, tallying
from betting.standing.models import Board, Placing, SessionToTally, Standing, Tally
from betting.tests.standing import bet, board, keep_boards, make_season, play_event, resolve
from games.models import Game, PlayerRating
from games.services import sessions
from quantix import clock
from quantix.db import in_one_transaction
from quantix.tests import factories
from quantix.tests.crowd import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return factories.make_player(username="ada")


@pytest.fixture
def bob() -> User:
    return factories.make_player(username="bob")


def test_profit_is_winnings_less_stakes_of_settled_bets(ada, bob):
    make_season()
    play_event({ada: ("yes", "10.00"), bob: ("no", "20.00")})
    open_event = factories.make_event()
    bet(ada, open_event, "yes", "50.00")
    keep_boards()
    assert board("profit") == [(1, "ada", "10.00"), (2, "bob", "-20.00")]
    assert Placing.objects.get(measure="profit", user=ada, board__game=None).detail == {
        "stakes": "10.00",
        "winnings": "20.00",
        "bets": 1,
    }


def test_void_bets_are_left_out(ada, commit):
    game = play_event({ada: ("yes", "10.00")})
    keep_boards()
    assert board("profit") == [(1, "ada", "10.00")]
    commit(lambda: events.void_event(by=factories.make_staff("games"), game_id=game.pk, reason="Wrong match"))
    settlement.settle_event(game.pk)
    keep_boards()
    assert board("profit") == []


def test_a_return_counts_from_the_least_stakes_on(ada, bob):
    play_event({ada: ("yes", "10.00"), bob: ("yes", "60.00")})
    game = play_event({bob: ("no", "40.00")})
    keep_boards()
    assert board("return") == [(1, "bob", "0.20")]
    assert board("return", game) == [(1, "bob", "-1.00")]


def test_a_prediction_score_counts_from_the_least_coverage_on(ada, bob):
    for came_true in ("yes", "yes", "no"):
        play_event({ada: ("yes", "1.00")}, came_true)
    play_event({bob: ("yes", "1.00"), ada: ("yes", "1.00")})
    keep_boards()
    assert board("prediction") == [(1, "ada", "0.50")]
    detail = Placing.objects.get(measure="prediction", user=ada, board__game=None).detail
    assert detail == {"events": 4, "coverage": 1.0}


def test_few_of_many_events_are_not_enough_coverage(ada, bob, monkeypatch):
    monkeypatch.setattr(measures, "COVERAGE_MIN", Decimal("0.80"))
    for _ in range(3):
        play_event({ada: ("yes", "1.00"), bob: ("no", "1.00")})
    play_event({bob: ("no", "1.00")})
    keep_boards()
    assert board("prediction") == [(1, "bob", "2.00")]


def test_a_game_has_a_board_of_its_own(ada, bob):
    first, second = play_event({ada: ("yes", "10.00")}), play_event({bob: ("yes", "30.00")})
    keep_boards()
    assert board("profit", first) == [(1, "ada", "10.00")]
    assert board("profit", second) == [(1, "bob", "30.00")]
    assert board("profit") == [(1, "bob", "30.00"), (2, "ada", "10.00")]


def test_who_ties_has_the_same_rank_and_the_next_one_is_counted_on(ada, bob):
    last = factories.make_player(username="last")
    play_event({ada: ("yes", "10.00"), bob: ("yes", "10.00"), last: ("no", "1.00")})
    keep_boards()
    assert sorted((rank, name) for rank, name, _ in board("profit")) == [(1, "ada"), (1, "bob"), (3, "last")]


def test_a_session_with_a_stake_on_oneself_counts_when_it_ends(ada, commit):
    session = factories.start(ada, factories.make_codebreaker())
    slip = services.Slip("solve", "within-6", Decimal("5.00"), session_id=session.pk)
    commit(partial(services.place_bet, player=ada, slip=slip))
    keep_boards()
    assert board("profit") == []
    commit(lambda: sessions.forfeit_session(player=ada, session_id=session.pk))
    keep_boards()
    assert board("profit") == [(1, "ada", "-5.00")]


def test_skill_is_the_rating_less_two_deviations_of_the_kind_one_is_surest_at(ada, bob, commit):
    quiz, codes = factories.make_quiz(), factories.make_codebreaker()
    finish_quiz(ada, quiz, right=True)
    finish_quiz(bob, quiz, right=False)
    session = factories.start(ada, codes)
    commit(lambda: sessions.forfeit_session(player=ada, session_id=session.pk))
    keep_boards()
    ratings = {rating.scope: rating for rating in PlayerRating.objects.of(ada)}
    surest, codebreaker = ratings["quiz"], ratings["codebreaker"]
    value = surest.rating - 2 * surest.deviation
    assert value > codebreaker.rating - 2 * codebreaker.deviation
    first, second = board("skill")
    assert first == (1, "ada", f"{value:.1f}0") and second[:2] == (2, "bob")
    assert Placing.objects.get(measure="skill", user=ada, board__game=None).detail == {
        "rating": round(surest.rating, 1),
        "deviation": round(surest.deviation, 1),
        "scope": "quiz",
        "played": 2,
    }
    assert [name for _, name, _ in board("skill", codes)] == ["ada"]


def finish_quiz(player: User, quiz: Game, *, right: bool) -> None:
    session = factories.start(player, quiz)
    for index, question in enumerate(session.metadata["state"]["questions"]):
        wrong = next(option["id"] for option in question["options"] if option["id"] not in question["right"])
        for answer in ({}, {"answer": question["right"] if right else wrong}):
            move = {"index": index, **answer}
            in_one_transaction(partial(sessions.play_move, player=player, session_id=session.pk, move=move))


def test_staff_the_suspended_and_who_has_hidden_are_not_ranked(ada, bob):
    staff = factories.make_staff("support", username="staffer")
    hidden = factories.make_player(username="hidden", preferences={"boards": "hidden"})
    play_event({ada: ("yes", "1.00"), staff: ("yes", "3.00"), hidden: ("yes", "2.00"), bob: ("yes", "4.00")})
    User.objects.filter(pk=bob.pk).update(is_active=False)
    keep_boards()
    assert board("profit") == [(1, "ada", "1.00")]


def test_who_is_suspended_is_gone_at_once_and_the_ranks_close_up_in_time(ada, bob):
    play_event({ada: ("yes", "1.00"), bob: ("yes", "4.00")})
    keep_boards()
    User.objects.filter(pk=bob.pk).update(is_active=False)
    on_board = Placing.objects.filter(board__game=None, measure="profit")
    assert [row.rank for row in on_board.shown()] == [2]
    with clock.set_to(clock.now() + ranking.RANKED_ANYWAY_AFTER + timedelta(seconds=1)):
        ranking.rank_due()
    assert [row.rank for row in on_board.shown()] == [1]


def test_a_corrected_event_moves_the_board(ada, bob):
    game = play_event({ada: ("yes", "10.00"), bob: ("no", "10.00")})
    keep_boards()
    resolve(game, "no")
    keep_boards()
    assert board("profit") == [(1, "bob", "8.00"), (2, "ada", "-10.00")]


def test_a_session_told_twice_counts_once(ada):
    play_event({ada: ("yes", "10.00")})
    keep_boards()
    before = list(Standing.objects.order_by("pk").values())
    changes = list(Board.objects.values_list("changes", flat=True))
    SessionToTally.objects.bulk_create([SessionToTally(session_id=Tally.objects.get().pk) for _ in range(3)])
    keep_boards()
    assert list(Standing.objects.order_by("pk").values()) == before
    assert list(Board.objects.values_list("changes", flat=True)) == changes


def test_a_tallier_killed_in_its_work_has_taken_nothing(ada, monkeypatch):
    play_event({ada: ("yes", "10.00")})

    def killed(tallied: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(tallying, "sum_up", killed)
        with pytest.raises(SystemExit):
            tallying.tally_ended()
    assert SessionToTally.objects.count() == 1 and not Tally.objects.exists()
    keep_boards()
    assert board("profit") == [(1, "ada", "10.00")]


def test_batches_add_up(ada, monkeypatch):
    monkeypatch.setattr(tallying, "BATCH_SESSIONS", 2)
    monkeypatch.setattr(tallying.tally_batch, "__defaults__", (2,))
    for amount in ("1.00", "2.00", "3.00"):
        play_event({ada: ("yes", amount)})
    assert tallying.tally_ended() == 3
    ranking.rank_due()
    assert board("profit") == [(1, "ada", "6.00")]


def test_a_change_while_a_board_is_being_ranked_is_due_again(ada):
    play_event({ada: ("yes", "10.00")})
    tallying.tally_ended()
    for found in Board.objects.all():
        Board.objects.filter(pk=found.pk).update(changes=found.changes + 1)
        in_one_transaction(partial(ranking.rank, found))
    Board.objects.update(ranking_seconds=0)
    assert ranking.rank_due() == Board.objects.count()
    assert ranking.rank_due() == 0


def test_a_board_that_takes_long_to_rank_rests_longer(ada):
    play_event({ada: ("yes", "10.00")})
    keep_boards()
    Board.objects.update(changes=99, ranking_seconds=3.0)  # so that it rests a quarter of a minute
    assert ranking.rank_due() == 0
    with clock.set_to(clock.now() + timedelta(seconds=16)):
        assert ranking.rank_due() == 2


def test_one_board_that_cannot_be_ranked_does_not_keep_the_others_from_it(ada, monkeypatch):
    play_event({ada: ("yes", "10.00")})
    tallying.tally_ended()
    broken = Board.objects.get(game=None).pk
    place = ranking._place

    def some(found: Board, measure: str) -> None:
        assert found.pk != broken
        place(found, measure)  # type: ignore[arg-type]

    monkeypatch.setattr(ranking, "_place", some)
    assert ranking.rank_due() == 1


def test_many_talliers_and_rankers_at_once_count_once(ada):
    for _ in range(3):
        play_event({ada: ("yes", "10.00")})
    answers = at_once(*[tallying.tally_ended] * 4, *[ranking.rank_due] * 4)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    keep_boards()
    assert board("profit") == [(1, "ada", "30.00")]
