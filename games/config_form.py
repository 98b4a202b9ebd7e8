"""A game's configuration as a form, drawn from its engine's schema.

Each field is named by its path in the configuration (`stakes.max`, `options.2.label`), which is also how
the engine names what is at fault. Shape alone is read here: what is valid, the engine says.
"""

import re
import types
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Union, get_args, get_origin

from django import forms
from django.forms import BoundField
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.text import slugify
from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from accounts.backoffice import Group
from games.engines.base import Engine
from games.models import Game

#: Empty rows offered below the last filled one, and how many more at a time.
SPARE_ROWS, MORE_ROWS = 2, 3
#: The button that asks for more rows of the list that it names.
MORE = "more"
LONG_TEXT = 200
#: What a row is known by, where it has a label too: made from that, unless somebody writes it.
ID_HELP = "Empty: made from the label"
REQUIRED_HELP = "Required."
ID, ID_CHARACTERS = "Id", 40
DRAFT_HELP = "Not ticked, it is a draft: no player sees it until you open it from its page."


class GameForm(forms.Form):
    """A game's name, description and state, and what `engine` wants to know of it.

    `sent` is a form as it was sent to be drawn again, with more rows of the list that it asks for: nothing is judged.
    """

    name = forms.CharField(max_length=100, help_text=REQUIRED_HELP)
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    is_active = forms.BooleanField(
        required=False, initial=True, label="On offer", help_text="Players see it."
    )
    is_daily = forms.BooleanField(
        required=False, label="Daily", help_text="The same puzzle for everyone, once a day, without stakes."
    )

    def __init__(
        self,
        engine: Engine[Any, Any],
        game: Game | None = None,
        sent: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.engine = engine
        if game:
            about = {name: getattr(game, name) for name in ("name", "description", "is_active", "is_daily")}
            kwargs["initial"] = about | (kwargs.get("initial") or {})
        super().__init__(**kwargs)
        if game is None and engine.type == Game.Type.PREDICTION:
            # Somebody looks at an event before it takes money: it begins as a draft.
            self.fields["is_active"].initial, self.fields["is_active"].help_text = False, DRAFT_HELP
        if engine.type != Game.Type.PUZZLE:
            del self.fields["is_daily"]
        drawn = dict(fields_of(engine.config_type, game.metadata if game else {}, sent or self.data))
        assert not drawn.keys() & self.fields.keys(), "a configuration has no field that a game has"
        self.fields |= drawn
        if sent is not None:
            self.initial = {name: _as_sent(field, name, sent) for name, field in self.fields.items()}

    @property
    def groups(self) -> Sequence[Group]:
        """What belongs together: what every game has, the rules, each list as rows, each part of its own."""
        heads = dict.fromkeys(_head(name) for name in self.fields)
        return [self._group(head) for head in heads]

    def _group(self, head: str) -> Group:
        names = [name for name in self.fields if _head(name) == head]
        if not names[0].removeprefix(f"{head}.").split(".")[0].isdecimal():
            legend = words_of(head) if head else ""
            return Group(legend, fields=[self[name] for name in names])
        rows: dict[str, list[tuple[str, BoundField]]] = {}
        for name in names:
            # Beside the others of its row, its own name is enough.
            rows.setdefault(name.split(".")[1], []).append((words_of(name.split(".")[-1]), self[name]))
        for row in rows.values():
            row.sort(key=lambda cell: cell[0] == ID)
        info = self.engine.config_type.model_fields[head]
        more = head if len(rows) < _most(info) else ""
        return Group(words_of(head), rows=list(rows.values()), more=more)

    def clean(self) -> dict[str, Any]:
        """Adds `metadata`: the configuration as it was written down, for the engine to check."""
        cleaned = super().clean() or self.cleaned_data
        return cleaned | {"metadata": _read_model(self.engine.config_type, cleaned)}


def fields_of(
    model: type[BaseModel], values: Mapping[str, Any], sent: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, forms.Field]]:
    """(path, form field) for each part of `model`; `values` fill them, `sent` tells how many rows a list has."""
    for name, info in model.model_fields.items():
        path, kind = f"{prefix}{name}", _kind_of(info.annotation)
        value = values.get(name, _default(info))
        row = _row_model(kind)
        if _is_fixed(kind):
            continue
        if row:
            for number in range(_rows_shown(path, value or [], sent, info)):
                row_value = value[number] if value and number < len(value) else {}
                yield from fields_of(row, _as_mapping(row_value), sent, f"{path}.{number}.")
        elif _is_model(kind):
            yield from fields_of(kind, _as_mapping(value), sent, f"{path}.")
        else:
            yield path, _field(path, kind, info, value)


def _field(path: str, kind: Any, info: FieldInfo, value: Any) -> forms.Field:
    common: dict[str, Any] = {
        "required": False,
        "label": words_of(path),
        "help_text": info.description or (ID_HELP if path.endswith(".id") else ""),
        "initial": value,
    }
    if info.is_required() and "." not in path:
        common["help_text"] = f"{REQUIRED_HELP} {common['help_text']}".strip()
    if get_origin(kind) is Literal:
        return forms.ChoiceField(choices=[(choice, choice) for choice in get_args(kind)], **common)
    if kind is bool:
        return forms.BooleanField(**common)
    if kind is int:
        return forms.IntegerField(**common)
    if kind is float:
        return forms.FloatField(**common)
    if kind in (datetime, AwareDatetime):
        common["initial"] = _local(value)
        return forms.DateTimeField(widget=_moment(), **common)
    if get_origin(kind) is tuple:
        common["initial"] = ", ".join(str(part) for part in value or ())
        common["help_text"] = f"{common['help_text']} Separated by commas.".strip()
    if any(getattr(rule, "max_length", 0) and rule.max_length > LONG_TEXT for rule in info.metadata):
        common["widget"] = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(**common)


