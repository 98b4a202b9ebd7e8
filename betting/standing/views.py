"""The boards, the profiles of players, and the sessions behind a figure."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from betting.standing import charts, profiles, selectors, words
from betting.standing.models import Measure, Season
from games.models import Game
from quantix import clock
from quantix.db import the_one
from quantix.errors import NotFound
from quantix.fields import ID_MAX
from quantix.form_fields import BeforeField
from quantix.pages import newest


class _NumberField(forms.IntegerField):
    def __init__(self) -> None:
        super().__init__(required=False, min_value=1, max_value=ID_MAX)


class BoardForm(forms.Form):
    """Which board to show. What is not understood is left out."""

    measure = forms.ChoiceField(required=False, choices=Measure.choices)
    season = _NumberField()
    game = _NumberField()
    after = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    before = BeforeField()


def _wanted(request: HttpRequest) -> dict[str, Any]:
    form = BoardForm(request.GET)
    form.is_valid()
    return {name: form.cleaned_data.get(name) for name in form.fields} | {
        "measure": form.cleaned_data.get("measure") or Measure.PROFIT.value
    }


@require_safe
def leaderboards(request: HttpRequest) -> HttpResponse:
    """Who leads: a season's boards, over all games or in one, and where one stands oneself."""
    wanted, now, viewer = _wanted(request), clock.now(), viewer_of(request)
    game: Any = the_one(selectors.with_season(wanted["game"])) if wanted["game"] else None
    seasons = selectors.seasons(now)
    season = _season(seasons, wanted["season"] or (game and game.newest_season))
    tabs = words.tabs(in_game=game is not None)
    found = selectors.placings(season, game, wanted["measure"])
    context = {
        "tabs": tabs,
        "tab": next(tab for tab in tabs if tab.measure == wanted["measure"]),
        "game": game,
        "season": season,
        "seasons": seasons,
        "is_running": season is not None and season.ends_at > now,
        "table": selectors.table(found, viewer, wanted["after"]),
        "hides": viewer is not None and not profiles.shows(viewer, "boards"),
    }
    return render(request, "betting/leaderboards.html", context)


@require_safe
def player(request: HttpRequest, username: str) -> HttpResponse:
    """A player's profile, as much of it as they show."""
    viewer = viewer_of(request)
    user = profiles.find(username, viewer)

    def sees(part: str) -> bool:
        return profiles.may_see(viewer, user, part)

    bands = profiles.calibration(user) if sees("profile_forecasts") else []
    history = profiles.rating_history(user) if sees("profile_ratings") else {}
    context = {
        "owner": user,
        "is_me": user == viewer,
        "places": profiles.places(user, clock.now()),
        "charts": [charts.rating_chart(scope, points) for scope, points in history.items()],
        "bands": bands,
        "dots": charts.dots(bands),
        "achieved": profiles.achieved(user) if sees("profile_achievements") else [],
        "results": list(profiles.latest(user)) if sees("profile_results") else [],
        "streaks": profiles.daily_streaks(user) if sees("profile_results") else [],
        "shows_results": sees("profile_results"),
    }
    return render(request, "betting/player.html", context)


@require_safe
def record(request: HttpRequest, username: str) -> HttpResponse:
    """The sessions that a player's figure on a board was made from."""
    viewer, wanted = viewer_of(request), _wanted(request)
    user = profiles.find(username, viewer)
    season = selectors.season(wanted["season"], clock.now())
    if season is None or not profiles.may_see(viewer, user, "profile_results"):
        raise NotFound
    game: Any = the_one(Game.objects.filter(pk=wanted["game"])) if wanted["game"] else None
    found = profiles.behind(user, season=season, game_id=wanted["game"], measure=wanted["measure"])
    tabs = words.tabs(in_game=game is not None)
    context = {
        "owner": user,
        "season": season,
        "game": game,
        "tab": next(tab for tab in tabs if tab.measure == wanted["measure"]),
        "placing": selectors.of(user, selectors.placings(season, game, wanted["measure"])),
        **newest(found, wanted["before"]),
    }
    return render(request, "betting/record.html", context)


def viewer_of(request: HttpRequest) -> User | None:
    """Who looks, if they are signed in."""
    return request.user if isinstance(request.user, User) else None


def _season(seasons: list[Season], wanted: int | None) -> Season | None:
    """The season that is wanted, or the newest. Raises NotFound for one that is not there, or is not shown any more."""
    if wanted is None:
        return next(iter(seasons), None)
    found = next((season for season in seasons if season.pk == wanted), None)
    if found is None:
        raise NotFound
    return found
