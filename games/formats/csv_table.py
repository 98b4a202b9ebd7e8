"""A table of questions, as spreadsheets write it: a heading names the columns, in any order.

Delimiter: comma, semicolon or tab, as the heading has it. Right answer of a choice: an option's text, its
letter or its number, several parted by `|` or `;` (letters also by commas).
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from games.formats.base import (
    Format,
    Option,
    Parsed,
    ParsedQuestion,
    QuestionFile,
    RefusedQuestion,
    attempt,
    refuse,
)
from games.formats.html import from_mixed
from games.formats.texts import plain_number

_DELIMITERS = (",", ";", "\t")
_NAMES = {
    "text": {"text", "question", "question text", "questiontext", "stem"},
    "kind": {"kind", "type", "question type"},
    "right": {
        "right",
        "right answer",
        "answer",
        "answers",
        "correct",
        "correct answer",
        "correct option",
        "key",
    },
    "tolerance": {"tolerance", "error", "margin"},
    "explanation": {"explanation", "feedback", "general feedback", "rationale"},
    "tags": {"tags", "tag", "category", "topic", "subject"},
    "difficulty": {"difficulty", "level"},
    "licence": {"licence", "license"},
    "source": {"source"},
    "options": {"options", "choices"},
    "retired": {"retired"},
}
_BY_WORD = {word: name for name, words in _NAMES.items() for word in words}
_OPTION = re.compile(r"(?:option|choice|answer|opt)?[ _-]*([a-z]|\d{1,2})")
_KINDS = {
    "single": {"single", "single choice", "multichoice", "multiple choice", "mc", "mcq"},
    "multiple": {
        "multiple",
        "multi",
        "multiple answer",
        "multiple answers",
        "multiple select",
        "checkbox",
        "ms",
    },
    "true_false": {"true false", "truefalse", "true or false", "boolean", "tf", "t f"},
    "numeric": {"numeric", "numerical", "number"},
    "short": {"short", "short answer", "shortanswer", "text", "fill in", "open"},
}
_KIND_BY_WORD = {word: kind for kind, words in _KINDS.items() for word in words}
_TRUTH = {
    "true": True,
    "t": True,
    "yes": True,
    "1": True,
    "false": False,
    "f": False,
    "no": False,
    "0": False,
}
_NUMERIC = re.compile(r"(?P<value>[^±]+?)\s*(?:(?:±|\+/?-)\s*(?P<tolerance>[^±]+))?")
_LEVELS = {"easy": 2, "medium": 3, "hard": 4}
Row = Mapping[str, str]


def fits(file: QuestionFile) -> bool:
    head = _head(file.text)
    return {"text", "right"} <= set(_columns(next(csv.reader([head[1]], delimiter=head[0]), [])))


def read(file: QuestionFile) -> Iterator[Parsed]:
    delimiter, heading, skipped = _head(file.text)
    columns = _columns(next(csv.reader([heading], delimiter=delimiter), []))
    table = io.StringIO(file.text, newline="")
    for _ in range(skipped):
        table.readline()
    rows = csv.reader(table, delimiter=delimiter)
    line = skipped + 1
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as fault:
            yield RefusedQuestion(line, f"the table breaks off here: {fault}; nothing behind it was read")
            return
        if any(cell.strip() for cell in cells):
            row = {name: _cell(cell) for name, cell in zip(columns, cells, strict=False) if name}
            yield attempt(line, row.get("text", ""), partial(_question, row, line, delimiter))
        line = skipped + 1 + rows.line_num


CSV = Format("csv", "CSV table", fits, read)


def _head(text: str) -> tuple[str, str, int]:
    """The delimiter, the heading, and how many lines come before the rows."""
    lines = text[:20_000].split("\n")
    skipped = 0
    while skipped < len(lines) - 1 and (
        not lines[skipped].strip(", ;\t") or lines[skipped].startswith("sep=")
    ):
        skipped += 1
    heading = lines[skipped]
    known = {
        mark: len(set(_columns(next(csv.reader([heading], delimiter=mark), [])))) for mark in _DELIMITERS
    }
    return max(_DELIMITERS, key=lambda mark: known[mark]), heading, skipped + 1


def _columns(heading: Sequence[str]) -> list[str]:
    """Our name for each column: `option-a` for an option's, "" for one that says nothing to us."""
    return [_column(" ".join(re.sub(r"[_-]+", " ", name).casefold().split())) for name in heading]


