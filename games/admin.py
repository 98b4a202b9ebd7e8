"""Games, questions and sessions in the back-office."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

import games.admin_questions  # noqa: F401 - Django finds admin pages through this module
from accounts.backends import find_by_login
from accounts.backoffice import (
    ExportRows,
    StaffAdmin,
    as_json,
    days_by,
    either,
    link_to,
)
from accounts.roles import Can, may
from games import dashboard as own_dashboard
from games import dossier as _dossier  # noqa: F401 (it adds its parts to the page of a user)
from games.backoffice import EditGame, NewGame, kind_words
from games.engines import ENGINES
from games.models import Game, GameSession
from quantix import dashboard


def as_player(request: HttpRequest, game: Game) -> Sequence[tuple[str, str]]:
    """Where staff for games see it as a player does."""
    return (
        [("As a player", reverse("as-player", args=[game.pk]))] if may(request.user, Can.MANAGE_GAMES) else []
    )


@admin.register(Game)
class GameAdmin(StaffAdmin[Game]):
    can_view = Can.READ_PLAYERS
    action_pages = [EditGame(), *(NewGame(engine) for engine in ENGINES.values())]
    list_display = ["name", "type", "kind", "on_offer", "created_at"]
    list_filter = ["type", either("is_active", "offer", "on offer", "not on offer")]
    search_fields = ["name"]
    search_help_text = "A part of the name"
    fields = ["name", "slug", "type", "description", "on_offer", "created_at", "configuration"]

    def find(self, rows: QuerySet[Game], words: str) -> QuerySet[Game]:
        return rows.filter(name__icontains=words)

    def links(self, request: HttpRequest, obj: Game) -> Sequence[tuple[str, str]]:
        return as_player(request, obj)

    @admin.display(description="kind")
    def kind(self, game: Game) -> str:
        return kind_words(game.engine)

    @admin.display(description="on offer", ordering="is_active")
    def on_offer(self, game: Game) -> str:
        return "yes" if game.is_active else "no"

    @admin.display(description="configuration")
    def configuration(self, game: Game) -> SafeString:
        return as_json(game.metadata)


_SESSIONS = {
    "id": "id", "player": "user__username", "email": "user__email", "game": "game__name", "type": "game__type",
    "status": "status", "result": "result", "score": "score", "started_at": "started_at", "ended_at": "ended_at",
    "seconds": "duration",
}  # fmt: skip


class TypeOfGame(admin.SimpleListFilter):
    """By the games of that type: how much is played in each the database knows, of a type it only guesses."""

    title = "type"
    parameter_name = "game__type__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, label in Game.Type.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[GameSession]) -> QuerySet[GameSession]:
        if self.value() is None:
            return queryset
        # There are few of the others, however many events there are.
        alone = Game.objects.exclude(type=Game.Type.PREDICTION).values_list("pk", "type")
        wanted = [pk for pk, type in alone if self.value() in (type, Game.Type.PREDICTION)]
        is_one_of = Q(game__in=wanted)
        return queryset.filter(~is_one_of if self.value() == Game.Type.PREDICTION else is_one_of)


@admin.register(GameSession)
class SessionAdmin(StaffAdmin[GameSession]):
    can_view = Can.READ_PLAYERS
    action_pages = [ExportRows(_SESSIONS)]
    list_display = ["id", "player", "game", "status", "result", "points", "started_at", "ended_at"]
    list_filter = ["status", "result", TypeOfGame, days_by("started_at")]
    list_select_related = ["user", "game"]
    search_fields = ["id"]
    search_help_text = "The number of a session, or a player's e-mail or username, whole"
    linked_by = frozenset({"user__id__exact", "game__id__exact"})
    ordering = ("-started_at", "-pk")
    ordering_of = dict.fromkeys(("user__id__exact", "game__id__exact", "q"), ("-pk",))
    fields = [
        "id", "player", "game", "status", "result", "points", "started_at", "ended_at", "took", "expires_at",
        "commitment", "state",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[GameSession]:
        return super().get_queryset(request).select_related("user", "game")

    def find(self, rows: QuerySet[GameSession], words: str) -> QuerySet[GameSession]:
        if words.isdecimal() and len(words) < 18:
            return rows.filter(pk=int(words))
        return rows.filter(user=find_by_login(words) or 0)

    @admin.display(description="player", ordering="user__username")
    def player(self, session: GameSession) -> SafeString:
        return link_to(session.user)

    @admin.display(description="score", ordering="score")
    def points(self, session: GameSession) -> str:
        return "–" if session.score is None else f"{session.score:.2f}"

    @admin.display(description="took")
    def took(self, session: GameSession) -> str:
        """In whole seconds."""
        return (
            "–"
            if session.duration is None
            else str(timedelta(seconds=session.duration // timedelta(seconds=1)))
        )

    @admin.display(description="commitment")
    def commitment(self, session: GameSession) -> str:
        return session.metadata.get("commitment") or "–"

    @admin.display(description="state")
    def state(self, session: GameSession) -> SafeString | str:
        """The state of play, secrets and all: after the end only."""
        return "Shown after the end." if session.is_running else as_json(session.metadata)


dashboard.charts.insert(1, own_dashboard.charts)
