"""/players/{username}: what a player shows, and the sessions behind a figure."""

from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from accounts.models import User
from betting import services
from betting.standing import charts, profiles
from betting.standing.profiles import Band
from betting.tests.standing import keep_boards, make_season, play_event
from games.services import sessions
from quantix.db import in_one_transaction
from quantix.tests import factories
from quantix.tests.api import count_queries

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada(commit) -> User:
    """A player with all there is to show: events, a puzzle that was won, stakes."""
    make_season()
    player = factories.make_player(username="Ada.L", full_name="Ada Lovelace")
    play_event({player: ("yes", "10.00")})
    play_event({player: ("yes", "5.00")}, "no")
    session = factories.start(player, factories.make_codebreaker())
    slip = services.Slip("solve", "within-7", Decimal("5.00"), session_id=session.pk)
    commit(partial(services.place_bet, player=player, slip=slip))
    guess = session.metadata["state"]["code"]
    commit(lambda: sessions.play_move(player=player, session_id=session.pk, move={"guess": guess}))
    keep_boards()
    return player


def page(client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return str(response.content.decode())


def test_a_profile_shows_standing_ratings_forecasts_achievements_and_results(client, ada):
    shown = page(client, "/players/Ada.L")
    for words in ("Ratings", "Codebreaker", "Forecasts", "First win", "Latest results", "Plays since"):
        assert words in shown
    assert "Ada Lovelace" not in shown and ada.email not in shown


def test_names_are_found_in_whatever_case(client, ada):
    assert "Ada.L" in page(client, "/players/ada.l")


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("profile_ratings", 'id="ratings"'),
        ("profile_forecasts", 'id="calibration"'),
        ("profile_achievements", 'id="achievements"'),
        ("profile_results", 'id="results"'),
    ],
)
def test_each_part_is_shown_as_the_player_chose_and_always_to_themselves(client, ada, part, words):
    assert words in page(client, "/players/Ada.L")
    User.objects.filter(pk=ada.pk).update(preferences={part: "hidden"})
    assert words not in page(client, "/players/Ada.L")
    client.force_login(ada)
    assert words in page(client, "/players/Ada.L")


def test_streaks_at_the_daily_puzzles_stand_there_where_results_are_shown(client, ada):
    word = factories.make_daily()
    assert "Daily streaks" not in page(client, "/players/Ada.L")
    session = factories.start(ada, word)
    guess = {"guess": session.metadata["state"]["word"]}
    in_one_transaction(lambda: sessions.play_move(player=ada, session_id=session.pk, move=guess))
    shown = page(client, "/players/Ada.L")
    assert "Daily streaks" in shown and "1 day in a row" in shown and word.name in shown
    User.objects.filter(pk=ada.pk).update(preferences={"profile_results": "hidden"})
    assert "Daily streaks" not in page(client, "/players/Ada.L")


def test_unknown_hidden_suspended_unverified_and_staff_are_not_told_apart(client, ada):
    factories.make_staff("owner", username="the-boss")
    changes: list[dict[str, Any]] = [
        {"preferences": {"profile": "hidden"}},
        {"preferences": {}, "is_active": False},
        {"is_active": True, "email_verified_at": None},
    ]
    # Without what is never twice the same: the request's token.
    answers = {_without_token(client.get(f"/players/{name}")) for name in ("nobody-at-all", "the-boss")}
    for change in changes:
        User.objects.filter(pk=ada.pk).update(**change)
        for address in ("/players/Ada.L", "/players/Ada.L/record"):
            response = client.get(address)
            assert response.status_code == 404, change
            answers.add(_without_token(response))
    assert len(answers) == 1


def _without_token(response) -> str:
    return "".join(line for line in response.content.decode().splitlines() if "csrf" not in line.lower())


def test_a_hidden_profile_is_there_for_oneself(client, ada):
    User.objects.filter(pk=ada.pk).update(preferences={"profile": "hidden"})
    client.force_login(ada)
    assert "your profile is hidden" in page(client, "/players/Ada.L")


def test_a_record_lists_the_sessions_that_made_the_figure(client, ada):
    shown = page(client, "/players/Ada.L/record?measure=profit")
    assert shown.count('<td class="ledger__main">') == 3 and "+₹10.00" in shown and "−₹5.00" in shown
    assert page(client, "/players/Ada.L/record?measure=prediction").count('<td class="ledger__main">') == 2
    assert page(client, "/players/Ada.L/record?measure=skill").count('<td class="ledger__main">') == 1


def test_a_record_is_of_a_season_and_maybe_of_a_game(client, ada):
    game = play_event({ada: ("yes", "1.00")})
    keep_boards()
    shown = page(client, f"/players/Ada.L/record?game={game.pk}")
    assert shown.count('<td class="ledger__main">') == 1 and game.name in shown
    assert client.get("/players/Ada.L/record?season=999").status_code == 404
    assert client.get("/players/Ada.L/record?game=999").status_code == 404


def test_results_that_are_hidden_have_no_record(client, ada):
    User.objects.filter(pk=ada.pk).update(preferences={"profile_results": "hidden"})
    assert client.get("/players/Ada.L/record").status_code == 404


def test_a_new_player_has_a_page_too(client, player):
    shown = page(client, f"/players/{player.username}")
    assert "Nothing is finished yet" in shown


def test_profiles_take_no_more_statements_than_any_page(client, ada, player):
    client.force_login(player)
    for address in ("/players/Ada.L", "/players/Ada.L/record"):
        with count_queries():
            page(client, address)


def test_forecasts_are_calibrated_by_the_chance_that_the_odds_took(ada):
    # Two bets at 2.00: one came true.
    assert profiles.calibration(ada) == [Band(3, 2, 0.5, 0.5)]


def test_dots_lie_on_the_diagonal_where_as_much_came_true_as_was_stated():
    exact, lucky = charts.dots([Band(1, 4, 0.1, 0.1), Band(5, 16, 0.9, 1.0)])
    assert (exact.x, exact.y) == (30.0, 270.0)
    assert (lucky.x, lucky.y, lucky.radius, exact.radius) == (270.0, 0.0, 16.0, 8.0)


def test_a_rating_is_drawn_within_its_lines(ada):
    points = profiles.rating_history(ada)["codebreaker"]
    chart = charts.rating_chart("codebreaker", points)
    low, high = points[0].rating - 2 * points[0].deviation, points[0].rating + 2 * points[0].deviation
    assert chart.ticks[0] >= high and chart.ticks[-1] <= low
    assert len(chart.ticks) == len(chart.lines) and chart.lines[0] == 0.0 and chart.lines[-1] == 300.0


def test_preferences_are_chosen_on_the_account_page(client, player):
    client.force_login(player)
    form = {"theme": "dark", "boards": "hidden", "profile_results": "hidden"}
    assert client.post("/account/preferences", form).status_code == 303
    player.refresh_from_db()
    assert player.preferences == form
