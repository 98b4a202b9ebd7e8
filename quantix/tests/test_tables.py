"""Tables as files: what a spreadsheet makes of them, and that no number of rows takes more memory."""

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import repeat
from typing import Any

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from quantix.tables import csv_file, xlsx_file

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1"]
WRITERS = [csv_file.write, xlsx_file.write]


def as_csv(*rows: Sequence[object]) -> list[str]:
    """The lines after the headings."""
    file = b"".join(csv_file.write(["a"] * len(rows[0]), rows)).decode()
    return file.split("\r\n")[1:-1]


def as_sheets(*rows: Sequence[object]) -> list[list[Any]]:
    """The cells of each sheet, row by row, headings left out."""
    file = io.BytesIO(b"".join(xlsx_file.write(["a"] * len(rows[0]), rows)))
    return [list(sheet.iter_rows(min_row=2)) for sheet in openpyxl.load_workbook(file)]


def read_back(text: str) -> str:
    """The text as a program finds it in the CSV file."""
    file = b"".join(csv_file.write(["a"], [[text]])).decode()
    return list(csv.reader(io.StringIO(file, newline="")))[1][0]


def values(*row: object) -> list[Any]:
    return [cell.value for cell in as_sheets(row)[0][0]]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_looks_like_a_formula_is_a_text(text: str) -> None:
    assert read_back(text) == f"'{text}"
    cell = as_sheets([text])[0][0][0]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert unescape(cell.value) == text


def test_an_amount_is_a_number_below_zero_too() -> None:
    assert as_csv([Decimal("-12.50"), -3, "-12.50"]) == ['-12.50,-3,"\'-12.50"']
    amount, count, words = as_sheets([Decimal("-12.50"), -3, "-12.50"])[0][0]
    assert (amount.value, amount.data_type, amount.number_format) == (-12.5, "n", "#,##0.00")
    assert (count.value, count.data_type) == (-3, "n")
    assert (words.value, words.data_type) == ("-12.50", "s")


def test_a_number_that_excel_would_round_stays_as_it_is() -> None:
    assert values(Decimal("999999999999.99"), Decimal("9999999999999999.99"), 10**15) == [
        999999999999.99,
        "9999999999999999.99",
        "1000000000000000",
    ]
    assert as_csv([Decimal("9999999999999999.99")]) == ["9999999999999999.99"]


def test_moments_are_told_by_the_clock_in_india() -> None:
    moment = datetime(2026, 3, 1, 20, 30, 15, tzinfo=UTC)
    assert as_csv([moment]) == ['"2026-03-02T02:00:15+05:30"']
    cell = as_sheets([moment])[0][0][0]
    assert (cell.value, cell.is_date) == (datetime(2026, 3, 2, 2, 0, 15), True)


def test_what_is_not_there_is_an_empty_cell_and_other_values_are_told() -> None:
    row = [None, "", True, timedelta(seconds=90), {"before": "₹"}, 0.25]
    assert as_csv(row) == ['"","","true","90.000","{""before"": ""₹""}",0.25']
    assert values(*row) == [None, None, True, "90.000", '{"before": "₹"}', 0.25]


def test_a_text_longer_than_a_cell_is_cut_and_says_so() -> None:
    (text,) = values("x" * 40_000)
    assert (len(text), text[-1]) == (xlsx_file.CELL_CHARACTERS_MAX, "…")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=60))
@example("_x0041_ is no letter")
@example(" a \n b ")
@example("\ufffe\x01]]>&amp;<")
def test_any_text_comes_back_from_either_file(text: str) -> None:
    assert read_back(text) in (text, f"'{text}")
    (cell,) = values(text)
    assert unescape(cell or "") == text


def test_rows_beyond_a_sheet_go_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_file, "ROWS_MAX", 4)
    sheets = as_sheets(*[[n] for n in range(7)])
    assert [[row[0].value for row in sheet] for sheet in sheets] == [[0, 1, 2], [3, 4, 5], [6]]
    assert [len(sheet) for sheet in as_sheets(*[[n] for n in range(6)])] == [3, 3]


def test_a_sheet_ends_before_its_archive_would_need_zip64(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_file, "CHARACTERS_MAX", 10_000)
    assert len(as_sheets(*[["x" * 100]] * 1000)) > 1


@pytest.mark.parametrize("write", WRITERS)
def test_a_list_without_rows_has_its_headings(write: Any) -> None:
    file = b"".join(write(["id", "amount"], []))
    if write is csv_file.write:
        assert file == b'"id","amount"\r\n'
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(file)).active
        assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [["id", "amount"]]
        assert sheet.freeze_panes == "A2"


def breaking_off(rows: int) -> Iterator[Sequence[object]]:
    yield from repeat(["words", 1], rows)
    raise RuntimeError("the database went away")


def written_until_it_broke(write: Any) -> bytes:
    file = io.BytesIO()
    with pytest.raises(RuntimeError):
        file.writelines(write(["a", "b"], breaking_off(20_000)))
    return file.getvalue()


def test_a_broken_file_shows_that_it_is_not_whole() -> None:
    assert written_until_it_broke(csv_file.write).decode().endswith(f'"{csv_file.BROKEN_OFF}"\r\n')
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(written_until_it_broke(xlsx_file.write)))


def ledger_rows(count: int) -> Iterable[Sequence[object]]:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for n in range(count):
        yield [n, at, f"player{n}", "credit", Decimal(n), f"bet:{n}:stake", None]


@pytest.mark.parametrize("write", WRITERS)
def test_the_first_piece_leaves_before_most_rows_are_read(write: Any) -> None:
    rows = iter(ledger_rows(100_000))
    next(iter(write(["h"] * 7, rows)))
    assert next(iter(rows))[0] < 5_000  # type: ignore[operator]


@pytest.mark.slow
@pytest.mark.parametrize("write", WRITERS)
def test_ten_times_the_rows_take_no_more_memory(write: Any) -> None:
    peaks = []
    for rows in (10_000, 100_000):
        tracemalloc.start()
        size = sum(len(piece) for piece in write(["h"] * 7, ledger_rows(rows)))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0] < size / 2
