"""Lists as files: every row that a list finds, as of one moment, sent as it is read."""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from django.db.models import QuerySet

from accounts import roles
from accounts.errors import ExportsBusy
from accounts.models import User
from quantix import audit, clock
from quantix.context import coming_from, origin
from quantix.db import in_one_transaction
from quantix.models import Export
from quantix.snapshot import Snapshot
from quantix.tables import csv_file, xlsx_file

logger = logging.getLogger("quantix.exports")

FORMATS: dict[str, ModuleType] = {"csv": csv_file, "xlsx": xlsx_file}
#: At the same time, in the whole site: each holds a thread of the web server, and a snapshot of the database.
EXPORTS_MAX = 2
#: For the slowest download; after that it breaks off.
SECONDS_MAX = 1800.0
_PLACES = 0x51_0001


@dataclass(frozen=True)
class Wanted:
    """What to export: `columns` is heading → what `values_list` takes, `filters` how `rows` came about, in words."""

    rows: QuerySet[Any]
    columns: Mapping[str, Any]
    filters: Mapping[str, str]
    format: str


def export_rows(*, by: User, wanted: Wanted) -> "Download":
    """The file, to be sent; noted in the audit trail before the first row leaves, and again at its end.

    Not to be called in a transaction. Raises Forbidden, ExportsBusy.
    """
    roles.demand(by, roles.Can.EXPORT)
    snapshot = Snapshot()
    try:
        if not snapshot.take_place(_PLACES, EXPORTS_MAX):
            raise ExportsBusy(headers={"Retry-After": "10"})
        export = in_one_transaction(lambda: _begin(by, wanted))
    except BaseException:
        snapshot.close()
        raise
    return Download(export, snapshot, wanted)


class Download(Iterator[bytes]):
    """The pieces of an export. Whatever ends it (the last piece, a fault, a client that went) is noted, once."""

    def __init__(self, export: Export, snapshot: Snapshot, wanted: Wanted) -> None:
        self.export, self.snapshot, self.count = export, snapshot, 0
        self.until = time.monotonic() + SECONDS_MAX
        found = snapshot.rows(wanted.rows.values_list(*wanted.columns.values()))
        self.pieces: Iterator[bytes] = FORMATS[wanted.format].write([*wanted.columns], self._counted(found))
        # Who asked, and from where, is forgotten by the time the last piece is sent.
        self.origin = origin()

    def __next__(self) -> bytes:
        try:
            return next(self.pieces)
        except StopIteration:
            self._end(is_whole=True)
            raise
        except Exception:
            logger.exception("export %s broke off after %s rows", self.export.pk, self.count)
            self._end(is_whole=False)
            raise

    def close(self) -> None:
        """Called by the server in any case; after the end it finds nothing left to do."""
        self._end(is_whole=False)

    def _counted(self, found: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        for row in found:
            if time.monotonic() > self.until:
                raise TimeoutError(f"more than {SECONDS_MAX:.0f} s")
            self.count += 1
            yield row

    def _end(self, *, is_whole: bool) -> None:
        if self.export.finished_at:
            return
        self.export.rows, self.export.is_whole, self.export.finished_at = self.count, is_whole, clock.now()
        with suppress(Exception):
            self.snapshot.close()
        with coming_from(self.origin):
            in_one_transaction(lambda: _finish(self.export))


def _begin(by: User, wanted: Wanted) -> Export:
    listed = wanted.rows.model._meta.label_lower
    export = Export.objects.create(by=by, listed=listed, format=wanted.format, filters=wanted.filters)
    after = {"list": listed, "format": wanted.format, "filters": dict(wanted.filters)}
    audit.record(actor=by, action="export.begin", target=export, after=after)
    return export


def _finish(export: Export) -> None:
    export.save(update_fields=["rows", "is_whole", "finished_at"])
    after = {"rows": export.rows, "is_whole": export.is_whole}
    audit.record(actor=export.by, action="export.end", target=export, after=after)
