"""The OpenAPI document as its pages show it: calls by their first word, fields as rows, examples as text."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from drf_spectacular.generators import SchemaGenerator

PREFIX = "/api/v1"
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Field:
    """A parameter, or a field of a body: `name` is a path such as `choices[].odds`, `form` what it looks like."""

    name: str
    form: str
    words: str
    required: bool
    place: str = ""


@dataclass(frozen=True)
class Reply:
    """One status that a call answers with: its `fields`, or the `codes` of its problems."""

    status: int
    words: str
    fields: list[Field]
    codes: list[str]
    examples: list[tuple[str, str]]


@dataclass(frozen=True)
class Call:
    """One operation. `curl` is a command that makes it, with the first example of its body."""

    id: str
    method: str
    path: str
    words: str
    needs_token: bool
    parameters: list[Field]
    fields: list[Field]
    examples: list[tuple[str, str]]
    curl: str
    replies: list[Reply]

    @property
    def refusals(self) -> list[Reply]:
        return [reply for reply in self.replies if reply.codes]

    @property
    def successes(self) -> list[Reply]:
        return [reply for reply in self.replies if not reply.codes]


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document. The same as long as the process lives."""
    made = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return json.loads(json.dumps(made))  # type: ignore[no-any-return]


@cache
def groups() -> dict[str, list[Call]]:
    """The calls by the first word of their path, in the order of the document."""
    found: dict[str, list[Call]] = {}
    for path, item in document()["paths"].items():
        for method in METHODS:
            if method in item:
                call = _call(method, path, item[method])
                found.setdefault(path.removeprefix(PREFIX).split("/")[1], []).append(call)
    return found


def _call(method: str, path: str, operation: Mapping[str, Any]) -> Call:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    examples = _examples(body)
    needs_token = {} not in operation.get("security", [])
    return Call(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        words=operation.get("description", ""),
        needs_token=needs_token,
        parameters=[_parameter(parameter) for parameter in operation.get("parameters", [])],
        fields=list(_fields(body.get("schema", {}))),
        examples=examples,
        curl=_curl(method, path, examples, needs_token),
        replies=[_reply(int(status), told) for status, told in sorted(operation["responses"].items())],
    )


def _parameter(parameter: Mapping[str, Any]) -> Field:
    return Field(
        name=parameter["name"],
        form=_form(parameter["schema"]),
        words=parameter.get("description", ""),
        required=parameter.get("required", False),
        place=parameter["in"],
    )


def _reply(status: int, told: Mapping[str, Any]) -> Reply:
    told = resolved(told)
    content: Mapping[str, Any] = next(iter(told.get("content", {}).values()), {})
    schema = content.get("schema", {})
    codes = [code for part in schema.get("allOf", []) for code in _enum(part)]
    fields = [] if codes else list(_fields(schema))
    return Reply(status, told["description"], fields, codes, [] if codes else _examples(content))


def _enum(part: Mapping[str, Any]) -> list[str]:
    found: list[str] = part.get("properties", {}).get("code", {}).get("enum", [])
    return found


def _examples(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(name, JSON laid out) of each example."""
    found = (resolved(example) for example in body.get("examples", {}).values())
    return [
        (example.get("summary", ""), json.dumps(example["value"], indent=2, ensure_ascii=False))
        for example in found
    ]


def _fields(schema: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[Field]:
    """A row for each field of an object, and below it those that it holds in turn."""
    schema = resolved(schema)
    if schema.get("type") == "array":
        yield from _fields(schema["items"], f"{prefix}[].".removeprefix("."), depth)
        return
    for part in [*schema.get("oneOf", []), *schema.get("allOf", [])]:
        yield from _fields(part, prefix, depth)
    required = set(schema.get("required", ()))
    for name, inner in schema.get("properties", {}).items():
        found = resolved(inner)
        yield Field(f"{prefix}{name}", _form(inner), _words(inner), name in required)
        if depth < 4 and "object" in _types(found):
            yield from _fields(found, f"{prefix}{name}.", depth + 1)
        elif depth < 4 and "array" in _types(found):
            yield from _fields(found["items"], f"{prefix}{name}[].", depth + 1)


def _form(schema: Mapping[str, Any]) -> str:
    """What a value looks like, in words."""
    schema = resolved(schema)
    kinds = [*schema.get("oneOf", []), *schema.get("anyOf", []), *schema.get("allOf", [])]
    if kinds:
        return " or ".join(dict.fromkeys(filter(None, map(_form, kinds))))
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "array" in _types(schema):
        return f"list of {_form(schema['items']) or 'values'}"
    bounds = [f"{words} {schema[name]}" for name, words in _BOUNDS.items() if name in schema]
    # What a column holds at most is no rule that anybody asks about.
    bounds = [bound for bound in bounds if "99999999" not in bound and "9223372" not in bound]
    form = schema.get("format", "")
    shape = [form] if form else []
    return ", ".join([" or ".join(_types(schema)), *shape, *bounds]).strip(", ")


_BOUNDS = {
    "minimum": "from", "maximum": "to", "minLength": "at least", "maxLength": "at most", "pattern": "form",
    "default": "by default",
}  # fmt: skip


def _types(schema: Mapping[str, Any]) -> list[str]:
    found = schema.get("type", [])
    return [found] if isinstance(found, str) else list(found)


def _words(schema: Mapping[str, Any]) -> str:
    return str(schema.get("description") or resolved(schema).get("description", ""))


def resolved(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a `$ref` stands for."""
    while "$ref" in part:
        found: Any = document()
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def _curl(method: str, path: str, examples: list[tuple[str, str]], needs_token: bool) -> str:
    """The call as a command for the shell."""
    words = ["curl", f"{settings.SITE_URL}{path}"]
    words += (
        ["-X", method.upper()] if method not in ("get", "post") or (method == "post" and not examples) else []
    )
    lines = [shlex.join(words)]
    if needs_token:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if examples:
        body = json.dumps(json.loads(examples[0][1]), ensure_ascii=False)
        lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(body)}"]
    return " \\\n  ".join(lines)
