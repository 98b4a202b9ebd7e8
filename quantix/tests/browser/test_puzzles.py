"""Puzzles in a browser: by the keyboard alone, by touch on a phone, heard, and looked at in both themes."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from games.engines.puzzle.word import answers
from games.models import GameSession
from quantix.tests import factories
from quantix.tests.browser.test_whole_path import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def begin(page: Page, live_server: Any) -> Any:
    """`begin(game)`: a player starts the game on its page; the state that the server holds."""
    player = factories.make_player()
    sign_in(page, live_server.url, player.email)

    def start(game: Any) -> Any:
        page.goto(f"{live_server.url}/games/{game.slug}")
        page.get_by_role("button", name="Start").click()
        page.wait_for_url("**/play/*")
        return state(game)

    return start


def state(game: Any) -> Any:
    return GameSession.objects.get(game=game).metadata["state"]


def said(page: Page) -> Any:
    return page.locator("#spoken")


def test_a_word_by_the_keyboard_alone_with_every_mark_said(page: Page, begin: Any, check: Any) -> None:
    game = factories.make_word()
    word = begin(game)["word"]
    check(page)
    other = next(one for one in answers() if one != word)
    page.keyboard.type(other)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="5 letters, 5 guesses left")).to_be_visible()
    expect(said(page)).to_contain_text("Guess 1:")
    check(page)
    page.keyboard.type("zzzzz")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not in the list of words")
    check(page)
    page.locator("#guess").fill("")
    page.keyboard.type(word.upper())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You won")).to_be_visible()
    check(page)


def test_a_word_by_touch_on_a_phone(page: Page, begin: Any, check: Any) -> None:
    # So tall that the bar at the thumb covers nothing that could be scrolled from under it.
    page.set_viewport_size({"width": 400, "height": 2000})
    game = factories.make_word()
    word = begin(game)["word"]
    pad = page.get_by_role("group", name="Letters")
    for letter in "zz":
        pad.get_by_role("button", name=letter, exact=True).click()
    for _ in range(2):
        page.get_by_role("button", name="Delete").click()
    for letter in word:
        pad.get_by_role("button", name=letter, exact=True).click()
    check(page)
    page.get_by_role("button", name="Try this word").click()
    expect(page.get_by_role("heading", name="You won")).to_be_visible()
    check(page)


def test_high_contrast_is_a_box_that_is_remembered(page: Page, begin: Any, check: Any) -> None:
    begin(factories.make_word())
    page.keyboard.type("crane")
    page.keyboard.press("Enter")
    expect(page.locator(".tile--hit, .tile--near, .tile--miss").first).to_be_visible()
    page.get_by_label("High contrast").check()
    check(page)
    page.reload()
    expect(page.get_by_label("High contrast")).to_be_checked()


def test_a_sudoku_by_the_keyboard_alone_saved_as_it_goes(page: Page, begin: Any, check: Any) -> None:
    game = factories.make_sudoku()
    grid = begin(game)
    check(page)
    first, second = [cell for cell in range(81) if grid["given"][cell] == "0"][:2]
    cells = page.locator("[name='grid:cells']")
    cells.nth(first).focus()
    page.keyboard.press(grid["solution"][first])
    expect(page.locator("[data-saved]")).to_have_text("Saved.")
    assert state(game)["grid"][first] == grid["solution"][first]
    cells.nth(second).focus()
    page.keyboard.press("n")
    page.keyboard.press("4")
    expect(said(page)).to_have_text("Pencil 4")
    page.reload()
    expect(cells.nth(second)).to_have_attribute("aria-label", re.compile("pencil 4$"))
    expect(cells.nth(first)).to_have_value(grid["solution"][first])
    check(page)


def test_a_sudoku_says_what_clashes_and_ends_with_the_last_digit(page: Page, begin: Any, check: Any) -> None:
    game = factories.make_sudoku()
    grid = begin(game)
    empty = [cell for cell in range(81) if grid["given"][cell] == "0"]
    cells = page.locator("[name='grid:cells']")
    row = empty[0] // 9
    twice = next(digit for digit in grid["given"][9 * row : 9 * row + 9] if digit != "0")
    cells.nth(empty[0]).focus()
    page.keyboard.press(twice)
    expect(said(page)).to_contain_text("in its row, column or box already")
    expect(cells.nth(empty[0])).to_have_attribute("aria-invalid", "true")
    check(page)
    for cell in empty:
        cells.nth(cell).focus()
        page.keyboard.press(grid["solution"][cell])
    expect(page.get_by_role("heading", name="You won")).to_be_visible()
    check(page)


def test_a_sudoku_by_touch_on_a_phone_with_a_hint(page: Page, begin: Any, check: Any) -> None:
    # So tall that the bar at the thumb covers nothing that could be scrolled from under it.
    page.set_viewport_size({"width": 400, "height": 2000})
    game = factories.make_sudoku()
    grid = begin(game)
    first = grid["given"].index("0")
    page.locator("[name='grid:cells']").nth(first).click()
    page.get_by_role("button", name=f"Put {grid['solution'][first]}").click()
    expect(page.locator("[data-saved]")).to_have_text("Saved.")
    page.get_by_role("button", name="Hint").click()
    expect(page.locator(".cell--hinted")).to_have_count(1)
    assert state(game)["grid"][first] == grid["solution"][first]
    check(page)


def test_a_daily_puzzle_ends_with_a_result_to_share(
    page: Page, begin: Any, check: Any, live_server: Any
) -> None:
    game = factories.make_daily()
    word = begin(game)["word"]
    page.keyboard.type(word)
    page.keyboard.press("Enter")
    expect(page.locator("#share")).to_contain_text("🟩🟩🟩🟩🟩")
    check(page)
    page.goto(f"{live_server.url}/lobby")
    expect(page.get_by_role("heading", name="Today's puzzles")).to_be_visible()
    check(page)


def test_a_sudoku_without_script_is_a_form(
    browser: Browser, live_server: Any, begin: Any, page: Page
) -> None:
    game = factories.make_sudoku()
    grid = begin(game)
    address, cookies = page.url, page.context.cookies()
    with browser.new_context(java_script_enabled=False) as plain:
        plain.add_cookies(cookies)  # type: ignore[arg-type]
        form = plain.new_page()
        form.goto(address)
        first = grid["given"].index("0")
        form.locator("[name='grid:cells']").nth(first).fill(grid["solution"][first])
        form.get_by_role("button", name="Save the grid").click()
        expect(form.locator("[name='grid:cells']").nth(first)).to_have_value(grid["solution"][first])
    assert state(game)["grid"][first] == grid["solution"][first]
