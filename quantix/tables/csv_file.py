"""CSV (RFC 4180), in UTF-8 without a byte order mark: for programs, and for spreadsheets that ask what they open.

Texts stand in quotes, numbers do not; so no separator of another country splits a text in two.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain

from quantix.tables import Row, as_text, in_india, looks_like_a_formula

CONTENT_TYPE = "text/csv; charset=utf-8"
#: The last line of a file that could not be written to its end, where whoever carries it hides the cut.
BROKEN_OFF = "BROKEN OFF: this file is not whole"
_PIECE_CHARACTERS = 32 * 1024


def write(headings: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """The file, in pieces. What goes wrong while rows are read is told in a last line, and raised."""
    page = io.StringIO()
    writer = csv.writer(page, quoting=csv.QUOTE_NONNUMERIC)
    try:
        for row in chain([headings], rows):
            writer.writerow([_CELLS.get(type(value), _text)(value) for value in row])
            if page.tell() > _PIECE_CHARACTERS:
                yield _take(page)
    except Exception:
        writer.writerow([BROKEN_OFF])
        yield _take(page)
        raise
    yield _take(page)


def _take(page: io.StringIO) -> bytes:
    written = page.getvalue().encode()
    page.seek(0)
    page.truncate()
    return written


def _text(value: object) -> str:
    """No spreadsheet takes it for a formula: what looks like one begins with an apostrophe."""
    text = as_text(value)
    return f"'{text}" if looks_like_a_formula(text) else text


def _moment(value: datetime) -> str:
    return in_india(value).isoformat()


def _itself(value: float | Decimal) -> float | Decimal:
    return value


_CELLS: dict[type, Callable[..., object]] = {
    int: _itself,
    float: _itself,
    Decimal: _itself,
    bool: lambda value: "true" if value else "false",
    datetime: _moment,
    type(None): lambda _: "",
}
