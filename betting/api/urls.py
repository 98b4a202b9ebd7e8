from django.urls import path
from rest_framework.routers import SimpleRouter

from betting.api.limits import LimitsViewSet
from betting.api.staff import StaffBetViewSet, StaffEventViewSet
from betting.api.views import BetViewSet, GameMarketsViewSet, GamePricesViewSet, SessionViewSet
from betting.standing.api.views import GameLeaderboardViewSet, LeaderboardViewSet, SeasonViewSet

router = SimpleRouter(trailing_slash=False)
router.register("sessions", SessionViewSet, basename="api-session")
router.register("bets", BetViewSet, basename="api-bet")
router.register("staff/bets", StaffBetViewSet, basename="api-staff-bet")
router.register("staff/games", StaffEventViewSet, basename="api-staff-event")

urlpatterns = [
    path("games/<int:pk>/markets", GameMarketsViewSet.as_view({"get": "retrieve"}), name="api-game-markets"),
    path("me/limits", LimitsViewSet.as_view({"get": "retrieve", "put": "update"}), name="api-me-limits"),
    path(
        "games/<int:pk>/leaderboard",
        GameLeaderboardViewSet.as_view({"get": "list"}),
        name="api-game-leaderboard",
    ),
    path("leaderboards", LeaderboardViewSet.as_view({"get": "list"}), name="api-leaderboards"),
    path("seasons", SeasonViewSet.as_view({"get": "list"}), name="api-seasons"),
    path("games/<int:pk>/prices", GamePricesViewSet.as_view({"get": "retrieve"}), name="api-game-prices"),
    *router.urls,
]
