"""What every page of the site knows."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

THEMES = ("light", "dark")


def look(request: HttpRequest) -> dict[str, Any]:
    """The chosen theme ("" follows the system) and the server's time, for clocks."""
    theme = request.COOKIES.get("theme", "")
    return {"theme": theme if theme in THEMES else "", "now": timezone.now()}
