"""The bench's own database, beside the site's on the same server: made, kept for the next run, dropped."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from psycopg2 import sql

SUFFIX = "_bench"
#: What a bet, with its postings, its share of a session and all their indexes, takes on the disk while it is made.
BYTES_PER_ROW = 3_500


@contextmanager
def beside_the_site() -> Iterator[str]:
    """The default connection leads to the bench's database (its name is given), and back afterwards.

    One that a run has left before it was whole is made anew.
    """
    site = connection.settings_dict["NAME"]
    name = f"{site}{SUFFIX}"
    if not described(name):
        drop()
        _run(sql.SQL("CREATE DATABASE {}"), name)
    try:
        _lead_to(name)
        yield name
    finally:
        _lead_to(site)


def drop() -> None:
    """Drop the bench's database, if there is one; the connection leads to the site's."""
    assert not connection.settings_dict["NAME"].endswith(SUFFIX), "asked for from outside"
    _run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), f"{connection.settings_dict['NAME']}{SUFFIX}")


def insist() -> None:
    """Refuse to go on where the connection leads to any database but the bench's own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        (name,) = cursor.fetchone()
    if not name.endswith(SUFFIX):
        raise CommandError(f"{name} is not a database of the bench: nothing is written to it.")


def migrate() -> None:
    call_command("migrate", verbosity=0)


def described(name: str) -> dict[str, Any]:
    """What was written down when the data set in this database was whole; empty where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        )
        found = cursor.fetchone()
    about: dict[str, Any] = json.loads((found and found[0]) or "{}")
    return about


def describe(about: dict[str, Any]) -> None:
    insist()
    _run(sql.SQL("COMMENT ON DATABASE {} IS %s"), connection.settings_dict["NAME"], json.dumps(about))


def demand_space(rows: int) -> None:
    """Refuse a data set that does not fit; where the disk cannot be seen (a server elsewhere), say nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        folder = Path(cursor.fetchone()[0])
    nearest = next((parent for parent in (folder, *folder.parents) if parent.exists()), None)
    if nearest is None:
        return
    need, free = rows * BYTES_PER_ROW, shutil.disk_usage(nearest).free
    if free < need:
        raise CommandError(
            f"{rows:,} rows take about {need / 1e9:.0f} GB in {folder}, where {free / 1e9:.1f} GB are free. "
            f"{int(free / BYTES_PER_ROW * 0.9):,} would fit: --rows."
        )


def _run(statement: sql.SQL, name: str, *values: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement.format(sql.Identifier(name)), values or None)


def _lead_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
