"""One's own wallet and its postings: money is read here, never moved."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from quantix.api.filters import BooleanFilter, MomentFilter
from quantix.api.views import APIViewSet
from wallets import selectors
from wallets.api import serializers
from wallets.models import Transaction, Wallet


class WalletViewSet(APIViewSet):
    """One's own wallet."""

    queryset = Wallet.objects.all()
    serializer_class = serializers.Wallet

    def retrieve(self, request: Request) -> Response:
        """The balance, and what it is made of."""
        return Response(self.get_serializer(selectors.wallet_of(self.player.pk)).data)


class TransactionFilters(django_filters.FilterSet):
    type = django_filters.ChoiceFilter(choices=Transaction.Type.choices)
    category = django_filters.ChoiceFilter(choices=Transaction.Category.choices)
    created_after = MomentFilter("created_at", "gte")
    created_before = MomentFilter("created_at", "lt")
    include_voided = BooleanFilter(method="leave_out_voided")

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found: Any = super().filter_queryset(queryset)
        return found if self.form.cleaned_data["include_voided"] else found.live()  # type: ignore[no-any-return]

    def leave_out_voided(self, queryset: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return queryset


class TransactionViewSet(ListModelMixin, RetrieveModelMixin, APIViewSet):
    """The postings to one's own wallet. Voided pairs are left out of the list unless `include_voided` is true."""

    serializer_class = serializers.Posting
    filterset_class = TransactionFilters
    queryset = Transaction.objects.none()
    time_field = "created_at"

    def get_queryset(self) -> QuerySet[Transaction]:
        return Transaction.objects.of(self.player.pk)
