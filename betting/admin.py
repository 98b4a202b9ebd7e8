"""Bets and events in the back-office: read only; what staff do to them is in `backoffice`."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.admin import UserAdmin
from accounts.backends import find_by_login
from accounts.backoffice import ExportRows, Panel, StaffAdmin, Steps, as_json, days_by, link_to, list_url
from accounts.roles import Can, may
from betting import dashboard as own_dashboard
from betting import dossier as _dossier  # noqa: F401 (it adds its parts to the page of a user)
from betting.backoffice import (
    Collect,
    Confirm,
    Correct,
    EditEvent,
    ForfeitSession,
    Open,
    Reject,
    Resolve,
    SetStatus,
    VoidBet,
    VoidEvent,
    VoidSession,
    doubts,
)
from betting.backoffice.liability import liability
from betting.backoffice.results import true_words
from betting.backoffice.way import phase_of, way_of
from betting.backoffice.why import why_of
from betting.events import looked_at
from betting.limits.backoffice import SetLimits
from betting.links import admin as _links  # noqa: F401 (Django looks for pages in this module)
from betting.models import Bet, OptionBook
from betting.resolving import waiting
from betting.standing import admin as _seasons  # noqa: F401 (Django looks for pages in this module)
from games import backoffice as games_backoffice
from games.admin import SessionAdmin, as_player
from games.backoffice import NewGame
from games.engines import ENGINES
from games.models import Event, Game, GameSession
from quantix import backoffice, clock, dashboard
from quantix.backoffice import Queue
from quantix.fields import MoneyField
from quantix.pages import signed_in
from quantix.templatetags.ui import money_filter
from wallets.reconciliation_admin import subjects


class Due(admin.SimpleListFilter):
    title = "waits for a result"
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "closed, not decided")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(pk__in=_due_events()) if self.value() else queryset


class Proposed(admin.SimpleListFilter):
    title = "result proposed"
    parameter_name = "proposed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "to be confirmed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(pk__in=waiting().values("event")) if self.value() else queryset


@admin.register(Event)
class EventAdmin(StaffAdmin[Event]):
    can_view = Can.READ_PLAYERS
    audited_as = "games.game"
    action_pages = [
        Confirm(),
        Reject(),
        Resolve(),
        Open(),
        SetStatus("suspended", "Suspend", "Takes no bets until it is opened again.", of=["open"]),
        SetStatus("closed", "Close", "Takes no more bets.", of=["open", "suspended"]),
        Correct(),
        VoidEvent(),
        EditEvent(),
        *(NewGame(engine) for engine in ENGINES.values() if engine.type == Game.Type.PREDICTION),
    ]
    list_display = ["game", "stands", "opens_at", "closes_at", "stakes", "liability"]
    list_filter = ["status", Due, Proposed]
    list_select_related = ["game"]
    ordering = ("-closes_at", "-pk")
    empty = "No event yet. New prediction makes one, as a draft that no player sees."
    search_fields = ["game__name"]
    search_help_text = "A part of the name"
    fields = [
        "event_game", "mechanism", "stands", "opens_at", "closes_at", "stakes", "criteria", "came_true",
        "outcome_known_at", "decided_at", "decided_by", "settled_at",
    ]  # fmt: skip
    #: What there is of an event once it is decided.
    decided_fields = ("came_true", "outcome_known_at", "decided_at", "decided_by", "settled_at")

    def get_fields(self, request: HttpRequest, obj: Event | None = None) -> Any:
        is_decided = obj is not None and obj.is_decided
        return [name for name in self.fields or () if is_decided or name not in self.decided_fields]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        rows = super().get_queryset(request).select_related("game", "proposal__proposed_by")
        return rows.prefetch_related("game__books")

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Event | None:
        # Not of every row of the list: who may decide is asked where something is decided.
        found = looked_at(signed_in(request), self.get_queryset(request))
        return found.filter(pk=int(object_id)).first() if object_id.isdecimal() else None

    def find(self, rows: QuerySet[Event], words: str) -> QuerySet[Event]:
        return rows.filter(game__name__icontains=words)

    @admin.display(description="game")
    def event_game(self, event: Event) -> SafeString:
        return link_to(event.game)

    @admin.display(description="mechanism")
    def mechanism(self, event: Event) -> str:
        return {"fixed": "fixed odds", "pool": "pool", "lmsr": "market maker"}[event.engine.kind]

    @admin.display(description="what came true")
    def came_true(self, event: Event) -> str:
        return true_words(event, event.weights) if event.weights else "called off"

    @admin.display(description="stakes")
    def stakes(self, event: Event) -> str:
        return money_filter(sum((book.stakes for book in event.game.books.all()), Decimal(0)))

    @admin.display(description="pays at most")
    def liability(self, event: Event) -> str:
        """Of a pool, all of it."""
        if event.engine.kind == "pool":
            return self.stakes(event)
        return money_filter(max((book.liability for book in event.game.books.all()), default=Decimal(0)))

    def links(self, request: HttpRequest, obj: Event) -> Sequence[tuple[str, str]]:
        return as_player(request, obj.game)

    def steps(self, request: HttpRequest, obj: Event) -> Steps:
        return way_of(obj)

    @admin.display(description="stands")
    def stands(self, event: Event) -> str:
        return phase_of(event, clock.now()).value

    @admin.display(description="told by")
    def criteria(self, event: Event) -> str:
        return str(event.game.metadata["criteria"])


class Settled(admin.SimpleListFilter):
    title = "outcome"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "open"), *((value, str(label)) for value, label in Bet.Outcome.choices)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Bet]) -> QuerySet[Bet]:
        if self.value() is None:
            return queryset
        return queryset.filter(outcome=None if self.value() == "open" else self.value())


class Uncollected(admin.SimpleListFilter):
    title = "corrections"
    parameter_name = "uncollected"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "uncollected")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Bet]) -> QuerySet[Bet]:
        return queryset & Bet.objects.uncollected() if self.value() else queryset


_BETS = {
    "id": "id", "placed_at": "placed_at", "player": "user__username", "email": "user__email",
    "session": "session_id", "game": "game__name", "market": KT("metadata__market"), "choice": "choice",
    "stake": "amount", "odds": "odds", "outcome": "outcome", "payout": "payout", "is_successful": "is_successful",
    "settled_at": "settled_at", "uncollected": Cast(KT("metadata__uncollected"), MoneyField()),
}  # fmt: skip


@admin.register(Bet)
class BetAdmin(StaffAdmin[Bet]):
    can_view = Can.READ_PLAYERS
    action_pages = [VoidBet(), Collect(), ExportRows(_BETS)]
    list_display = ["id", "placed_at", "player", "wager", "choice", "stake", "odds", "came_out", "paid"]
    list_filter = [Settled, Uncollected, days_by("placed_at")]
    list_select_related = ["user", "game"]
    search_fields = ["id"]
    search_help_text = "The number of a bet, or a player's e-mail or username, whole"
    linked_by = frozenset({"session__id__exact", "game__id__exact", "user__id__exact"})
    ordering = ("-placed_at", "-pk")
    fields = [
        "id", "player", "on", "session", "placed_at", "market", "choice", "stake", "odds", "came_out", "why", "paid",
        "settled_at", "uncollected",
    ]  # fmt: skip
    #: What a bet has only where there is something to say.
    told_if_any = frozenset({"settled_at", "uncollected"})

    def get_fieldsets(self, request: HttpRequest, obj: Bet | None = None) -> Any:
        held = [name for name in self.fields or () if name not in self.told_if_any or _has(obj, str(name))]
        kept = {"fields": ["details"], "classes": ["collapse"]}
        return [(None, {"fields": held}), ("As it is kept, for programs", kept)]

    def get_readonly_fields(self, request: HttpRequest, obj: Bet | None = None) -> Any:
        return [*(self.fields or ()), "details"]

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Bet | None:
        found = self.get_queryset(request).select_related("game__event")
        return found.filter(pk=int(object_id)).first() if object_id.isdecimal() else None

    def links(self, request: HttpRequest, obj: Bet) -> Sequence[tuple[str, str]]:
        """What an event's decision did to its bets is told under the event."""
        if obj.mechanism is None:
            return ()
        return [("Audit trail of its event", reverse("admin:games_event_history", args=[obj.game_id]))]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [*self.list_display, *(["uncollected"] if Uncollected.parameter_name in request.GET else [])]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bet]:
        return super().get_queryset(request).select_related("session", "user", "game")

    def find(self, rows: QuerySet[Bet], words: str) -> QuerySet[Bet]:
        if words.isdecimal() and len(words) < 18:
            return rows.filter(pk=int(words))
        return rows.filter(user=find_by_login(words) or 0)

    @admin.display(description="player", ordering="user__username")
    def player(self, bet: Bet) -> SafeString:
        return link_to(bet.user)

    @admin.display(description="on")
    def wager(self, bet: Bet) -> str:
        return str(bet.metadata.get("label", bet.game.name))

    @admin.display(description="on")
    def on(self, bet: Bet) -> SafeString:
        return link_to(bet.game if bet.mechanism is None else bet.game.event, self.wager(bet))

    @admin.display(description="why")
    def why(self, bet: Bet) -> str:
        return why_of(bet)

    @admin.display(description="market")
    def market(self, bet: Bet) -> str:
        return bet.market

    @admin.display(description="stake", ordering="amount")
    def stake(self, bet: Bet) -> str:
        return money_filter(bet.amount)

    @admin.display(description="payout", ordering="payout")
    def paid(self, bet: Bet) -> str:
        return "–" if bet.payout is None else money_filter(bet.payout)

    @admin.display(description="outcome", ordering="outcome")
    def came_out(self, bet: Bet) -> str:
        return bet.get_outcome_display() or "open"

    @admin.display(description="uncollected")
    def uncollected(self, bet: Bet) -> str:
        owed = bet.metadata.get("uncollected")
        return money_filter(Decimal(owed)) if owed else "–"

    @admin.display(description="details")
    def details(self, bet: Bet) -> SafeString:
        return as_json(bet.metadata)


