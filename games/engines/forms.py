"""What players see, as JSON schemas: the pieces of which engines put their `view_form` together."""

from collections.abc import Mapping
from typing import Any

Form = Mapping[str, Any]

TEXT: Form = {"type": "string"}
COUNT: Form = {"type": "integer", "minimum": 0}
NUMBER: Form = {"type": "number"}
BOOLEAN: Form = {"type": "boolean"}
TIME: Form = {"type": "string", "format": "date-time"}


def thing(title: str, **properties: Form) -> Form:
    """An object with these properties, all there; more may come with time."""
    return {"title": title, "type": "object", "required": list(properties), "properties": properties}


def several(of: Form) -> Form:
    return {"type": "array", "items": of}


def or_null(form: Form) -> Form:
    return {"oneOf": [form, {"type": "null"}]}


OPTIONS: Form = several(thing("Option", id=TEXT, text=TEXT))
