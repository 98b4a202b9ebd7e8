"""What games tell in `quantix.export`. A session that runs is shown as its player sees it: no more of its state."""

from datetime import datetime

from games.engines import engine_for
from games.models import Game, GameSession
from quantix import clock, export
from quantix.export import Row, Section


def _shown(row: Row) -> Row:
    kept = row.pop("metadata")
    kind, config = row.pop("type"), row.pop("config")
    if kind == Game.Type.PREDICTION:
        return row
    engine = engine_for(kind, config)
    state = engine.load_state(kept["state"])
    is_running = row["status"] == GameSession.Status.IN_PROGRESS
    now = clock.now() if is_running else datetime.fromisoformat(row["ended_at"])
    row |= {"commitment": kept["commitment"], "state": engine.view(state, now)}
    return row if is_running else row | {"salt": kept["salt"], "content": engine.content(state)}


SECTIONS = [
    Section(
        "sessions",
        ("game_sessions",),
        """
        SELECT s.id, s.game_id AS game, g.name, g.type, g.metadata AS config, s.status, s.result, s.score, s.started_at,
            s.ended_at, s.metadata
        FROM game_sessions s JOIN games g ON g.id = s.game_id WHERE s.user_id = %(user)s ORDER BY s.id
        """,
        shape=_shown,
    ),
    Section(
        "questions_seen",
        ("question_sightings",),
        # What a running session has drawn and not shown yet is its secret.
        """
        SELECT q.session_id AS session, q.question_id AS question, q.is_right
        FROM question_sightings q JOIN game_sessions s ON s.id = q.session_id
        WHERE q.user_id = %(user)s AND s.status <> 'in_progress' ORDER BY q.id
        """,
    ),
    Section(
        "answers_counted",
        ("question_answers",),
        """
        SELECT a.session_id AS session, a.question_id AS question, a.is_right, a.seconds
        FROM question_answers a JOIN game_sessions s ON s.id = a.session_id WHERE s.user_id = %(user)s ORDER BY a.id
        """,
    ),
    Section(
        "ratings",
        ("player_ratings",),
        "SELECT scope, rating, deviation, games, rated_at FROM player_ratings WHERE user_id = %(user)s ORDER BY scope",
    ),
    Section(
        "rating_history",
        ("rating_points",),
        """
        SELECT scope, session_id AS session, at, rating, deviation FROM rating_points
        WHERE user_id = %(user)s ORDER BY scope, id
        """,
    ),
]


def register() -> None:
    export.register(*SECTIONS)
    export.audited["games.gamesession"] = "SELECT id FROM game_sessions WHERE user_id = %(user)s"
    export.left_out |= {
        "events": "It names who of the staff decided it, and is not about them.",
        "question_imports": "A file of questions names who of the staff brought it, and is not about them.",
    }
