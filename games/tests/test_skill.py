"""Odds on one's own skill: by hand, and against those who would print money with them."""

import math
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from betting import markets, services
from betting.errors import MarketClosed, StakeOutOfRange
from games import skill, sweeps
from games.models import Game, GameSession, Question
from games.services import sessions
from quantix import clock
from quantix.tests import factories

pytestmark = pytest.mark.django_db


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def expit(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def in_one(act: Any) -> Any:
    with transaction.atomic():
        return act()


def move(session: GameSession, **sent: Any) -> Any:
    return in_one(lambda: sessions.play_move(player=session.user, session_id=session.pk, move=sent))


def forfeit(session: GameSession) -> None:
    in_one(lambda: sessions.forfeit_session(player=session.user, session_id=session.pk))


def ended(game: Game, player: Any, *scores: float) -> None:
    """Sessions of `game` that `player` ended with these scores, long ago."""
    now = clock.now() - timedelta(days=1)
    for score in scores:
        GameSession.objects.create(
            user=player, game=game, status="completed", result="win" if score else "loss",
            score=score, started_at=now, ended_at=now,
        )  # fmt: skip


def chances(game: Game, player: Any) -> Any:
    return skill.session_chances(game, player)


def priors(game: Game) -> dict[str, float]:
    return game.engine.priors(game.config)


def answer_all(session: GameSession, right: bool) -> GameSession:
    """Play a true/false quiz to its end."""
    for index, question in enumerate(session.metadata["state"]["questions"]):
        move(session, index=index)
        wrong = "false" if question["right"] == "true" else "true"
        session = move(session, index=index, answer=question["right"] if right else wrong)
    return session


def true_false_quiz(questions: int, bank: int, **config: Any) -> Game:
    game = factories.make_quiz(questions=questions, bank=0, **config)
    factories.QuestionFactory.create_batch(
        bank, tags=game.metadata["tags"], kind="true_false", options=[], right=True
    )
    return game


# By hand.


@pytest.mark.parametrize(("difficulty", "rate"), [(1, 0.8), (2, 0.7), (3, 0.6), (4, 0.5), (5, 0.4)])
def test_an_unknown_player_has_a_new_questions_chance_by_its_difficulty(player, difficulty, rate):
    question = factories.QuestionFactory.create(difficulty=difficulty)
    assert skill.chance_right(skill.form_of(player), question) == pytest.approx(rate)


def test_what_others_knew_moves_a_questions_rate_the_more_of_them_there_are():
    # (times right + 10 · 0.6) / (times answered + 10)
    for answered, right, rate in ((10, 10, 0.8), (10, 0, 0.3), (90, 90, 0.96), (990, 0, 0.006)):
        question = Question(difficulty=3, times_answered=answered, times_right=right)
        assert skill.question_rate(question) == pytest.approx(rate)


def test_a_players_record_shifts_the_log_odds_of_a_question():
    # 20 answers, 18 right where 12 were expected: ln(23/7) − ln(17/13), see the ten trials added to each.
    form = skill.Form(trials=20, right=18.0, expected=12.0)
    assert form.shift == pytest.approx(math.log(23 / 7) - math.log(17 / 13))
    question = Question(difficulty=3)
    assert skill.chance_right(form, question) == pytest.approx(expit(logit(0.6) + form.shift))


def test_few_answers_shift_little():
    shifts = [skill.Form(n, float(n), 0.6 * n).shift for n in (0, 1, 5, 20, 100)]
    assert shifts[0] == 0 and shifts == sorted(shifts)
    assert shifts[1] < 0.2


def test_chances_are_never_certain():
    sure, hopeless = (
        Question(difficulty=1, times_answered=10**6, times_right=10**6),
        Question(difficulty=5, times_answered=10**6),
    )
    assert skill.chance_right(skill.Form(0, 0, 0), sure) == 0.98
    assert skill.chance_right(skill.Form(0, 0, 0), hopeless) == 0.05


def test_form_counts_first_answers_against_what_the_questions_rates_expect(player):
    session = factories.start(player, true_false_quiz(4, 4))
    Question.objects.filter(pk__in=list(session.sightings.values_list("question", flat=True))[:1]).update(
        times_answered=10, times_right=10
    )
    answer_all(session, right=True)
    form = skill.form_of(player)
    assert (form.trials, form.right) == (4, 4)
    # Their own right answers are in the rates by now: three of (1 + 6)/(1 + 10), one of (11 + 6)/(11 + 10).
    assert form.expected == pytest.approx(3 * 7 / 11 + 17 / 21)


def test_an_average_player_of_hard_or_easy_questions_is_an_average_player(player):
    """Half of the hard ones right, or of the easy ones, is another thing: each is measured by its own rate."""
    for difficulty, rate in ((1, 0.8), (5, 0.4)):
        someone = factories.make_player()
        game = factories.make_quiz(questions=1, bank=0)
        factories.QuestionFactory.create_batch(
            1, tags=game.metadata["tags"], kind="true_false", options=[], right=True, difficulty=difficulty
        )
        answer_all(factories.start(someone, game), right=False)
        # One wrong answer is in the rate by now: (10 · rate) / 11.
        assert skill.form_of(someone).expected == pytest.approx(10 * rate / 11)


def test_a_puzzles_chance_is_its_prior_then_the_others_then_the_players_own(player):
    game = factories.make_codebreaker(within=[6])
    prior, other = priors(game)["within-6"], factories.make_player()
    assert chances(game, player) == ({"within-6": pytest.approx(prior)}, 0)
    # Of ten by others, nine within six guesses (score 0.5), one in seven (0.4): (9 + 10 · prior) / 20.
    ended(game, other, *[0.5] * 9, 0.4)
    crowd = (9 + 10 * prior) / 20
    assert chances(game, player) == ({"within-6": pytest.approx(crowd)}, 0)
    # Five of five of one's own: (5 + 10 · crowd) / 15.
    ended(game, player, *[1.0] * 5)
    assert chances(game, player) == ({"within-6": pytest.approx((5 + 10 * crowd) / 15)}, 5)


def test_voided_sessions_and_other_games_count_for_nothing(player):
    game, other = factories.make_codebreaker(), factories.make_codebreaker()
    before = chances(game, player)
    ended(other, player, 1.0, 1.0)
    session = factories.start(player, game)
    staff = factories.make_staff("games")
    in_one(lambda: sessions.void_session(by=staff, session_id=session.pk, reason="Power cut"))
    assert chances(game, player) == before


# New players.


def test_a_new_players_stakes_are_capped_until_ten_answers_or_sessions(player, settings):
    settings.NEW_PLAYER_STAKE_MAX = Decimal("20.00")
    game = factories.make_codebreaker()
    ended(game, player, *[0.0] * 9)
    (capped,) = markets.session_markets(session := factories.start(player, game))
    assert capped.stake_max == Decimal("20.00")
    slip = services.Slip("solve", "within-6", Decimal("20.01"), session_id=session.pk)
    with pytest.raises(StakeOutOfRange):
        in_one(lambda: services.place_bet(player=player, slip=slip))
    forfeit(session)
    (lifted,) = markets.session_markets(factories.start(player, game))
    assert lifted.stake_max == Decimal("50.00")


def test_ten_first_answers_lift_the_cap_of_quizzes(player):
    answer_all(factories.start(player, true_false_quiz(9, 9)), right=True)
    nine = factories.start(player, true_false_quiz(1, 1))
    assert markets.session_markets(nine)[0].stake_max == Decimal("20.00")
    answer_all(nine, right=True)
    ten = factories.start(player, true_false_quiz(2, 2))
    assert {market.stake_max for market in markets.session_markets(ten)} == {Decimal("50.00")}


# Printing money. Each of these is a way that stays closed.


def quiz_odds(session: GameSession) -> dict[str, Decimal | None]:
    session.refresh_from_db()
    return {market.market: market.choices[0].odds for market in markets.session_markets(session)}


def test_nobodys_play_moves_the_odds_of_a_session_that_runs(player):
    game = factories.make_codebreaker()
    session = factories.start(player, game)
    before = markets.session_markets(session)
    ended(game, player, *[0.0] * 30)
    ended(game, factories.make_player(), *[0.0] * 30)
    session.refresh_from_db()
    assert markets.session_markets(session) == before


def test_another_quiz_does_not_move_the_odds_of_a_session_that_runs(player):
    session = factories.start(player, true_false_quiz(3, 3))
    before = quiz_odds(session)
    answer_all(factories.start(player, true_false_quiz(10, 10)), right=False)
    assert quiz_odds(session) == before


def test_losing_puzzles_on_purpose_does_not_lengthen_the_odds(player):
    game = factories.make_codebreaker()
    usual = chances(game, player)[0]
    ended(game, player, *[0.0] * 60)
    assert chances(game, player)[0] == usual
    for _ in range(3):
        forfeit(factories.start(player, game))
    assert chances(game, player)[0] == usual


def test_answering_wrongly_on_purpose_does_not_lengthen_the_odds(player):
    game = true_false_quiz(3, 3, stakes=None)
    unknown = quiz_odds(factories.start(factories.make_player(), true_false_quiz(3, 3)))
    answer_all(factories.start(player, game), right=False)
    answer_all(factories.start(player, true_false_quiz(12, 12, stakes=None)), right=False)
    assert skill.form_of(player).right == 0
    assert quiz_odds(factories.start(player, true_false_quiz(3, 3))) == unknown


def test_who_is_good_gets_shorter_odds(player):
    answer_all(factories.start(player, true_false_quiz(15, 15)), right=True)
    unknown = factories.start(factories.make_player(), game := true_false_quiz(3, 3))
    mine = quiz_odds(factories.start(player, game))
    for market, odds in quiz_odds(unknown).items():
        assert market not in mine or (mine[market] or 0) < (odds or 0)


def test_a_question_shown_in_a_quiz_without_stakes_takes_none_in_another(player):
    free = true_false_quiz(2, 2, stakes=None)
    session = factories.start(player, free)
    move(session, index=0)
    move(session, index=0, answer="true")
    forfeit(session)
    staked = factories.make_quiz(questions=2, bank=0, tags=free.metadata["tags"])
    again = factories.start(player, staked)
    assert markets.session_markets(again) == []
    for market, choice in (("result", "win"), ("question-0", "right"), ("question-1", "right")):
        slip = services.Slip(market, choice, Decimal("5.00"), session_id=again.pk)
        with pytest.raises(MarketClosed):
            in_one(lambda: services.place_bet(player=player, slip=slip))  # noqa: B023


def test_a_question_open_in_one_tab_is_not_drawn_in_the_other(player):
    one = true_false_quiz(2, 4)
    two = factories.make_quiz(questions=2, bank=0, tags=one.metadata["tags"])
    first, second = factories.start(player, one), factories.start(player, two)
    shown = set(first.sightings.values_list("question", flat=True))
    assert not shown & set(second.sightings.values_list("question", flat=True))


def test_expiring_in_the_pause_leaves_nothing_fresh_whose_answer_is_told(player):
    game = true_false_quiz(3, 3)
    session = factories.start(player, game)
    move(session, index=0)
    move(session, index=0, answer="true")
    session.refresh_from_db()
    assert session.expires_at
    with clock.set_to(session.expires_at):
        assert sweeps.expire_sessions() == 1
        again = factories.start(player, game)
        assert markets.session_markets(again) == []


def test_a_voided_session_leaves_its_questions_seen(player):
    game = true_false_quiz(3, 3)
    session, staff = factories.start(player, game), factories.make_staff("games")
    in_one(lambda: sessions.void_session(by=staff, session_id=session.pk, reason="Power cut"))
    assert markets.session_markets(factories.start(player, game)) == []


def test_nothing_is_staked_on_a_question_once_it_is_shown_nor_on_a_result_once_one_was(player):
    session = factories.start(player, true_false_quiz(3, 3))
    move(session, index=0)
    for market, choice in (("result", "win"), ("question-0", "right"), ("question-1", "right")):
        slip = services.Slip(market, choice, Decimal("5.00"), session_id=session.pk)
        with pytest.raises(MarketClosed):
            in_one(lambda: services.place_bet(player=player, slip=slip))  # noqa: B023
    move(session, index=0, answer="true")
    assert [market.market for market in markets.session_markets(in_one(session_again(session)))] == [
        "question-1"
    ]


def session_again(session: GameSession) -> Any:
    return lambda: GameSession.objects.select_related("game").get(pk=session.pk)


def test_a_code_is_not_staked_on_after_the_first_guess(player):
    session = factories.start(player, factories.make_codebreaker())
    move(session, guess="ABCD")
    slip = services.Slip("solve", "within-6", Decimal("5.00"), session_id=session.pk)
    with pytest.raises(MarketClosed):
        in_one(lambda: services.place_bet(player=player, slip=slip))


def test_every_session_has_a_secret_of_its_own(player):
    game = factories.make_codebreaker(length=8)
    codes = set()
    for _ in range(5):
        session = factories.start(player, game)
        codes.add(session.metadata["state"]["code"])
        forfeit(session)
    assert len(codes) == 5


def test_a_question_let_go_by_counts_as_a_wrong_first_answer(player):
    session = factories.start(player, true_false_quiz(2, 2))
    move(session, index=0)
    with clock.set_to(clock.now() + timedelta(seconds=31)):
        move(session, index=1)
    form = skill.form_of(player)
    assert (form.trials, form.right) == (1, 0)
