"""Signatures that any library for Standard Webhooks checks, and secrets that are nowhere."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.webhooks import signing
from accounts.webhooks.models import Webhook


def test_a_signature_is_that_of_the_standards_own_example():
    """From the test vectors of https://github.com/standard-webhooks/standard-webhooks."""
    signature = signing.sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.fixture
def webhook() -> Webhook:
    return Webhook(salt=signing.new_salt(), secret_number=1)


def signatures(webhook: Webhook, now) -> list[str]:
    return signing.headers(webhook, "evt_1", b"{}", now)["webhook-signature"].split(" ")


def test_each_webhook_and_number_has_a_secret_of_its_own(webhook):
    other = Webhook(salt=signing.new_salt(), secret_number=1)
    secrets = {signing.secret_of(webhook), signing.secret_of(webhook, 2), signing.secret_of(other)}
    assert len(secrets) == 3 and all(len(secret) == 50 for secret in secrets)


def test_after_a_rotation_both_secrets_sign_for_a_while(webhook):
    now = timezone.now()
    (before,) = signatures(webhook, now)
    webhook.secret_number, webhook.old_secret_until = 2, now + signing.OVERLAP
    fresh, old = signatures(webhook, now)
    assert old == before != fresh
    assert signatures(webhook, now + timedelta(hours=25))[0].startswith("v1,")
    assert len(signatures(webhook, now + timedelta(hours=25))) == 1


def test_a_new_key_of_the_site_makes_new_secrets_and_the_old_one_may_sign_on(webhook, settings):
    now, old = timezone.now(), signing.secret_of(webhook)
    (before,) = signatures(webhook, now)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key", [settings.SECRET_KEY]
    assert signing.secret_of(webhook) != old
    assert before in signatures(webhook, now) and len(signatures(webhook, now)) == 2
