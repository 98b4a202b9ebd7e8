"""A browser without script for tests: it fills in the forms of a page as they stand, hidden fields and all."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.test import Client


@dataclass
class Form:
    """A form of a page: where it goes, and what it would send if nothing were filled in."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.is_open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and given.get("method") == "post":
            self.forms.append(Form(given.get("action") or ""))
            self.is_open = True
        name = given.get("name")
        if tag != "input" or not self.is_open or not name:
            return
        form = self.forms[-1]
        form.names.add(name)
        if given.get("type") not in ("radio", "checkbox") or "checked" in given:
            form.fields.setdefault(name, []).append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_open = False


class Page:
    """A page as it came, and the forms in it."""

    def __init__(self, client: Client, reply: Any) -> None:
        self.client, self.reply = client, reply
        self.text = reply.content.decode()
        parser = _Forms()
        parser.feed(self.text)
        self.forms = parser.forms

    @property
    def status(self) -> int:
        return int(self.reply.status_code)

    def form(self, ending: str) -> Form:
        """The form whose action ends so."""
        found = [form for form in self.forms if form.action.endswith(ending)]
        assert found, f"no form for {ending!r} among {[form.action for form in self.forms]}"
        return found[0]

    def send(self, ending: str, **filled: Any) -> "Page":
        """Send the form, filled in; the page it leads to. `answer__list` stands for the field `answer:list`."""
        form = self.form(ending)
        filled = {name.replace("__", ":"): value for name, value in filled.items()}
        assert set(filled) <= form.names, f"{set(filled) - form.names} is not in the form"
        return open_page(self.client, form.action, data=form.fields | filled)


def open_page(client: Client, address: str, data: dict[str, Any] | None = None) -> Page:
    """Get the page, or post `data` there; redirects are followed, as posts should lead by a 303."""
    if data is None:
        return Page(client, client.get(address, follow=True))
    reply = client.post(address, data)
    if reply.status_code >= 300 and reply.status_code < 400:
        assert reply.status_code == 303, f"a post led on by {reply.status_code}"
        reply = client.get(reply["Location"], follow=True)
    return Page(client, reply)
