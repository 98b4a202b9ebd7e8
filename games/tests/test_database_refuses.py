"""What the database itself refuses of games and sessions: raw SQL past the ORM."""

import pytest

from quantix.tests import books, factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session(player):
    return factories.start(player, factories.make_codebreaker())


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("status = 'completed'", "session_ended_with_time"),
        ("status = 'forfeited', result = 'loss'", "session_ended_with_time"),
        ("status = 'expired'", "session_ended_with_time"),
        ("status = 'voided'", "session_ended_with_time"),
        ("ended_at = now()", "session_ended_with_time"),
        ("result = 'win'", "session_ended_with_time"),
        ("status = 'paused', ended_at = now()", "session_status"),
        ("status = 'completed', ended_at = now(), result = 'bingo'", "session_result"),
        ("status = 'completed', ended_at = started_at - interval '1 second'", "session_ends_after_start"),
        ("duration = interval '1 hour'", "428C9"),
    ],
)
def test_a_session_ends_whole_or_runs_on(session, change, constraint):
    assert (
        books.constraint_refusing(f"UPDATE game_sessions SET {change} WHERE id = {session.pk}") == constraint
    )


def test_a_session_that_has_ended_keeps_its_time(session):
    books.run_sql("UPDATE game_sessions SET status = 'completed', ended_at = now()")
    assert books.constraint_refusing("UPDATE game_sessions SET ended_at = NULL") == "session_ended_with_time"
    assert (
        books.constraint_refusing("UPDATE game_sessions SET status = 'in_progress'")
        == "session_ended_with_time"
    )


def test_a_player_has_one_open_session_of_a_game(session):
    second = (
        "INSERT INTO game_sessions (user_id, game_id, status, metadata) "
        f"VALUES ({session.user_id}, {session.game_id}, 'in_progress', '{{}}')"
    )
    assert books.constraint_refusing(second) == "session_one_open_per_game"


def test_a_game_has_a_known_type(session):
    assert books.constraint_refusing("UPDATE games SET type = 'slot_machine'") == "game_type"


def test_a_game_with_sessions_is_not_deleted(session):
    assert "game" in books.constraint_refusing(f"DELETE FROM games WHERE id = {session.game_id}")


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("kind = 'essay'", "question_kind"),
        ("difficulty = 6", "question_difficulty"),
        ("difficulty = 0", "question_difficulty"),
        ("times_right = 5, times_answered = 4", "question_counters"),
    ],
)
def test_a_question_is_of_a_known_kind(db, change, constraint):
    factories.QuestionFactory()
    assert books.constraint_refusing(f"UPDATE questions SET {change}") == constraint


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("status = 'forgotten'", "event_status"),
        ("status = 'resolved'", "event_decided_with_time"),
        ("status = 'voided'", "event_decided_with_time"),
        ("decided_at = now()", "event_decided_with_time"),
        ("closes_at = opens_at", "event_closes_after_opening"),
    ],
)
def test_an_event_is_decided_whole(db, change, constraint):
    factories.make_event()
    assert books.constraint_refusing(f"UPDATE events SET {change}") == constraint
