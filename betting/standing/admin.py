"""Seasons in the back-office: read, and opened ahead of time."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.utils import timezone

from accounts.backoffice import ActionPage, Done, StaffAdmin, page_url
from accounts.models import User
from accounts.roles import Can
from betting.standing import seasons
from betting.standing.models import Season


def _moment(label: str) -> forms.DateTimeField:
    return forms.DateTimeField(label=label, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))


class SeasonForm(forms.Form):
    name = forms.CharField(max_length=60)
    begins_at = _moment("Begins")
    ends_at = _moment("Ends")


class OpenSeason(ActionPage):
    slug, label, can, form_class, is_for_list = "open", "Open a season", Can.MANAGE_GAMES, SeasonForm, True
    help = "For a term or a festival to come. Where there is none, each month is a season of its own."

    def act(self, *, by: User, target: None, data: Mapping[str, Any]) -> Done:
        season = seasons.open_season(by=by, **data)
        begins_at = timezone.localtime(season.begins_at)
        return Done(page_url(season), f"{season} begins on {begins_at:%d %B %Y, %H:%M}.")


@admin.register(Season)
class SeasonAdmin(StaffAdmin[Season]):
    can_view = Can.READ_PLAYERS
    action_pages = [OpenSeason()]
    list_display = ["name", "begins_at", "ends_at", "archived_at"]
    ordering = ("-begins_at",)
    empty = "No season yet. Each month is one by itself; open one for a term or a festival to come."
    fields = ["name", "begins_at", "ends_at", "archived_at", "created_at"]
