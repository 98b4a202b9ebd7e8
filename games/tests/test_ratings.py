"""What the end of a session makes of ratings, also where many end at once; and that results replayed give the same."""

from collections import defaultdict
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from games import skill, sweeps
from games.engines import rating
from games.engines.rating import UNKNOWN, Rating
from games.models import Game, GameSession, OpponentRating, PlayerRating, RatingPoint
from games.services import ratings, sessions
from quantix import clock
from quantix.tests import crowd, factories

pytestmark = pytest.mark.django_db


def move(session: GameSession, **sent: Any) -> GameSession:
    with transaction.atomic():
        return sessions.play_move(player=session.user, session_id=session.pk, move=sent)


def quiz_of(questions: int, bank: int, **config: Any) -> Game:
    game = factories.make_quiz(questions=questions, bank=0, **config)
    factories.QuestionFactory.create_batch(
        bank, tags=game.metadata["tags"], kind="true_false", options=[], right=True
    )
    return game


def answer(session: GameSession, *right: bool) -> GameSession:
    """Answer so many questions, rightly or not."""
    for index, is_right in enumerate(right):
        move(session, index=index)
        session = move(session, index=index, answer="true" if is_right else "false")
    return session


def solve(session: GameSession, guesses: int) -> GameSession:
    """Break the code with guess number `guesses`."""
    code = session.metadata["state"]["code"]
    for _ in range(guesses - 1):
        move(session, guess="FFFF" if code != "FFFF" else "AAAA")
    return move(session, guess=code)


def of(player: Any, scope: str = "quiz") -> Rating:
    return PlayerRating.objects.get(user=player, scope=scope).value


def questions_of(session: GameSession) -> list[Rating]:
    ids = [question["id"] for question in session.metadata["state"]["questions"]]
    found = {one.question_id: one.value for one in OpponentRating.objects.filter(question__in=ids)}
    return [found[id] for id in ids]


# One session.


def test_the_first_answers_of_a_session_are_one_period(player):
    session = answer(factories.start(player, quiz_of(3, 3)), True, True, False)
    start = skill.question_start(3)
    assert of(player) == rating.after(UNKNOWN, [(start, True), (start, True), (start, False)])
    right, wrong = (rating.met_by(start, UNKNOWN, won) for won in (True, False))
    assert questions_of(session) == [right, right, wrong]


def test_nothing_moves_before_the_end(player):
    answer(session := factories.start(player, quiz_of(3, 3)), True, True)
    assert of(player) == UNKNOWN
    assert set(questions_of(session)) == {skill.question_start(3)}
    assert not RatingPoint.objects.exists()


def test_later_attempts_move_nothing(player):
    game = quiz_of(2, 2)
    first = answer(factories.start(player, game), True, False)
    before = of(player), questions_of(first)
    again = answer(factories.start(player, game), True, True)
    assert again.score == 1.0
    assert (of(player), questions_of(first)) == before
    assert RatingPoint.objects.get().session_id == first.pk


def test_a_session_given_up_counts_what_was_answered(player):
    session = answer(factories.start(player, quiz_of(3, 3)), False)
    with transaction.atomic():
        sessions.forfeit_session(player=player, session_id=session.pk)
    assert of(player) == rating.after(UNKNOWN, [(skill.question_start(3), False)])


def test_a_session_called_off_moves_nothing(player):
    session = answer(factories.start(player, quiz_of(3, 3)), False)
    with transaction.atomic():
        sessions.void_session(by=factories.make_staff("games"), session_id=session.pk, reason="Power cut")
    assert of(player) == UNKNOWN


def test_an_expired_session_is_rated_as_of_its_deadline(player):
    session = answer(factories.start(player, quiz_of(3, 3)), True)
    assert session.expires_at
    with clock.set_to(session.expires_at + timedelta(days=3)):
        assert sweeps.expire_sessions() == 1
    assert RatingPoint.objects.get().at == session.expires_at


def test_a_puzzle_is_one_game_for_its_player_and_one_for_each_level(player):
    game = factories.make_codebreaker(within=[5, 6, 7])
    solve(factories.start(player, game), 6)
    starts = skill.level_starts(game)
    won = {"within-5": False, "within-6": True, "within-7": True}
    most_open = min(starts, key=lambda choice: abs(rating.chance(UNKNOWN, starts[choice]) - 0.5))
    assert of(player, "codebreaker") == rating.after(UNKNOWN, [(starts[most_open], won[most_open])])
    assert {level.choice: level.value for level in game.levels.all()} == {
        choice: rating.met_by(starts[choice], UNKNOWN, won[choice]) for choice in starts
    }


def test_each_kind_of_game_has_a_rating_of_its_own(player):
    answer(factories.start(player, quiz_of(1, 1)), True)
    solve(factories.start(player, factories.make_codebreaker()), 1)
    assert set(PlayerRating.objects.of(player).rated().values_list("scope", flat=True)) == {
        "quiz",
        "codebreaker",
    }


def test_days_of_rest_count_before_the_session(player):
    answer(factories.start(player, quiz_of(8, 8)), *[True] * 8)
    before = PlayerRating.objects.get(user=player)
    with clock.set_to(clock.now() + timedelta(days=40)):
        session = answer(factories.start(player, quiz_of(1, 1)), True)
    assert session.ended_at
    rested = rating.rested(before.value, (session.ended_at - before.rated_at) / timedelta(days=1))
    assert rested.deviation > before.deviation + 5
    assert of(player) == rating.after(rested, [(skill.question_start(3), True)])


