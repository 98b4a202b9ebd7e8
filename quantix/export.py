# ruff: noqa: S608 (the statements are the rooms' own; the only value in them is the id of the user, as a parameter)
"""What is held about one person, as one JSON document: each room tells its part.

A section is a query; all of them run as one statement, and so show one moment. The document is written row by row
into a file that stays in memory while it is small, before the first byte is sent: nobody's slow download holds a
transaction open, and a fault is a reply like any other.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.http import FileResponse
from django.utils import timezone

from quantix import clock

Row = dict[str, Any]
#: A document larger than this is kept on disk while it is sent.
MEMORY_BYTES_MAX = 1024 * 1024


@dataclass(frozen=True)
class Section:
    """One part of the document: the rows of `sql`, in which `%(user)s` is whose they are.

    `tables` says which tables it tells of. `is_single`: at most one row, shown by itself, or null. `shape` has the
    last word on a row, for what only code can leave out.
    """

    name: str
    tables: tuple[str, ...]
    sql: str
    is_single: bool = False
    shape: Callable[[Row], Row] = field(default=lambda row: row)


sections: list[Section] = []
#: Tables that name users, or rows of theirs, and are in no section: why not.
left_out: dict[str, str] = {}
#: Kinds of audited objects (as `AuditEntry.target_type` has them) to the query of the ids of a user's own.
audited: dict[str, str] = {}


def register(*added: Section) -> None:
    """Add sections to the document; called in `AppConfig.ready()`."""
    sections.extend(added)


def write(*, user_id: int) -> IO[bytes]:
    """The whole document about the user, as UTF-8, in a file to be read from its beginning. One statement."""
    document = tempfile.SpooledTemporaryFile(MEMORY_BYTES_MAX)  # noqa: SIM115 (who sends it closes it)
    for piece in _pieces(user_id):
        document.write(piece.encode())
    document.seek(0)
    return document


def download(*, user_id: int) -> FileResponse:
    """The document as a reply that a browser saves."""
    name = f"quantix-{timezone.localtime(clock.now()):%Y-%m-%d}.json"
    headers = {"Cache-Control": "private, no-store"}
    return FileResponse(
        write(user_id=user_id),
        as_attachment=True,
        filename=name,
        content_type="application/json",
        headers=headers,
    )


def _pieces(user_id: int) -> Iterator[str]:
    told = [*sections, *_audit()]
    found = groupby(_rows(told, user_id), key=lambda numbered: numbered[0])
    number, rows = next(found, (len(told), iter(())))
    yield f'{{"exported_at": {_json(clock.now())}'
    for place, section in enumerate(told):
        yield f",\n{_json(section.name)}: "
        if place == number:
            yield from _written(section, (row for _, row in rows))
            number, rows = next(found, (len(told), iter(())))
        else:
            yield "null" if section.is_single else "[]"
    yield "}\n"


def _written(section: Section, rows: Iterator[Row]) -> Iterator[str]:
    """A section that has rows, a row at a time."""
    opening, closing = ("", "") if section.is_single else ("[", "]")
    for number, row in enumerate(rows):
        yield (opening if number == 0 else ",\n") + _json(section.shape(row))
    yield closing


def _rows(told: list[Section], user_id: int) -> Iterator[tuple[int, Row]]:
    """(number of the section, row), in order: a cursor's query is never split among parallel workers."""
    parts = [
        f"SELECT {number}, to_jsonb(part) FROM ({section.sql}) part" for number, section in enumerate(told)
    ]
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), {"user": user_id})
        for place, row in cursor:
            yield place, json.loads(row)


def _audit() -> list[Section]:
    """What the audit trail tells about what is the user's. Who of the staff acted, and from where, is not theirs."""
    about = [_AUDITED.format(kind=kind, ids=ids) for kind, ids in sorted(audited.items())]
    return [Section("audit_entries", ("audit_entries",), " UNION ALL ".join(about))] if about else []


_AUDITED = """
    SELECT id, action, target_type, target_id, before, after, reason, created_at,
        CASE actor_id WHEN %(user)s THEN 'you' ELSE 'staff' END AS by,
        CASE actor_id WHEN %(user)s THEN address END AS address
    FROM audit_entries WHERE target_type = '{kind}' AND target_id IN ({ids})
"""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)
