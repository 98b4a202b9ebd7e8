"""Triggers in the making: how the database says no in a way that `quantix.db` and the tests know."""

import pgtrigger


def refuse(name: str, message: str) -> str:
    """The PL/pgSQL statement that refuses, in the name of the constraint `name`."""
    return f"RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = '{name}', MESSAGE = '{message}';"


def not_truncated(constraint: str) -> pgtrigger.Trigger:
    """Refuses TRUNCATE, which row triggers never see."""
    return pgtrigger.Trigger(
        name="not_truncated",
        operation=pgtrigger.Truncate,
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        func=refuse(constraint, "these rows are kept for ever"),
    )


def never_changed(constraint: str) -> pgtrigger.Trigger:
    """Refuses every UPDATE and DELETE."""
    return pgtrigger.Trigger(
        name="never_changed",
        operation=pgtrigger.Update | pgtrigger.Delete,
        when=pgtrigger.Before,
        func=refuse(constraint, "these rows are kept as they are"),
    )
