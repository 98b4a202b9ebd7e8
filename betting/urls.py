"""The page of a player's bets."""

from django.urls import path

from betting import views

urlpatterns = [path("bets", views.bets, name="bets")]
