"""Planting a bug: a few words of the code replaced for one test, to see whether it is noticed."""

import inspect
from types import ModuleType
from typing import Any

import pytest
from django.db import connection
from psycopg2 import sql


def plant(patch: pytest.MonkeyPatch, module: ModuleType, name: str, right: str, wrong: str) -> None:
    """Replace the words `right` of a function, or of a statement kept in a constant, by `wrong`.

    They have to be there: a plant that no longer takes fails its test.
    """
    grown = getattr(module, name)
    source = _source(grown)
    assert right in source, f"{module.__name__}.{name} no longer says {right!r}"
    changed: Any = source.replace(right, wrong)
    if isinstance(grown, sql.Composable):
        changed = sql.SQL(changed)
    elif not isinstance(grown, str):
        scope = dict(vars(module))
        exec(changed, scope)
        changed = scope[name]
    patch.setattr(module, name, changed)


def _source(grown: Any) -> str:
    if isinstance(grown, sql.Composable):
        return grown.as_string(connection.cursor().cursor)
    return grown if isinstance(grown, str) else inspect.getsource(grown)
