"""Linked accounts in the back-office: the list, the evidence with both sides linked, and what a player's page tells."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.backends import find_by_login
from accounts.backoffice import Panel, StaffAdmin, link_to, list_url
from accounts.backoffice.dossier import Fact, Part, Row, link, register, when
from accounts.models import SignIn, User
from accounts.roles import Can
from betting.links.models import KINDS, AccountLink, LinkSearch
from betting.models import Bet
from games.models import Game, GameSession, Question

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@admin.register(AccountLink)
class AccountLinkAdmin(StaffAdmin[AccountLink]):
    can_view = Can.READ_PLAYERS
    list_display = ["__str__", "likelihood", "evidence", "first_found_at", "found_at"]
    list_select_related = ["low", "high"]
    list_filter = ["found_at"]
    empty = "No two accounts have more in common than chance explains. They are compared every night."
    ordering = ("-weight",)
    search_fields = ["low"]
    search_help_text = "An e-mail or a username, whole"
    fields = ["one", "other", "likelihood", "evidence", "first_found_at", "found_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccountLink]:
        return super().get_queryset(request).select_related("low", "high")

    def find(self, rows: QuerySet[AccountLink], words: str) -> QuerySet[AccountLink]:
        user = find_by_login(words)
        return rows.filter(Q(low=user) | Q(high=user)) if user else rows.none()

    @admin.display(description="account")
    def one(self, found: AccountLink) -> SafeString:
        return link_to(found.low)

    @admin.display(description="and account")
    def other(self, found: AccountLink) -> SafeString:
        return link_to(found.high)

    @admin.display(description="belong together", ordering="weight")
    def likelihood(self, found: AccountLink) -> str:
        return times_likelier(found.weight)

    @admin.display(description="by")
    def evidence(self, found: AccountLink) -> str:
        return kinds_told(found.kinds)


@admin.register(LinkSearch)
class LinkSearchAdmin(StaffAdmin[LinkSearch]):
    can_view = Can.READ_PLAYERS
    list_display = ["day", "accounts", "candidates", "links", "took"]
    empty = "Linked accounts were not looked for yet. The worker does it every night."
    fields = ["day", "accounts", "candidates", "links", "took"]

    @admin.display(description="took")
    def took(self, found: LinkSearch) -> str:
        return f"{(found.ended_at - found.began_at).total_seconds():.1f} s"


def times_likelier(weight: float) -> str:
    """The likelihood ratio in words; `weight` is its power of ten."""
    return f"{_power(weight)} times likelier than by chance"


def _power(weight: float) -> str:
    """A power of ten as it is written by hand: 10¹¹."""
    return "10" + f"{weight:.0f}".translate(_RAISED)


def kinds_told(kinds: dict[str, Any]) -> str:
    """What the link stands on, the heaviest first."""
    ranked = sorted(kinds.items(), key=lambda kind: -kind[1]["weight"])
    return "; ".join(
        f"{KINDS[name]}: {kind['matches']} of {kind['trials']} ({_power(kind['weight'])})"
        if name != "address"
        else f"{KINDS[name]} ({_power(kind['weight'])})"
        for name, kind in ranked
    )


def shared_panel(kind: str) -> Callable[[HttpRequest, AccountLink], Panel | None]:
    """The things of one kind that both accounts share, each side linked."""

    def panel(request: HttpRequest, found: AccountLink) -> Panel | None:
        rows = [
            [when(row["at"]), _about(row), _side(row, "low"), _side(row, "high")]
            for row in found.shared
            if row["kind"] == kind
        ]
        headings = ["when", "what", found.low.username, found.high.username]
        return Panel(KINDS[kind].capitalize(), headings, rows) if rows else None

    return panel


def _about(row: Row) -> object:
    """What the two share: a game, an event, a question, an address."""
    kind, place = row["kind"], row["place"]
    if kind == "answers":
        return link(Question, int(place), f"Question {place}")
    if kind == "address" or place.startswith("sign-in"):
        return place.partition("@")[0]
    return link(Game, int(place.partition("@")[0]), "Event" if kind == "bets" else "Game")


def _side(row: Row, side: str) -> SafeString:
    model: type[Model] = _MODELS[row["kind"]]
    if row["place"].startswith("sign-in"):
        model = SignIn
    return link(model, row[side], f"{_WORDS[model]} {row[side]}")


_MODELS: dict[str, type[Model]] = {
    "times": GameSession,
    "bets": Bet,
    "answers": GameSession,
    "address": SignIn,
}
_WORDS: dict[type[Model], str] = {GameSession: "session", Bet: "bet", SignIn: "sign-in"}
AccountLinkAdmin.panels += [shared_panel(kind) for kind in KINDS]

LINKED = """
    SELECT l.id, l.weight, l.kinds, l.found_at, u.id AS other, u.username
    FROM account_links l JOIN users u ON u.id = CASE l.low_id WHEN %(user)s THEN l.high_id ELSE l.low_id END
    WHERE l.low_id = %(user)s OR l.high_id = %(user)s ORDER BY l.weight DESC LIMIT 10
"""


def linked_facts(user: User, rows: list[Row]) -> list[Fact]:
    words = f"{len(rows)}, the likeliest {rows[0]['username']}" if rows else ""
    return [Fact("Linked accounts", words, is_flag=True)] if rows else []


def linked_panel(user: User, rows: list[Row]) -> Panel | None:
    told = [
        [
            link(User, row["other"], row["username"]),
            link(AccountLink, row["id"], times_likelier(row["weight"])),
            kinds_told(row["kinds"]),
            when(row["found_at"]),
        ]
        for row in rows
    ]
    url = f"{list_url(AccountLink)}?q={user.username}"
    headings = ["account", "belong together", "by", "last found"]
    return Panel("Linked accounts", headings, told, url) if rows else None


register(Part(LINKED, 80, facts=linked_facts, panel=linked_panel))