def _has(bet: Bet | None, name: str) -> bool:
    return bet is not None and bool(bet.settled_at if name == "settled_at" else bet.metadata.get(name))


def bets_of_session(request: HttpRequest, session: GameSession) -> Panel:
    url = list_url(Bet, session__id__exact=session.pk)
    return _bet_panel(Bet.objects.filter(session=session), url)


def _bet_panel(bets: QuerySet[Bet], url: str) -> Panel:
    newest = bets.select_related("game").order_by("-placed_at", "-id")[:10]
    rows = [
        [
            link_to(bet, f"{timezone.localtime(bet.placed_at):%d %b %Y, %H:%M}"),
            bet.metadata.get("label", bet.game.name),
            money_filter(bet.amount),
            bet.odds,
            bet.get_outcome_display() or "open",
            "–" if bet.payout is None else money_filter(bet.payout),
        ]
        for bet in newest
    ]
    return Panel("Bets", ["placed", "on", "stake", "odds", "outcome", "payout"], rows, url)


def _due_events() -> QuerySet[Event]:
    """Those whose betting is over, and of which nobody has told a result that still waits; drafts apart."""
    is_over = Q(closes_at__lte=clock.now()) | Q(status=Event.Status.CLOSED)
    due = Event.objects.filter(is_over, decided_at=None).exclude(pk__in=waiting().values("event"))
    staked_on = OptionBook.objects.filter(game=OuterRef("pk"), stakes__gt=0)
    return due.filter(Q(game__is_active=True) | Exists(staked_on))


