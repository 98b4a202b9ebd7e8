"""What is told of a session's fairness: the same by API, page and script, for every kind; and a server that cheats."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.urls import reverse

from games import fairness
from games.models import Game, GameSession
from games.services import sessions
from games.tests.samples import PLAYED
from games.tests.test_fairness import check
from quantix.db import in_one_transaction
from quantix.tests import factories
from quantix.tests.api import Program

pytestmark = pytest.mark.django_db(transaction=True)
#: How a game of each kind that is played is made, and where its state holds what was drawn.
KINDS: dict[tuple[str, str], tuple[Callable[[], Game], str]] = {
    ("quiz", ""): (factories.make_quiz, "questions"),
    ("puzzle", "codebreaker"): (factories.make_codebreaker, "code"),
    ("puzzle", "word"): (factories.make_word, "word"),
    ("puzzle", "sudoku"): (factories.make_sudoku, "solution"),
}
every_kind = pytest.mark.parametrize("key", list(KINDS), ids=lambda key: "-".join(filter(None, key)))


def begun(player: Any, key: tuple[str, str]) -> GameSession:
    return factories.start(player, KINDS[key][0]())


def give_up(session: GameSession) -> None:
    in_one_transaction(partial(sessions.forfeit_session, player=session.user, session_id=session.pk))


def change_what_was_drawn(session: GameSession, key: tuple[str, str]) -> None:
    """As a server would that lets nobody win: what is hidden is turned round, past all services."""
    state, drawn = session.metadata["state"], KINDS[key][1]
    state[drawn] = (
        state[drawn][::-1] if state[drawn] != state[drawn][::-1] else state[drawn][1:] + state[drawn][:1]
    )
    GameSession.objects.filter(pk=session.pk).update(metadata=session.metadata)


def told_of(session: GameSession) -> dict[str, Any]:
    """What the API tells."""
    told: dict[str, Any] = Program(session.user).ask("GET", f"/sessions/{session.pk}/fairness").json()
    return told


def test_every_kind_that_is_played_is_here():
    assert set(KINDS) == set(PLAYED)


@every_kind
def test_before_the_end_there_is_the_commitment_alone(player, key):
    session = begun(player, key)
    assert told_of(session) == {"commitment": session.metadata["commitment"]}


@every_kind
def test_api_page_and_script_agree_about_it_after_the_end(client, player, key):
    session = begun(player, key)
    give_up(session)
    told = told_of(session)
    client.force_login(player)
    file = client.get(reverse("proof", args=[session.pk])).json()
    assert {**told, "session": session.pk} == file
    page = client.get(reverse("fair", args=[session.pk])).content.decode()
    assert told["commitment"] in page and told["salt"] in page
    assert check(file).returncode == 0
    assert fairness.commitment(told["salt"], told["content"]) == session.metadata["commitment"]


@every_kind
def test_a_server_that_changes_what_was_drawn_is_found_out(player, key):
    session = begun(player, key)
    noted = told_of(session)["commitment"]
    change_what_was_drawn(session, key)
    give_up(session)
    told = told_of(session)
    assert told["commitment"] == noted
    assert check(told).returncode == 1


@every_kind
def test_one_that_makes_a_new_commitment_to_it_is_found_out_by_who_has_noted_the_first(player, key):
    session = begun(player, key)
    noted = told_of(session)["commitment"]
    change_what_was_drawn(session, key)
    engine, state = sessions.engine_of(GameSession.objects.get(pk=session.pk))
    session.metadata["commitment"] = fairness.commitment(session.metadata["salt"], engine.content(state))
    GameSession.objects.filter(pk=session.pk).update(metadata=session.metadata)
    give_up(session)
    told = told_of(session)
    assert check(told).returncode == 0 and told["commitment"] != noted
    assert check({**told, "commitment": noted}).returncode == 1