def _column(name: str) -> str:
    if name in _BY_WORD:
        return _BY_WORD[name]
    option = _OPTION.fullmatch(name)
    return f"option-{option[1]:0>2}" if option else ""


def _cell(cell: str) -> str:
    """What a cell says: Excel's `="01"` and an apostrophe before a sign are its own."""
    text = cell.strip()
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        text = text[2:-1].replace('""', '"')
    return text[1:] if re.match(r"'[=+\-@\d]", text) else text


def _question(row: Row, line: int, delimiter: str) -> ParsedQuestion:
    options = _options(row)
    right = row.get("right", "") or refuse("there is no right answer")
    kind = _kind(row, options)
    if kind in ("single", "multiple") and not options:
        refuse("a choice needs two options or more")
    marked = _marked(options, right) if options else []
    answers: dict[str, Any] = {
        "single": marked[0] if marked else 0,
        "multiple": tuple(marked),
        "true_false": _TRUTH.get(right.casefold()),
        "numeric": _number(right, row.get("tolerance", ""), delimiter) if kind == "numeric" else None,
        "short": tuple(part.strip() for part in right.split("|") if part.strip()),
    }
    if answers[kind] is None:
        refuse(f"the right answer is neither true nor false: {right[:40]}")
    return ParsedQuestion(
        line=line,
        title=row.get("text", ""),
        text=from_mixed(row.get("text", "")),
        kind=kind,
        options=tuple(Option(from_mixed(text), place in marked) for place, text in enumerate(options)),
        right=answers[kind],
        explanation=from_mixed(row.get("explanation", "")),
        tags=tuple(re.split(r"[,;|]", row.get("tags", ""))),
        difficulty=_difficulty(row.get("difficulty", "")),
        licence=row.get("licence", ""),
        source=row.get("source", ""),
        is_retired=True if row.get("retired", "").casefold() in ("yes", "true", "1") else None,
    )


def _options(row: Row) -> list[str]:
    listed = [part.strip() for part in row.get("options", "").split("|")]
    names = sorted(name for name in row if name.startswith("option-"))
    return [text for text in [*listed, *(row[name] for name in names)] if text]


def _kind(row: Row, options: list[str]) -> Any:
    said = " ".join(re.sub(r"[_/-]+", " ", row.get("kind", "")).casefold().split())
    if said:
        kind = _KIND_BY_WORD.get(said) or refuse(f"questions of the type {said[:40]} are not played here")
        has_several = bool(options) and len(_marked(options, row.get("right", ""))) > 1
        return "multiple" if kind == "single" and has_several else kind
    if options:
        return "multiple" if len(_marked(options, row.get("right", ""))) > 1 else "single"
    right = row.get("right", "")
    if right.casefold() in ("true", "false"):
        return "true_false"
    return "numeric" if re.fullmatch(r"[+-]?\d+([.,]\d+)?(\s*(±|\+/?-).*)?", right, re.ASCII) else "short"


def _marked(options: list[str], right: str) -> list[int]:
    """The places of the right options."""
    if right in options:
        return [options.index(right)]
    parts = [part.strip() for part in re.split(r"[|;]", right)]
    if any(part not in options for part in parts):
        parts = [part.strip() for part in re.split(r"[|;,]", right)]
    return sorted({_place(options, part) for part in parts if part})


def _place(options: list[str], name: str) -> int:
    if name in options:
        return options.index(name)
    place = ord(name.upper()) - ord("A") if re.fullmatch("[A-Za-z]", name) else -1
    if re.fullmatch("[0-9]{1,2}", name):
        place = int(name) - 1
    return (
        place
        if 0 <= place < len(options)
        else refuse(f"the right answer is none of the options: {name[:40]}")
    )


def _number(right: str, tolerance: str, delimiter: str) -> tuple[Decimal, Decimal]:
    found = _NUMERIC.fullmatch(right)
    value, within = (found["value"], found["tolerance"] or tolerance or "0") if found else (right, "0")
    # Where the semicolon parts the cells, the comma is the decimal point.
    value, within = (text.replace(",", ".") if delimiter == ";" else text for text in (value, within))
    return plain_number(value), plain_number(within)


def _difficulty(text: str) -> int | None:
    if not text:
        return None
    if text in ("1", "2", "3", "4", "5"):
        return int(text)
    return _LEVELS.get(text.casefold()) or refuse("difficulty is not 1 to 5")
