"""The JSON of the Open Trivia Database, in any of the encodings that it offers.

Source: https://opentdb.com/api_config.php. Its questions are under CC BY-SA 4.0.
"""

import base64
import binascii
import html
import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import unquote

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
from games.formats.texts import tag_from

LICENCE, SOURCE = "CC BY-SA 4.0", "Open Trivia Database (opentdb.com)"
_DIFFICULTY = {"easy": 2, "medium": 3, "hard": 4}
_LIST = re.compile(r'\s*(?:\[|\{[^\[\]{}]*"results"\s*:\s*\[)')
_BETWEEN = re.compile(r"[\s,]*")


def fits(file: QuestionFile) -> bool:
    return file.data[:1] in (b"{", b"[", b"\xef", b"\xff", b"\xfe", b" ", b"\n") and bool(
        _LIST.match(file.text) and re.search(r'"(correct_answer|results)"', file.text)
    )


def read(file: QuestionFile) -> Iterator[Parsed]:
    """The objects of the list, one by one: each has its line, and a fault in one is told where it is."""
    text, line, counted = file.text, 1, 0
    found = _LIST.match(text)
    at = found.end() if found else 0
    while (at := _skip(text, at)) < len(text) and text[at] != "]":
        line += text.count("\n", counted, at)
        counted = at
        try:
            row, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            yield RefusedQuestion(line, "the JSON breaks off here; nothing behind it was read")
            return
        yield attempt(line, _title(row), partial(_question, row, line))


def _number(text: str) -> str:
    # No answer is a number in this format, and a number of a million digits takes minutes to read.
    return text[:40]


_DECODER = json.JSONDecoder(parse_int=_number, parse_float=_number)
OPENTDB = Format("opentdb", "Open Trivia Database (JSON)", fits, read)


def _skip(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _title(row: Any) -> str:
    return html.unescape(str(row.get("question", ""))[:500]) if isinstance(row, dict) else ""


def _question(row: Any, line: int) -> ParsedQuestion:
    if not isinstance(row, dict):
        refuse("it is no object")
    said = _decoded(row)
    wrong = said["incorrect_answers"]
    kind = {"multiple": "single", "boolean": "true_false"}.get(said["type"])
    if kind is None:
        refuse(f"its type is {said['type'][:40] or 'missing'}, not multiple or boolean")
    is_choice = kind == "single"
    category = tag_from(said["category"])
    return ParsedQuestion(
        line=line,
        title=said["question"],
        text=said["question"],
        kind="single" if is_choice else "true_false",
        options=(Option(said["correct_answer"], True), *(Option(text, False) for text in wrong))
        if is_choice
        else (),
        right=0 if is_choice else _truth(said["correct_answer"]),
        tags=(category,) if category else (),
        difficulty=_DIFFICULTY.get(said["difficulty"]),
        licence=LICENCE,
        source=SOURCE,
    )


def _decoded(row: dict[str, Any]) -> dict[str, Any]:
    """The members as plain texts, whichever of its four encodings the row is in."""
    names = ("type", "difficulty", "category", "question", "correct_answer")
    wrong = row.get("incorrect_answers", [])
    if not isinstance(wrong, list) or not all(isinstance(text, str) for text in wrong):
        refuse("its incorrect_answers are no list of texts")
    if not all(isinstance(row.get(name, ""), str) for name in names):
        refuse("a member that should be a text is none")
    decode = _decoder_of(row)
    said: dict[str, Any] = {name: decode(row.get(name, "")) for name in names}
    return said | {"incorrect_answers": [decode(text) for text in wrong]}


def _decoder_of(row: dict[str, Any]) -> Any:
    if row.get("type") in ("bXVsdGlwbGU=", "Ym9vbGVhbg=="):
        return _from_base64
    question = row.get("question", "")
    if re.search("%[0-9A-F]{2}", question) and not re.search(r"\s", question):
        return unquote
    return html.unescape


def _from_base64(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        refuse("a member is not base64, as the others are")


def _truth(text: str) -> bool:
    truth = {"true": True, "false": False}.get(text.strip().casefold())
    return refuse("its right answer is neither True nor False") if truth is None else truth
