"""XLSX (ECMA-376), written as it is sent: the first bytes leave before the second row is read.

The libraries that write it (XlsxWriter, openpyxl) keep the whole workbook in temporary files until the last row is
there. A sheet is a list of cells, so it is written here; the archive around it is the standard library's, whose
`ZipFile` writes to what cannot seek. Texts are stored in their cells, never as formulas; one that looks like a formula
is marked as quoted, so that it stays a text when somebody edits it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from io import RawIOBase
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from quantix.tables import Row, as_text, in_india, looks_like_a_formula

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What a sheet holds in Excel, headings included; further rows go on in another one.
ROWS_MAX = 1_048_576
#: Of a sheet's text: beyond 2 GiB the archive would need ZIP64, which Excel takes for damage.
CHARACTERS_MAX = 1_000_000_000
#: Of a cell, in Excel; the rest is cut, and an ellipsis says so.
CELL_CHARACTERS_MAX = 32_767
#: Excel counts in doubles: a number of more digits would be rounded, and is kept as a text instead.
DIGITS_MAX = 15
_ROWS_AT_A_TIME, _PIECE_BYTES = 200, 32 * 1024
#: Level 1 makes a file a quarter larger than level 6 does, in a third of the time.
_LEVEL = 1
_EPOCH, _DAY = datetime.fromisoformat("1899-12-30"), timedelta(days=1)

_HEADING, _MONEY, _MOMENT, _QUOTED = 1, 2, 3, 4
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

# Whatever is no other part is a sheet: so the list of parts stands before it is known how many there will be.
_CONTENT_TYPES = f"""{_XML}<Types xmlns="{_PACKAGE}/content-types">\
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Default Extension="xml" ContentType="{_TYPE}.worksheet+xml"/>\
<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>\
<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>"""

_STYLES = f"""{_XML}<styleSheet {_MAIN}>\
<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>\
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>\
<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>\
<fills count="2"><fill><patternFill patternType="none"/></fill>\
<fill><patternFill patternType="gray125"/></fill></fills>\
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>\
<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>\
<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/></cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""

_SHEET_BEGINS = f"""{_XML}<worksheet {_MAIN}><sheetViews><sheetView workbookViewId="0">\
<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>\
<sheetFormatPr defaultColWidth="20" defaultRowHeight="15"/><sheetData>"""
_SHEET_ENDS = "</sheetData></worksheet>"


def write(headings: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """The workbook, in pieces. What goes wrong while rows are read is raised: what was sent then opens nowhere."""
    outlet = _Outlet()
    with ZipFile(outlet, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as book:
        book.writestr("[Content_Types].xml", _CONTENT_TYPES)
        book.writestr("_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")]))
        book.writestr("xl/styles.xml", _STYLES)
        sheets = 0
        for sheet in _sheets(headings, iter(rows)):
            sheets += 1
            with book.open(f"xl/worksheets/sheet{sheets}.xml", "w") as part:
                for piece in sheet:
                    part.write(piece.encode())
                    if len(outlet.held) > _PIECE_BYTES:
                        yield outlet.take()
        book.writestr("xl/workbook.xml", _workbook(sheets))
        targets = [("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, sheets + 1)]
        book.writestr("xl/_rels/workbook.xml.rels", _relations([*targets, ("styles", "styles.xml")]))
    yield outlet.take()


class _Outlet(RawIOBase):
    """What the archive is written to; it cannot seek, and hands on what it holds."""

    def __init__(self) -> None:
        self.held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.held += data
        return len(data)

    def take(self) -> bytes:
        held = bytes(self.held)
        self.held.clear()
        return held


def _sheets(headings: Sequence[str], rows: Iterator[Row]) -> Iterator[Iterator[str]]:
    """Each sheet in pieces, to be read to its end before the next one; one at least."""
    columns = [_letters(place) for place in range(len(headings))]
    waiting = next(rows, None)
    is_first = True

    def pieces() -> Iterator[str]:
        nonlocal waiting
        yield _SHEET_BEGINS
        lines = [_line(1, columns, [_heading(words) for words in headings])]
        number, written = 1, 0
        while waiting is not None and number < ROWS_MAX and written < CHARACTERS_MAX:
            number += 1
            lines.append(_line(number, columns, [_CELLS.get(type(value), _text)(value) for value in waiting]))
            if len(lines) >= _ROWS_AT_A_TIME:
                piece = "".join(lines)
                written += len(piece)
                lines.clear()
                yield piece
            waiting = next(rows, None)
        yield "".join(lines) + _SHEET_ENDS

    while is_first or waiting is not None:
        is_first = False
        yield pieces()


def _line(number: int, columns: Sequence[str], cells: Sequence[str]) -> str:
    """A row: of an empty cell nothing is written."""
    placed = [f'<c r="{column}{number}"{cell}' for column, cell in zip(columns, cells, strict=True) if cell]
    return f'<row r="{number}">{"".join(placed)}</row>'


def _letters(place: int) -> str:
    """A to Z, then AA and so on."""
    rest, last = divmod(place, 26)
    return (_letters(rest - 1) if rest else "") + chr(ord("A") + last)


# Cells, from behind their address on: attributes, then the value.


def _heading(words: str) -> str:
    return f' s="{_HEADING}" t="inlineStr"><is><t>{escape(words)}</t></is></c>'


def _text(value: object) -> str:
    text = as_text(value)
    if not text:
        return ""
    if len(text) > CELL_CHARACTERS_MAX:
        text = text[: CELL_CHARACTERS_MAX - 1] + "…"
    style = f' s="{_QUOTED}"' if looks_like_a_formula(text) else ""
    space = ' xml:space="preserve"' if text[0].isspace() or text[-1].isspace() else ""
    return f'{style} t="inlineStr"><is><t{space}>{_escaped(text)}</t></is></c>'


#: What XML cannot hold or would change, and what Excel would read as an escape of that.
_ODD = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def _escaped(text: str) -> str:
    return escape(_ODD.sub(lambda found: f"_x{ord(found[0]):04X}_", text))


def _number(value: object, style: int = 0) -> str:
    text = str(value)
    if len(text) > DIGITS_MAX and sum(map(str.isdigit, text)) > DIGITS_MAX:
        return f' t="inlineStr"><is><t>{text}</t></is></c>'
    return f' s="{style}"><v>{text}</v></c>' if style else f"><v>{text}</v></c>"


def _decimal(value: Decimal) -> str:
    return _number(value, _MONEY if value.as_tuple().exponent == -2 else 0)


def _moment(value: datetime) -> str:
    """Days since the end of 1899, as Excel counts, by the clock in India: a cell has no time zone."""
    days = (in_india(value).replace(tzinfo=None) - _EPOCH) / _DAY
    return f' s="{_MOMENT}"><v>{days:.9f}</v></c>'


_CELLS: dict[type, Callable[..., str]] = {
    int: _number,
    float: _number,
    Decimal: _decimal,
    bool: lambda value: f' t="b"><v>{int(value)}</v></c>',
    datetime: _moment,
    type(None): lambda _: "",
}


# The parts around the sheets.


def _workbook(sheets: int) -> str:
    listed = "".join(
        f'<sheet name="Rows {number}" sheetId="{number}" r:id="rId{number}"/>'
        for number in range(1, sheets + 1)
    )
    return f'{_XML}<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>'


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'
