"""The pages of a player's bets, and of their limits; boards and profiles."""

from django.urls import include, path

from betting import views
from betting.limits import views as limits

urlpatterns = [
    path("", include("betting.standing.urls")),
    path("bets", views.bets, name="bets"),
    path("account/limits", limits.Limits.as_view(), name="limits"),
    path("account/limits/break", limits.Break.as_view(), name="limits-break"),
    path("account/limits/exclusion", limits.Exclusion.as_view(), name="limits-exclusion"),
    path("account/limits/<str:name>/confirm", limits.confirm, name="limits-confirm"),
    path("account/limits/<str:name>/withdraw", limits.withdraw, name="limits-withdraw"),
]
