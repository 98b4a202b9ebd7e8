"""/leaderboards, and the boards beside games."""

from datetime import timedelta

import pytest

from betting.standing import seasons, selectors
from betting.standing.models import Placing, Season
from betting.tests.standing import keep_boards, make_season, play_event
from games.services import sessions
from quantix import clock
from quantix.tests import factories
from quantix.tests.api import count_queries

pytestmark = pytest.mark.django_db(transaction=True)
LEADERS = 9


@pytest.fixture
def game(player):
    """Nine who have won more than `player`, and one who has lost."""
    make_season()
    others = {
        factories.make_player(username=f"leader-{number}"): ("yes", f"{20 - number}.00")
        for number in range(LEADERS)
    }
    loser = factories.make_player(username="last-one")
    found = play_event(others | {player: ("yes", "2.00"), loser: ("no", "30.00")})
    keep_boards()
    return found


def page(client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return str(response.content.decode())


def test_strangers_see_the_board_of_the_season(client, game):
    shown = page(client, "/leaderboards")
    assert "Test season" in shown and shown.index("leader-0") < shown.index("leader-1")
    assert "+₹20.00" in shown and "₹20.00 staked in 1 bet" in shown
    assert "Around you" not in shown


def test_the_signed_in_see_themselves_with_neighbours_where_the_page_ends_before(
    client, game, player, monkeypatch
):
    monkeypatch.setattr(selectors, "ROWS_SHOWN", 3)
    client.force_login(player)
    shown = page(client, "/leaderboards")
    around = shown[shown.index("Around you") :]
    assert [name in around for name in ("leader-6", "leader-7", "leader-8", player.username, "last-one")] == [
        False, True, True, True, True,
    ]  # fmt: skip
    monkeypatch.setattr(selectors, "ROWS_SHOWN", 30)
    shown = page(client, "/leaderboards")
    assert "Around you" not in shown and 'class="is-me"' in shown


def test_pages_go_down_and_back_to_the_top(client, game, monkeypatch):
    monkeypatch.setattr(selectors, "ROWS_SHOWN", 4)
    first = page(client, "/leaderboards")
    assert "after=4&quot;" in first or 'after=4"' in first
    second = page(client, "/leaderboards?after=4")
    assert "leader-4" in second and "leader-3" not in second and "To the top" in second
    assert "The board ends here" in page(client, "/leaderboards?after=999")


@pytest.mark.parametrize("measure", ["profit", "return", "skill", "prediction"])
def test_each_measure_has_a_tab_with_its_board_or_says_why_it_is_empty(client, game, player, measure):
    client.force_login(player)
    shown = page(client, f"/leaderboards?measure={measure}")
    assert 'aria-current="page">' in shown
    assert ("Nobody is on this board yet" in shown) == (measure != "profit")


def test_a_season_is_chosen_and_an_archived_one_is_called_final(client, game):
    season = Season.objects.get()
    following = make_season("Next", begins_at=season.ends_at)
    with clock.set_to(season.ends_at + seasons.CORRECTED_WITHIN):
        seasons.archive_ended()
        assert "Nobody is on this board yet" in page(client, "/leaderboards")
        shown = page(client, f"/leaderboards?season={season.pk}")
        assert "Its boards are final" in shown and "leader-0" in shown
        assert "Next" in page(client, f"/leaderboards?season={following.pk}")
    with clock.set_to(season.ends_at + timedelta(hours=1)):
        season.refresh_from_db()
        assert client.get("/leaderboards?season=999").status_code == 404


def test_the_board_of_one_game(client, game):
    shown = page(client, f"/leaderboards?game={game.pk}&measure=prediction")
    assert game.name in shown and "1 event, 100% of all" in shown
    assert client.get("/leaderboards?game=999999").status_code == 404
    ended = Season.objects.get()
    make_season("Next", begins_at=ended.ends_at)
    with clock.set_to(ended.ends_at + timedelta(hours=1)):
        assert "leader-0" in page(client, f"/leaderboards?game={game.pk}")


def test_what_is_not_understood_is_left_out(client, game):
    for query in ("measure=luck", "season=x", "game=-1", "after=x", "after=0", "season=99999999999999999999"):
        assert "leader-0" in page(client, f"/leaderboards?{query}")


def test_without_a_season_there_is_a_word_of_it(client, db):
    assert "The first season begins" in page(client, "/leaderboards")


def test_who_does_not_compete_is_told_why(client, game, staff):
    client.force_login(staff("support"))
    assert "Staff do not compete" in page(client, "/leaderboards")
    client.force_login(factories.make_player(preferences={"boards": "hidden"}))
    assert "You chose not to be shown on boards" in page(client, "/leaderboards")
    client.force_login(factories.make_player())
    assert "You are not on this board yet" in page(client, "/leaderboards")


def test_a_row_leads_to_the_player_and_to_what_made_it_as_far_as_they_show_it(client, game):
    first = Placing.objects.get(board__game=None, measure="profit", rank=1).user
    shown = page(client, "/leaderboards")
    assert f'href="/players/{first.username}"' in shown
    assert f"/players/{first.username}/record?measure=profit" in shown
    for part, gone in (("profile_results", "/record?"), ("profile", '"')):
        type(first).objects.filter(pk=first.pk).update(preferences={part: "hidden"})
        assert f"/players/{first.username}{gone}" not in page(client, "/leaderboards")


def test_games_show_who_is_best_at_them_and_lead_to_their_board(client, player, commit):
    game = factories.make_codebreaker()
    session = factories.start(player, game)
    commit(lambda: sessions.forfeit_session(player=player, session_id=session.pk))
    keep_boards()
    client.force_login(player)
    with count_queries():
        shown = page(client, f"/games/{game.slug}")
    assert "Best at it" in shown and f"/leaderboards?game={game.pk}&amp;measure=skill" in shown
    assert f'href="/players/{player.username}"' in shown[shown.index("Best at it") :]


def test_a_decided_event_leads_to_its_board(client, game, player):
    client.force_login(player)
    with count_queries():
        assert f'href="/leaderboards?game={game.pk}"' in page(client, f"/games/{game.slug}")


def test_no_page_of_boards_takes_more_statements_than_any(client, game, player, monkeypatch):
    monkeypatch.setattr(selectors, "ROWS_SHOWN", 3)
    client.force_login(player)
    for address in ("/leaderboards", f"/leaderboards?game={game.pk}&measure=profit"):
        with count_queries():
            assert "Around you" in page(client, address)
