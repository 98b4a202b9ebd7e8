from django.urls import path
from rest_framework.routers import SimpleRouter

from wallets.api.views import TransactionViewSet, WalletViewSet

router = SimpleRouter(trailing_slash=False)
router.register("transactions", TransactionViewSet, basename="api-transaction")

urlpatterns = [path("wallet", WalletViewSet.as_view({"get": "retrieve"}), name="api-wallet"), *router.urls]
