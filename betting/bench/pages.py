"""Which pages there are: derived from what the back-office has registered, so that a new one is measured by itself.

For each list: its first and last page, each filter, ordering, search, link into it, and level of its dates; of a long
one, filters and links by pairs too, and with each ordering and date. For rows new, old and large: their page, their
actions, and the previews of those. And wherever the front page leads.
"""

import calendar
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any
from urllib.parse import parse_qsl

from django import forms
from django.contrib import admin
from django.db.models import Field, Model
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.backoffice import list_url, page_url
from accounts.backoffice.actions import ActionPage
from accounts.backoffice.days import DaysFilter
from accounts.backoffice.form_filter import FormFilter
from accounts.backoffice.lists import ROWS_MAX
from accounts.backoffice.pages import StaffAdmin
from accounts.models import User
from betting.models import Bet
from games.models import Event, Game, GameSession
from wallets.models import Wallet

#: What staff write into a search box: what is there, what is there often, and what is not.
WORDS = (
    "23f0000001@ds.study.iitm.ac.in", "23f000", "asha", "Rao", "asha.rao", "nobody.of.that.name", "ab", "zq", "17",
    "bet:17:stake", "bet:0:stake", "user.suspend", "webhook", "Event 10",
)  # fmt: skip
#: What staff write into the fields beside a list, by their names.
WRITTEN = {
    "player": "23f0000001@ds.study.iitm.ac.in", "reference": "bet:17:stake", "amount_from": "49", "amount_to": "1.50",
}  # fmt: skip


