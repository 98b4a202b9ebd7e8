"""Boards and seasons for programs. None takes a token."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from betting.standing import selectors
from betting.standing.api import serializers
from betting.standing.models import Board, Measure, Placing, Season
from games.models import Game
from quantix import clock
from quantix.api.filters import IdFilter
from quantix.api.paging import RankPage
from quantix.api.views import APIViewSet
from quantix.db import the_one
from quantix.errors import FieldError, Invalid


class BoardFilters(django_filters.FilterSet):
    """By profit, of the season that runs, unless something else is asked for."""

    measure = django_filters.ChoiceFilter(choices=Measure.choices, help_text="`profit` unless it is said.")
    season = IdFilter(help_text="The season that runs, unless it is said; `/seasons` lists them.")

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Of the boards in `queryset`, that of the season: its placings."""
        wanted = self.form.cleaned_data
        season = selectors.season(wanted["season"], clock.now())
        if season is None and wanted["season"]:
            raise Invalid(FieldError("season", "unknown-season", "There is no such season."))
        found = Placing.objects.on(queryset.filter(season=season), wanted["measure"] or Measure.PROFIT)
        return found.shown().select_related("user")


class LeaderboardViewSet(ListModelMixin, APIViewSet):
    """Who leads in a season, over all games."""

    permission_classes = [AllowAny]
    serializer_class = serializers.Place
    filterset_class = BoardFilters
    pagination_class = RankPage
    queryset = Board.objects.filter(game=None)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The board of a season over all games. The worker keeps it: it is some seconds old."""
        return super().list(request, *args, **kwargs)


class GameLeaderboardViewSet(LeaderboardViewSet):
    """Who leads in a season, in one game."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The board of one game in a season. The worker keeps it: it is some seconds old."""
        return super().list(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        return Board.objects.filter(game=the_one(Game.objects.active().filter(pk=self.kwargs["pk"])))


class SeasonViewSet(ListModelMixin, APIViewSet):
    """The seasons, the newest first."""

    permission_classes = [AllowAny]
    serializer_class = serializers.Season
    queryset = Season.objects.all()
    time_field = "begins_at"
