"""Sessions of play: started, moved, forfeited, expired, voided. Each to be called in a transaction.

A session is locked before it is looked at, and ends once: whoever comes second finds it ended.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts import roles
from accounts.models import User
from games import bank, fairness, hooks, skill
from games.engines.base import Engine, Material, NotASessionGame, TooLate, Value
from games.errors import DailyPlayed, OwnPosition, SessionEnded, SessionOpen
from games.models import DailyDraw, Game, GameSession
from games.services import dailies, ratings, records
from quantix import audit, clock
from quantix.db import the_one
from quantix.errors import NotFound

Status = GameSession.Status


def engine_of(session: GameSession) -> tuple[Engine[Any, Any], Value]:
    """The engine that plays `session` and the state it is in. `session.game` should be loaded.

    Raises NotASessionGame for a player's part in a prediction: its state is the event's.
    """
    if session.game.type == Game.Type.PREDICTION:
        raise NotASessionGame
    engine = session.game.engine
    return engine, engine.load_state(session.metadata["state"])


def start_session(*, player: User, game_id: int) -> GameSession:
    """Begin a session of the game, with its secrets drawn and its commitment made.

    Raises NotFound, NotASessionGame for a prediction, NotEnoughQuestions, and with `session`, its id, SessionOpen
    or, for a daily puzzle that was played today, DailyPlayed.
    """
    now = clock.now()
    game = _game_to_start(player, game_id, now)
    draw = _draw(game, now)
    engine, seed, salt = game.engine, draw.seed, draw.salt
    config = engine.load_config(draw.config)
    form = skill.Form() if game.is_daily else skill.form_of(player, engine.scope, now)
    material = Material() if game.is_daily else _material(game, config, form, player, seed)
    state = engine.start(config, seed, now, material)
    session = GameSession(
        user=player,
        game=game,
        started_at=now,
        expires_at=engine.deadline(state),
        day=draw.day,
        metadata={
            "state": state.model_dump(mode="json"),
            "salt": salt,
            "commitment": fairness.commitment(salt, engine.content(state)),
            "scope": engine.scope,
            "win_max": str(form.win_max if material.stake_max else Decimal("0.00")),
        },
    )
    asked = {row["id"]: skill.question_start(row["difficulty"]) for row in material.questions}
    levels = {} if game.is_daily else skill.level_starts(game)
    records.begin(session, scope=engine.scope, questions=asked, levels=levels)
    return session


def sample_session(*, by: User, game: Game) -> GameSession:
    """A session of `game` as it would begin for `by`, written nowhere (its id is 0): for staff to look at.

    Raises Forbidden, NotASessionGame, NotEnoughQuestions.
    """
    roles.demand(by, roles.Can.MANAGE_GAMES)
    if game.type == Game.Type.PREDICTION:
        raise NotASessionGame
    engine, config, seed, now = game.engine, game.config, secrets.token_hex(32), clock.now()
    form = skill.form_of(by, engine.scope, now)
    state = engine.start(config, seed, now, _material(game, config, form, by, seed))
    kept = {
        "state": state.model_dump(mode="json"),
        "commitment": "0" * 64,
        "win_max": str(form.win_max),
    }
    return GameSession(
        pk=0, user=by, game=game, started_at=now, expires_at=engine.deadline(state), metadata=kept
    )


def play_move(*, player: User, session_id: int, move: Mapping[str, Any]) -> GameSession:
    """Play `move` in the player's session, and end the session if that decides it.

    Raises NotFound, SessionEnded, NotASessionGame, and what the engine refuses.
    """
    session = lock(session_id, player)
    engine, before = engine_of(session)
    now = clock.now()
    after = engine.play(before, move, now)
    outcome = engine.outcome(after, now)
    ending = _Ending(Status.COMPLETED, now, outcome.result, outcome.score) if outcome else None
    _write(session, engine, before, after, ending)
    return session


def forfeit_session(*, player: User, session_id: int) -> GameSession:
    """Give up: a loss, and open bets are lost. Raises NotFound, SessionEnded, NotASessionGame.

    TooLate once its deadline has passed: then it ends as its play stood, as of that moment.
    """
    session = lock(session_id, player)
    if session.game.type == Game.Type.PREDICTION:
        raise NotASessionGame("A prediction cannot be given up: its bets stand until the event is resolved.")
    _give_up(session)
    return session


def forfeit_for(*, by: User, session_id: int, reason: str) -> GameSession:
    """Staff end a session as a loss, where somebody has not played fair: open bets are lost.

    Raises NotFound, SessionEnded, NotASessionGame for a prediction, OwnPosition for one's own, TooLate as
    `forfeit_session` does.
    """
    session = _lock_to_end(
        by, session_id, "A prediction is voided as a whole: void its event, or a single bet."
    )
    _give_up(session)
    _record(by, session, "session.forfeit", reason)
    return session


def expire_session(*, session_id: int) -> GameSession | None:
    """End a session whose time is over, as of its deadline; None where there is nothing to end (any more)."""
    session = GameSession.objects.running().select_for_update(no_key=True, of=("self",)).filter(pk=session_id)
    found = session.select_related("game").first()
    if found is None or not _is_due(found, clock.now()):
        return None
    _expire(found)
    return found


def void_session(*, by: User, session_id: int, reason: str) -> GameSession:
    """Staff call a session off: its open bets get their stakes back.

    Raises NotFound, SessionEnded, NotASessionGame for a prediction, OwnPosition for one's own.
    """
    session = _lock_to_end(by, session_id, "A prediction is voided as a whole: void its event.")
    engine, state = engine_of(session)
    given_back = dict.fromkeys(engine.all_choices(state), None)
    _write(session, engine, state, state, _Ending(Status.VOIDED, clock.now(), None, None, given_back))
    _record(by, session, "session.void", reason)
    return session


def _lock_to_end(by: User, session_id: int, of_a_prediction: str) -> GameSession:
    """The running session of somebody else, locked, for staff to end."""
    roles.demand(by, roles.Can.VOID_PLAY)
    session = lock(session_id)
    if session.user_id == by.pk:
        raise OwnPosition
    if session.game.type == Game.Type.PREDICTION:
        raise NotASessionGame(of_a_prediction)
    return session


def _give_up(session: GameSession) -> None:
    """The running session ends as a loss, and so do its open bets. Raises TooLate once its deadline has passed."""
    now = clock.now()
    if _is_due(session, now):
        raise TooLate
    engine, state = engine_of(session)
    lost = dict.fromkeys(engine.all_choices(state), False)
    _write(session, engine, state, state, _Ending(Status.FORFEITED, now, "loss", 0.0, lost))


def _record(by: User, session: GameSession, action: str, reason: str) -> None:
    before, after = {"status": Status.IN_PROGRESS}, {"status": session.status}
    audit.record(actor=by, action=action, target=session, before=before, after=after, reason=reason)


def lock(session_id: int, player: User | None = None) -> GameSession:
    """The running session, locked until the end of the transaction.

    Raises NotFound (also where it is another's), SessionEnded.
    """
    sessions = GameSession.objects.select_related("game").select_for_update(no_key=True, of=("self",))
    session: GameSession = the_one(sessions.filter(pk=session_id, **({"user": player} if player else {})))
    if not session.is_running:
        raise SessionEnded
    return session


# One session at a time is started for a player: two at once could draw the same fresh question.
_GAME_TO_START = """
    SELECT g.*, s.id AS open_session, d.id AS go_of_the_day
    FROM users u CROSS JOIN games g
    LEFT JOIN game_sessions s ON s.user_id = u.id AND s.game_id = g.id AND s.status = 'in_progress'
    LEFT JOIN game_sessions d ON d.user_id = u.id AND d.game_id = g.id AND d.day = %(day)s AND d.status <> 'voided'
    WHERE u.id = %(player)s AND g.id = %(game)s AND g.is_active
    FOR NO KEY UPDATE OF u
"""


def _game_to_start(player: User, game_id: int, now: datetime) -> Game:
    """The game, which the player may start now; the player is locked. Raises what `start_session` does."""
    asked = {"player": player.pk, "game": game_id, "day": dailies.day_of(now)}
    game: Any = next(iter(Game.objects.raw(_GAME_TO_START, asked)), None)
    if game is None:
        raise NotFound
    if game.type == Game.Type.PREDICTION:
        raise NotASessionGame
    if game.open_session:
        _refuse_second(game.open_session, now)
    if game.go_of_the_day:
        raise DailyPlayed(session=game.go_of_the_day)
    return game  # type: ignore[no-any-return]


def _draw(game: Game, now: datetime) -> DailyDraw:
    """What a session of `game` is drawn from: a seed and a salt of its own, or those of the day."""
    if game.is_daily:
        return dailies.draw_for(game=game, day=dailies.day_of(now))
    return DailyDraw(game=game, seed=secrets.token_hex(32), salt=fairness.new_salt(), config=game.metadata)


def _refuse_second(session_id: int, now: datetime) -> None:
    open_one = GameSession.objects.running().filter(pk=session_id).select_related("game")
    session = open_one.select_for_update(no_key=True, of=("self",)).first()
    if session is None:
        return
    if not _is_due(session, now):
        raise SessionOpen(session=session.pk)
    _expire(session)


def _material(game: Game, config: Any, form: skill.Form, player: User, seed: str) -> Material:
    """What the state is started from: questions and chances, as they are before the session. One query."""
    stake_max = form.stake_max(config.stakes.max) if config.stakes else Decimal(0)
    if game.engine.draws_questions:
        return Material(questions=bank.draw(player, config, form, seed), stake_max=stake_max)
    levels = skill.levels_of(game)
    chances = {choice: form.chance(level, config.margin) for choice, level in levels.items()}
    return Material(chances=chances, stake_max=stake_max)


def _is_due(session: GameSession, now: datetime) -> bool:
    return session.expires_at is not None and session.expires_at <= now


def _expire(session: GameSession) -> None:
    engine, before = engine_of(session)
    deadline = session.expires_at
    assert deadline is not None
    after = engine.tick(before, deadline)
    outcome = engine.outcome(after, deadline)
    assert outcome is not None, "from its deadline on, a session has an outcome"
    status = Status.EXPIRED if outcome.ended_by == "clock" else Status.COMPLETED
    _write(session, engine, before, after, _Ending(status, deadline, outcome.result, outcome.score))


@dataclass(frozen=True)
class _Ending:
    """How a session ends. `verdicts` only where the end decides its bets, not the play."""

    status: str
    at: datetime
    result: str | None
    score: float | None
    verdicts: hooks.Verdicts | None = None


def _write(
    session: GameSession, engine: Engine[Any, Any], before: Any, after: Any, ending: _Ending | None
) -> None:
    """Write the step from `before` to `after`; if it is the last, those who registered for it settle here."""
    session.metadata = session.metadata | {"state": after.model_dump(mode="json")}
    session.expires_at = engine.deadline(after)
    if ending:
        session.status, session.ended_at = ending.status, ending.at
        session.result, session.score = ending.result, ending.score
    answers = bank.first_answers(after, before.index) if engine.draws_questions else []
    records.step(session, answers=answers, moves=_moves(session, engine, after))
    if ending:
        played = {pair: engine.settle(after, *pair) for pair in engine.all_choices(after)}
        hooks.session_ended(session, played if ending.verdicts is None else ending.verdicts)


def _moves(session: GameSession, engine: Engine[Any, Any], state: Any) -> ratings.Moves:
    """What the end of the session makes of ratings; nothing before, and nothing if it was called off.

    Nor of a daily puzzle: somebody may have told what it hides.
    """
    if session.is_running or session.status == Status.VOIDED or session.day:
        return ratings.Moves()
    met = ratings.meetings(engine, state, score=session.score)
    return ratings.moves_of(session=session, engine=engine, met=met)
