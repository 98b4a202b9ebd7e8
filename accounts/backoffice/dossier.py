# ruff: noqa: S608 (the statements are the rooms' own; the values in them are parameters)
"""What staff see of a user: each room adds its parts, and one statement reads them all, and so one moment.

A part is a query and how its rows are drawn: as facts for the head of the page, which answers most questions by
itself, and as a table below.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.backoffice.pages import Panel, link_to
from accounts.models import User
from accounts.roles import Can, may
from quantix import clock

Row = dict[str, Any]


@dataclass(frozen=True)
class Fact:
    """One line of the page's head. `is_flag`: something that staff should not miss."""

    name: str
    value: object
    is_flag: bool = False


def no_facts(user: User, rows: list[Row]) -> Iterable[Fact]:
    return ()


def no_panel(user: User, rows: list[Row]) -> Panel | None:
    return None


@dataclass(frozen=True)
class Part:
    """The rows of `sql`, in which `%(user)s` is whose they are, `%(email)s` their address, `%(now)s` the time.

    Money is read as text, for a JSON number may be read as a float. `place` says where its table stands on the page.
    """

    sql: str
    place: int
    facts: Callable[[User, list[Row]], Iterable[Fact]] = no_facts
    panel: Callable[[User, list[Row]], Panel | None] = no_panel
    can: Can = Can.READ_PLAYERS


@dataclass(frozen=True)
class Dossier:
    """What there is to know about a user, as far as who asks may know it."""

    flags: list[Fact]
    facts: list[Fact]
    panels: list[Panel]


parts: list[Part] = []


def register(*added: Part) -> None:
    """Add parts to the page of a user; called where the room's pages of the back-office are made."""
    parts.extend(added)
    parts.sort(key=lambda part: part.place)


def read(user: User, *, by: User) -> Dossier:
    """All that `by` may know of `user`. One statement."""
    asked = [part for part in parts if may(by, part.can)]
    found = _rows(asked, user)
    facts = [fact for part, rows in zip(asked, found, strict=True) for fact in part.facts(user, rows)]
    panels = [part.panel(user, rows) for part, rows in zip(asked, found, strict=True)]
    return Dossier(
        flags=[fact for fact in facts if fact.is_flag],
        facts=[fact for fact in facts if not fact.is_flag],
        panels=[panel for panel in panels if panel],
    )


def _rows(asked: list[Part], user: User) -> list[list[Row]]:
    """The rows of each part, in its order."""
    told = ", ".join(
        f"(SELECT coalesce(jsonb_agg(to_jsonb(part)), '[]') FROM ({part.sql}) part)" for part in asked
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {told}", {"user": user.pk, "email": user.email, "now": clock.now()})
        return [json.loads(rows) for rows in cursor.fetchone()]


def when(moment: str | None) -> str:
    """A moment of a row, as the back-office writes it; a dash for none."""
    return f"{timezone.localtime(datetime.fromisoformat(moment)):%d %b %Y, %H:%M}" if moment else "–"


def link(model: type[models.Model], pk: int, words: object) -> SafeString:
    """A link to the page of the row of `model` with this key, which need not be read for it."""
    return link_to(model(pk=pk), words)


def amount(text: str | None) -> Decimal:
    return Decimal(text or 0)
