"""What every template keeps to, read from the tree: the strict content policy and the icons there are."""

import re
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.template.loader import render_to_string
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAGES = [path for path in TEMPLATES if "emails" not in path.parts]
ICONS = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static" / "icons.svg").read_text()))

# What `style-src 'self'; script-src 'self'` would refuse at run time, silently.
INLINE = re.compile(
    r"""\sstyle\s*=|<style\b|\son[a-z]+\s*=\s*["']|<script(?![^>]*\bsrc=)|javascript:""", re.IGNORECASE
)
USED = re.compile(r"""\{%\s*icon\s+"([^"]+)"|\{%\s*nav_link\s+\S+\s+"[^"]*"\s+"([^"]+)\"""")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_page_has_nothing_inline(path: Path) -> None:
    assert not INLINE.findall(path.read_text())


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_page_uses_icons_that_exist(path: Path) -> None:
    assert {one or other for one, other in USED.findall(path.read_text())} <= ICONS


@pytest.mark.parametrize("code", [400, 403, 404, 405, 409, 429, 500, 503])
def test_an_error_page_needs_no_context(code: int) -> None:
    assert f"{code}</p>" in render_to_string(f"errors/{code}.html")


def test_a_mail_has_exactly_one_link_in_its_text() -> None:
    text = render_to_string("emails/base.txt", {"link_url": "https://example.org/t?a=1&b=2"})
    assert re.findall(r"https?://\S+", text) == ["https://example.org/t?a=1&b=2"]


@pytest.mark.django_db
def test_the_style_guide_shows_with_debug(client: Client, settings: LazySettings) -> None:
    settings.DEBUG = True
    assert b"Style guide" in client.get("/styleguide").content


@pytest.mark.django_db
def test_the_style_guide_is_not_there_without_debug(client: Client, settings: LazySettings) -> None:
    settings.DEBUG = False
    assert client.get("/styleguide").status_code == 404
