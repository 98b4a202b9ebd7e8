"""Every action of the back-office as each role: offered or refused, and done with the keyboard on a narrow screen.

Which actions there are, the registry of pages says; which role may, the rows of `test_permissions`; what is written
and what comes of it, `staff_cases`. An action without a case fails.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib import admin
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from quantix.tests import factories
from quantix.tests.browser import staff_rows
from quantix.tests.browser.staff_cases import CASES, Case
from quantix.tests.test_admin import actions
from quantix.tests.test_permissions import ROWS

pytestmark = pytest.mark.django_db(transaction=True)

ROLES = ("support", "games", "finance", "owner")
#: Long enough that the bar below lies across nothing, wherever the page is scrolled to.
PHONE = {"width": 400, "height": 2000}
#: Further than any of these pages has places to stop.
TABS_MAX = 150
#: Forms with an error that between them show every kind of field.
REFUSED_FORMS = [
    ("accounts_user", "roles"),
    ("accounts_user", "limits"),
    ("games_game", "new-quiz"),
    ("games_event", "resolve"),
    ("games_question", "import"),
    ("webhooks_webhook", "new"),
]
Key = tuple[str, str]
Entering = Callable[[str], str]


@pytest.fixture(autouse=True)
def much_is_confirmed_by_a_second(settings: Any) -> None:
    settings.RESOLVE_CONFIRM_FROM = staff_rows.CONFIRM_FROM


@pytest.fixture
def enter(page: Page, live_server: Any) -> Entering:
    """`enter("games")`: somebody of this role is signed in, on a phone; the address of the back-office."""

    def sign_in(role: str) -> str:
        client = Client()
        client.force_login(factories.make_staff(role))
        name = django_settings.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
        page.context.clear_cookies()
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        return f"{live_server.url}/admin/"

    return sign_in


def test_every_action_has_its_case() -> None:
    assert set(CASES) == {*actions(of_lists=False), *actions(of_lists=True)}


def roles_for(key: Key) -> list[str]:
    """Who may, by the matrix of permissions; those of fewest roles first."""
    name, slug = key
    path = re.compile(rf"/admin/{name.replace('_', '/')}/(\$\w+/)?do/{slug}/")
    (row,) = [row for row in ROWS if row.method == "GET" and path.fullmatch(row.path)]
    return [role for role in ROLES if row.expected(role) == 200]


def previews(key: Key) -> bool:
    """Whether the action shows what it would do first."""
    admins: list[Any] = [found for found in admin.site._registry.values() if hasattr(found, "action_pages")]
    pages = {(one.url_name, page.slug): page for one in admins for page in one.action_pages}
    return bool(pages[key].previews)


def place_of(key: Key, case: Case) -> str:
    """Where the action is offered, in the back-office: the page of a new row, or the list."""
    name = key[0].replace("_", "/")
    return f"{name}/{case.row().pk}/" if case.row else f"{name}/"


def page_at(place: str) -> str:
    return f"{place}change/" if place[-2].isdigit() else place


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_offered_what_it_may_and_refused_the_rest(
    role: str, page: Page, enter: Entering, check: Any
) -> None:
    places = {key: place_of(key, case) for key, case in CASES.items()}
    office, offered = enter(role), set[Key]()
    for place in dict.fromkeys(places.values()):
        page.goto(f"{office}{page_at(place)}", wait_until="domcontentloaded")
        shown = page.locator(".object-tools a").evaluate_all("links => links.map(link => link.pathname)")
        offered |= {key for key in CASES if places[key] == place and f"/admin/{place}do/{key[1]}/" in shown}
    assert offered == {key for key in CASES if role in roles_for(key)}
    for key in CASES.keys() - offered:
        reply = page.goto(f"{office}{places[key]}do/{key[1]}/", wait_until="domcontentloaded")
        assert reply is not None and reply.status == 403, key
        expect(page.get_by_role("heading", name="This one is not yours to open")).to_be_visible()
    if offered != set(CASES):
        check(page)


@pytest.mark.parametrize("key", CASES, ids="-".join)
def test_who_may_does_it_with_the_keyboard(key: Key, page: Page, enter: Entering, tmp_path: Any) -> None:
    case = CASES[key]
    office = enter(roles_for(key)[0])
    start(page, f"{office}{page_at(place_of(key, case))}", key[1])
    if case.lacks:
        leave_empty(page, case.lacks)
    for label, value in case.written.items():
        write(page, label, value, tmp_path)
    if case.file:
        with page.expect_download() as download:
            send(page)
        assert download.value.suggested_filename.endswith(case.file)
        return
    send(page)
    if previews(key):
        expect(page.locator("input[name=confirm]")).to_be_visible()
        assert_it_fits(page)
        press(page, page.locator("input[name=confirm]"))
    assert_done(page, key, case)


def assert_done(page: Page, key: Key, case: Case) -> None:
    """The message says so, and the page shows it."""
    if case.done:
        expect(page.locator(".messagelist")).to_contain_text(case.done)
    if case.then:
        expect(page.locator("#content")).to_contain_text(case.then)
    else:
        expect(page.locator(f'.object-tools a[href*="/do/{key[1]}/"]')).to_have_count(0)
    assert_it_fits(page)


@pytest.mark.parametrize("key", REFUSED_FORMS, ids="-".join)
def test_a_refused_form_is_read_by_everybody(key: Key, page: Page, enter: Entering, check: Any) -> None:
    case = CASES[key]
    start(page, f"{enter('owner')}{page_at(place_of(key, case))}", key[1])
    leave_empty(page, case.lacks)
    check(page)


def start(page: Page, address: str, slug: str) -> None:
    """To the form of an action, from where it is offered."""
    page.goto(address)
    assert_it_fits(page)
    press(page, page.locator(f'.object-tools a[href*="/do/{slug}/"]'))
    expect(page.locator(".submit-row")).to_be_visible()
    assert_it_fits(page)


def leave_empty(page: Page, label: str) -> None:
    """Send the form without this field: the page says that nothing was done, and the field what is wrong."""
    if page.locator(".action-page input[type=file]").count() == 0:
        labelled(page, label).fill("")
    send(page)
    expect(page.locator(".errornote")).to_be_visible()
    blamed = labelled(page, label)
    expect(blamed).to_have_attribute("aria-invalid", "true")
    told = blamed.get_attribute("aria-describedby") or ""
    assert any("required" in page.locator(f"#{part}").inner_text() for part in told.split()), told
    assert_it_fits(page)


def labelled(page: Page, label: str) -> Locator:
    return page.locator("#content").get_by_label(re.compile(rf"^\s*{re.escape(label)}:?\s*$"))


def write(page: Page, label: str, value: str | bool, folder: Any) -> None:
    """Into the field with this label, reached and filled with the keyboard as far as it is the page's own."""
    place = labelled(page, label)
    if value is True:
        place = place.and_(page.locator("[type=radio], [type=checkbox]"))
    match place.get_attribute("type"):
        case "radio":
            choose(page, place)
        case "checkbox":
            press(page, place, "Space")
            expect(place).to_be_checked()
        case "file":
            (folder / "sums.gift").write_text(str(value))
            place.set_input_files(folder / "sums.gift")
        case "datetime-local":
            # What is typed there depends on the browser's language.
            place.fill(str(value))
        case _:
            press(page, place, "ControlOrMeta+a")
            page.keyboard.type(str(value))


def choose(page: Page, radio: Locator) -> None:
    """Radio buttons are one stop; the arrows go from one to the next."""
    name = radio.get_attribute("name")
    reach(page, f'document.activeElement.name === "{name}"')
    page.keyboard.press("Space")
    for _ in range(page.locator(f'input[name="{name}"]').count()):
        if not radio.is_checked():
            page.keyboard.press("ArrowDown")
    expect(radio).to_be_checked()


def send(page: Page) -> None:
    press(page, page.locator(".submit-row input[type=submit]"))


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Go to `target` with the tabulator, and press a key there."""
    handle = target.element_handle()
    reach(page, "document.activeElement === target", handle)
    page.keyboard.press(key)


def reach(page: Page, found: str, target: Any = None) -> None:
    for _ in range(TABS_MAX):
        if page.evaluate(f"target => {found}", target):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"The tabulator does not lead there: {found} {target}")


def assert_it_fits(page: Page) -> None:
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(wide), f"{page.url} is wider than a phone"
