"""An event from its form to its settlement, by staff in a browser: every page checked, wide and narrow."""

from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from betting import settlement
from betting.events import resolve_event
from betting.tests.floor import place
from games.models import Event, Game
from quantix.db import in_one_transaction
from quantix.tests import factories
from quantix.tests.browser.test_back_office import check_widths
from quantix.tests.browser.test_whole_path import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_event_is_made_looked_at_opened_proposed_and_confirmed(
    page: Page, live_server: Any, check: Any, settings: Any
) -> None:
    settings.RESOLVE_CONFIRM_FROM = Decimal("10.00")
    one, other = factories.make_staff("games"), factories.make_staff("games")
    sign_in(page, live_server.url, one.email)
    page.goto(f"{live_server.url}/admin/games/event/do/new-prediction-fixed/")
    write_event(page)
    page.get_by_role("button", name="More rows").click()
    expect(page.get_by_label("Label of options 7")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Who wins the cup?")
    check_widths(page, check)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("What it can cost")).to_be_visible()
    check_widths(page, check)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Not on offer: no player sees it.")).to_be_visible()
    check_widths(page, check)
    page.get_by_role("link", name="As a player").click()
    expect(page.get_by_text("As a player sees it.")).to_be_visible()
    check_widths(page, check)
    page.get_by_role("link", name="Back to the back-office").click()
    page.get_by_role("link", name="Open", exact=True).click()
    page.get_by_role("button", name="Preview").click()
    check_widths(page, check)
    page.get_by_role("button", name="Confirm").click()
    game = Game.objects.get(name="Who wins the cup?")
    place(factories.make_player(), game, "reds", "20.00")
    page.get_by_role("link", name="Resolve", exact=True).click()
    expect(page.get_by_text("It takes bets until")).to_be_visible()
    page.get_by_label("Reds", exact=True).check()
    page.get_by_label("Reason").fill("The referee's whistle")
    page.get_by_role("button", name="Preview").click()
    check_widths(page, check)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("A result is told.")).to_be_visible()
    check_widths(page, check)
    page.context.clear_cookies()
    sign_in(page, live_server.url, other.email)
    page.goto(f"{live_server.url}/admin/games/event/{game.pk}/do/confirm/")
    page.get_by_role("button", name="Preview").click()
    check_widths(page, check)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Decided and settled.")).to_be_visible()
    check_widths(page, check)


def write_event(page: Page) -> None:
    page.get_by_label("Name").fill("Who wins the cup?")
    expect(page.get_by_label("On offer")).not_to_be_checked()
    for number, (label, odds) in enumerate([("Reds", "1.90"), ("Blues", "1.90")], 1):
        page.get_by_label(f"Label of options {number}").fill(label)
        page.get_by_label(f"Odds of options {number}").fill(odds)
    page.get_by_label("Opens at").fill("2026-01-01T10:00")
    page.get_by_label("Closes at").fill("2036-01-01T10:00")
    page.get_by_label("Criteria").fill("As the referee says.")


def test_the_page_follows_a_settlement_without_script(browser: Any, live_server: Any) -> None:
    game, staff = factories.make_event(), factories.make_staff("games")
    for _ in range(4):
        place(factories.make_player(), game, "yes", "10.00")
    in_one_transaction(
        lambda: resolve_event(by=factories.make_staff("games"), game_id=game.pk, weights={"yes": Decimal(1)})
    )
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server.url, staff.email)
    page.goto(f"{live_server.url}/admin/games/event/{game.pk}/change/")
    expect(page.get_by_text("0 of 4 players").first).to_be_visible()
    in_one_transaction(lambda: settlement.settle_batch(game.pk, 2))
    expect(page.get_by_text("2 of 4 players").first).to_be_visible(timeout=15_000)
    settlement.settle_event(game.pk)
    expect(page.get_by_text("Decided and settled.")).to_be_visible(timeout=15_000)
    assert Event.objects.get().settled_at
    context.close()


@pytest.mark.parametrize("kind", ["quiz", "word"])
def test_a_game_is_looked_at_as_a_player_sees_it(kind: str, page: Page, live_server: Any, check: Any) -> None:
    game = factories.make_quiz() if kind == "quiz" else factories.make_word()
    sign_in(page, live_server.url, factories.make_staff("games").email)
    page.goto(f"{live_server.url}/games/{game.pk}/as-player")
    expect(page.get_by_role("button", name="Start")).to_be_disabled()
    check_widths(page, check)
    page.get_by_role("link", name="The first move").click()
    check_widths(page, check)
