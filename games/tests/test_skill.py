"""Odds on one's own skill: by hand, and against those who would print money with them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from betting import markets, services
from betting.errors import MarketClosed, StakeOutOfRange
from games import skill, sweeps
from games.engines import rating
from games.models import Game, GameSession, OpponentRating, PlayerRating
from games.services import sessions
from quantix import clock
from quantix.tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lead_max")]
MARGIN = 0.05


def in_one(act: Any) -> Any:
    with transaction.atomic():
        return act()


def move(session: GameSession, **sent: Any) -> Any:
    return in_one(lambda: sessions.play_move(player=session.user, session_id=session.pk, move=sent))


def forfeit(session: GameSession) -> None:
    in_one(lambda: sessions.forfeit_session(player=session.user, session_id=session.pk))


def chances(game: Game, player: Any) -> dict[str, float]:
    """What the next session of `game` would be started with."""
    form = skill.form_of(player, game.engine.scope, clock.now())
    return {choice: form.chance(level, MARGIN) for choice, level in skill.levels_of(game).items()}


def rated(player: Any, scope: str, value: float, deviation: float = 80.0, **more: Any) -> PlayerRating:
    return PlayerRating.objects.create(
        user=player, scope=scope, rating=value, deviation=deviation, volatility=0.06, **more
    )


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


# Chances.


@pytest.mark.parametrize(("difficulty", "chance"), [(1, 0.8), (2, 0.7), (3, 0.6), (4, 0.5), (5, 0.4)])
def test_an_unknown_player_has_a_new_questions_chance_by_its_difficulty(player, difficulty, chance):
    form = skill.form_of(player, "quiz", clock.now())
    assert form.chance(skill.question_start(difficulty), MARGIN) == pytest.approx(chance)


def test_an_unknown_player_has_a_new_levels_chance_by_its_prior(player):
    game = factories.make_codebreaker(within=[5, 6, 7])
    assert chances(game, player) == pytest.approx(game.engine.priors(game.config))


def test_a_session_takes_its_chances_from_the_ratings_as_they_are_before(player):
    game = factories.make_codebreaker(within=[6])
    rated(player, "codebreaker", 1700.0)
    OpponentRating.objects.create(
        game=game, choice="within-6", start=skill.level_starts(game)["within-6"].value,
        rating=1400.0, deviation=60.0, volatility=0.06,
    )  # fmt: skip
    # By hand: 300 points are 1.72694 log-odds, 80 and 60 together 100 points, g(0.57565) = 0.95315.
    session = factories.start(player, game)
    assert session.metadata["state"]["chances"]["within-6"] == pytest.approx(0.83835, abs=1e-5)


def test_a_level_whose_game_is_configured_anew_begins_again(player):
    game = factories.make_codebreaker(within=[6])
    factories.start(player, game)
    level = OpponentRating.objects.get(game=game)
    OpponentRating.objects.filter(pk=level.pk).update(rating=1100.0, games=40)
    assert skill.levels_of(game)["within-6"].value == 1100.0
    game.metadata["length"] = 5
    game.save()
    assert skill.levels_of(game) == skill.level_starts(game)
    factories.start(factories.make_player(), game)
    level.refresh_from_db()
    assert (level.rating, level.games) == (skill.level_starts(game)["within-6"].value, 0)


def test_a_rating_grows_uncertain_while_its_player_is_away(player):
    rated(player, "quiz", 1700.0, rated_at=clock.now() - timedelta(days=100))
    # sqrt(80^2 + 100 (0.06 * 173.7178)^2) = sqrt(6400 + 10864) = 131.39
    form = skill.form_of(player, "quiz", clock.now())
    assert form.rating.deviation == pytest.approx(131.39, abs=0.01)
    assert form.rating.value == 1700.0


# New players.


def test_a_new_players_stakes_are_capped_until_the_rating_is_sure(player, settings):
    settings.NEW_PLAYER_STAKE_MAX = Decimal("20.00")
    game = factories.make_codebreaker()
    mine = rated(player, "codebreaker", 1500.0, rating.NEW_DEVIATION + 0.5, lead=Decimal("-200.00"))
    (capped,) = markets.session_markets(session := factories.start(player, game))
    assert capped.stake_max == Decimal("20.00")
    slip = services.Slip("solve", "within-6", Decimal("20.01"), session_id=session.pk)
    with pytest.raises(StakeOutOfRange):
        in_one(lambda: services.place_bet(player=player, slip=slip))
    forfeit(session)
    PlayerRating.objects.filter(pk=mine.pk).update(deviation=rating.NEW_DEVIATION - 0.5, rated_at=clock.now())
    (lifted,) = markets.session_markets(factories.start(player, game))
    assert lifted.stake_max == Decimal("50.00")


def test_some_ten_first_answers_lift_the_cap_of_quizzes(player):
    answered = 0
    while skill.form_of(player, "quiz", clock.now()).stake_max(Decimal(50)) < 50 and answered < 30:
        answer_all(factories.start(player, true_false_quiz(2, 2)), right=bool(answered % 4))
        answered += 2
    assert 8 <= answered <= 16


def test_who_was_away_for_a_year_is_new_again(player):
    rated(player, "quiz", 1500.0, 60.0, rated_at=clock.now() - timedelta(days=365))
    assert skill.form_of(player, "quiz", clock.now()).stake_max(Decimal(50)) == Decimal("20.00")


# Printing money. Each of these is a way that stays closed.


def quiz_odds(session: GameSession) -> dict[str, Decimal | None]:
    session.refresh_from_db()
    return {market.market: market.choices[0].odds for market in markets.session_markets(session)}


def test_nobodys_play_moves_the_odds_of_a_session_that_runs(player):
    game = factories.make_codebreaker()
    session = factories.start(player, game)
    before = markets.session_markets(session)
    for other in (factories.make_player(), factories.make_player()):
        forfeit(factories.start(other, game))
    session.refresh_from_db()
    assert markets.session_markets(session) == before


def test_another_quiz_does_not_move_the_odds_of_a_session_that_runs(player):
    session = factories.start(player, true_false_quiz(3, 3))
    before = quiz_odds(session)
    answer_all(factories.start(player, true_false_quiz(10, 10)), right=False)
    assert quiz_odds(session) == before


@pytest.mark.parametrize("loser", ["oneself", "an accomplice"])
def test_losing_on_purpose_lengthens_odds_and_not_what_can_be_won(player, loser):
    """What anybody can be ahead by is bounded whatever the odds (test_handicap); so ratings may say what they say."""
    game = factories.make_codebreaker(within=[6])
    before = markets.session_markets(session := factories.start(player, game))[0]
    forfeit(session)
    for _ in range(3):
        forfeit(factories.start(player if loser == "oneself" else factories.make_player(), game))
    after = markets.session_markets(session := factories.start(player, game))[0]
    assert after.odds_min > before.odds_min
    assert markets.win_max(session) == Decimal("5.00")
    assert markets.prize(after.stake_max, after.odds_min) <= Decimal("5.00")


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
    session = factories.start(player, true_false_quiz(1, 1))
    move(session, index=0)
    assert session.expires_at
    with clock.set_to(session.expires_at + timedelta(seconds=1)):
        assert sweeps.expire_sessions() == 1
    assert PlayerRating.objects.get(user=player).rating < 1500 - 50
