"""Reads of sessions."""

from typing import Any

from games.models import GameSession
from games.services.sessions import engine_of


def disclosure(session: GameSession) -> dict[str, Any]:
    """The commitment of a session, and once it has ended the salt and the content that it was made to.

    A prediction has drawn nothing: its commitment is None. `session.game` should be loaded.
    """
    commitment = session.metadata["commitment"]
    if session.is_running or commitment is None:
        return {"commitment": commitment}
    engine, state = engine_of(session)
    return {"commitment": commitment, "salt": session.metadata["salt"], "content": engine.content(state)}
