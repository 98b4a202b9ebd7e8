"""Seasons: opened, one at a time, and archived for good."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from betting import events
from betting.standing import seasons, tallying
from betting.standing.errors import SeasonArchived, SeasonsOverlap
from betting.standing.models import Placing, Season, SessionToTally, Tally
from betting.tests.standing import bet, board, keep_boards, make_season, play_event, resolve
from games.models import Event
from quantix import clock
from quantix.errors import Forbidden, Invalid
from quantix.models import AuditEntry
from quantix.tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
INDIA = ZoneInfo("Asia/Kolkata")


def archived(season: Season) -> Season:
    """`season`, once its time for corrections is over and the worker has come."""
    with clock.set_to(season.ends_at + seasons.CORRECTED_WITHIN):
        assert seasons.archive_ended() == 1
    season.refresh_from_db()
    assert season.is_archived
    return season


def test_the_worker_opens_the_month_at_hand_where_staff_have_made_none(commit):
    with clock.set_to(datetime(2026, 2, 28, 19, 0, tzinfo=ZoneInfo("UTC"))):
        season = commit(lambda: seasons.ensure_season(clock.now()))
        assert commit(lambda: seasons.ensure_season(clock.now())) == season
    # Half past midnight in India: March has begun.
    assert season.name == "March 2026"
    assert season.begins_at == datetime(2026, 3, 1, tzinfo=INDIA)
    assert season.ends_at == datetime(2026, 4, 1, tzinfo=INDIA)


def test_a_month_gives_way_to_what_staff_have_made(commit):
    now = datetime(2026, 3, 15, tzinfo=INDIA)
    before = make_season("Tech fest", days=3, begins_at=now - timedelta(days=4))
    after = make_season("Paradox", days=3, begins_at=now + timedelta(days=2))
    season = commit(lambda: seasons.ensure_season(now))
    assert (season.begins_at, season.ends_at) == (before.ends_at, after.begins_at)
    later = commit(lambda: seasons.ensure_season(now + timedelta(days=6)))
    assert (later.name, later.begins_at) == ("March 2026 (2)", after.ends_at)


def test_staff_open_a_season_ahead_and_it_is_audited(commit, staff):
    by, begins_at = staff("games"), clock.now() + timedelta(days=1)
    season = commit(
        lambda: seasons.open_season(
            by=by, name="Winter cup", begins_at=begins_at, ends_at=begins_at + timedelta(7)
        )
    )
    entry = AuditEntry.objects.get(action="season.open")
    assert (entry.actor, entry.target_id, entry.after["name"]) == (by, season.pk, "Winter cup")


def test_two_seasons_at_a_time_are_refused(commit, staff):
    running = make_season()
    with pytest.raises(SeasonsOverlap):
        commit(
            lambda: seasons.open_season(
                by=staff("games"),
                name="Second",
                begins_at=running.ends_at - timedelta(1),
                ends_at=running.ends_at + timedelta(9),
            )
        )


@pytest.mark.parametrize(
    ("name", "begins", "ends", "field"),
    [("", 1, 2, "name"), ("x" * 61, 1, 2, "name"), ("Test season", 40, 41, "name"), ("New", 42, 41, "ends_at"),
     ("New", -1, 41, "begins_at")],
)  # fmt: skip
def test_what_is_no_season_is_refused(name, begins, ends, field, commit, staff):
    make_season()
    now = clock.now()
    with pytest.raises(Invalid) as refused:
        commit(
            lambda: seasons.open_season(
                by=staff("games"), name=name, begins_at=now + timedelta(begins), ends_at=now + timedelta(ends)
            )
        )
    assert refused.value.errors[0].field == field


def test_who_does_not_manage_games_opens_no_season(commit, staff):
    soon = clock.now() + timedelta(days=1)
    with pytest.raises(Forbidden):
        commit(
            lambda: seasons.open_season(
                by=staff("finance"), name="Mine", begins_at=soon, ends_at=soon + timedelta(days=1)
            )
        )


def test_staff_open_a_season_in_the_back_office(client, staff):
    client.force_login(staff("games"))
    form = {"name": "Winter cup", "begins_at": "2031-01-01T00:00", "ends_at": "2031-02-01T00:00"}
    assert client.post("/admin/betting/season/do/open/", form).status_code == 303
    assert Season.objects.get().begins_at == datetime(2031, 1, 1, tzinfo=INDIA)
    again = client.post("/admin/betting/season/do/open/", form | {"name": "Another"})
    assert again.status_code == 409 and "One season runs at a time" in again.content.decode()
    assert client.get("/admin/betting/season/").status_code == 200


def test_a_session_counts_in_the_season_of_its_end(player):
    past = make_season("Past", days=10, begins_at=clock.now() - timedelta(days=10))
    with clock.set_to(past.ends_at - timedelta(hours=1)):
        play_event({player: ("yes", "10.00")})
    now = make_season("Now", days=10, begins_at=past.ends_at)
    with clock.set_to(past.ends_at + timedelta(hours=1)):
        play_event({player: ("yes", "3.00")})
        keep_boards()
    assert board("profit", season=past)[0][2] == "10.00"
    assert board("profit", season=now)[0][2] == "3.00"


def test_a_correction_counts_where_the_event_counted_first(player):
    past = make_season("Past", days=10, begins_at=clock.now() - timedelta(days=10))
    with clock.set_to(past.ends_at - timedelta(hours=1)):
        game = play_event({player: ("yes", "10.00")})
        keep_boards()
    with clock.set_to(past.ends_at + timedelta(hours=1)):
        resolve(game, "no")
        keep_boards()
    assert board("profit", season=past)[0][2] == "-10.00"


def test_a_season_is_not_archived_while_it_may_be_corrected(player):
    season = make_season()
    play_event({player: ("yes", "10.00")})
    keep_boards()
    with clock.set_to(season.ends_at + seasons.CORRECTED_WITHIN - timedelta(seconds=1)):
        assert seasons.archive_ended() == 0


def test_a_season_is_not_archived_before_all_is_settled_and_tallied(player, commit):
    season = make_season()
    game = factories.make_event()
    bet(player, game, "yes", "10.00")
    Event.objects.filter(game=game).update(status="resolved", decided_at=clock.now(), weights={"yes": "1"})
    due = season.ends_at + seasons.CORRECTED_WITHIN
    with clock.set_to(due):
        assert seasons.archive_ended() == 0
    Event.objects.filter(game=game).update(settled_at=clock.now())
    SessionToTally.objects.create(session_id=1)
    with clock.set_to(due):
        assert seasons.archive_ended() == 0
        tallying.tally_ended()
        assert seasons.archive_ended() == 1


def test_the_last_ranking_is_made_when_a_season_is_archived(player):
    season = make_season()
    play_event({player: ("yes", "10.00")})
    tallying.tally_ended()
    archived(season)
    assert board("profit", season=season) == [(1, player.username, "10.00")]
    assert AuditEntry.objects.filter(action="season.archive", actor=None, target_id=season.pk).exists()


def test_an_event_of_an_archived_season_is_not_corrected(player, commit, staff):
    season = make_season()
    game = play_event({player: ("yes", "10.00")})
    keep_boards()
    archived(season)
    with pytest.raises(SeasonArchived):
        resolve(game, "no")
    with pytest.raises(SeasonArchived):
        commit(lambda: events.void_event(by=staff("games"), game_id=game.pk, reason="Too late"))


def test_what_happens_to_an_archived_session_changes_no_board(player):
    season = make_season()
    play_event({player: ("yes", "10.00")})
    keep_boards()
    archived(season)
    before = list(Placing.objects.values())
    Tally.objects.get().session.bets.update(outcome="void", payout="10.00", is_successful=False)
    assert SessionToTally.objects.count() == 1
    keep_boards()
    assert list(Placing.objects.values()) == before
    assert Tally.objects.get().winnings == 20


def test_what_is_told_after_the_archive_counts_in_the_running_season(player):
    past = make_season("Past", days=1, begins_at=clock.now() - timedelta(days=5))
    with clock.set_to(past.ends_at - timedelta(hours=1)):
        play_event({player: ("yes", "10.00")})
    late = SessionToTally.objects.get()
    SessionToTally.objects.all().delete()
    archived(past)
    running = make_season("Now", days=10)
    late.save(force_insert=True)
    keep_boards()
    assert board("profit", season=running)[0][2] == "10.00"
