"""The question bank in a browser: every kind answered with the keyboard, and a file that staff bring in."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from games.models import GameSession, Question
from quantix.tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

KINDS: dict[str, dict[str, Any]] = {
    "single": {"options": ["x", "y", "z"], "right": 1},
    "multiple": {"options": ["x", "y", "z"], "right": [0, 2]},
    "true_false": {"options": [], "right": False},
    "numeric": {"options": [], "right": {"value": "2.5", "tolerance": "0.1"}},
    "short": {"options": [], "right": ["Bayes' theorem"]},
}


def sign_in(page: Page, site: str, login: str) -> None:
    page.goto(f"{site}/sign-in")
    page.get_by_label("E-mail or username").fill(login)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def test_every_kind_is_answered_with_the_keyboard_alone(page: Page, live_server: Any, check: Any) -> None:
    game = factories.make_quiz(questions=5, bank=0)
    for kind, row in KINDS.items():
        factories.QuestionFactory(kind=kind, tags=game.metadata["tags"], **row)
    sign_in(page, live_server.url, factories.make_player().username)
    page.goto(f"{live_server.url}/games/{game.slug}")
    page.get_by_role("button", name="Start").press("Enter")
    for number in range(1, 6):
        expect(page.get_by_role("button", name=f"Show question {number}")).to_be_visible()
        # The keys are a script's, which has run once the page is loaded.
        page.wait_for_load_state()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Answer")).to_be_visible()
        check(page)
        for key in keys_for(number - 1):
            page.keyboard.press(key)
        page.keyboard.press("Enter")
    expect(page.get_by_text("5 of 5 right")).to_be_visible()
    check(page)


def keys_for(index: int) -> list[str]:
    """What is typed to answer rightly: a letter or a number for an option, the words themselves else."""
    question = GameSession.objects.get().metadata["state"]["questions"][index]
    match question["kind"]:
        case "single":
            return [question["right"]]
        case "multiple":
            # One by its letter, one by its number.
            first, last = question["right"]
            return [first.upper(), str("abc".index(last) + 1)]
        case "true_false":
            return ["f"]
        case "numeric":
            return list("2.45")
        case _:
            return list("bayes' THEOREM")


def test_staff_look_at_a_file_import_it_and_take_the_bank_out(
    page: Page, live_server: Any, check: Any, tmp_path: Any
) -> None:
    path = tmp_path / "sums.gift"
    path.write_text("1 + 1?{=2 ~3}\n\nDiscuss.{}\n\n2 + 2?{#4}\n")
    sign_in(page, live_server.url, factories.make_staff("games").username)
    page.goto(f"{live_server.url}/admin/games/question/")
    check(page)
    page.get_by_role("link", name="Import", exact=True).click()
    check(page)
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_text("essay questions have no right answer to check")).to_be_visible()
    check(page)
    assert not Question.objects.exists()
    # Nothing is lost by loading the page again.
    page.reload()
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("Imported sums.gift: 2 new, 1 refused.")).to_be_visible()
    check(page)
    page.goto(f"{live_server.url}/admin/games/question/do/export/")
    check(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    text = download.value.path().read_text()
    assert download.value.suggested_filename == "quantix-questions.gift" and "2 + 2?" in text
