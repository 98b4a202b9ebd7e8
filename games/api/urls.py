from rest_framework.routers import SimpleRouter

from games.api.staff import StaffGameViewSet, StaffSessionViewSet
from games.api.views import DailyViewSet, GameViewSet

# Sessions are routed where bets are known: their addresses tell of markets and positions, too.
router = SimpleRouter(trailing_slash=False)
router.register("dailies", DailyViewSet, basename="api-daily")
router.register("games", GameViewSet, basename="api-game")
router.register("staff/games", StaffGameViewSet, basename="api-staff-game")
router.register("staff/sessions", StaffSessionViewSet, basename="api-staff-session")

urlpatterns = router.urls
