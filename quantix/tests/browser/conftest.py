"""A real browser against the running site: headless Chromium, as Debian ships it."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Page

# Without `preload` axe fetches no style sheets to look into: no rule of these needs it, and the policy forbids it.
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "preload": False}
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "These tests need Debian's chromium: apt-get install chromium"
    return {"executable_path": path, "args": _QUIET, "headless": True}


@pytest.fixture(scope="session", autouse=True)
def database_next_to_an_event_loop() -> Iterator[None]:
    # Playwright keeps an event loop in this thread; Django would take that for asynchronous code.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def page(page: Page, live_server: Any) -> Iterator[Page]:
    """A page whose console must stay empty: an error there (a broken policy, a script) fails the test."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.set_default_timeout(10_000)
    yield page
    # A refused form is a 4xx by right, and the browser notes each.
    assert [line for line in said if "the server responded with a status of 4" not in line] == []


@pytest.fixture
def check() -> Any:
    """`check(page)`: no violation of WCAG 2.2 AA, in either theme, and nothing wider than the window."""

    def run(page: Page) -> None:
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            found = Axe().run(page, options=WCAG)
            assert found.violations_count == 0, f"{page.url} ({theme})\n{found.generate_report()}"
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not page.evaluate(wide), f"{page.url} is wider than its window"

    return run


@pytest.fixture
def work() -> Any:
    """`work()`: the worker does all that is due: mails, sessions past their time, events to settle."""
    return lambda: call_command("worker", once=True)
