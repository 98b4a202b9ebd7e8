"""Webhooks: registered by owners, told to programs, seen and sent again."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Can, may
from accounts.webhooks import services, signing
from accounts.webhooks.api import serializers
from accounts.webhooks.catalog import EVENTS, PING
from accounts.webhooks.errors import WebhookInactive, WebhookKnown, WebhooksFull
from accounts.webhooks.models import Delivery, Webhook
from quantix.api.fields import NoFields
from quantix.api.views import APIViewSet
from quantix.db import in_one_transaction, the_one
from quantix.errors import Forbidden
from quantix.idempotency import Reply


class MayManageWebhooks(BasePermission):
    """Owners only: a webhook is told of everybody's play."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return may(request.user, Can.MANAGE_WEBHOOKS)


class WebhookViewSet(ListModelMixin, RetrieveModelMixin, APIViewSet):
    """Addresses of programs that are told what happens. For owners."""

    permission_classes = [MayManageWebhooks]
    serializer_class = serializers.Webhook
    queryset = Webhook.objects.live()
    time_field = "created_at"
    once_actions = frozenset({"create", "rotate_secret", "test"})
    refusals = {
        "list": [Forbidden],
        "retrieve": [Forbidden],
        "create": [WebhookKnown, WebhooksFull],
        "partial_update": [WebhookKnown],
        "test": [WebhookInactive],
    }

    @extend_schema(
        request=serializers.NewWebhook,
        responses={201: serializers.WebhookWithSecret},
    )
    def create(self, request: Request) -> Response:
        """Register an address for some events. Its secret is shown now and never again."""
        form = self.body(serializers.NewWebhook)
        return self._with_secret(
            self.once(lambda: self._reply(201, services.create_webhook(by=self.player, **form)))
        )

    @extend_schema(request=serializers.ChangedWebhook, responses={200: serializers.Webhook})
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the address or the events, or switch it on or off."""
        form = self.body(serializers.ChangedWebhook)
        webhook = in_one_transaction(
            lambda: services.change_webhook(by=self.player, webhook_id=int(pk), **form)
        )
        return Response(self.get_serializer(webhook).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Send nothing to it any more."""
        in_one_transaction(lambda: services.delete_webhook(by=self.player, webhook_id=int(pk)))
        return Response(status=204)

    @extend_schema(request=NoFields, responses={200: serializers.WebhookWithSecret})
    @action(detail=True, methods=["post"], url_path="rotate-secret")
    def rotate_secret(self, request: Request, pk: str) -> Response:
        """Make a new secret, shown now and never again. For 24 hours the one before signs beside it."""
        self.body()
        return self._with_secret(
            self.once(lambda: self._reply(200, services.rotate_secret(by=self.player, webhook_id=int(pk))))
        )

    @extend_schema(request=NoFields, responses={202: serializers.Delivery})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Send an event `ping`, which means nothing; its delivery says what came of it."""
        self.body()

        def send() -> Reply:
            delivery = services.send_test(by=self.player, webhook_id=int(pk))
            return Reply(202, serializers.Delivery(delivery).data)

        return self.once(send)

    def _reply(self, status: int, webhook: Webhook) -> Reply:
        self.fresh = webhook
        return Reply(status, self.get_serializer(webhook).data)

    def _with_secret(self, response: Response) -> Response:
        """The secret goes beside the reply, not into it: a reply that is kept is in the database."""
        told = response.data
        webhook = getattr(self, "fresh", None) or the_one(Webhook.objects.filter(pk=told["id"]))
        response.data = {**told, "secret": signing.secret_of(webhook, told["secret_number"])}
        return response


class DeliveryFilters(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=Delivery.Status.choices)
    type = django_filters.ChoiceFilter("event__type", choices=[(event, event) for event in (*EVENTS, PING)])


class WebhookDeliveriesViewSet(ListModelMixin, APIViewSet):
    """What was sent, or is to be sent, to one webhook. For owners."""

    permission_classes = [MayManageWebhooks]
    serializer_class = serializers.Delivery
    filterset_class = DeliveryFilters
    queryset = Delivery.objects.none()
    time_field = "created_at"
    refusals = {"list": [Forbidden]}

    @extend_schema(operation_id="staff_webhooks_deliveries_list")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Deliveries, the newest first. They are kept for 30 days."""
        the_one(Webhook.objects.live().filter(pk=kwargs["pk"]))
        return super().list(request)

    def get_queryset(self) -> QuerySet[Delivery]:
        return Delivery.objects.filter(webhook=self.kwargs.get("pk")).select_related("event")


class DeliveryViewSet(RetrieveModelMixin, APIViewSet):
    """One delivery. For owners."""

    permission_classes = [MayManageWebhooks]
    serializer_class = serializers.Delivery
    queryset = Delivery.objects.filter(webhook__deleted_at=None).select_related("event")
    once_actions = frozenset({"resend"})
    refusals = {"retrieve": [Forbidden], "resend": [WebhookInactive]}

    @extend_schema(request=NoFields, responses={200: serializers.Delivery})
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, pk: str) -> Response:
        """Send the event once more, under the same id, whatever came of it."""
        self.body()

        def send() -> Reply:
            delivery = services.resend_delivery(by=self.player, delivery_id=int(pk))
            return Reply(200, self.get_serializer(delivery).data)

        return self.once(send)
