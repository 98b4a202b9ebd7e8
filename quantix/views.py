"""Pages of the site itself: health, the theme, the demo's mail, and errors that no view raised."""

import sys

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from quantix import outbox
from quantix.context_processors import THEMES
from quantix.db import is_database_away
from quantix.errors import DatabaseAway, Forbidden, NotFound
from quantix.problems import BadRequestForm, ServerFault, refusal_of, reply_to

THEME_SECONDS = 365 * 24 * 3600


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """The process is up."""
    return JsonResponse({"status": "live"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """The database answers and is migrated; 503 otherwise."""
    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception as error:
        if not is_database_away(error):
            raise
        return JsonResponse({"status": "no database"}, status=503, headers={"Retry-After": "3"})
    if behind:
        return JsonResponse({"status": "not migrated"}, status=503, headers={"Retry-After": "10"})
    return JsonResponse({"status": "ready"})


@require_POST
def theme(request: HttpRequest) -> HttpResponseRedirect:
    """Remember the theme that was chosen; without one, the system's is followed."""
    back = request.META.get("HTTP_REFERER", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    remember_theme(response, request.POST.get("theme", ""))
    return response


def remember_theme(response: HttpResponse, chosen: str) -> None:
    """Let the browser keep the `chosen` theme; any other word than light or dark follows the system."""
    if chosen in THEMES:
        response.set_cookie("theme", chosen, max_age=THEME_SECONDS, samesite="Lax", secure=settings.HTTPS)
    else:
        response.delete_cookie("theme")


@require_safe
def mails(request: HttpRequest, name: str = "") -> HttpResponse:
    """The mails that the demo has written in place of sending them; with DEBUG only."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "outbox.html", {"letters": outbox.newest(), "open": name})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return reply_to(request, BadRequestForm("The request is malformed."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return reply_to(request, Forbidden())


def nothing_here(request: HttpRequest) -> HttpResponse:
    """Every address that is none of the site's."""
    raise NotFound


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return reply_to(request, NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    """What no view or middleware has caught: the database being away, or a fault of ours."""
    error = sys.exc_info()[1]
    refusal = refusal_of(error) if isinstance(error, Exception) else None
    return reply_to(request, refusal if isinstance(refusal, DatabaseAway) else ServerFault())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return reply_to(
        request, Forbidden("This form has expired, or came from another site. Go back and send it again.")
    )
