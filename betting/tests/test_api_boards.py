"""GET /leaderboards, /games/{id}/leaderboard and /seasons."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from betting.standing import seasons
from betting.tests.standing import keep_boards, make_season, play_event
from quantix import clock
from quantix.tests import factories
from quantix.tests.api import Program, assert_problem, count_queries

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def program() -> Program:
    return Program()


@pytest.fixture
def season():
    return make_season()


@pytest.fixture
def game(season):
    """Ten players, who have won 10.00, 9.00 and so on to 1.00; the last has lost."""
    players = [factories.make_player(username=f"player-{number}") for number in range(10)]
    stakes = {player: ("yes", f"{10 - number}.00") for number, player in enumerate(players)}
    game = play_event(stakes | {players[9]: ("no", "60.00")})
    keep_boards()
    return game


def test_a_board_by_profit_needs_no_token(program, game):
    response = program.ask("GET", "/leaderboards")
    assert response.status_code == 200
    assert set(response.json()) == {"next", "previous", "results"}
    first, *_, last = response.json()["results"]
    assert first == {
        "rank": 1,
        "username": "player-0",
        "value": "10.00",
        "detail": {"stakes": "10.00", "winnings": "20.00", "bets": 1},
    }
    assert (last["rank"], last["username"], last["value"]) == (10, "player-9", "-60.00")


def test_a_game_has_a_board_by_each_measure(program, game):
    path = f"/games/{game.pk}/leaderboard"
    assert program.get_list(path) == program.get_list(f"{path}?measure=profit")
    assert program.get_list(f"{path}?measure=return") == [
        {"rank": 1, "username": "player-9", "value": -1.0,
         "detail": {"stakes": "60.00", "winnings": "0.00", "bets": 1}}
    ]  # fmt: skip
    forecasts = program.get_list(f"{path}?measure=prediction")
    assert forecasts[0]["value"] == 0.0 and forecasts[0]["detail"] == {"events": 1, "coverage": 1.0}
    assert program.get_list(f"{path}?measure=skill") == []


def test_seasons_are_chosen_by_id_and_listed(program, game, season):
    following = make_season("Next", begins_at=season.ends_at)
    with clock.set_to(season.ends_at + seasons.CORRECTED_WITHIN):
        seasons.archive_ended()
    names = [(row["id"], row["name"]) for row in program.get_list("/seasons")]
    assert names == [(following.pk, "Next"), (season.pk, season.name)]
    row = program.get_list("/seasons?ordering=begins_at")[0]
    assert set(row) == {"id", "name", "begins_at", "ends_at", "archived_at"} and row["archived_at"]
    assert program.get_list(f"/leaderboards?season={following.pk}") == []
    assert len(program.get_list(f"/leaderboards?season={season.pk}")) == 10
    with clock.set_to(following.begins_at):
        assert program.get_list("/leaderboards") == []


def test_without_a_season_boards_are_empty(program):
    assert program.get_list("/leaderboards") == []
    assert program.get_list("/seasons") == []


def test_pages_follow_each_other_both_ways(program, game):
    board = program.get_list("/leaderboards")
    page = program.ask("GET", "/leaderboards?page_size=4").json()
    seen = page["results"]
    while page["next"]:
        page = program.ask("GET", page["next"].split("/api/v1")[1]).json()
        seen += page["results"]
    assert seen == board
    back = program.ask("GET", page["previous"].split("/api/v1")[1]).json()
    assert back["results"] == board[4:8]
    assert program.get_list("/leaderboards?ordering=-rank") == board[::-1]


def test_pages_go_through_ties(program, season):
    play_event({factories.make_player(): ("yes", "2.00") for _ in range(5)})
    keep_boards()
    page = program.ask("GET", "/leaderboards?page_size=2").json()
    names = [row["username"] for row in page["results"]]
    while page["next"]:
        page = program.ask("GET", page["next"].split("/api/v1")[1]).json()
        names += [row["username"] for row in page["results"]]
    assert len(names) == len(set(names)) == 5


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("measure=luck", "invalid-choice", "measure"),
        ("measure=", "empty-parameter", "measure"),
        ("measure=skill&measure=profit", "repeated-parameter", "measure"),
        ("season=x", "invalid", "season"),
        ("season=-1", "invalid", "season"),
        ("season=999", "unknown-season", "season"),
        ("season=999999999999999999", "unknown-season", "season"),
        ("game=1", "unknown-parameter", "game"),
        ("ordering=value", "ordering-form", "ordering"),
        ("ordering=-id", "ordering-form", "ordering"),
        ("page_size=201", "page-size-form", "page_size"),
        ("cursor=x", "cursor-form", "cursor"),
        ("cursor=ZjEy", "cursor-form", "cursor"),
    ],
)
def test_what_makes_no_sense_is_refused(program, game, query, code, field):
    for path in ("/leaderboards", f"/games/{game.pk}/leaderboard"):
        assert_problem(program.ask("GET", f"{path}?{query}"), 400, code, field)


def test_a_rank_beyond_all_in_a_cursor_is_an_empty_page(program, game):
    # f1@9999999999999999
    response = program.ask("GET", "/leaderboards?cursor=ZjFAOTk5OTk5OTk5OTk5OTk5OQ")
    assert response.status_code == 200 and response.json()["results"] == []


def test_a_game_that_is_not_there_has_no_board(program, game):
    assert_problem(program.ask("GET", "/games/999999/leaderboard"), 404, "not-found")
    assert_problem(program.ask("GET", "/games/99999999999999999999999/leaderboard"), 404, "not-found")
    type(game).objects.filter(pk=game.pk).update(is_active=False)
    assert_problem(program.ask("GET", f"/games/{game.pk}/leaderboard"), 404, "not-found")


def test_other_methods_are_refused(program, game):
    for path in ("/leaderboards", "/seasons", f"/games/{game.pk}/leaderboard"):
        assert program.ask("POST", path, {}).status_code in (401, 405)
        assert program.ask("HEAD", path).status_code == 200
        assert program.ask("OPTIONS", path).status_code == 204


def test_who_hides_is_gone_from_the_board_at_once(program, game):
    me = Program(User.objects.get(username="player-0"))
    assert me.ask("PATCH", "/me", {"preferences": {"boards": "hidden"}}).status_code == 200
    assert program.get_list("/leaderboards")[0]["username"] == "player-1"


def test_statements_do_not_grow_with_rows(program, game):
    for path in ("/leaderboards", "/seasons", f"/games/{game.pk}/leaderboard?measure=return"):
        with count_queries(most=3):
            program.ask("GET", path)


def test_boards_are_read_by_their_indexes_and_nothing_is_sorted(game, program, client):
    """By the plans, not by the clock: a page of a board of a million takes what a page of ten takes."""
    first = program.ask("GET", "/leaderboards?page_size=4").json()
    following = first["next"].split("/api/v1")[1]
    client.force_login(User.objects.get(username="player-5"))
    with CaptureQueriesContext(connection) as captured:
        program.ask("GET", following)
        program.ask("GET", program.ask("GET", following).json()["previous"].split("/api/v1")[1])
        client.get("/leaderboards?after=8")
    read = [query["sql"] for query in captured if 'FROM "placings"' in query["sql"]]
    plans = [plan_of(sql) for sql in read]
    assert len(plans) == 6
    for plan in plans:
        assert ("placing_by_position" in plan or "placing_once" in plan) and "Sort" not in plan, plan
        assert "Seq Scan on placings" not in plan, plan


def plan_of(sql: str) -> str:
    """How the database reads `sql` of many rows: ten would be read whole."""
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {sql}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("RESET enable_seqscan; RESET enable_bitmapscan")
    return plan
