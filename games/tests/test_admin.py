"""Games, questions and sessions as staff make and end them in the back-office."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from games.engines import ENGINES
from games.models import Event, Game, GameSession, Question
from quantix.models import AuditEntry
from quantix.tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

QUIZ = {"name": "Monday quiz", "is_active": "on", "tags": "probability", "questions": "3"}
EVENT = {
    "name": "Who wins the cup?",
    "is_active": "on",
    "options.0.id": "reds",
    "options.0.label": "Reds",
    "options.0.odds": "2.5",
    "options.1.id": "blues",
    "options.1.label": "Blues",
    "options.1.odds": "1.5",
    "opens_at": "2026-01-01T10:00",
    "closes_at": "2036-01-01T10:00",
    "criteria": "As the club says.",
}
QUESTION = {
    "kind": "single",
    "text": "What is 2 + 2?",
    "options": "3\n* 4\n5",
    "tags": "sums, easy",
    "difficulty": "1",
    "is_active": "on",
}


@pytest.fixture
def send(client: Client) -> Callable[..., Any]:
    """`send("games/game/do/new-quiz", {…})`: a form of the back-office, sent by staff for games."""
    client.force_login(factories.make_staff("games"))
    return lambda address, data: client.post(f"/admin/games/{address}/", {"confirm": "1"} | data)


def faults(page: Any) -> set[str]:
    assert page.status_code == 400
    return set(page.context["form"].errors)


def test_a_quiz_is_made_with_the_usual_values_for_what_is_left_empty(send: Callable[..., Any]) -> None:
    assert send("game/do/new-quiz", QUIZ).status_code == 303
    game = Game.objects.get(name="Monday quiz")
    assert (game.type, game.metadata["questions"], game.metadata["tags"]) == ("quiz", 3, ["probability"])
    assert game.metadata["seconds"] == 30
    assert AuditEntry.objects.get(action="game.create").target_id == game.pk


def test_a_configuration_at_fault_names_its_fields(send: Callable[..., Any]) -> None:
    page = send("game/do/new-quiz", QUIZ | {"questions": "500", "pass_mark": "2", "stakes.min": "1.234"})
    assert faults(page) == {"questions", "pass_mark", "stakes.min"}
    assert not Game.objects.exists()


@pytest.mark.parametrize("number", ["9" * 5000, "٣", "1.5", "-1"])
def test_a_number_that_is_none_in_a_list_of_them_is_at_fault(send: Callable[..., Any], number: str) -> None:
    page = send(
        "game/do/new-puzzle-codebreaker", {"name": "Vault", "is_active": "on", "within": f"4, {number}"}
    )
    assert any(field.startswith("within") for field in faults(page))


def test_a_row_at_fault_is_named(send: Callable[..., Any]) -> None:
    page = send(
        "game/do/new-prediction-fixed", EVENT | {"options.1.odds": "0.5", "options.2.label": "Nobody"}
    )
    assert {"options.1.odds", "options.2.odds"} <= faults(page)


def test_an_event_is_made_with_its_window_in_local_time(send: Callable[..., Any], client: Client) -> None:
    preview = client.post("/admin/games/game/do/new-prediction-fixed/", EVENT).context["preview"]
    assert dict(preview.facts)["Opens at"] == "01 Jan 2026, 10:00"
    assert send("game/do/new-prediction-fixed", EVENT).status_code == 303
    event = Event.objects.get()
    assert event.opens_at.isoformat() == "2026-01-01T04:30:00+00:00"
    assert [option["id"] for option in event.game.metadata["options"]] == ["reds", "blues"]


@pytest.mark.parametrize("make", [factories.make_quiz, factories.make_codebreaker, factories.make_event])
def test_a_game_saved_as_its_form_shows_it_stays_as_it_is(
    make: Callable[[], Game], send: Callable[..., Any], client: Client
) -> None:
    game = make()
    address = f"game/{game.pk}/do/edit"
    form = client.get(f"/admin/games/{address}/").context["form"]
    shown = {bound.html_name: bound.value() for bound in form}
    written = {name: "" if value is None else value for name, value in shown.items() if value is not False}
    saved = send(address, written)
    assert saved.status_code == 303, saved.context["form"].errors
    again = Game.objects.get(pk=game.pk)
    for moment in ("opens_at", "closes_at"):
        # The form shows no seconds.
        game.metadata.pop(moment, None)
        again.metadata.pop(moment, None)
    assert again.metadata == game.metadata


def test_two_games_have_two_names(send: Callable[..., Any]) -> None:
    assert send("game/do/new-quiz", QUIZ).status_code == 303
    assert faults(send("game/do/new-quiz", QUIZ)) == {"name"}


def test_a_question_is_written_as_lines_with_a_star(send: Callable[..., Any]) -> None:
    assert send("question/do/new", QUESTION).status_code == 303
    question = Question.objects.get(text="What is 2 + 2?")
    assert (question.options, question.right, question.tags) == (["3", "4", "5"], 1, ["sums", "easy"])
    assert AuditEntry.objects.get(action="question.create").target_id == question.pk


@pytest.mark.parametrize(
    ("kind", "options", "right", "stored"),
    [
        ("multiple", "* a\nb\n* c", "", [0, 2]),
        ("true_false", "", "False", False),
        ("numeric", "", "3.14 ± 0.01", {"value": "3.14", "tolerance": "0.01"}),
        ("numeric", "", "42", {"value": "42", "tolerance": "0"}),
        ("short", "", "Bayes\nThomas Bayes", ["Bayes", "Thomas Bayes"]),
    ],
)
def test_each_kind_is_read_and_shown_again(
    kind: str, options: str, right: str, stored: Any, send: Callable[..., Any], client: Client
) -> None:
    asked = QUESTION | {"kind": kind, "options": options, "right": right}
    assert send("question/do/new", asked).status_code == 303
    question = Question.objects.get()
    assert question.right == stored
    form = client.get(f"/admin/games/question/{question.pk}/do/edit/").context["form"]
    shown = {bound.html_name: bound.value() for bound in form}
    assert send(f"question/{question.pk}/do/edit", shown).status_code == 303
    assert Question.objects.get().right == stored


@pytest.mark.parametrize(
    ("change", "at_fault"),
    [
        ({"options": "3\n4\n5"}, "right"),
        ({"options": "* 3\n* 4"}, "right"),
        ({"options": "* 4"}, "options"),
        ({"options": "* 4\n4"}, "options"),
        ({"kind": "true_false", "options": "", "right": "perhaps"}, "right"),
        ({"kind": "numeric", "options": "", "right": "about 3"}, "right"),
        ({"kind": "numeric", "options": "", "right": "3 ± -1"}, "right"),
        ({"kind": "short", "options": "", "right": ""}, "right"),
        ({"kind": "short", "right": "4"}, "options"),
        ({"difficulty": "9"}, "difficulty"),
        ({"text": " "}, "text"),
    ],
)
def test_a_question_at_fault_names_the_field(
    change: dict[str, str], at_fault: str, send: Callable[..., Any]
) -> None:
    assert at_fault in faults(send("question/do/new", QUESTION | change))
    assert not Question.objects.exists()


def test_the_same_text_is_not_asked_twice(send: Callable[..., Any]) -> None:
    send("question/do/new", QUESTION)
    assert faults(send("question/do/new", QUESTION)) == {"text"}


def test_a_retired_question_is_drawn_no_more(send: Callable[..., Any]) -> None:
    question: Any = factories.QuestionFactory()
    assert send(f"question/{question.pk}/do/retire", {"reason": "It leaked"}).status_code == 303
    question.refresh_from_db()
    assert not question.is_active


def test_the_secrets_of_a_session_are_shown_after_its_end_only(
    client: Client, player: User, send: Callable[..., Any]
) -> None:
    session = factories.start(player, factories.make_codebreaker())
    code, address = session.metadata["state"]["seed"], f"/admin/games/gamesession/{session.pk}/change/"
    salt = session.metadata["salt"]
    html = client.get(address).content.decode()
    assert session.metadata["commitment"] in html
    assert code not in html
    assert salt not in html
    assert send(f"gamesession/{session.pk}/do/void", {"reason": "The site was down"}).status_code == 303
    assert GameSession.objects.get().status == "voided"
    assert code in client.get(address).content.decode()


def test_a_session_ends_once(player: User, send: Callable[..., Any]) -> None:
    session = factories.start(player, factories.make_codebreaker())
    assert send(f"gamesession/{session.pk}/do/void", {"reason": "The site was down"}).status_code == 303
    assert send(f"gamesession/{session.pk}/do/void", {"reason": "Again"}).status_code == 409


def preview_of(page: Any) -> Any:
    assert page.status_code == 200, page.context["form"].errors
    return page.context["preview"]


@pytest.fixture
def preview(client: Client) -> Callable[..., Any]:
    """`preview("game/do/new-quiz", {…})`: what the form would do, as it is shown before it is confirmed."""
    client.force_login(factories.make_staff("games"))
    return lambda address, data: preview_of(client.post(f"/admin/games/{address}/", data))


def test_a_new_event_is_looked_at_with_what_it_can_cost_before_it_is_made(
    preview: Callable[..., Any], send: Callable[..., Any]
) -> None:
    looked = preview("game/do/new-prediction-fixed", EVENT | {"liability_cap": "1000"})
    assert [list(row) for row in looked.panel.rows] == [
        ["Reds", "2.50×", "₹600.00"],
        ["Blues", "1.50×", "₹333.34"],
    ]
    assert dict(looked.facts)["Liability cap"] == "1000.00"
    assert not Game.objects.exists()
    assert send("event/do/new-prediction-fixed", EVENT).headers["Location"].startswith("/admin/games/event/")


def test_a_new_event_begins_as_a_draft_that_no_player_sees(send: Callable[..., Any], client: Client) -> None:
    address = "/admin/games/game/do/new-prediction-fixed/"
    assert client.get(address).context["form"]["is_active"].value() is False
    unticked = {name: value for name, value in EVENT.items() if name != "is_active"}
    made = client.post(address, {**unticked, "confirm": "1"}, follow=True).content.decode()
    assert "No player sees it yet." in made and "Not on offer: no player sees it." in made
    assert client.get("/admin/games/game/do/new-quiz/").context["form"]["is_active"].value() is True


def test_what_is_at_fault_is_told_before_the_look(send: Callable[..., Any]) -> None:
    assert faults(send("game/do/new-quiz", QUIZ | {"questions": "500", "confirm": ""})) == {"questions"}


def test_a_changed_game_shows_what_changes(
    preview: Callable[..., Any], send: Callable[..., Any], client: Client
) -> None:
    game = factories.make_event()
    address = f"event/{game.pk}/do/edit"
    form = client.get(f"/admin/games/{address}/").context["form"]
    shown = {bound.html_name: bound.value() or "" for bound in form}
    looked = preview(address, shown | {"options.0.odds": "2.50", "closes_at": "2036-01-01T10:00"})
    assert dict(looked.facts)["Options 1, odds"] == "2.00 → 2.50"
    assert "Name" not in dict(looked.facts)
    assert Game.objects.get().metadata["options"][0]["odds"] == "2.00"


def test_an_option_without_an_id_gets_one_from_its_label(send: Callable[..., Any]) -> None:
    words = {"options.0.id": "", "options.0.label": "The Reds, again!", "options.1.id": ""}
    assert send("game/do/new-prediction-fixed", EVENT | words).status_code == 303
    assert [option["id"] for option in Game.objects.get().metadata["options"]] == ["the-reds-again", "blues"]


@pytest.mark.parametrize("slug", ["new-prediction-fixed", "new-prediction-pool", "new-prediction-lmsr"])
def test_a_list_grows_by_a_button_and_keeps_what_was_written(slug: str, client: Client) -> None:
    client.force_login(factories.make_staff("games"))
    address = f"/admin/games/game/do/{slug}/"
    rows = 4
    while rows < 20:
        sent = {f"options.{number}.label": "" for number in range(rows)} | {
            "name": "Cup",
            "options.0.label": "Reds",
        }
        form = client.post(address, sent | {"more": "options"}).context["form"]
        rows += min(3, 20 - rows)
        [options] = [group for group in form.groups if group.legend == "Options"]
        assert len(options.rows) == rows
        assert (form["name"].value(), form["options.0.label"].value(), form["is_active"].value()) == (
            "Cup",
            "Reds",
            False,
        )
    # An event has twenty options at most: there the button is gone.
    assert options.more == ""
    assert not Game.objects.exists()


@pytest.mark.parametrize("engine", list(ENGINES.values()), ids=lambda engine: engine.kind or engine.type)
def test_the_form_of_every_engine_draws_all_that_it_asks(engine: Any, client: Client) -> None:
    client.force_login(factories.make_staff("games"))
    slug = f"new-{engine.type}{'-' if engine.kind else ''}{engine.kind}"
    form = client.get(f"/admin/games/game/do/{slug}/").context["form"]
    drawn = [bound for group in form.groups for bound in group.fields]
    drawn += [bound for group in form.groups for row in group.rows for _, bound in row]
    assert sorted(bound.html_name for bound in drawn) == sorted(form.fields)


def test_a_quiz_whose_bank_is_too_small_is_doubted(preview: Callable[..., Any]) -> None:
    factories.QuestionFactory.create_batch(2, tags=["probability"])
    assert "too few, nobody can start it" in preview("game/do/new-quiz", QUIZ).warnings[0]
    factories.QuestionFactory.create_batch(2, tags=["probability"])
    assert "a player has seen all" in preview("game/do/new-quiz", QUIZ).warnings[0]
    factories.QuestionFactory.create_batch(5, tags=["probability"])
    assert preview("game/do/new-quiz", QUIZ).warnings == []


def test_faults_of_an_event_are_told_in_words_with_their_field(send: Callable[..., Any]) -> None:
    empty = send("game/do/new-prediction-fixed", {"name": "Finals"}).content.decode()
    assert "Options: at least 2 are needed." in empty and "Criteria: fill this in." in empty
    assert "Tuple" not in empty and "Required. How the result will be told" in empty
    odd = send("game/do/new-prediction-fixed", EVENT | {"options.0.odds": "1", "options.1.odds": "1000000"})
    page = odd.content.decode()
    assert "Options 1, odds: more than 1." in page and "1000 at most" in page
