"""What the database refuses of standing by itself, tried past the ORM."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from betting.standing import seasons
from betting.standing.models import Season
from betting.tests.standing import keep_boards, make_season, play_event
from quantix import clock
from quantix.tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
_INSERT = "INSERT INTO placings (board_id, measure, user_id, position, rank, value, detail)"


def refused(constraint: str, statement: str) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert error.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]


@pytest.fixture
def archive() -> Season:
    """An archived season, with a placing in it and another in the season that runs."""
    season = make_season("Past", days=10, begins_at=clock.now() - timedelta(days=20))
    with clock.set_to(season.ends_at - timedelta(hours=1)):
        play_event({factories.make_player(): ("yes", "10.00")})
        keep_boards()
    assert seasons.archive_ended() == 1
    make_season("Now")
    play_event({factories.make_player(): ("yes", "10.00")})
    return season


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE placings SET rank = 7",
        "UPDATE placings SET value = 0 WHERE measure = 'profit'",
        "DELETE FROM placings",
        f"{_INSERT} SELECT board_id, 'skill', user_id, 1, 1, 1, '{{}}' FROM placings WHERE measure = 'profit'",
        "UPDATE boards SET changes = changes + 1",
        "DELETE FROM boards",
        "UPDATE seasons SET name = 'Another' WHERE archived_at IS NOT NULL",
        "UPDATE seasons SET archived_at = NULL",
        "DELETE FROM seasons WHERE archived_at IS NOT NULL",
        "TRUNCATE placings",
        "TRUNCATE boards CASCADE",
        "TRUNCATE seasons CASCADE",
    ],
)
def test_an_archive_is_never_changed(archive, statement):
    refused("season_archive_final", statement)


def test_no_placing_is_moved_into_an_archive(archive):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO boards (season_id) SELECT id FROM seasons WHERE archived_at IS NULL RETURNING id"
        )
        board = cursor.fetchone()[0]
        cursor.execute(
            f"{_INSERT} SELECT %s, 'skill', id, 1, 1, 1, '{{}}' FROM users LIMIT 1",
            [board],
        )
    refused(
        "season_archive_final",
        "UPDATE placings SET board_id = (SELECT b.id FROM boards b JOIN seasons s ON s.id = b.season_id"
        f" WHERE s.archived_at IS NOT NULL LIMIT 1) WHERE board_id = {board}",
    )


def test_boards_of_a_season_that_runs_may_change(archive):
    keep_boards()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE placings SET rank = 7 WHERE board_id IN (SELECT b.id FROM boards b JOIN seasons s"
            " ON s.id = b.season_id WHERE s.archived_at IS NULL)"
        )
        assert cursor.rowcount > 0


@pytest.mark.parametrize(
    ("constraint", "begins", "ends", "archived"),
    [
        ("season_ends_after_it_begins", "now()", "now()", "NULL"),
        ("season_archived_after_its_end", "now()", "now() + interval '1 day'", "now()"),
        ("season_one_at_a_time", "now() + interval '1 day'", "now() + interval '2 days'", "NULL"),
    ],
)
def test_no_season_is_out_of_order(constraint, begins, ends, archived, db):
    make_season()
    values = f"'Another', {begins}, {ends}, {archived}"
    refused(constraint, f"INSERT INTO seasons (name, begins_at, ends_at, archived_at) VALUES ({values})")


def test_seasons_may_follow_each_other_to_the_moment(db):
    first = make_season()
    make_season("Second", begins_at=first.ends_at)


@pytest.mark.parametrize(
    ("constraint", "rank", "measure"), [("placing_rank_from_one", 0, "skill"), ("placing_measure", 1, "luck")]
)
def test_no_placing_is_out_of_range(constraint, rank, measure, archive):
    keep_boards()
    refused(
        constraint,
        f"{_INSERT} SELECT max(b.id), '{measure}', max(u.id), 1, {rank}, 1, '{{}}' FROM users u, boards b",
    )


def test_a_session_is_told_in_the_transaction_that_ends_it_and_no_move_is(player, commit):
    from betting.standing.models import SessionToTally
    from games.services import sessions

    session = factories.start(player, factories.make_codebreaker())
    commit(lambda: sessions.play_move(player=player, session_id=session.pk, move={"guess": "ABCD"}))
    assert not SessionToTally.objects.exists()
    commit(lambda: sessions.forfeit_session(player=player, session_id=session.pk))
    assert [told.session_id for told in SessionToTally.objects.all()] == [session.pk]


def test_a_season_that_has_passed_is_not_the_running_one(db):
    make_season(days=1, begins_at=clock.now() - timedelta(days=3))
    assert seasons.running_season(clock.now()) is None
