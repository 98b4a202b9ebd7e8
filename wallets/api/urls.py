from django.urls import path
from rest_framework.routers import SimpleRouter

from wallets.api.staff import StaffAdjustmentViewSet, StaffTransactionViewSet
from wallets.api.views import TransactionViewSet, WalletViewSet

router = SimpleRouter(trailing_slash=False)
router.register("transactions", TransactionViewSet, basename="api-transaction")
router.register("staff/adjustments", StaffAdjustmentViewSet, basename="api-staff-adjustment")
router.register("staff/transactions", StaffTransactionViewSet, basename="api-staff-transaction")

urlpatterns = [path("wallet", WalletViewSet.as_view({"get": "retrieve"}), name="api-wallet"), *router.urls]
