"""The lobby, the pages of games, and what proves that they were fair."""

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from games import selectors
from games.dailies import dailies_of
from games.errors import DailyPlayed, NotEnoughQuestions, SessionEnded, SessionOpen
from games.models import Game, GameSession
from games.services import sessions
from quantix import clock
from quantix.db import in_one_transaction, the_one
from quantix.pages import Done, SeeOther, go_on, once_for, signed_in

PAGE_SIZE = 24
#: What players check a proof with, on their own machines.
SCRIPT = (settings.BASE_DIR / "docs" / "check_fairness.py").read_text(encoding="utf-8")


@login_required
@require_safe
def lobby(request: HttpRequest) -> HttpResponse:
    """Where one goes on playing: open sessions, events about to close, games to begin."""
    player, now = signed_in(request), clock.now()
    context = {
        "dailies": dailies_of(player, now),
        "open_sessions": selectors.open_sessions(player),
        "closing": selectors.closing_soon(now),
        "shelves": [(type, selectors.shelf(type)) for type in ("quiz", "puzzle")],
    }
    return render(request, "games/lobby.html", context)


@require_safe
def games(request: HttpRequest) -> HttpResponse:
    """All games, by type."""
    kind = request.GET.get("type", "")
    if kind not in selectors.KINDS:
        raise Http404
    page = Paginator(selectors.listed(kind), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "games/list.html", {"kind": kind, "page": page})


def game_page(request: HttpRequest, game: Game, status: int = 200, **more: Any) -> HttpResponse:
    """The page of a quiz or a puzzle: what it is about, its rules, and one's record in it. `more`: from rooms above."""
    context: dict[str, Any] = {"game": game, **more}
    if game.is_daily:
        player = signed_in(request) if request.user.is_authenticated else None
        context["daily"] = next(iter(dailies_of(player, clock.now(), game)), None)
    # Staff who look at it as players will see it see it as a new one.
    if request.user.is_authenticated and "as_player" not in more:
        context["record"] = selectors.record_of(request.user, game)
        context["standing"] = selectors.standing_of(request.user, game.engine.scope)
        context["latest"] = selectors.latest_sessions(request.user, game)
    return render(request, "games/game.html", context, status=status)


@login_required
def start(request: HttpRequest, game_id: int) -> HttpResponse:
    """Begin a session, or go to the one that is open."""
    if request.method != "POST":
        return redirect("game", get_object_or_404(Game, pk=game_id).slug)
    player = signed_in(request)

    def begin() -> Done:
        started = sessions.start_session(player=player, game_id=game_id)
        return Done(reverse("session", args=[started.pk]))

    try:
        return go_on(request, once_for(request, begin))
    except SessionOpen as refusal:
        messages.info(request, "You were in the middle of this one.")
        return SeeOther(reverse("session", args=[refusal.extra["session"]]))
    except DailyPlayed as refusal:
        messages.info(request, refusal.detail)
        return SeeOther(reverse("session", args=[refusal.extra["session"]]))
    except NotEnoughQuestions as refusal:
        messages.warning(request, refusal.detail)
        return game_page(request, get_object_or_404(Game, pk=game_id), status=refusal.status)


@login_required
def forfeit(request: HttpRequest, session_id: int) -> HttpResponse:
    """Give a session up, after being asked once more."""
    player, page = signed_in(request), reverse("session", args=[session_id])
    if request.method != "POST":
        session = own_session(player, session_id)
        return (
            render(request, "games/forfeit.html", {"session": session})
            if session.is_running
            else redirect(page)
        )

    def give_up() -> Done:
        sessions.forfeit_session(player=player, session_id=session_id)
        return Done(page)

    try:
        return go_on(request, once_for(request, give_up))
    except SessionEnded as refusal:
        messages.info(request, refusal.detail)
        return SeeOther(page)


@login_required
@require_POST
def settle(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one's session whose time is over, where that has not been done yet."""
    own_session(signed_in(request), session_id)
    in_one_transaction(lambda: sessions.expire_session(session_id=session_id))
    return SeeOther(reverse("session", args=[session_id]))


@login_required
@require_safe
def fair(request: HttpRequest, session_id: int) -> HttpResponse:
    """A session's commitment and, after the end, all that it was made from."""
    session = own_session(signed_in(request), session_id)
    shown = _proof(session)
    content = json.dumps(shown.get("content"), indent=2, ensure_ascii=False)
    context = {"session": session, "proof": shown, "content": content, "file": _file_name(session)}
    context["script"] = SCRIPT
    return render(request, "games/fair.html", context)


@login_required
@require_safe
def proof(request: HttpRequest, session_id: int) -> JsonResponse:
    """The same as a file, for the script that checks it offline."""
    session = own_session(signed_in(request), session_id)
    reply = JsonResponse(_proof(session), json_dumps_params={"indent": 2})
    reply["Content-Disposition"] = f'attachment; filename="{_file_name(session)}"'
    return reply


@require_safe
def fairness(request: HttpRequest) -> HttpResponse:
    """How one can check that a game was fair."""
    return render(request, "games/fairness.html", {"script": SCRIPT})


def own_session(player: User, session_id: int) -> GameSession:
    """The player's session with its game. Raises NotFound, also where it is another's."""
    session: GameSession = the_one(
        GameSession.objects.of(player).select_related("game").filter(pk=session_id)
    )
    return session


def _proof(session: GameSession) -> dict[str, Any]:
    return {"session": session.pk} | selectors.disclosure(session)


def _file_name(session: GameSession) -> str:
    return f"quantix-session-{session.pk}.json"
