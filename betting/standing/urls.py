"""The pages of boards and players."""

from django.urls import path

from betting.standing import views

urlpatterns = [
    path("leaderboards", views.leaderboards, name="leaderboards"),
    path("players/<str:username>", views.player, name="player"),
    path("players/<str:username>/record", views.record, name="player-record"),
]
