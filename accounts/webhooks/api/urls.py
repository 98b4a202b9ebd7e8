from django.urls import path
from rest_framework.routers import SimpleRouter

from accounts.webhooks.api.views import DeliveryViewSet, WebhookDeliveriesViewSet, WebhookViewSet

router = SimpleRouter(trailing_slash=False)
router.register("staff/webhooks", WebhookViewSet, basename="api-webhook")
router.register("staff/deliveries", DeliveryViewSet, basename="api-delivery")

urlpatterns = [
    path(
        "staff/webhooks/<int:pk>/deliveries",
        WebhookDeliveriesViewSet.as_view({"get": "list"}),
        name="api-webhook-deliveries",
    ),
    *router.urls,
]
