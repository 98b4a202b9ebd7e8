"""The page of a player's bets; boards and profiles."""

from django.urls import include, path

from betting import views

urlpatterns = [
    path("", include("betting.standing.urls")),
    path("bets", views.bets, name="bets"),
]
