from django.urls import path
from rest_framework.routers import SimpleRouter

from accounts.api.staff import StaffUserViewSet
from accounts.api.views import AuthViewSet, MeViewSet, TokenViewSet

router = SimpleRouter(trailing_slash=False)
router.register("auth", AuthViewSet, basename="api-auth")
router.register("staff/users", StaffUserViewSet, basename="api-staff-user")

urlpatterns = [
    path("auth/token", TokenViewSet.as_view({"post": "create", "delete": "destroy"}), name="api-token"),
    path("me", MeViewSet.as_view({"get": "retrieve", "patch": "partial_update"}), name="api-me"),
    path("me/export", MeViewSet.as_view({"get": "export"}), name="api-me-export"),
    *router.urls,
]
