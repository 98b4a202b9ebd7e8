"""The pages of games; those on which one can stake are betting's."""

from django.urls import path

from games import views

urlpatterns = [
    path("lobby", views.lobby, name="lobby"),
    path("games", views.games, name="games"),
    path("games/<int:game_id>/start", views.start, name="start"),
    path("play/<int:session_id>/forfeit", views.forfeit, name="forfeit"),
    path("play/<int:session_id>/settle", views.settle, name="settle"),
    path("fair/<int:session_id>", views.fair, name="fair"),
    path("fair/<int:session_id>/proof.json", views.proof, name="proof"),
    path("fairness", views.fairness, name="fairness"),
]
