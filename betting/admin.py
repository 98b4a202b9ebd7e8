"""Bets and events in the back-office: read only; opening, closing, deciding are actions of services."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.admin import UserAdmin
from accounts.backends import find_by_login
from accounts.backoffice import (
    ActionPage,
    Done,
    Panel,
    Preview,
    ReasonForm,
    StaffAdmin,
    as_json,
    link_to,
    list_url,
    page_url,
)
from accounts.models import User
from accounts.roles import Can, may
from betting import settlement
from betting.events import Keep, resolve_event, void_event
from betting.models import Bet
from betting.preview import ROWS_MAX, Decision, preview_resolution, preview_void
from games.admin import SessionAdmin
from games.engines import engine_for
from games.models import Event, GameSession
from games.services.events import set_event_status
from quantix import backoffice, clock
from quantix.backoffice import Queue
from quantix.db import in_one_transaction
from quantix.templatetags.ui import money_filter, signed_money

Status = Event.Status


class SetStatus(ActionPage):
    """Open, suspend or close: one action for each status that staff set."""

    can, form_class = Can.MANAGE_GAMES, forms.Form

    def __init__(self, status: str, label: str, help: str) -> None:
        self.status = self.slug = status
        self.label, self.help = label, help

    def offered(self, target: Event) -> bool:
        return not target.is_decided and target.status != self.status

    def act(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Done:
        event = set_event_status(by=by, game_id=target.pk, status=self.status)
        return Done(page_url(event), f"{event} is {event.get_status_display()} now.")


class ResolveForm(ReasonForm):
    option = forms.ChoiceField(label="What came true", widget=forms.RadioSelect)
    outcome_known_at = forms.DateTimeField(
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1}, format="%Y-%m-%dT%H:%M:%S"),
        help_text="When the result could be known. Bets from that moment on are void. Empty: all count.",
    )
    field_order = ["option", "outcome_known_at", "reason"]

    def clean_outcome_known_at(self) -> datetime | Keep | None:
        # The field shows no parts of a second: left as it is, the moment stays as it was.
        changed = "outcome_known_at" in self.changed_data
        return self.cleaned_data["outcome_known_at"] if changed else Keep.AS_IT_WAS


class Resolve(ActionPage):
    slug, label, can, form_class, previews = "resolve", "Resolve", Can.RESOLVE, ResolveForm, True

    def offered(self, target: Event) -> bool:
        return not target.is_decided

    def form(self, target: Event, **kwargs: Any) -> forms.Form:
        form = ResolveForm(**kwargs | {"initial": {"outcome_known_at": target.outcome_known_at}})
        field = form.fields["option"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(option.id, option.label) for option in _options(target)]
        return form

    def preview(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Preview:
        decision = in_one_transaction(lambda: preview_resolution(by=by, game_id=target.pk, **_result(data)))
        labels = {option.id: option.label for option in _options(target)}
        return _told(decision, [("What came true", labels[data["option"]])])

    def act(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Done:
        event = resolve_event(by=by, game_id=target.pk, reason=data["reason"], **_result(data))
        return Done(page_url(event), f"{event} is resolved; its bets are settled.")

    def after(self, target: Event) -> None:
        settlement.settle_event(target.pk)


class Correct(Resolve):
    slug, label, is_danger = "correct", "Correct the result", True
    help = "Posts the differences to what was paid before. What a wallet no longer holds is listed as uncollected."

    def offered(self, target: Event) -> bool:
        return target.is_decided


class VoidEvent(ActionPage):
    slug, label, can, is_danger, previews = "void", "Void", Can.RESOLVE, True, True
    help = "Calls the event off, after a result too: every stake goes back."

    def offered(self, target: Event) -> bool:
        return target.status != Status.VOIDED

    def preview(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Preview:
        return _told(in_one_transaction(lambda: preview_void(by=by, game_id=target.pk)), [])

    def act(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Done:
        event = void_event(by=by, game_id=target.pk, reason=data["reason"])
        return Done(page_url(event), f"{event} is void; the stakes went back.")

    def after(self, target: Event) -> None:
        settlement.settle_event(target.pk)


class Due(admin.SimpleListFilter):
    title = "waits for a result"
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "closed, not decided")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(pk__in=_due_events()) if self.value() else queryset


@admin.register(Event)
class EventAdmin(StaffAdmin[Event]):
    can_view = Can.READ_PLAYERS
    audited_as = "games.game"
    action_pages = [
        SetStatus("open", "Open", "Takes bets again, until the event closes."),
        SetStatus("suspended", "Suspend", "Takes no bets until it is opened again."),
        SetStatus("closed", "Close", "Takes no more bets."),
        Resolve(),
        Correct(),
        VoidEvent(),
    ]
    list_display = ["game", "status", "opens_at", "closes_at", "stakes", "liability"]
    list_filter = ["status", Due]
    list_select_related = ["game"]
    ordering = ("-closes_at", "-pk")
    search_fields = ["game__name"]
    search_help_text = "A part of the name"
    fields = [
        "event_game", "status", "opens_at", "closes_at", "stakes", "criteria", "weights", "outcome_known_at",
        "decided_at", "decided_by", "settled_at",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return super().get_queryset(request).select_related("game").prefetch_related("game__books")

    def find(self, rows: QuerySet[Event], words: str) -> QuerySet[Event]:
        return rows.filter(game__name__icontains=words)

    @admin.display(description="game")
    def event_game(self, event: Event) -> SafeString:
        return link_to(event.game)

    @admin.display(description="stakes")
    def stakes(self, event: Event) -> str:
        return money_filter(sum((book.stakes for book in event.game.books.all()), Decimal(0)))

    @admin.display(description="pays at most")
    def liability(self, event: Event) -> str:
        return money_filter(max((book.liability for book in event.game.books.all()), default=Decimal(0)))

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


@admin.register(Bet)
class BetAdmin(StaffAdmin[Bet]):
    can_view = Can.READ_PLAYERS
    list_display = ["id", "placed_at", "player", "wager", "choice", "stake", "odds", "outcome", "paid"]
    list_filter = [Settled, "placed_at"]
    list_select_related = ["session__user", "session__game"]
    search_fields = ["id"]
    search_help_text = "The number of a bet, or a player's e-mail or username, whole"
    linked_by = frozenset({"session__user__id__exact", "session__id__exact", "session__game__id__exact"})
    fields = [
        "id", "player", "wager", "session", "placed_at", "market", "choice", "stake", "odds", "outcome", "paid",
        "is_successful", "settled_at", "details",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bet]:
        return super().get_queryset(request).select_related("session__user", "session__game")

    def find(self, rows: QuerySet[Bet], words: str) -> QuerySet[Bet]:
        if words.isdecimal() and len(words) < 18:
            return rows.filter(pk=int(words))
        return rows.filter(session__user=find_by_login(words) or 0)

    @admin.display(description="player", ordering="session__user__username")
    def player(self, bet: Bet) -> SafeString:
        return link_to(bet.session.user)

    @admin.display(description="on")
    def wager(self, bet: Bet) -> str:
        return str(bet.metadata.get("label", bet.session.game.name))

    @admin.display(description="market")
    def market(self, bet: Bet) -> str:
        return bet.market

    @admin.display(description="stake", ordering="amount")
    def stake(self, bet: Bet) -> str:
        return money_filter(bet.amount)

    @admin.display(description="payout", ordering="payout")
    def paid(self, bet: Bet) -> str:
        return "–" if bet.payout is None else money_filter(bet.payout)

    @admin.display(description="details")
    def details(self, bet: Bet) -> SafeString:
        return as_json(bet.metadata)


def liability_panel(request: HttpRequest, event: Event) -> Panel:
    """What each option would cost, and what the house would keep."""
    books = {book.option: book for book in event.game.books.all()}
    total = sum((book.stakes for book in books.values()), Decimal(0))
    rows = []
    for option in _options(event):
        book = books.get(option.id)
        stakes, liability = (book.stakes, book.liability) if book else (Decimal(0), Decimal(0))
        rows.append(
            [option.label, money_filter(stakes), money_filter(liability), money_filter(total - liability)]
        )
    headings = ["option", "stakes", "pays if true", "house keeps if true"]
    return Panel("Liability", headings, rows, list_url(Bet, session__game__id__exact=event.pk))


def bets_of_player(request: HttpRequest, user: User) -> Panel:
    url = list_url(Bet, session__user__id__exact=user.pk)
    return _bet_panel(Bet.objects.of(user), url)


def bets_of_session(request: HttpRequest, session: GameSession) -> Panel:
    url = list_url(Bet, session__id__exact=session.pk)
    return _bet_panel(Bet.objects.filter(session=session), url)


def _bet_panel(bets: QuerySet[Bet], url: str) -> Panel:
    newest = bets.select_related("session__game").order_by("-id")[:10]
    rows = [
        [
            link_to(bet, f"{timezone.localtime(bet.placed_at):%d %b %Y, %H:%M}"),
            bet.metadata.get("label", bet.session.game.name),
            money_filter(bet.amount),
            bet.odds,
            bet.get_outcome_display() or "open",
            "–" if bet.payout is None else money_filter(bet.payout),
        ]
        for bet in newest
    ]
    return Panel("Bets", ["placed", "on", "stake", "odds", "outcome", "payout"], rows, url)


def _options(event: Event) -> Any:
    config: Any = engine_for(event.game.type, event.game.metadata).load_config(event.game.metadata)
    return config.options


def _result(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"weights": {data["option"]: Decimal(1)}, "outcome_known_at": data["outcome_known_at"]}


def _told(decision: Decision, facts: list[tuple[str, object]]) -> Preview:
    rows = [
        [
            bet.bet,
            bet.username,
            bet.choice,
            money_filter(bet.stake),
            bet.outcome,
            money_filter(bet.payout),
            signed_money(bet.delta),
        ]
        for bet in decision.changes
    ]
    title = "Bets" if decision.bets <= ROWS_MAX else f"The {ROWS_MAX} of {decision.bets} bets that move most"
    if decision.uncollected:
        facts = [*facts, ("Cannot be taken back", money_filter(decision.uncollected))]
    return Preview(
        [
            *facts,
            ("Bets", decision.bets),
            ("Stakes", money_filter(decision.stakes)),
            ("Winnings", money_filter(decision.payouts)),
            ("Stakes given back", money_filter(decision.returned)),
            ("House keeps", money_filter(decision.stakes - decision.payouts - decision.returned)),
            ("Moves to wallets now", signed_money(decision.moved)),
        ],
        Panel(
            title, ["bet", "player", "choice", "stake", "outcome", "payout", "wallet"], rows, empty="No bets."
        ),
    )


def _due_events() -> QuerySet[Event]:
    return Event.objects.filter(closes_at__lte=clock.now(), decided_at=None)


def events_to_resolve(user: Any) -> Queue | None:
    if not may(user, Can.RESOLVE):
        return None
    return Queue("events to resolve", list_url(Event, due="yes"), _due_events().count())


EventAdmin.panels.append(liability_panel)
UserAdmin.panels.append(bets_of_player)
SessionAdmin.panels.append(bets_of_session)
backoffice.queues.insert(0, events_to_resolve)
