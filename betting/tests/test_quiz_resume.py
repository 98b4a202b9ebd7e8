"""A quiz over a bad connection: lost replies, repeated moves, two tabs. Nothing is lost but time."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from games.engines.quiz import WrongQuestion
from games.models import GameSession, Question
from games.services import sessions
from quantix import clock
from quantix.db import in_one_transaction
from quantix.tests import factories
from quantix.tests.api import Program, assert_problem
from quantix.tests.at_once import at_once, raised
from quantix.tests.scriptless import Page, open_page

pytestmark = pytest.mark.django_db(transaction=True)
KINDS: dict[str, dict[str, Any]] = {
    "single": {"options": ["x", "y"], "right": 0},
    "multiple": {"options": ["x", "y", "z"], "right": [0, 1]},
    "true_false": {"options": [], "right": True},
    "numeric": {"options": [], "right": {"value": "2.5", "tolerance": "0.1"}},
    "short": {"options": [], "right": ["Bayes"]},
}


class Quiz:
    """A quiz that a program plays."""

    def __init__(self, player: User, **config: Any) -> None:
        self.program = Program(player)
        game = factories.make_quiz(**config)
        self.id = self.program.ask("POST", "/sessions", {"game": game.pk}).json()["id"]

    def move(self, index: int, key: str = "", **answer: Any) -> Any:
        headers = {"idempotency_key": key} if key else {}
        return self.program.ask("POST", f"/sessions/{self.id}/moves", {"index": index, **answer}, **headers)

    def state(self) -> Any:
        return self.program.ask("GET", f"/sessions/{self.id}").json()["state"]


def right(index: int) -> Any:
    state: Any = sessions.engine_of(GameSession.objects.get())[1]
    answer = state.questions[index].right
    return list(answer) if isinstance(answer, tuple) else answer


def later(seconds: float) -> Any:
    return clock.set_to(clock.now() + timedelta(seconds=seconds))


def test_an_answer_whose_reply_was_lost_is_sent_again_with_its_key_and_counts_as_it_came(
    player: User,
) -> None:
    quiz = Quiz(player, questions=2, seconds=30, speed_part=0.5)
    quiz.move(0)
    first = quiz.move(0, key="answer-0", answer=right(0))
    # The clock of the question has long run out when the player is back.
    with later(60):
        again = quiz.move(0, key="answer-0", answer=right(0))
    assert again.status_code == 200 and again["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    assert quiz.state()["answered"][0]["correct"] is True


def test_the_same_answer_without_a_key_is_refused_with_the_current_question_and_changes_nothing(
    player: User,
) -> None:
    quiz = Quiz(player, questions=2)
    quiz.move(0)
    assert quiz.move(0, answer=right(0)).status_code == 200
    before = quiz.state()
    refusal = assert_problem(quiz.move(0, answer="a"), 409, "wrong-question")
    assert refusal["index"] == 1
    assert quiz.state() == before


def test_showing_whose_reply_was_lost_is_sent_again_and_its_clock_runs_on(player: User) -> None:
    quiz = Quiz(player, questions=2, seconds=30)
    deadline = quiz.move(0).json()["state"]["question"]["deadline"]
    with later(20):
        again = quiz.move(0).json()["state"]["question"]
    assert again["deadline"] == deadline


def test_an_answer_after_the_clock_is_too_late_and_the_question_counts_as_timed_out(player: User) -> None:
    quiz = Quiz(player, questions=2, seconds=30)
    quiz.move(0)
    with later(31):
        assert_problem(quiz.move(0, answer=right(0)), 409, "too-late")
        state = quiz.state()
        assert (state["index"], state["answered"][0]["answer"], state["answered"][0]["correct"]) == (
            1,
            None,
            False,
        )
        # And again: the question is over, whatever is sent for it.
        assert_problem(quiz.move(0, answer=right(0)), 409, "too-late")
        assert quiz.move(1).status_code == 200


def test_who_comes_back_finds_the_question_as_it_was_left(player: User) -> None:
    quiz = Quiz(player, questions=3, seconds=30)
    quiz.move(0)
    quiz.move(0, answer=right(0))
    asked = quiz.move(1).json()["state"]
    with later(10):
        back = quiz.state()
    assert back == asked
    assert (back["index"], back["right"]) == (1, 1)


def test_every_kind_is_played_by_programs(player: User) -> None:
    game = factories.make_quiz(questions=5, bank=0)
    for kind, row in KINDS.items():
        factories.QuestionFactory(kind=kind, tags=game.metadata["tags"], **row)
    program = Program(player)
    session = program.ask("POST", "/sessions", {"game": game.pk}).json()
    moves = f"/sessions/{session['id']}/moves"
    seen = set()
    for index in range(5):
        shown = program.ask("POST", moves, {"index": index}).json()["state"]["question"]
        seen.add(shown["kind"])
        session = program.ask("POST", moves, {"index": index, "answer": right(index)}).json()
        answered = session["state"]["answered"][index]
        assert answered["correct"] is True
        # The right answer has the form of an answer, and comes with its explanation.
        assert answered["right_answer"] == right(index) and answered["explanation"] == "Because it is right."
    assert seen == set(KINDS)
    assert (session["result"], session["score"]) == ("win", 1.0)


def test_a_question_edited_or_retired_meanwhile_is_asked_as_it_was_drawn(player: User) -> None:
    quiz = Quiz(player, questions=2)
    content = GameSession.objects.get().metadata["state"]["questions"]
    Question.objects.update(right=0, options=["a", "b"], explanation="Another one.", is_active=False)
    shown = quiz.move(0).json()["state"]["question"]
    assert [option["text"] for option in shown["options"]] == [one["text"] for one in content[0]["options"]]
    answered = quiz.move(0, answer=right(0)).json()["state"]["answered"][0]
    assert (answered["correct"], answered["explanation"]) == (True, "Because it is right.")


# The same on pages.


@pytest.fixture
def tabs(client: Client, player: User) -> Any:
    """`tabs(quiz)`: the session's page, opened twice."""
    client.force_login(player)

    def begin(game: Any) -> tuple[Page, Page]:
        open_page(client, reverse("game", args=[game.slug])).send("/start")
        address = reverse("session", args=[GameSession.objects.get().pk])
        return open_page(client, address), open_page(client, address)

    return begin


