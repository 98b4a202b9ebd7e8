"""The page that recomputes a commitment, in a browser, for sessions of every kind; and when the server has cheated."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from games.tests.test_fairness import check as by_script
from games.tests.test_fairness_told import KINDS, begun, change_what_was_drawn, give_up, told_of
from quantix.tests import factories
from quantix.tests.browser.test_whole_path import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_page_agrees_with_api_and_script_for_every_kind_and_finds_out_a_change(
    page: Page, live_server: Any, check: Any
) -> None:
    player = factories.make_player()
    sign_in(page, live_server.url, player.email)
    for key in KINDS:
        for is_honest in (True, False):
            session = begun(player, key)
            if not is_honest:
                change_what_was_drawn(session, key)
            give_up(session)
            told = told_of(session)
            page.goto(f"{live_server.url}/fair/{session.pk}")
            words = "The promise was kept" if is_honest else "do not belong together"
            expect(page.locator("#verdict")).to_contain_text(words)
            computed = page.locator("#computed").text_content()
            assert (computed == told["commitment"]) is is_honest, key
            assert by_script(told).returncode == (0 if is_honest else 1), key
    check(page)
