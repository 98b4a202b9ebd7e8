from collections.abc import Callable, Iterator
from typing import Any

import pytest

from accounts.webhooks import delivering, services
from accounts.webhooks.catalog import EVENTS
from accounts.webhooks.models import Webhook
from accounts.webhooks.tests.receiver import Receiver, listening
from quantix.tests import factories


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """A program that takes webhooks, where private addresses are allowed."""
    settings.WEBHOOK_PRIVATE = True
    with listening() as found:
        yield found


@pytest.fixture
def subscribe(commit: Callable[..., Any]) -> Callable[..., Webhook]:
    """`subscribe(url, "bet.settled")`: a webhook of an owner's; of all events where none is named."""

    def make(url: str = "https://bot.example.org/quantix", *events: str) -> Webhook:
        owner = factories.make_staff("owner")
        made: Webhook = commit(lambda: services.create_webhook(by=owner, url=url, events=events or EVENTS))
        return made

    return make


@pytest.fixture
def deliver(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Runs what the worker runs each second, and waits for it; how many rounds there were."""
    rounds = delivering.Rounds()
    monkeypatch.setattr(delivering, "rounds", lambda: rounds)

    def run() -> int:
        started = delivering.start_rounds()
        rounds.wait(20)
        return started

    return run
