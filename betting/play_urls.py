"""The pages of play on which one can stake."""

from django.urls import path

from betting import as_player
from betting import event_views as events
from betting import play_views as views

urlpatterns = [
    path("games/<slug:slug>", views.game, name="game"),
    path("games/<int:game_id>/as-player", as_player.as_player, name="as-player"),
    path("games/<int:game_id>/as-player/play", as_player.first_move, name="as-player-play"),
    path("games/<int:game_id>/stake", events.stake_on_event, name="stake-on-event"),
    path("games/<int:game_id>/quote", events.quote_on_event, name="quote-on-event"),
    path("bets/<int:bet_id>/cash-out", events.cash_out, name="cash-out"),
    path("play/<int:session_id>", views.session, name="session"),
    path("play/<int:session_id>/move", views.move, name="move"),
    path("play/<int:session_id>/stake", views.stake, name="stake"),
]
