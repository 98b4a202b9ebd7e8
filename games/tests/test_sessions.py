"""Sessions: begun, played, ended once, and what becomes of their questions and bets. Real transactions."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from betting import services
from betting.models import Bet
from games import sweeps
from games.engines.base import NotASessionGame, TooLate
from games.errors import NotEnoughQuestions, SessionEnded, SessionOpen
from games.models import GameSession, Question, Sighting
from games.services import sessions
from quantix import clock
from quantix.errors import Forbidden, Invalid, NotFound, Refusal
from quantix.tests import factories
from quantix.tests.at_once import at_once
from wallets.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def start(player, commit) -> Any:
    return lambda game, user=player: commit(lambda: sessions.start_session(player=user, game_id=game.pk))


@pytest.fixture
def play(player, commit) -> Any:
    def act(session: GameSession, /, **move: Any) -> Any:
        return commit(lambda: sessions.play_move(player=session.user, session_id=session.pk, move=move))

    return act


@pytest.fixture
def stake(commit) -> Any:
    def act(session: GameSession, market: str, choice: str, amount: str = "10.00") -> Bet:
        slip = services.Slip(market, choice, Decimal(amount), session_id=session.pk)
        placed: services.Placed = commit(lambda: services.place_bet(player=session.user, slip=slip))
        return placed.bet

    return act


def drawn(session: GameSession) -> list[dict[str, Any]]:
    session.refresh_from_db()
    questions: list[dict[str, Any]] = session.metadata["state"]["questions"]
    return questions


def ids(session: GameSession) -> set[int]:
    return {question["id"] for question in drawn(session)}


def balance(user: User) -> Decimal:
    user.wallet.refresh_from_db()
    found: Decimal = user.wallet.balance
    return found


# Starting.


def test_a_second_session_of_a_game_is_refused_with_the_id_of_the_first(player, start):
    game = factories.make_codebreaker()
    first = start(game)
    with pytest.raises(SessionOpen) as refused:
        start(game)
    assert refused.value.extra == {"session": first.pk}
    start(factories.make_codebreaker())
    start(game, factories.make_player())


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=5)])
def test_one_left_past_its_deadline_gives_way_and_is_expired_as_of_its_deadline(player, start, late):
    game = factories.make_codebreaker()
    first = start(game)
    with clock.set_to(first.expires_at - MOMENT), pytest.raises(SessionOpen):
        start(game)
    with clock.set_to(first.expires_at + late):
        second = start(game)
    first.refresh_from_db()
    assert (first.status, first.ended_at, first.result) == ("expired", first.expires_at, "loss")
    assert second.is_running and second.started_at == first.expires_at + late


def test_games_that_are_not_there_not_on_offer_or_not_played_do_not_start(player, start, commit):
    game = factories.make_codebreaker()
    game.is_active = False
    game.save()
    with pytest.raises(NotFound):
        start(game)
    with pytest.raises(NotFound):
        commit(lambda: sessions.start_session(player=player, game_id=10**9))
    with pytest.raises(NotASessionGame):
        start(factories.make_event())


def test_two_starts_at_once_make_one_session(player, start):
    game = factories.make_quiz(questions=2, bank=4)
    outcomes = at_once(4, lambda number: start(game))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["GameSession"] + ["SessionOpen"] * 3
    assert GameSession.objects.filter(user=player).count() == 1


# Drawing questions.


def test_fresh_questions_are_drawn_before_seen_ones(player, start, commit):
    game = factories.make_quiz(questions=3, bank=7)
    seen: list[set[int]] = []
    for _ in range(3):
        session = start(game)
        seen.append(ids(session))
        commit(lambda: sessions.forfeit_session(player=player, session_id=session.pk))  # noqa: B023
    assert len(seen[0] | seen[1]) == 6
    # One of seven is left fresh: it is drawn, with two seen before.
    assert [one["fresh"] for one in drawn(session)].count(True) == 1
    assert len(seen[0] | seen[1] | seen[2]) == 7


def test_another_quiz_does_not_draw_what_a_running_session_has_drawn(player, start):
    first_game = factories.make_quiz(questions=3, bank=6)
    tags = first_game.metadata["tags"]
    second_game = factories.make_quiz(questions=3, bank=0, tags=tags)
    third_game = factories.make_quiz(questions=3, bank=0, tags=tags)
    first, second = start(first_game), start(second_game)
    assert not ids(first) & ids(second)
    with pytest.raises(NotEnoughQuestions):
        start(third_game)
    assert Sighting.objects.filter(user=player).count() == 6


def test_another_players_sessions_draw_the_same_questions(player, start):
    game = factories.make_quiz(questions=3, bank=3)
    assert ids(start(game)) == ids(start(game, factories.make_player()))


def test_inactive_questions_and_those_without_the_tags_are_not_drawn(player, start):
    game = factories.make_quiz(questions=2, bank=3, tags=["alpha", "beta"])
    factories.QuestionFactory.create_batch(2, tags=["beta", "alpha", "gamma"])
    factories.QuestionFactory.create(tags=["alpha"])
    factories.QuestionFactory.create(tags=["alpha", "beta"], is_active=False)
    session = start(game)
    assert all({"alpha", "beta"} <= set(one["tags"]) for one in drawn(session))
    with pytest.raises(NotEnoughQuestions):
        start(factories.make_quiz(questions=1, bank=0, tags=["alpha", "beta"]))


def test_only_first_attempts_move_a_questions_counters(player, start, play, commit):
    game = factories.make_quiz(questions=1, bank=1)
    first = start(game)
    (question,) = drawn(first)
    play(first, index=0)
    play(first, index=0, answer=question["right"])
    again = start(game)
    play(again, index=0)
    play(
        again,
        index=0,
        answer=next(o["id"] for o in question["options"] if o["id"] != drawn(again)[0]["right"]),
    )
    row = Question.objects.get(pk=question["id"])
    assert (row.times_answered, row.times_right) == (1, 1)
    other = start(game, factories.make_player())
    play(other, index=0)
    with clock.set_to(other.expires_at):
        assert sweeps.expire_sessions() == 1
    row.refresh_from_db()
    assert (row.times_answered, row.times_right) == (2, 1)


def test_a_question_given_up_unanswered_moves_no_counter(player, start, play, commit):
    game = factories.make_quiz(questions=1, bank=1)
    session = start(game)
    play(session, index=0)
    commit(lambda: sessions.forfeit_session(player=player, session_id=session.pk))
    assert Question.objects.get(pk__in=ids(session)).times_answered == 0


# Playing and ending.


def test_the_move_that_decides_ends_the_session_and_pays_its_bets(player, start, play, stake):
    session = start(factories.make_codebreaker())
    bet = stake(session, "solve", "within-6", "10.00")
    lost = stake(session, "solve", "within-5", "5.00")
    code = session.metadata["state"]["code"]
    wrong = "FFFF" if code != "FFFF" else "AAAA"
    for _ in range(5):
        play(session, guess=wrong)
    ended = play(session, guess=code)
    assert (ended.status, ended.result, ended.score) == ("completed", "win", pytest.approx(0.5))
    assert ended.duration == ended.ended_at - ended.started_at
    bet.refresh_from_db()
    lost.refresh_from_db()
    payout = (Decimal("10.00") * bet.odds).quantize(Decimal("0.01"), rounding="ROUND_DOWN")
    assert (bet.outcome, bet.payout, lost.outcome) == ("win", payout, "loss")
    assert balance(player) == Decimal("85.00") + payout
    with pytest.raises(SessionEnded):
        play(session, guess=code)


def test_a_refused_move_leaves_the_row_as_it_was(player, start, play):
    session = start(factories.make_quiz())
    before = GameSession.objects.values().get(pk=session.pk)
    for move in ({"index": 1}, {"index": 0, "answer": "a"}, {"guess": "AAAA"}, {}):
        with pytest.raises(Refusal):
            play(session, **move)
    assert GameSession.objects.values().get(pk=session.pk) == before


def test_no_move_is_taken_after_the_end_and_no_bet(player, start, play, stake, commit):
    session = start(factories.make_codebreaker())
    commit(lambda: sessions.forfeit_session(player=player, session_id=session.pk))
    with pytest.raises(SessionEnded):
        play(session, guess="AAAA")
    with pytest.raises(SessionEnded):
        commit(lambda: sessions.forfeit_session(player=player, session_id=session.pk))
    with pytest.raises(SessionEnded):
        stake(session, "solve", "within-6")


def test_anothers_session_is_not_there(start, play, stake, commit):
    session = start(factories.make_codebreaker())
    other = factories.make_player()
    for act in (
        lambda: sessions.play_move(player=other, session_id=session.pk, move={"guess": "AAAA"}),
        lambda: sessions.forfeit_session(player=other, session_id=session.pk),
        lambda: services.place_bet(
            player=other, slip=services.Slip("solve", "within-6", Decimal(5), session_id=session.pk)
        ),
        lambda: services.quote_bet(
            player=other, slip=services.Slip("solve", "within-6", Decimal(5), session_id=session.pk)
        ),
    ):
        with pytest.raises(NotFound):
            commit(act)


def test_a_part_in_a_prediction_is_not_played_given_up_or_bet_on_as_a_session(player, commit):
    game = factories.make_event()
    slip = services.Slip("winner", "yes", Decimal("5.00"), game_id=game.pk)
    session_id = commit(lambda: services.place_bet(player=player, slip=slip)).bet.session_id
    with pytest.raises(NotASessionGame):
        commit(lambda: sessions.play_move(player=player, session_id=session_id, move={}))
    with pytest.raises(NotASessionGame):
        commit(lambda: sessions.forfeit_session(player=player, session_id=session_id))
    for act in (services.place_bet, services.quote_bet):
        slip = services.Slip("winner", "yes", Decimal("5.00"), session_id=session_id)
        with pytest.raises(Invalid):
            commit(lambda: act(player=player, slip=slip))  # noqa: B023


def test_giving_up_loses_open_bets_even_those_that_were_right(player, start, play, stake, commit):
    session = start(factories.make_quiz(questions=2, bank=2))
    bet = stake(session, "question-0", "right")
    play(session, index=0)
    play(session, index=0, answer=drawn(session)[0]["right"])
    ended = commit(lambda: sessions.forfeit_session(player=player, session_id=session.pk))
    bet.refresh_from_db()
    assert (ended.status, ended.result, ended.score) == ("forfeited", "loss", 0.0)
    assert (bet.outcome, bet.payout, balance(player)) == ("loss", 0, Decimal("90.00"))


def test_a_session_past_its_deadline_is_not_given_up_but_expires(player, start, commit):
    session = start(factories.make_codebreaker())
    with clock.set_to(session.expires_at):
        with pytest.raises(TooLate):
            commit(lambda: sessions.forfeit_session(player=player, session_id=session.pk))
        assert sweeps.expire_sessions() == 1


def test_voiding_gives_open_stakes_back(player, start, stake, commit, staff):
    session = start(factories.make_codebreaker())
    bets = [stake(session, "solve", "within-6"), stake(session, "solve", "within-7", "7.50")]
    assert balance(player) == Decimal("82.50")
    with pytest.raises(Forbidden):
        commit(lambda: sessions.void_session(by=player, session_id=session.pk, reason="I lost"))
    games = staff("games")
    ended = commit(lambda: sessions.void_session(by=games, session_id=session.pk, reason="Power cut"))
    assert (ended.status, ended.result, ended.score) == ("voided", None, None)
    assert balance(player) == Decimal("100.00")
    for bet in bets:
        bet.refresh_from_db()
        assert (bet.outcome, bet.payout, bet.is_successful) == ("void", bet.amount, False)
        posting = Transaction.objects.get(reference=f"bet:{bet.pk}:settle:1")
        assert (posting.type, posting.category, posting.amount) == ("credit", "bet", bet.amount)


# Expiry.


def test_expiry_is_stamped_with_the_deadline_and_settles_the_bets(player, start, play, stake):
    session = start(factories.make_quiz(questions=2, bank=2, pass_mark=0.5))
    passed, second = stake(session, "result", "win", "4.00"), None
    play(session, index=0)
    play(session, index=0, answer=drawn(session)[0]["right"])
    second = stake(session, "question-1", "right", "3.00")
    session.refresh_from_db()
    with clock.set_to(session.expires_at - MOMENT):
        assert sweeps.expire_sessions() == 0
    with clock.set_to(session.expires_at + timedelta(minutes=9)):
        assert sweeps.expire_sessions() == 1
        assert sweeps.expire_sessions() == 0
    session.refresh_from_db()
    passed.refresh_from_db()
    second.refresh_from_db()
    assert (session.status, session.ended_at) == ("expired", session.expires_at)
    # Half of two right is the pass mark: that stands, though the rest was left.
    assert (session.result, session.score) == ("win", 0.5)
    assert (passed.outcome, second.outcome) == ("win", "loss")


def test_two_sweeps_at_once_end_each_session_once(player, start, stake):
    for _ in range(4):
        session = start(factories.make_codebreaker())
        stake(session, "solve", "within-6", "5.00")
    postings = Transaction.objects.count()
    later = session.expires_at + timedelta(seconds=5)

    def sweep(number: int) -> int:
        with clock.set_to(later):
            return sweeps.expire_sessions()

    assert sum(at_once(2, sweep)) == 4
    assert not GameSession.objects.running().exists()
    assert Bet.objects.filter(outcome="loss", payout=0).count() == 4
    assert Transaction.objects.count() == postings


def test_a_session_that_cannot_be_ended_does_not_keep_the_others_from_it(player, start, caplog):
    broken = start(factories.make_codebreaker(seconds=60))
    GameSession.objects.filter(pk=broken.pk).update(metadata={"state": {"broken": True}})
    session = start(factories.make_codebreaker())
    with clock.set_to(session.expires_at):
        assert sweeps.expire_sessions() == 1
    assert f"session {broken.pk} cannot be expired" in caplog.text
