"""Moodle's XML, read as a stream: one question at a time is in memory, whatever the file's size.

Source: https://docs.moodle.org/en/Moodle_XML_format. Document types and entities are refused (defusedxml):
no export has them, and bombs are made of them.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from games.formats.answers import Solution, Weighted, choice, number, short
from games.formats.base import (
    Format,
    Parsed,
    ParsedQuestion,
    QuestionFile,
    RefusedQuestion,
    UnreadableFile,
    attempt,
    refuse,
)
from games.formats.feedback import merged
from games.formats.html import from_html, from_mixed
from games.formats.texts import plain_number, tags_from_category

_PIECE_BYTES = 1 << 16
_DEPTH_MAX = 30
_READ: dict[str, Callable[[str], str]] = {
    "html": from_html,
    "moodle_auto_format": from_mixed,
    "plain_text": str,
    "markdown": str,
}
_KINDS = ("multichoice", "truefalse", "shortanswer", "numerical")


def fits(file: QuestionFile) -> bool:
    head = file.data[:400].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \r\n\t")
    return head.startswith((b"<?xml", b"<quiz", b"<!"))


def read(file: QuestionFile) -> Iterator[Parsed]:
    category: tuple[str, ...] = ()
    reading = _Reading()
    for element, line in reading.questions(file):
        if element.get("type") == "category":
            category = tags_from_category(_words(element, "category/text"))
        elif found := _read(element, line, category):
            yield found
    if reading.fault:
        line, reason = reading.fault
        if not reading.count:
            raise UnreadableFile(f"{file.name}: line {line}: {reason}")
        yield RefusedQuestion(line, f"{reason}; nothing behind it was read")


MOODLE_XML = Format("moodle-xml", "Moodle XML", fits, read)


class _Reading(TreeBuilder):
    """The `<question>` elements of a file, each built, handed over and forgotten."""

    def __init__(self) -> None:
        super().__init__()
        self.parser = DefusedXMLParser(target=self, forbid_dtd=True)
        self.depth = self.line = self.count = 0
        self.ready: list[tuple[Element, int]] = []
        self.fault: tuple[int, str] | None = None

    def questions(self, file: QuestionFile) -> Iterator[tuple[Element, int]]:
        """Each with its line; `fault`, if there is one, is where the reading stopped."""
        for start in range(0, len(file.data) + 1, _PIECE_BYTES):
            try:
                self.parser.feed(file.data[start : start + _PIECE_BYTES])
                if start + _PIECE_BYTES > len(file.data):
                    self.parser.close()
            except DefusedXmlException:
                self._stop("a document type or entities, which are refused")
            except (ParseError, ValueError, LookupError) as error:
                self._stop(f"this is no well-formed XML ({str(error)[:100]})")
            self.count += len(self.ready)
            yield from self.ready
            self.ready.clear()
            if self.fault:
                return

    def _stop(self, reason: str) -> None:
        self.fault = self.fault or (self._at(), reason)

    def _at(self) -> int:
        return int(self.parser.parser.CurrentLineNumber)

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        self.depth += 1
        if self.depth > _DEPTH_MAX:
            raise ValueError("elements are nested too deeply")
        if tag == "question" and self.depth == 2:
            self.line = self._at()
            # A tree of its own: what came before is forgotten.
            TreeBuilder.__init__(self)
        return super().start(tag, attrs)

    def end(self, tag: str) -> Element:
        self.depth -= 1
        if self.depth == 0:
            # The root began in a tree that is forgotten.
            return Element(tag)
        element = super().end(tag)
        if tag == "question" and self.depth == 1:
            self.ready.append((element, self.line))
            TreeBuilder.__init__(self)
        return element

    def close(self) -> Element:
        return Element("quiz")


def _read(element: Element, line: int, category: tuple[str, ...]) -> Parsed | None:
    title = _words(element, "name/text") or _words(element, "questiontext/text")
    return attempt(line, re.sub("<[^<>]*>", " ", title), lambda: _question(element, line, title, category))


def _question(element: Element, line: int, title: str, category: tuple[str, ...]) -> ParsedQuestion:
    kind = element.get("type", "")
    if kind not in _KINDS:
        refuse(f"questions of the type {kind[:40] or 'nothing'} are not played here")
    if element.find(".//file") is not None:
        refuse("it has a picture or another file inside")
    solution = _solution(element, kind)
    said = [(("" if kind == "truefalse" else one.text), one.feedback) for one in _answers(element, kind)]
    explanation, notes = merged(_text(element, "generalfeedback"), said)
    tags = [tag.findtext("text") or "" for tag in element.iterfind("tags/tag")]
    return ParsedQuestion(
        line=line,
        title=title,
        text=_text(element, "questiontext"),
        kind=solution.kind,
        options=solution.options,
        right=solution.right,
        explanation=explanation,
        tags=(*tags, *category),
        notes=solution.notes + notes,
    )


def _solution(element: Element, kind: str) -> Solution:
    answers = _answers(element, kind)
    if kind == "multichoice":
        return choice(answers, is_single=_words(element, "single").casefold() != "false")
    if kind == "truefalse":
        right = [one.text.strip().casefold() for one in answers if one.weight > 0]
        if right not in (["true"], ["false"]):
            refuse("not exactly one of true and false is right")
        return Solution("true_false", (), right == ["true"])
    if kind == "shortanswer":
        return short(answers)
    tolerances = [_words(answer, "tolerance") or "0" for answer in element.iterfind("answer")]
    return number(
        [
            (answer.weight, (plain_number(answer.text), plain_number(tolerance)))
            for answer, tolerance in zip(answers, tolerances, strict=True)
            if answer.text.strip() != "*"
        ]
    )


def _answers(element: Element, kind: str) -> list[Weighted]:
    return [
        Weighted(
            # Only the options of a choice are formatted texts.
            _formatted(answer) if kind == "multichoice" else _words(answer, "text"),
            _weight(answer.get("fraction", "0")),
            _text(answer, "feedback"),
        )
        for answer in element.iterfind("answer")
    ]


def _weight(text: str) -> Decimal:
    found = re.fullmatch(r"\s*(-?\d{1,6}(?:\.\d{0,20})?)\s*", text, re.ASCII)
    return Decimal(found[1]) if found else refuse(f"a fraction is no number: {text[:40]}")


def _text(element: Element, name: str) -> str:
    found = element.find(name)
    return "" if found is None else _formatted(found)


def _formatted(element: Element) -> str:
    """The text of an element with a `format`."""
    read = _READ.get(element.get("format", "moodle_auto_format"), from_mixed)
    return read(_words(element, "text")).strip()


def _words(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()
