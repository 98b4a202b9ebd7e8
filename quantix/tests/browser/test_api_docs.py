"""The documentation of the API in a browser: readable wide and narrow, light and dark, by everybody."""

import pytest

from quantix.api.docs import CHAPTERS
from quantix.api.reference import groups

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1280, 400])
def test_every_page_of_the_documentation_can_be_read_by_everybody(page, live_server, check, width):
    page.set_viewport_size({"width": width, "height": 900})
    for name in ["", "errors", *CHAPTERS, *groups()]:
        page.goto(f"{live_server.url}/api/docs/{name}")
        check(page)
