"""The front page of the back-office: charts that are read and followed; and a player who reports another."""

from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import PlayerReport
from betting.services import Slip, place_bet
from quantix.db import in_one_transaction
from quantix.money import parse_money
from quantix.tests import factories
from quantix.tests.browser.test_back_office import check_widths
from quantix.tests.browser.test_whole_path import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_figure_leads_to_its_rows_from_the_table_and_from_the_picture(
    page: Page, live_server: Any, check: Any
) -> None:
    player, game = factories.make_player(), factories.make_event()
    slip = Slip("winner", "yes", parse_money("7.00"), game_id=game.pk)
    in_one_transaction(partial(place_bet, player=player, slip=slip))
    sign_in(page, live_server.url, factories.make_staff("owner").email)
    page.goto(f"{live_server.url}/admin/")
    stakes = page.get_by_role("article", name="Stakes")
    for summary in page.locator(".figure summary").all():
        summary.click()
    check_widths(page, check)
    stakes.get_by_role("cell", name="₹7.00").get_by_role("link").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    expect(page.locator("#result_list")).to_contain_text("−₹7.00")
    page.go_back()
    stakes.locator("svg.bars a").last.click()
    expect(page.locator("#result_list tbody tr")).to_have_count(1)


def test_a_player_reports_another_without_a_mouse(page: Page, live_server: Any, check: Any) -> None:
    reported = factories.make_player(username="loud.mouth")
    sign_in(page, live_server.url, factories.make_player().email)
    page.goto(f"{live_server.url}/players/{reported.username}")
    page.get_by_role("link", name="Report this player").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Send the report").click()
    check_widths(page, check)
    page.get_by_label("An offensive name").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("Calls people names.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Staff will look at what you wrote")).to_be_visible()
    assert PlayerReport.objects.get().words == "Calls people names."