def _read_model(model: type[BaseModel], data: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """What was written of `model`; what was left empty is left out, and so takes its default."""
    read = {
        name: _read(
            _kind_of(info.annotation), data, f"{prefix}{name}", is_optional=_is_optional(info.annotation)
        )
        for name, info in model.model_fields.items()
    }
    return {name: value for name, value in read.items() if value is not PydanticUndefined}


def _read(kind: Any, data: Mapping[str, Any], path: str, *, is_optional: bool) -> Any:
    row = _row_model(kind)
    if _is_fixed(kind):
        return get_args(kind)[0]
    if row:
        return _read_rows(row, data, path)
    if _is_model(kind):
        nested = _read_model(kind, data, f"{path}.")
        return nested if nested or not is_optional else None
    value = data.get(path)
    if value is None or value == "":
        return None if is_optional else PydanticUndefined
    if get_origin(kind) is tuple:
        parts = [part.strip() for part in value.split(",") if part.strip()]
        is_of_numbers = get_args(kind)[0] is int
        return [int(part) if is_of_numbers and _NUMBER.fullmatch(part) else part for part in parts]
    return value.isoformat() if isinstance(value, datetime) else value


# Longer ones mean nothing here, and Python itself reads no more than 4,300 digits.
_NUMBER = re.compile("[0-9]{1,9}", re.ASCII)


def _read_rows(row: type[BaseModel], data: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    """The rows up to the last one with anything in it: an empty one between them is at fault, and is named."""
    numbers = [
        int(name.removeprefix(f"{path}.").split(".")[0]) for name in data if name.startswith(f"{path}.")
    ]
    rows = [
        _with_id(_read_model(row, data, f"{path}.{number}."))
        for number in range(max(numbers, default=-1) + 1)
    ]
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _with_id(row: dict[str, Any]) -> dict[str, Any]:
    """A row that has a label and no id gets one from it."""
    made = slugify(row.get("label", ""))[:ID_CHARACTERS].strip("-_")
    return {"id": made.replace("_", "-"), **row} if made else row


def _as_sent(field: forms.Field, name: str, sent: Mapping[str, Any]) -> Any:
    return name in sent if isinstance(field, forms.BooleanField) else sent.get(name, "")


def _head(name: str) -> str:
    """The group of a field: the list or the part that it is in, "" for what every game has."""
    if name in GameForm.base_fields:
        return ""
    return name.split(".", maxsplit=1)[0] if "." in name else "rules"


def _most(info: FieldInfo) -> int:
    """How many rows a list may have."""
    return next((rule.max_length for rule in info.metadata if hasattr(rule, "max_length")), 20)


def _rows_shown(path: str, value: Any, sent: Mapping[str, Any], info: FieldInfo) -> int:
    least = next((rule.min_length for rule in info.metadata if hasattr(rule, "min_length")), 0)
    numbers = [name.removeprefix(f"{path}.").split(".")[0] for name in sent if name.startswith(f"{path}.")]
    filled = max((int(number) + 1 for number in numbers if number.isdecimal() and len(number) < 4), default=0)
    more = MORE_ROWS if sent.get(MORE) == path else 0
    return int(min(max(filled + more, len(value) + SPARE_ROWS, least + SPARE_ROWS), _most(info)))


def _kind_of(annotation: Any) -> Any:
    """The type itself, without `| None` and without what Annotated adds."""
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    return get_args(annotation)[0] if hasattr(annotation, "__metadata__") else annotation


def _is_optional(annotation: Any) -> bool:
    return type(None) in get_args(annotation)


def _is_fixed(kind: Any) -> bool:
    return get_origin(kind) is Literal and len(get_args(kind)) == 1


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _row_model(kind: Any) -> type[BaseModel] | None:
    part = get_args(kind)[0] if get_origin(kind) is tuple else None
    return part if part is not None and _is_model(part) else None


def _default(info: FieldInfo) -> Any:
    value = info.get_default(call_default_factory=True, validated_data={})
    return None if value is PydanticUndefined else value


def _as_mapping(value: Any) -> Mapping[str, Any]:
    return value.model_dump() if isinstance(value, BaseModel) else value or {}


def _local(value: Any) -> Any:
    moment = parse_datetime(value) if isinstance(value, str) else value
    return timezone.localtime(moment).replace(tzinfo=None) if moment else None


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


def words_of(path: str) -> str:
    """`options.0.label` is "Options 1, label"."""
    first, *rest = (
        str(int(part) + 1) if part.isdecimal() else part.replace("_", " ") for part in path.split(".")
    )
    place = f" {rest.pop(0)}" if rest and rest[0].isdecimal() else ""
    words = ", ".join([f"{first}{place}", *rest])
    return words[:1].upper() + words[1:]
