"""The game types. Adding one: a folder here, a line in ENGINES, and a template to play it with."""

from collections.abc import Mapping
from typing import Any

from games.engines.base import Engine
from games.engines.prediction.fixed import FixedOdds
from games.engines.prediction.lmsr import MarketMaker
from games.engines.prediction.pool import Pool
from games.engines.puzzle.codebreaker import Codebreaker
from games.engines.puzzle.sudoku import Sudoku
from games.engines.puzzle.word import Word
from games.engines.quiz import Quiz
from quantix.errors import FieldError, Invalid

ENGINES: dict[tuple[str, str], Engine[Any, Any]] = {
    (engine.type, engine.kind): engine
    for engine in (Quiz(), Codebreaker(), Sudoku(), Word(), FixedOdds(), Pool(), MarketMaker())
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
