"""What is sent is what the OpenAPI document says of it."""

import json
from functools import partial
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from accounts.webhooks.catalog import EVENTS, PING
from accounts.webhooks.delivering import body_of
from accounts.webhooks.models import WebhookEvent
from betting import events, services, settlement
from quantix.money import parse_money
from quantix.tests import factories
from quantix.tests.api import Program

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def document() -> Any:
    return Program().ask("GET", "/schema").json()


def body_schema(document: Any, type: str) -> dict[str, Any]:
    content: dict[str, Any] = document["webhooks"][type]["post"]["requestBody"]["content"]["application/json"]
    return content


def test_the_document_tells_of_every_event_with_an_example_that_is_true(document):
    validate(document)
    assert set(document["webhooks"]) == {*EVENTS, PING}
    for type in document["webhooks"]:
        content = body_schema(document, type)
        (example,) = content["examples"].values()
        Draft202012Validator(content["schema"] | {"components": document["components"]}).validate(
            example["value"]
        )


def test_what_is_told_is_as_the_document_says(document, subscribe, commit):
    subscribe()
    game, referee = factories.make_event(), factories.make_staff("games")
    for choice in ("yes", "no"):
        slip = services.Slip("winner", choice, parse_money("10.00"), game_id=game.pk)
        commit(partial(services.place_bet, player=factories.make_player(), slip=slip))
    commit(partial(events.resolve_event, by=referee, game_id=game.pk, weights={"yes": parse_money("1")}))
    settlement.settle_event(game.pk)
    commit(partial(events.void_event, by=referee, game_id=game.pk, reason="Rain"))
    settlement.settle_event(game.pk)
    told = list(WebhookEvent.objects.order_by("id"))
    assert {event.type for event in told} == set(EVENTS)
    for event in told:
        schema = body_schema(document, event.type)["schema"] | {"components": document["components"]}
        body = json.loads(body_of(event))
        Draft202012Validator(schema).validate(body)
        named = schema["$ref"].rpartition("/")[2]
        data = document["components"]["schemas"][named]["properties"]["data"]["$ref"].rpartition("/")[2]
        assert set(body["data"]) == set(document["components"]["schemas"][data]["properties"])
