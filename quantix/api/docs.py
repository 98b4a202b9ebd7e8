"""The documentation pages of the API: the guide, the reference drawn from the OpenAPI document, and the error codes."""

from functools import cache

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularJSONAPIView
from markdown_it import MarkdownIt
from rest_framework.request import Request

from quantix.api.reference import groups
from quantix.errors import every_refusal

#: Chapters kept as files of docs/: name in the address, file, title.
CHAPTERS = {
    "guide": ("api.md", "A guide to the API"),
    "client": ("client.py", "A client in sixty lines"),
    "webhooks": ("webhooks.md", "Webhooks"),
    "changes": ("api-changes.md", "Changes of the API"),
}


@require_safe
def contents(request: HttpRequest) -> HttpResponse:
    """Where everything is: chapters, and every call on one page."""
    return render(request, "api/contents.html", {"groups": groups(), "chapters": CHAPTERS})


@require_safe
def page(request: HttpRequest, name: str) -> HttpResponse:
    """A chapter of the documentation, or the calls under one word."""
    if name in CHAPTERS:
        file, title = CHAPTERS[name]
        return render(request, "api/chapter.html", {"title": title, "name": name, "text": _chapter(file)})
    if name not in groups():
        raise Http404
    return render(request, "api/group.html", {"name": name, "calls": groups()[name], "groups": groups()})


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """Every code an error can have; `type` of a problem document points here."""
    rows = [
        {"status": refusal.status, "code": refusal.code, "title": refusal.title, "detail": refusal.detail}
        for refusal in every_refusal()
    ]
    rows.sort(key=lambda row: (row["status"], row["code"]))
    return render(request, "api/errors.html", {"refusals": rows})


class Document(SpectacularJSONAPIView):
    """The OpenAPI document. There is one version: what a query string says of it would end up in a header."""

    def _get_version_parameter(self, request: Request) -> None:
        return None


@cache
def _chapter(file: str) -> SafeString:
    """A file of docs/ as HTML. It is ours; HTML in it is shown as text all the same."""
    text = (settings.BASE_DIR / "docs" / file).read_text(encoding="utf-8")
    body = f"```\n{text}```" if file.endswith(".py") else text.partition("\n")[2]
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(body)
    # What scrolls sideways can be reached by the keyboard.
    return SafeString(html.replace("<pre>", '<pre tabindex="0">'))
