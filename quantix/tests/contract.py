"""The contract: whatever a test asks of the API is held against the OpenAPI document, the request and the reply."""

import json
import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from quantix.api.reference import PREFIX, document, resolved


def hold(method: str, path: str, body: bytes, response: Any) -> None:
    """Fail unless the document tells of this `response` to `method` `path`, and takes the `body` that succeeded.

    What is no operation of the API is not held to it; neither are faults of ours, which tests plant, and documents that
    are streamed, whose tests read them.
    """
    template = _template(path.partition("?")[0])
    operation = document()["paths"].get(template, {}).get(method.lower())
    status = response.status_code
    if operation is None or (status >= 500 and status != 503) or (response.get("Allow") and status == 405):
        return
    if response.streaming:
        return
    said = f"{method} {template} answered {status} {response.content[:600]!r}"
    told = operation["responses"].get(str(status))
    assert told is not None, f"{said}: its view does not say that it can (`refusals`, @extend_schema)"
    told = resolved(told)
    if "content" in told:
        media_type = response["Content-Type"]
        assert media_type in told["content"], f"{said} as {media_type}"
        _hold_to(
            f"{template}|{method}|{status}|{media_type}",
            told["content"][media_type]["schema"],
            response.json(),
            said,
        )
    else:
        assert not response.content, said
    if status < 300 and body:
        taken = operation["requestBody"]["content"]["application/json"]["schema"]
        _hold_to(f"{template}|{method}", taken, json.loads(body), f"{said} to {body[:600]!r}")


def _hold_to(name: str, schema: dict[str, Any], value: Any, said: str) -> None:
    fault = next(iter(_validator(name, json.dumps(schema)).iter_errors(value)), None)
    assert fault is None, (
        f"{said}: at {'.'.join(map(str, fault.absolute_path)) or 'the top'}, {fault.message}"
    )


@cache
def _validator(name: str, schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema) | {"components": document()["components"]})


@cache
def _template(path: str) -> str:
    """The path of the document that `path` is an instance of."""
    wanted = PREFIX + path
    for template in document()["paths"]:
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[0-9]{1,18}", re.escape(template)), wanted):
            return str(template)
    return wanted
