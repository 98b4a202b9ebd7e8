"""What webhooks refuse."""

from quantix.errors import Refusal


class WebhookKnown(Refusal):
    code = "webhook-known"
    title = "This address has a webhook already"
    detail = "There is a webhook for this address. Change its events, or delete it first."
    constraint = "webhook_url_once"


class WebhooksFull(Refusal):
    code = "webhooks-full"
    title = "There are as many webhooks as can be"
    detail = "There are as many webhooks as can be. Delete one that is not used any more."


class WebhookInactive(Refusal):
    code = "webhook-inactive"
    title = "This webhook is switched off"
    detail = "The webhook is switched off, so nothing would be sent. Switch it on first."
