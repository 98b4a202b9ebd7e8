"""The game types. Adding one: rules here, a line in _PLACES, and templates; docs/adding-a-game.md goes through it."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from games.engines.base import Engine
from quantix.errors import FieldError, Invalid

#: Every engine there is: a module under games.engines, and its class.
_PLACES = (
    "quiz.Quiz",
    "puzzle.codebreaker.Codebreaker",
    "puzzle.sudoku.Sudoku",
    "puzzle.word.Word",
    "prediction.fixed.FixedOdds",
    "prediction.pool.Pool",
    "prediction.lmsr.MarketMaker",
)


def _engine_at(place: str) -> Engine[Any, Any]:
    module, _, name = place.rpartition(".")
    engine: Engine[Any, Any] = getattr(import_module(f"games.engines.{module}"), name)()
    return engine


ENGINES: dict[tuple[str, str], Engine[Any, Any]] = {
    (engine.type, engine.kind): engine for engine in map(_engine_at, _PLACES)
}
#: The field of a configuration that says which kind of its type a game is.
KIND_FIELD = {"quiz": "", "puzzle": "kind", "prediction": "mechanism"}


def engine_for(type: str, config: Mapping[str, Any]) -> Engine[Any, Any]:
    """The engine of a game of `type` with `config`. Raises Invalid where there is none."""
    field = KIND_FIELD.get(type)
    if field is None:
        raise Invalid(FieldError("type", "unknown-type", f"There is no game type {type!r}."))
    if not isinstance(config, Mapping):
        raise Invalid(FieldError("metadata", "dict-type", "A configuration is an object with named fields."))
    kind = config.get(field, "") if field else ""
    engine = ENGINES.get((type, kind)) if isinstance(kind, str) else None
    if engine is None:
        known = ", ".join(name for known_type, name in ENGINES if known_type == type)
        raise Invalid(FieldError(f"metadata.{field}", "unknown-kind", f"Choose one of: {known}."))
    return engine