def test_a_session_from_before_there_were_ratings_ends_all_the_same(player):
    session = factories.start(player, quiz_of(1, 1))
    PlayerRating.objects.all().delete()
    OpponentRating.objects.all().delete()
    assert answer(session, True).status == "completed"
    assert not RatingPoint.objects.exists()


def test_a_level_that_was_taken_out_since_moves_nothing(player):
    game = factories.make_codebreaker(within=[5, 6])
    session = factories.start(player, game)
    OpponentRating.objects.filter(choice="within-5").delete()
    assert solve(session, 5).status == "completed"
    assert of(player, "codebreaker") != UNKNOWN


# Many at once.


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_many_who_answer_the_same_questions_at_once_are_rated_one_after_the_other():
    game = quiz_of(6, 6)
    players = [factories.make_player() for _ in range(12)]
    running = [factories.start(player, game) for player in players]
    for session in running:
        answer(session, *[session.pk % 3 > 0] * 5)
        move(session, index=5)
    ends = [
        partial(
            sessions.play_move,
            player=session.user,
            session_id=session.pk,
            move={"index": 5, "answer": "true"},
        )
        for session in running
    ]
    results = crowd.at_once(*map(crowd.committing, ends))
    assert crowd.kinds(results) == {"GameSession": 12}
    assert all(one.games == 12 for one in OpponentRating.objects.all())
    assert_replayed()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_sessions_of_one_player_that_end_at_once_both_count(player):
    for _ in range(4):
        running = [factories.start(player, quiz_of(2, 2)) for _ in range(3)]
        for session in running:
            answer(session, True)
            move(session, index=1)
        ends = [
            partial(
                sessions.play_move, player=player, session_id=session.pk, move={"index": 1, "answer": "false"}
            )
            for session in running
        ]
        assert crowd.kinds(crowd.at_once(*map(crowd.committing, ends))) == {"GameSession": 3}
    assert PlayerRating.objects.get(user=player).games == 12
    assert_replayed()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_many_who_begin_a_new_game_at_once_meet_the_same_questions_and_levels():
    games = [quiz_of(8, 8), factories.make_codebreaker()]
    players = [factories.make_player() for _ in range(10)]
    starts = [
        partial(sessions.start_session, player=player, game_id=game.pk)
        for player in players
        for game in games
    ]
    assert crowd.kinds(crowd.at_once(*map(crowd.committing, starts))) == {"GameSession": 20}
    assert OpponentRating.objects.count() == 8 + 3


# Replayed.


def assert_replayed() -> None:
    """The ratings are what the results give, played again in the order of their points, to the last bit."""
    players: dict[tuple[int, str], Any] = defaultdict(lambda: (UNKNOWN, None))
    opponents: dict[tuple[int | None, int | str], Rating] = {}
    for point in RatingPoint.objects.order_by("id").select_related("session__game"):
        session, game = point.session, point.session.game
        engine, state = sessions.engine_of(session)
        met = ratings.meetings(engine, state, score=session.score)
        starts = {
            key: skill.question_start(3) if isinstance(key, int) else skill.level_starts(game)[key]
            for key, _ in met
        }
        place = {key: (None if engine.draws_questions else game.pk, key) for key, _ in met}
        value, at = players[point.user_id, point.scope]
        at = at or session.started_at
        rested = rating.rested(value, (point.at - at) / timedelta(days=1))
        games = [(opponents.get(place[key], starts[key]), won) for key, won in met]
        moved = ratings.moved_player(engine, player=rested, games=games)
        assert (point.rating, point.deviation, point.volatility) == (
            moved.value,
            moved.deviation,
            moved.volatility,
        )
        players[point.user_id, point.scope] = moved, point.at
        for (key, won), (value, _) in zip(met, games, strict=True):
            opponents[place[key]] = rating.met_by(value, rested, won)
    assert players.keys() == set(PlayerRating.objects.rated().values_list("user", "scope"))
    for (user, scope), (value, _) in players.items():
        assert PlayerRating.objects.get(user=user, scope=scope).value == value
    for one in OpponentRating.objects.filter(games__gt=0):
        assert opponents[one.game_id, one.question_id or one.choice] == one.value


def test_ratings_are_what_replaying_the_results_gives():
    games = [
        quiz_of(4, 30),
        quiz_of(3, 9),
        factories.make_codebreaker(),
        factories.make_codebreaker(length=3),
    ]
    players, now = [factories.make_player() for _ in range(3)], clock.now()
    for number in range(36):
        player, game = players[number % 3], games[number % 4]
        with clock.set_to(now + timedelta(hours=13 * number)):
            session = factories.start(player, game)
            if game.type == "quiz":
                answer(session, *[(number + n) % 3 > 0 for n in range(game.metadata["questions"])])
            elif number % 5 == 0:
                with transaction.atomic():
                    sessions.forfeit_session(player=player, session_id=session.pk)
            elif game.metadata["length"] == 4:
                solve(session, 4 + number % 4)
            else:
                move(session, guess=session.metadata["state"]["code"])
    assert RatingPoint.objects.count() > 20
    assert_replayed()