def test_in_two_tabs_the_second_answer_is_refused_kindly_and_shows_how_things_stand(tabs: Any) -> None:
    one, other = tabs(factories.make_quiz(questions=2))
    one, other = one.send("/move"), other.send("/move")
    answered = one.send("/move", answer=right(0))
    assert "Because it is right." in answered.text
    late = other.send("/move", answer="a")
    assert late.status == 409
    assert "another question than the current one, number 2" in late.text and "Show question 2" in late.text
    assert GameSession.objects.get().metadata["state"]["answered"][0]["correct"] is True


def test_a_page_sent_twice_answers_once_and_shows_the_same(tabs: Any, client: Client) -> None:
    page, _ = tabs(factories.make_quiz(questions=2))
    form = page.send("/move").form("/move")
    body = form.fields | {"answer": right(0)}
    replies = [client.post(form.action, body) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [303, 303]
    assert replies[0]["Location"] == replies[1]["Location"]


def test_a_page_loaded_again_shows_the_question_with_the_clock_it_had(tabs: Any, client: Client) -> None:
    page, _ = tabs(factories.make_quiz(questions=2, seconds=30))
    asked = page.send("/move")
    address = reverse("session", args=[GameSession.objects.get().pk])
    with later(10):
        again = open_page(client, address)
    deadline = GameSession.objects.get().metadata["state"]["shown_at"]
    assert deadline and [form.action for form in again.forms] == [form.action for form in asked.forms]
    shown = GameSession.objects.get().metadata["state"]["questions"][0]["text"]
    assert shown in again.text and shown in asked.text


def test_an_answer_for_another_question_is_not_written_into_the_one_at_hand(tabs: Any) -> None:
    game = factories.make_quiz(questions=2, bank=0)
    for word in ("alpha", "beta"):
        factories.QuestionFactory(kind="short", options=[], right=[word], tags=game.metadata["tags"])
    one, other = tabs(game)
    one, other = one.send("/move"), other.send("/move")
    one.send("/move", answer="first try").send("/move")
    stale = other.send("/move", answer="stale words")
    assert stale.status == 409
    assert "stale words" not in stale.text


def test_the_same_answer_from_many_connections_at_once_counts_once(player: User) -> None:
    game = factories.make_quiz(questions=2)
    session = factories.start(player, game)

    def move(answer: str | None = None) -> Any:
        sent = {"index": 0} | ({"answer": answer} if answer else {})
        return in_one_transaction(
            partial(sessions.play_move, player=player, session_id=session.pk, move=sent)
        )

    move()
    outcomes = at_once(6, lambda number: move(right(0)))
    assert raised(outcomes, WrongQuestion) == 5
    question = Question.objects.get(pk=session.metadata["state"]["questions"][0]["id"])
    assert (question.times_answered, question.times_right) == (1, 1)
