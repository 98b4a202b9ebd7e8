"""What owners do to webhooks from the back-office. Each is one call of a service."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django import forms

from accounts.backoffice import ActionPage, Done, list_url, page_url
from accounts.models import User
from accounts.roles import Can
from accounts.webhooks import services, signing
from accounts.webhooks.catalog import EVENTS
from accounts.webhooks.models import URL_MAX, Delivery, Webhook
from quantix.backoffice import Queue
from quantix.db import in_one_transaction


class WebhookForm(forms.Form):
    url = forms.CharField(
        label="Address",
        max_length=URL_MAX,
        widget=forms.URLInput,
        help_text="An https:// address on the public Internet.",
    )
    events = forms.MultipleChoiceField(
        choices=[(event, event) for event in EVENTS], widget=forms.CheckboxSelectMultiple
    )


class Create(ActionPage):
    """Its transaction is its own, and its page is not kept for a form sent twice: that would keep the secret."""

    slug, label, can, form_class, is_for_list = (
        "new",
        "Register a webhook",
        Can.MANAGE_WEBHOOKS,
        WebhookForm,
        True,
    )
    opens_transactions = True
    help = (
        "A program at this address will be told what happens to bets, sessions and events, with players' ids."
    )

    def act(self, *, by: User, target: None, data: Mapping[str, Any]) -> Done:
        made = in_one_transaction(partial(services.create_webhook, by=by, **data))
        return Done(page_url(made), _shown_once(made))


class Edit(ActionPage):
    slug, label, can = "edit", "Edit", Can.MANAGE_WEBHOOKS
    help = "What waits is sent to the new address."

    def form(self, target: Webhook, **kwargs: Any) -> forms.Form:
        return WebhookForm(**kwargs | {"initial": {"url": target.url, "events": target.events}})

    def act(self, *, by: User, target: Webhook, data: Mapping[str, Any]) -> Done:
        changed = services.change_webhook(by=by, webhook_id=target.pk, **data)
        return Done(page_url(changed), "The webhook is changed.")


class Test(ActionPage):
    slug, label, can, form_class = "test", "Send a test", Can.MANAGE_WEBHOOKS, forms.Form
    help = "Sends an event “ping”, which means nothing. What came of it shows on the page of its delivery."

    def offered(self, target: Webhook) -> bool:
        return target.is_active

    def act(self, *, by: User, target: Webhook, data: Mapping[str, Any]) -> Done:
        delivery = services.send_test(by=by, webhook_id=target.pk)
        return Done(
            page_url(delivery), "The test is on its way. Load this page again to see what came of it."
        )


class Rotate(ActionPage):
    slug, label, can, form_class = "rotate", "Make a new secret", Can.MANAGE_WEBHOOKS, forms.Form
    opens_transactions = True
    help = "For 24 hours both secrets sign what is sent: give the receiver the new one in that time."

    def act(self, *, by: User, target: Webhook, data: Mapping[str, Any]) -> Done:
        turned = in_one_transaction(partial(services.rotate_secret, by=by, webhook_id=target.pk))
        return Done(page_url(turned), _shown_once(turned))


class SwitchOff(ActionPage):
    slug, label, can, form_class = "disable", "Switch off", Can.MANAGE_WEBHOOKS, forms.Form
    help = "Nothing more is written for it. What waits stays, and is sent once it is on again."

    def offered(self, target: Webhook) -> bool:
        return target.is_active

    def act(self, *, by: User, target: Webhook, data: Mapping[str, Any]) -> Done:
        changed = services.change_webhook(by=by, webhook_id=target.pk, is_active=False)
        return Done(page_url(changed), "The webhook is off.")


class SwitchOn(ActionPage):
    slug, label, can, form_class = "enable", "Switch on", Can.MANAGE_WEBHOOKS, forms.Form

    def offered(self, target: Webhook) -> bool:
        return not target.is_active

    def act(self, *, by: User, target: Webhook, data: Mapping[str, Any]) -> Done:
        changed = services.change_webhook(by=by, webhook_id=target.pk, is_active=True)
        return Done(page_url(changed), "The webhook is on.")


class Delete(ActionPage):
    slug, label, can, form_class, is_danger = "remove", "Delete", Can.MANAGE_WEBHOOKS, forms.Form, True
    help = "Nothing is sent to it any more. What was sent is forgotten after 30 days."

    def act(self, *, by: User, target: Webhook, data: Mapping[str, Any]) -> Done:
        services.delete_webhook(by=by, webhook_id=target.pk)
        return Done(list_url(Webhook), f"{target} is told nothing any more.")


class Resend(ActionPage):
    slug, label, can, form_class = "resend", "Send again", Can.MANAGE_WEBHOOKS, forms.Form
    help = "Sends the event once more under the same id, with all its tries before it."

    def act(self, *, by: User, target: Delivery, data: Mapping[str, Any]) -> Done:
        delivery = services.resend_delivery(by=by, delivery_id=target.pk)
        return Done(page_url(delivery), "The event is sent again.")


def given_up(user: User) -> Queue | None:
    """The webhooks that were switched off because nothing arrived."""
    off = Webhook.objects.live().filter(is_active=False).exclude(disabled_because="")
    url = list_url(Webhook, is_active__exact=0)
    return Queue(
        "webhooks that were given up", url, off, help="Nothing arrived: switch them on, or remove them."
    )


def _shown_once(webhook: Webhook) -> str:
    return f"Its secret, shown this once: {signing.secret_of(webhook)}"
