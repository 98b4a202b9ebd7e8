"""The shapes of webhooks in the API."""

from rest_framework import serializers

from accounts.webhooks import catalog
from accounts.webhooks.models import Delivery as DeliveryRow
from accounts.webhooks.models import Webhook as WebhookRow
from quantix.api.fields import Flag, Moment, StrictSerializer, Text
from quantix.api.schema import answered, sent

_EVENT = serializers.ChoiceField(choices=catalog.EVENTS)


@sent({"url": "https://bot.example.org/quantix", "events": ["event.resolved", "bet.settled"]})
class NewWebhook(StrictSerializer):
    """Where to, and what."""

    url = Text(help_text="An https:// address on the public Internet, at most 500 characters.")
    events = serializers.ListField(child=Text(), help_text=f"Some of: {', '.join(catalog.EVENTS)}.")


@sent({"is_active": False}, {"events": ["session.ended"]}, names=("Switch it off", "Other events"))
class ChangedWebhook(StrictSerializer):
    """What is not given stays as it is."""

    url = Text(required=False)
    events = serializers.ListField(child=Text(), required=False)
    is_active = Flag(required=False)


_WEBHOOK = {
    "id": 3,
    "url": "https://bot.example.org/quantix",
    "events": ["bet.settled", "event.resolved"],
    "is_active": True,
    "disabled_because": "",
    "secret_number": 1,
    "old_secret_until": None,
    "failing_since": None,
    "created_at": "2026-01-31T12:00:00Z",
    "created_by": 1,
}


@answered(_WEBHOOK)
class Webhook(serializers.ModelSerializer[WebhookRow]):
    """An address, what is told to it, and how that goes."""

    events = serializers.ListField(child=_EVENT)
    old_secret_until = Moment(
        allow_null=True, help_text="Until then, the secret before the newest signs as well."
    )
    failing_since = Moment(
        allow_null=True,
        help_text="Of the first try that failed since one went well; null after one that did.",
    )
    created_at = Moment()
    created_by = serializers.IntegerField(source="created_by_id", allow_null=True)

    class Meta:
        model = WebhookRow
        fields = [
            "id", "url", "events", "is_active", "disabled_because", "secret_number", "old_secret_until",
            "failing_since", "created_at", "created_by",
        ]  # fmt: skip
        read_only_fields = fields


@answered(_WEBHOOK | {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="})
class WebhookWithSecret(Webhook):
    """A webhook whose secret is new, and shown this once."""

    secret = serializers.RegexField(r"^whsec_[A-Za-z0-9+/=]{44}$")

    class Meta(Webhook.Meta):
        fields = [*Webhook.Meta.fields, "secret"]
        read_only_fields = fields


@answered(
    {
        "id": 52,
        "webhook": 3,
        "event": "evt_17",
        "type": "event.resolved",
        "status": "pending",
        "tries": 1,
        "due_at": "2026-01-31T13:00:16Z",
        "last_tried_at": "2026-01-31T13:00:01Z",
        "last_status": 503,
        "last_error": "The receiver answered 503.",
        "delivered_at": None,
        "created_at": "2026-01-31T13:00:00Z",
        "data": {"game": 4, "status": "resolved", "weights": {"yes": "1"}, "settlement": 1},
    }
)
class Delivery(serializers.ModelSerializer[DeliveryRow]):
    """One event for one webhook, and what came of the tries to send it."""

    webhook = serializers.IntegerField(source="webhook_id")
    event = serializers.CharField(source="event.name", help_text="The id that receivers know it by.")
    type = serializers.CharField(source="event.type")
    data = serializers.DictField(source="event.data")  # type: ignore[assignment]
    due_at = Moment(help_text="Of the next try, while it waits.")
    last_tried_at = Moment(allow_null=True)
    last_status = serializers.IntegerField(
        allow_null=True, help_text="The HTTP status that was answered last."
    )
    delivered_at = Moment(allow_null=True)
    created_at = Moment()

    class Meta:
        model = DeliveryRow
        fields = [
            "id", "webhook", "event", "type", "status", "tries", "due_at", "last_tried_at", "last_status",
            "last_error", "delivered_at", "created_at", "data",
        ]  # fmt: skip
        read_only_fields = fields
