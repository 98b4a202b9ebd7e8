"""The back-office as staff see it: every kind of page, wide and narrow, light and dark."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from quantix.db import in_one_transaction
from quantix.tests import factories
from quantix.tests.browser.test_whole_path import sign_in
from quantix.tests.test_admin import LISTS, actions, make_rows
from wallets import reconcile
from wallets.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)

WIDTHS = (1280, 400)
#: More than a list shows at once.
MANY = 60
PREVIEWED = [
    ("accounts_user", "adjust"),
    ("wallets_adjustment", "approve"),
    ("wallets_transaction", "void"),
    ("games_event", "resolve"),
    ("games_event", "void"),
]


@pytest.fixture
def rows() -> dict[str, Any]:
    """A row for each page, and a list of questions that takes a second page."""
    rows = in_one_transaction(make_rows)
    factories.QuestionFactory.create_batch(MANY)
    bonus = Transaction.objects.filter(category="bonus").latest("id")
    return rows | {"wallets_reconciliation": reconcile.run(), "wallets_transaction": bonus}


@pytest.fixture
def look(page: Page, live_server: Any, check: Any) -> Callable[[str], None]:
    """`look("wallets/wallet/")`: an owner opens the page, and nothing is wrong with it at any width."""
    sign_in(page, live_server.url, factories.make_staff("owner").email)

    def open_and_check(address: str) -> None:
        page.goto(f"{live_server.url}/admin/{address}")
        check_widths(page, check)

    return open_and_check


def check_widths(page: Page, check: Any) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        check(page)


def address_of(name: str) -> str:
    return name.replace("_", "/")


def test_the_front_page_and_the_lists_of_an_app(rows: dict[str, Any], look: Callable[[str], None]) -> None:
    look("")
    look("wallets/")


def test_every_list(rows: dict[str, Any], look: Callable[[str], None], page: Page) -> None:
    for name in LISTS:
        look(f"{address_of(name)}/")
        expect(page.locator("#result_list tbody tr").first).to_be_visible()


def test_a_list_searched_filtered_and_paged(rows: dict[str, Any], look: Callable[[str], None]) -> None:
    look("games/question/?q=Question&kind__exact=single")
    look("games/question/?p=2")
    look("betting/bet/?q=nobody")
    look("betting/bet/?uncollected=yes")


def test_the_page_of_every_row(rows: dict[str, Any], look: Callable[[str], None]) -> None:
    for name in LISTS:
        look(f"{address_of(name)}/{rows[name].pk}/change/")


def test_the_form_of_every_action(rows: dict[str, Any], look: Callable[[str], None]) -> None:
    for name, slug in actions(of_lists=False):
        look(f"{address_of(name)}/{rows[name].pk}/do/{slug}/")


def test_the_form_of_every_action_from_a_list(look: Callable[[str], None]) -> None:
    for name, slug in actions(of_lists=True):
        look(f"{address_of(name)}/do/{slug}/")


@pytest.mark.parametrize(("name", "slug"), PREVIEWED)
def test_what_an_action_would_do_and_the_word_that_it_is_done(
    name: str, slug: str, rows: dict[str, Any], look: Callable[[str], None], page: Page, check: Any
) -> None:
    look(f"{address_of(name)}/{rows[name].pk}/do/{slug}/")
    fill(page)
    page.get_by_role("button", name="Preview").click()
    check_widths(page, check)
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".messagelist")).to_be_visible()
    check_widths(page, check)


def test_a_form_that_was_refused_says_why(
    rows: dict[str, Any], look: Callable[[str], None], page: Page, check: Any
) -> None:
    look(f"accounts/user/{rows['accounts_user'].pk}/do/adjust/")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".errornote")).to_be_visible()
    check_widths(page, check)


def fill(page: Page) -> None:
    """What the forms of actions may ask."""
    content = page.locator("#content")
    for radio in content.get_by_role("radio").all()[:1]:
        radio.check()
    for amount in content.get_by_label("Amount:", exact=True).all():
        amount.fill("12.50")
    for kind in content.get_by_label("Kind of reason:", exact=True).all():
        kind.select_option("prize")
    for reason in content.get_by_label("Reason:", exact=True).all():
        reason.fill("The notice board says so")
