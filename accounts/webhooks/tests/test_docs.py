"""The script that docs/webhooks.md gives to receivers knows ours from anything else."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.webhooks import signing
from accounts.webhooks.models import Webhook

DOCS = Path(__file__).resolve().parents[3] / "docs"
BODY = b'{"id":"evt_17"}'
Check = Callable[[str, dict[str, str], bytes], bool]


@pytest.fixture
def is_ours() -> Check:
    """The function, as it stands in the document."""
    found = re.search("```python\n(.*?)```", (DOCS / "webhooks.md").read_text(), re.DOTALL)
    assert found
    names: dict[str, Check] = {}
    exec(found[1], names)
    return names["is_ours"]


@pytest.fixture
def webhook() -> Webhook:
    return Webhook(salt=signing.new_salt(), secret_number=1)


def test_the_file_and_the_document_say_the_same() -> None:
    assert (DOCS / "check_webhook.py").read_text() in (DOCS / "webhooks.md").read_text()


def test_it_takes_what_is_ours_by_either_secret_during_a_rotation(is_ours: Check, webhook: Webhook) -> None:
    old = signing.secret_of(webhook)
    webhook.secret_number, webhook.old_secret_until = 2, timezone.now() + signing.OVERLAP
    headers = signing.headers(webhook, "evt_17", BODY, timezone.now())
    assert is_ours(old, headers, BODY) and is_ours(signing.secret_of(webhook), headers, BODY)


def test_it_refuses_what_is_changed_old_or_signed_by_another(is_ours: Check, webhook: Webhook) -> None:
    secret, now = signing.secret_of(webhook), timezone.now()
    headers = signing.headers(webhook, "evt_17", BODY, now)
    assert is_ours(secret, headers, BODY)
    assert not is_ours(secret, headers, BODY + b" ")
    assert not is_ours(secret, headers | {"webhook-id": "evt_18"}, BODY)
    assert not is_ours(secret, headers | {"webhook-timestamp": str(int(time.time()) + 1)}, BODY)
    assert not is_ours(signing.secret_of(webhook, 2), headers, BODY)
    old = signing.headers(webhook, "evt_17", BODY, now - timedelta(minutes=6))
    assert not is_ours(secret, old, BODY)