@dataclass(frozen=True)
class Page:
    """What is opened: for a list or kind of object, in which way; `sent` is a form to be looked at, not done."""

    of: str
    way: str
    address: str
    sent: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Heavy:
    """The rows on which the most hangs, by model."""

    rows: dict[type[Model], list[Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, about: Mapping[str, Any]) -> "Heavy":
        """Those of the data set that `about` describes: a player and events, and what is largest of theirs."""
        player, events = about["player"], about["events"]
        newest = (
            GameSession.objects.filter(user=player, game__in=events)
            .order_by("-id")
            .values_list("pk", flat=True)
        )
        sessions = list(newest[:2])
        bets = Bet.objects.filter(session__in=sessions).order_by("-id").values_list("pk", flat=True)
        return cls(
            {
                User: [player],
                Wallet: [player],
                Game: list(events),
                Event: list(events),
                GameSession: sessions,
                Bet: list(bets[:2]),
            }
        )

    def keys(self, model: type[Model]) -> list[Any]:
        """Primary keys of the large rows, and of the oldest and the newest."""
        found = model._default_manager.order_by("pk").values_list("pk", flat=True)
        ends = [found.first(), found.last()]
        return list(dict.fromkeys(key for key in (*self.rows.get(model, []), *ends) if key is not None))


def every_page(by: User, heavy: Heavy) -> Iterator[Page]:
    """Each page of the back-office, as `by` may open it."""
    front = reverse("admin:index")
    yield Page("front page", "as it opens", front)
    for number, address in enumerate(_links_of(by, front)):
        yield Page("behind the front page", f"link {number}: {address}", address)
    for model_admin in admin.site._registry.values():
        if isinstance(model_admin, StaffAdmin):
            yield from dict.fromkeys(_ListPages(model_admin, by, heavy).all())
            yield from object_pages(model_admin, by, heavy)


class _ListPages:
    def __init__(self, model_admin: StaffAdmin[Any], by: User, heavy: Heavy) -> None:
        self.admin, self.heavy, self.model = model_admin, heavy, model_admin.model
        self.of = self.admin.list_name
        self.request = _asked(by, list_url(self.model))
        self.changes = model_admin.get_changelist_instance(self.request)

    def all(self) -> Iterator[Page]:
        filters, orderings = list(self.filters()), list(self.orderings())
        dates, links = list(self.dates()), [*self.links(), *self.written()]
        yield self.page("as it opens", {})
        yield self.page("last page", {"p": self.changes.paginator.num_pages})
        for words in WORDS if self.admin.search_fields else ():
            yield self.page(f"search: {words}", {"q": words})
        for way, asked in [*filters, *orderings, *dates, *links]:
            yield self.page(way, asked)
        if self.changes.result_count >= ROWS_MAX:
            pairs = [*combinations([*filters, *links], 2), *product([*filters, *links], [*orderings, *dates])]
            for (one, asked), (other, also) in pairs:
                if not set(asked) & set(also):
                    yield self.page(f"{one} + {other}", {**asked, **also})

    def page(self, way: str, asked: Mapping[str, Any]) -> Page:
        return Page(self.of, way, list_url(self.model, **asked))

    def filters(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for spec in self.changes.filter_specs:
            for choice in spec.choices(self.changes):
                asked = dict(parse_qsl(str(choice.get("query_string", "")).removeprefix("?")))
                if asked:
                    yield f"{spec.title}: {choice['display']}", asked

    def orderings(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for column, name in enumerate(self.changes.list_display):
            is_offered = self.changes.sortable_by is None or name in self.changes.sortable_by
            if is_offered and self.changes.get_ordering_field(name):
                for sign, way in (("", "up"), ("-", "down")):
                    yield f"by {name}, {way}", {"o": f"{sign}{column}"}

    def links(self) -> Iterator[tuple[str, dict[str, Any]]]:
        together = {}
        for lookup in sorted({*self.admin.linked_by, *self.admin.direct}):
            name, _, compared = lookup.rpartition("__")
            if compared == "exact" and "__" not in name and not self.model._meta.get_field(name).is_relation:
                # Such as the type and the id of what an entry is about: they are asked for together.
                together[lookup] = self.model._default_manager.values_list(name, flat=True).latest("pk")
            elif compared == "exact":
                for value in self.linked_values(lookup):
                    yield f"{name}={value}", {lookup: value}
        if together:
            yield " and ".join(together), together

    def linked_values(self, lookup: str) -> Sequence[Any]:
        """The rows that have the most behind a link of this kind."""
        model: Any = self.model
        for part in lookup.split("__"):
            found: Field[Any, Any] = model._meta.get_field(part)
            if not found.is_relation:
                break
            model = found.related_model
        return self.heavy.keys(model)[:2]

    def written(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What is asked for in the forms beside the list, field by field."""
        for form in (spec.form for spec in self.changes.filter_specs if isinstance(spec, FormFilter)):
            for name, found in form.fields.items():
                yield f"{name} written", {name: WRITTEN.get(name) or plain(found)}

    def dates(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Years, months and days of long ago, of between, and of now, where the list is filtered by days."""
        fields = [
            one.field
            for one in self.admin.list_filter
            if isinstance(one, type)
            and issubclass(one, DaysFilter)
            and one.field
            and one.parameter_name == "days"
        ]
        times = (
            self.model._default_manager.exclude(**{fields[0]: None}).order_by(fields[0]) if fields else None
        )
        if times is None or not times.exists():
            return
        first, last = (getattr(row, fields[0]) for row in (times.first(), times.last()))
        for age, time in (("old", first), ("middle", first + (last - first) / 2), ("new", last)):
            day = timezone.localdate(time)
            month = day.replace(day=calendar.monthrange(day.year, day.month)[1])
            yield f"{age} year", {"days": f"{day.year}-01-01..{day.year}-12-31"}
            yield f"{age} month", {"days": f"{day.replace(day=1)}..{month}"}
            yield f"{age} day", {"days": f"{day}"}


def _links_of(by: User, address: str) -> list[str]:
    """Where a page of the back-office leads to in it: of its many days' figures, to the newest and the oldest."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(by)
    text = client.get(address).content.decode()
    links = [html.unescape(found) for found in re.findall(r'href="(/admin/[^"]+\?[^"]+)"', text)]
    kinds: dict[str, list[str]] = {}
    for link in dict.fromkeys(links):
        kinds.setdefault(re.sub(r"[0-9-]{10}", "…", link), []).append(link)
    return [link for alike in kinds.values() for link in dict.fromkeys((alike[0], alike[-1]))]


def _asked(by: User, address: str) -> HttpRequest:
    request = RequestFactory().get(address)
    request.user = by
    return request


def object_pages(model_admin: StaffAdmin[Any], by: User, heavy: Heavy) -> Iterator[Page]:
    """The pages of some rows, and what staff may do there."""
    model: type[Model] = model_admin.model
    of, request = model_admin.list_name, _asked(by, list_url(model))
    for action in model_admin.action_pages:
        if action.is_for_list:
            yield Page(of, action.label, reverse(f"admin:{model_admin.url_name}_do", args=[action.slug]))
    for key in heavy.keys(model):
        row = model_admin.get_object(request, str(key))
        assert row is not None, f"{key} is in the data set"
        yield Page(of, f"page of {row.pk}", page_url(row))
        for action in model_admin.action_pages:
            if not action.is_for_list and action.offered(row):
                yield from _action_pages(model_admin, action, row)


def _action_pages(model_admin: StaffAdmin[Any], action: ActionPage, row: Model) -> Iterator[Page]:
    of, way = model_admin.list_name, f"{action.label} {row.pk}"
    address = reverse(f"admin:{model_admin.url_name}_action", args=[row.pk, action.slug])
    yield Page(of, way, address)
    if action.previews:
        yield Page(of, f"{way}: preview", address, filled(action.form(row)))


def filled(form: forms.Form) -> dict[str, str]:
    """What could be sent with `form`: of each field the first choice, or something plain."""
    return {
        name: plain(found)
        for name, found in form.fields.items()
        if found.required or isinstance(found, forms.ChoiceField)
    }


def plain(found: forms.Field) -> str:
    if isinstance(found, forms.ChoiceField):
        choices: Any = found.choices
        return next(str(value) for value, _ in choices if value != "")
    if isinstance(found, forms.DateField):
        return timezone.localdate().isoformat()
    if isinstance(found, forms.DateTimeField):
        return timezone.localtime().isoformat(timespec="seconds")
    return "1" if "Amount" in type(found).__name__ or isinstance(found, forms.DecimalField) else "bench"
