"""The daily puzzles: the same for everyone, one go a day, without stakes, and the streak."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError
from django.urls import reverse

from games.dailies import dailies_of, share_text
from games.errors import DailyPlayed, SessionOpen
from games.models import DailyDraw, Game, GameSession, PlayerRating, RatingPoint
from games.services import sessions
from games.services.events import save_game
from quantix import clock
from quantix.errors import Invalid
from quantix.tests import factories
from quantix.tests.api import Program, assert_problem
from quantix.tests.books import constraint_refusing
from quantix.tests.crowd import at_once, committing, kinds
from quantix.tests.scriptless import open_page

pytestmark = pytest.mark.django_db(transaction=True)
#: Noon and a moment before midnight, in Kolkata.
NOON = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
BEFORE_MIDNIGHT = datetime(2026, 11, 24, 18, 29, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def play(player: Any, game: Game, moment: datetime, *, solve: bool = True, takes: timedelta = MINUTE) -> Any:
    """A go at a word begun at `moment`: solved, or given up."""
    with clock.set_to(moment):
        session = factories.start(player, game)
    with clock.set_to(moment + takes):
        if solve:
            return end(session, {"guess": session.metadata["state"]["word"]})
        committing(partial(sessions.forfeit_session, player=player, session_id=session.pk))()
    return session


def end(session: GameSession, move: dict[str, Any]) -> Any:
    act = partial(sessions.play_move, player=session.user, session_id=session.pk, move=move)
    return committing(act)()


def streak(player: Any, moment: datetime) -> tuple[int, int]:
    (daily,) = dailies_of(player, moment)
    return daily.streak, daily.best


# The same for everyone.


@pytest.mark.parametrize("kind", ["word", "codebreaker", "sudoku"])
def test_everyone_gets_the_same_with_the_same_commitment_and_tomorrow_another(kind):
    game, ann, bob = factories.make_daily(kind), factories.make_player(), factories.make_player()
    drawn = []
    for player, moment in ((ann, NOON), (bob, NOON + 5 * MINUTE), (bob, NOON + DAY)):
        with clock.set_to(moment):
            session = factories.start(player, game)
        drawn.append(session.metadata["commitment"])
        with clock.set_to(moment + MINUTE):
            committing(partial(sessions.forfeit_session, player=player, session_id=session.pk))()
    assert drawn[0] == drawn[1] != drawn[2]
    assert DailyDraw.objects.count() == 2


def test_the_first_of_all_at_once_draw_it_once():
    game = factories.make_daily()
    players = [factories.make_player() for _ in range(6)]
    begun = at_once(*(partial(factories.start, player, game) for player in players))
    assert kinds(begun) == {"GameSession": 6}
    assert len({session.metadata["commitment"] for session in begun}) == 1
    assert DailyDraw.objects.count() == 1


def test_a_game_that_is_changed_during_the_day_stays_the_same_for_everyone_until_the_next():
    game, ann, bob = factories.make_daily(), factories.make_player(), factories.make_player()
    with clock.set_to(NOON):
        before = factories.start(ann, game)
        game.metadata |= {"guesses": 3, "within": [3]}
        committing(partial(save_game, by=factories.make_staff("games"), game=game))()
        assert factories.start(bob, game).metadata["state"]["config"] == before.metadata["state"]["config"]


def test_what_is_drawn_follows_neither_from_the_day_nor_from_the_servers_key(settings, player):
    first, second = factories.make_daily(), factories.make_daily()
    with clock.set_to(NOON):
        seeds = {factories.start(player, game).metadata["state"]["seed"] for game in (first, second)}
    assert len(seeds) == 2 and all(len(bytes.fromhex(seed)) == 32 for seed in seeds)


# One go a day.


def test_a_second_go_is_refused_and_names_the_first(player):
    game = factories.make_daily()
    first = play(player, game, NOON)
    with clock.set_to(BEFORE_MIDNIGHT), pytest.raises(DailyPlayed) as refused:
        factories.start(player, game)
    assert refused.value.extra["session"] == first.pk and refused.value.status == 409
    play(player, game, BEFORE_MIDNIGHT + MINUTE)


def test_while_the_go_is_open_a_second_is_refused_as_for_every_game(player):
    game = factories.make_daily()
    with clock.set_to(NOON):
        factories.start(player, game)
        with pytest.raises(SessionOpen):
            factories.start(player, game)


def test_two_starts_at_once_make_one_go(player):
    game = factories.make_daily()
    begun = at_once(*[committing(partial(sessions.start_session, player=player, game_id=game.pk))] * 4)
    assert kinds(begun) == {"GameSession": 1, "SessionOpen": 3}


def test_two_starts_and_ends_at_once_make_one_go(player):
    game = factories.make_daily()

    def go() -> None:
        session = committing(partial(sessions.start_session, player=player, game_id=game.pk))()
        end(session, {"guess": session.metadata["state"]["word"]})

    assert set(kinds(at_once(*[go] * 4))) <= {"NoneType", "SessionOpen", "DailyPlayed"}
    assert GameSession.objects.filter(game=game).count() == 1


def test_the_database_refuses_a_second_go_by_itself(player):
    game = factories.make_daily()
    first = play(player, game, NOON)
    copy = f"""INSERT INTO game_sessions (user_id, game_id, started_at, ended_at, status, result, score, metadata, day)
        SELECT user_id, game_id, started_at, ended_at, status, result, score, metadata, day
        FROM game_sessions WHERE id = {first.pk}"""
    assert constraint_refusing(copy) == "session_one_go_a_day"


def test_a_go_that_staff_called_off_may_be_had_again(player):
    game = factories.make_daily()
    with clock.set_to(NOON):
        first = factories.start(player, game)
        boss = factories.make_staff("games")
        committing(partial(sessions.void_session, by=boss, session_id=first.pk, reason="a fault"))()
        assert factories.start(player, game).pk != first.pk


# Without stakes, and without ratings.


def test_a_daily_puzzle_has_no_stakes_and_moves_no_rating(player):
    game = factories.make_daily()
    session = play(player, game, NOON)
    engine, state = sessions.engine_of(session)
    assert engine.markets(state, NOON) == []
    assert not RatingPoint.objects.exists() and all(not row.games for row in PlayerRating.objects.all())


@pytest.mark.parametrize(
    ("type", "config", "code"),
    [("puzzle", {"kind": "word"}, "daily-stakes"), ("quiz", {"stakes": None}, "not-a-puzzle")],
)
def test_only_a_puzzle_without_stakes_can_be_a_daily_one(type, config, code):
    game = Game(name="Daily", type=type, metadata=config, is_daily=True)
    with pytest.raises(Invalid) as refused:
        committing(partial(save_game, by=factories.make_staff("games"), game=game))()
    assert refused.value.errors[0].code == code


def test_the_database_refuses_a_daily_puzzle_with_stakes():
    game = factories.make_word()
    assert (
        constraint_refusing(f"UPDATE games SET is_daily = true WHERE id = {game.pk}")
        == "game_daily_without_stakes"
    )


def test_practice_has_a_secret_of_its_own_each_time(player):
    game = factories.make_word()
    seeds = set()
    for _ in range(3):
        session = factories.start(player, game)
        seeds.add(session.metadata["state"]["seed"])
        committing(partial(sessions.forfeit_session, player=player, session_id=session.pk))()
    assert len(seeds) == 3 and not DailyDraw.objects.exists()


# The streak.


def test_the_streak_counts_days_in_a_row_up_to_today_or_yesterday(player):
    game = factories.make_daily()
    for day in range(3):
        play(player, game, NOON + day * DAY)
    assert streak(player, NOON + 2 * DAY) == (3, 3)
    assert streak(player, NOON + 3 * DAY) == (3, 3)
    assert streak(player, NOON + 4 * DAY) == (0, 3)


def test_a_day_that_was_missed_or_lost_begins_it_anew_and_the_best_is_kept(player):
    game = factories.make_daily()
    for day, solve in ((0, True), (1, True), (3, True), (4, False)):
        play(player, game, NOON + day * DAY, solve=solve)
        expected = {0: (1, 1), 1: (2, 2), 3: (1, 2), 4: (0, 2)}[day]
        assert streak(player, NOON + day * DAY + 2 * MINUTE) == expected
    play(player, game, NOON + 5 * DAY)
    assert streak(player, NOON + 5 * DAY) == (1, 2)


def test_the_day_turns_at_midnight_in_kolkata(player):
    game = factories.make_daily()
    play(player, game, BEFORE_MIDNIGHT, takes=timedelta(seconds=10))
    assert streak(player, BEFORE_MIDNIGHT + 2 * MINUTE) == (1, 1)
    play(player, game, BEFORE_MIDNIGHT + MINUTE, takes=timedelta(seconds=10))
    assert streak(player, BEFORE_MIDNIGHT + 2 * MINUTE) == (2, 2)
    assert [str(day) for day in GameSession.objects.order_by("id").values_list("day", flat=True)] == [
        "2026-11-24",
        "2026-11-25",
    ]


def test_a_go_begun_before_midnight_counts_for_its_day_when_it_is_solved_after(player):
    game = factories.make_daily()
    play(player, game, BEFORE_MIDNIGHT - DAY)
    play(player, game, BEFORE_MIDNIGHT, takes=5 * MINUTE)
    assert streak(player, BEFORE_MIDNIGHT + 6 * MINUTE) == (2, 2)
    play(player, game, BEFORE_MIDNIGHT + 7 * MINUTE)
    assert streak(player, BEFORE_MIDNIGHT + 9 * MINUTE) == (3, 3)


def test_the_streak_of_one_is_not_that_of_another_nor_of_another_puzzle(player):
    word, other = factories.make_daily(), factories.make_daily()
    play(player, word, NOON)
    assert [(daily.game, daily.streak) for daily in dailies_of(player, NOON)] == [(word, 1), (other, 0)]
    assert [daily.streak for daily in dailies_of(factories.make_player(), NOON)] == [0, 0]


# What one may show around.


def test_the_result_to_share_gives_nothing_away(player):
    game = factories.make_daily()
    play(player, game, NOON - DAY)
    session = play(player, game, NOON)
    (daily,) = dailies_of(player, NOON)
    text = share_text(session, daily.streak)
    assert text == f"Quantix {game.name}, 24 Nov 2026: 1/6, 2 days in a row\n🟩🟩🟩🟩🟩" == daily.share
    assert session.metadata["state"]["word"] not in text


def test_codebreaker_and_sudoku_share_squares_too(player):
    code, grid = factories.make_daily("codebreaker"), factories.make_daily("sudoku", difficulty="easy")
    with clock.set_to(NOON):
        broken = end(factories.start(player, code), {"guess": "AABC"})
        solved = factories.start(player, grid)
    with clock.set_to(NOON + 2 * MINUTE):
        end(solved, {"hint": True})
        solved = end(solved, {"grid": solved.metadata["state"]["solution"]})
        committing(partial(sessions.forfeit_session, player=player, session_id=broken.pk))()
    broken.refresh_from_db()
    assert share_text(solved).split(": ", 1)[1].startswith("easy, 2:00, 1 hint\n")
    assert sorted(share_text(solved).split("\n", 1)[1].replace("\n", "")) == sorted("🟩" * 8 + "🟨")
    figure, line = share_text(broken).split(": ", 1)[1].split("\n")
    assert figure == "X/10" and len(line) == 4


# Where programs and people meet it.


def test_programs_play_it_by_its_game_and_are_told_how_it_stands(player):
    game, program = factories.make_daily(), Program(player)
    (before,) = program.ask("GET", "/dailies").json()
    assert (before["game"], before["status"], before["session"], before["streak"]) == (
        game.pk,
        "new",
        None,
        0,
    )
    session = program.ask("POST", "/sessions", {"game": game.pk}).json()
    assert program.ask("GET", "/dailies").json()[0]["status"] == "in_progress"
    assert program.ask("GET", f"/sessions/{session['id']}/markets").json() == []
    word = GameSession.objects.get().metadata["state"]["word"]
    assert program.ask("POST", f"/sessions/{session['id']}/moves", {"guess": word}).json()["result"] == "win"
    (after,) = program.ask("GET", "/dailies").json()
    assert (after["status"], after["session"], after["streak"], after["best"]) == ("win", session["id"], 1, 1)
    assert "🟩🟩🟩🟩🟩" in after["share"] and word not in after["share"]
    document = assert_problem(program.ask("POST", "/sessions", {"game": game.pk}), 409, "daily-played")
    assert document["session"] == session["id"]


def test_staff_make_one_by_the_api_and_are_refused_one_with_stakes():
    staff = Program(factories.make_staff("games"))
    game = {"name": "Word of the day", "type": "puzzle", "is_daily": True}
    made = staff.ask("POST", "/staff/games", game | {"metadata": {"kind": "word", "stakes": None}})
    assert made.status_code == 201 and made.json()["is_daily"] is True
    refused = staff.ask("POST", "/staff/games", game | {"name": "Another", "metadata": {"kind": "word"}})
    assert_problem(refused, 400, "daily-stakes", field="is_daily")


def test_people_find_it_in_the_lobby_play_it_and_see_the_streak_and_what_to_share(client, player):
    game = factories.make_daily()
    client.force_login(player)
    assert "To be solved" in open_page(client, reverse("lobby")).text
    page = open_page(client, reverse("game", args=[game.slug])).send("/start")
    page = page.send("/move", guess__lower=GameSession.objects.get().metadata["state"]["word"])
    assert "1 day in a row" in page.text and "🟩🟩🟩🟩🟩" in page.text and "Play again" not in page.text
    assert "Solved" in open_page(client, reverse("lobby")).text
    again = open_page(client, reverse("start", args=[game.pk]), {})
    assert "had your go" in again.text or "played once" in again.text


def test_who_is_not_signed_in_sees_todays_puzzles_on_the_start_page(client):
    game = factories.make_daily()
    assert game.name in client.get("/").content.decode()
    assert client.get(reverse("game", args=[game.slug])).status_code == 200


def test_a_day_is_drawn_once_in_the_database_too(player):
    game = factories.make_daily()
    factories.start(player, game)
    draw = DailyDraw.objects.get()
    with pytest.raises(IntegrityError):
        DailyDraw.objects.create(game=game, day=draw.day, seed="", salt="", config={})
