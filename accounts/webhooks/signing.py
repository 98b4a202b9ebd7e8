"""Secrets, and signatures as Standard Webhooks has them (https://www.standardwebhooks.com, version 1).

A secret is not kept anywhere: it follows from the site's SECRET_KEY, the webhook's salt, and its number.
Who reads the database alone can sign nothing. A new SECRET_KEY makes new secrets, unless the old one is
among SECRET_KEY_FALLBACKS: then both sign.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.crypto import salted_hmac

from accounts.webhooks.models import Webhook

PREFIX = "whsec_"
#: After a rotation, what is sent is signed with the old secret too.
OVERLAP = timedelta(hours=24)


def new_salt() -> str:
    return secrets.token_urlsafe(32)


def secret_of(webhook: Webhook, number: int | None = None) -> str:
    """The webhook's secret with this number, by default the newest: `whsec_` and 32 bytes in Base64."""
    return _secret(settings.SECRET_KEY, webhook.salt, number or webhook.secret_number)


def headers(webhook: Webhook, name: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers by which the receiver knows that `body`, the event `name`, is from here and from `now`."""
    at = int(now.timestamp())
    signatures = " ".join(sign(secret, name, at, body) for secret in _secrets(webhook, now))
    return {"webhook-id": name, "webhook-timestamp": str(at), "webhook-signature": signatures}


def sign(secret: str, name: str, at: int, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 (Base64) of `name.at.body`, `at` in seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    mac = hmac.new(key, f"{name}.{at}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(mac.digest()).decode()}"


def _secrets(webhook: Webhook, now: datetime) -> Iterator[str]:
    """Those that sign now, the newest first."""
    numbers = [webhook.secret_number]
    if webhook.old_secret_until and webhook.old_secret_until > now:
        numbers.append(webhook.secret_number - 1)
    for number in numbers:
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            yield _secret(key, webhook.salt, number)


def _secret(key: str | bytes, salt: str, number: int) -> str:
    digest = salted_hmac("webhooks", f"{salt}:{number}", secret=key, algorithm="sha256").digest()
    return PREFIX + base64.b64encode(digest).decode()
