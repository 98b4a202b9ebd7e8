"""Events whose prices move, in a browser: by the keyboard alone, on a phone and a wide screen, in both themes."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from betting.tests.floor import place, resolve
from quantix.tests import factories
from quantix.tests.browser.test_whole_path import sign_in

pytestmark = pytest.mark.django_db(transaction=True)

# So tall that the bar at the thumb covers nothing that could be scrolled from under it.
SIZES: dict[str, ViewportSize] = {
    "wide": {"width": 1280, "height": 900},
    "phone": {"width": 400, "height": 2400},
}
MECHANISMS = ("pool", "lmsr")


@pytest.fixture
def show(page: Page, live_server: Any) -> Any:
    """`show(mechanism, size)`: the page of an event on which somebody has staked, before a player; and the event."""

    def run(mechanism: str, size: str) -> Any:
        page.set_viewport_size(SIZES[size])
        game = factories.make_event(mechanism=mechanism)
        place(factories.make_player(), game, "no", "10.00")
        sign_in(page, live_server.url, factories.make_player().email)
        page.goto(f"{live_server.url}/games/{game.slug}")
        return game

    return run


def stake_by_keyboard(page: Page) -> None:
    """Choose the first option, type an amount, wait for the quote, go on to the button."""
    page.get_by_role("radio", name=re.compile("^Yes")).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Stake", exact=True)).to_be_focused()
    page.keyboard.type("10")
    expect(page.locator("dl[data-quote]")).to_contain_text("₹90.00")
    button = page.get_by_role("button", name="Place stake")
    for _ in range(6):
        if button.evaluate("element => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(button).to_be_focused()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_stake_by_the_keyboard_alone(page: Page, show: Any, check: Any, mechanism: str, size: str) -> None:
    game = show(mechanism, size)
    check(page)
    stake_by_keyboard(page)
    check(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your position")).to_be_visible()
    expect(page.locator("#wallet-pill")).to_contain_text("₹90.00")
    check(page)
    resolve(game, yes="1")
    page.reload()
    expect(page.get_by_text("It came out", exact=True)).to_be_visible()
    check(page)


@pytest.mark.parametrize("size", SIZES)
def test_a_position_is_sold_by_the_keyboard_alone(page: Page, show: Any, check: Any, size: str) -> None:
    show("lmsr", size)
    stake_by_keyboard(page)
    page.keyboard.press("Enter")
    sell = page.get_by_role("button", name=re.compile("^Sell Yes for"))
    expect(sell).to_be_visible()
    sell.focus()
    page.keyboard.press("Enter")
    expect(sell).to_have_count(0)
    # Sold at once, with nobody between: what it cost, less nothing but the last paisa.
    expect(page.locator("#wallet-pill")).to_contain_text(re.compile(r"₹(100\.00|99\.9)"))
    check(page)