def events_to_decide(user: Any) -> Sequence[Queue]:
    """Events that wait for a result, and results that wait for a second member of staff."""
    if not may(user, Can.RESOLVE):
        return ()
    due, proposed = list_url(Event, due="yes"), list_url(Event, proposed="yes")
    return (
        Queue("events to resolve", due, _due_events(), help="They are closed: say how they came out."),
        Queue("results to confirm", proposed, waiting(), help="Another than who proposed them has to."),
    )


def uncollected_corrections(user: Any) -> Queue | None:
    if not may(user, Can.READ_LEDGER):
        return None
    url = list_url(Bet, uncollected="yes")
    help = "The wallet held less than had to come back."
    return Queue("uncollected corrections", url, Bet.objects.uncollected(), help=help)


EventAdmin.panels.append(liability)
subjects.update(bet=Bet, game=Event, session=GameSession)
games_backoffice.doubts.append(doubts.of_offer)
UserAdmin.list_filter.append(own_dashboard.Active)
UserAdmin.action_pages.append(SetLimits())
SessionAdmin.panels.append(bets_of_session)
SessionAdmin.action_pages.extend([VoidSession(), ForfeitSession()])
dashboard.charts.insert(2, own_dashboard.charts)
backoffice.queues.insert(0, events_to_decide)
backoffice.queues.append(uncollected_corrections)
