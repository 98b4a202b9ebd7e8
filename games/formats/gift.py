"""Moodle's GIFT format, read.

Source: https://docs.moodle.org/en/GIFT_format and, where that page is silent, what Moodle's importer does.
Metadata stands in the comment lines of a question: `// [tag:bayes] [difficulty:3] [licence:…] [source:…]
[retired:yes]`. A block of nothing but comments sets licence and source for the questions that follow it.

Beyond Moodle, `\\>` stands for `>`, so that a short answer with `->` in it is not taken for matching; a question
whose braces are open goes on over blank lines; and after closed braces a line with `::` begins the next one.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from games.formats.answers import Solution, Weighted, choice, number, short
from games.formats.base import Format, Parsed, ParsedQuestion, QuestionFile, RefusedQuestion, attempt, refuse
from games.formats.feedback import merged
from games.formats.html import from_html, from_mixed
from games.formats.texts import beginning, middle_of, plain_number, tags_from_category

Metadata = list[tuple[str, str]]
Block = list[tuple[int, str]]
#: What a piece of GIFT stands for once its escapes are undone.
Plain = Callable[[str], str]
QUESTION_CHARACTERS_MAX = 100_000

# While a question is taken apart, each escaped character is a Unicode noncharacter, which splits nothing.
MASK = {char: chr(0xFDD0 + index) for index, char in enumerate("~=#{}:\\>n")}
_UNMASK = str.maketrans({mask: "\n" if char == "n" else char for char, mask in MASK.items()})
_MASKS = re.compile("[\ufdd0-\ufdef]")

_BEGINNING = re.compile(r"\s*(::|\$CATEGORY:)")
_OPENING = re.compile(r"[^}]*(?<!\\)\{")
_ESCAPED = re.compile(r"\\([~=#{}:\\>n])")
_FORMAT = re.compile(r"^\s*\[(html|plain|markdown|moodle)\]")
_ANSWERS = re.compile(r"^::|\{\s*([=~#}]|(TRUE|FALSE|T|F)\s*[}#])|^\$CATEGORY:", re.MULTILINE)
_DATA = re.compile(r"\s*(\{|\[\s*[\[{\"])")
_WEIGHT = re.compile(r"\s*%(-?\d+(?:[.,]\d*)?)%", re.ASCII)
_META = re.compile(r"\[(tag|difficulty|licence|source|retired):((?:\\.|[^\]\\\n]){0,300})\]")
_TRUTH = {"T": True, "TRUE": True, "F": False, "FALSE": False}
#: How a text is read, by its mark. Without one it may hold HTML or not: that is Moodle's own default.
_READ: dict[str, Plain] = {
    "html": from_html,
    "plain": str,
    "markdown": str,
    "moodle": from_mixed,
}


def fits(file: QuestionFile) -> bool:
    """Braces alone are not enough: a program or other data has them too, with no answers behind them."""
    return not _DATA.match(file.text) and bool(_ANSWERS.search(file.text))


def read(file: QuestionFile) -> Iterator[Parsed]:
    return parse(file.text)


GIFT = Format("gift", "GIFT (Moodle)", fits, read)


def parse(text: str) -> Iterator[Parsed]:
    """Each question, or the line and reason of its refusal, in the file's order."""
    defaults: dict[str, str] = {}
    category: Metadata = []
    for block in _blocks(text):
        metadata = _metadata(line for _, line in block if _is_comment(line))
        lines = [(at, line) for at, line in block if not _is_comment(line)]
        if not lines:
            defaults |= {key: value for key, value in metadata if key in ("licence", "source")}
        while lines and lines[0][1].lstrip().startswith("$CATEGORY:"):
            path = lines.pop(0)[1].lstrip().removeprefix("$CATEGORY:")
            category = [("tag", tag) for tag in tags_from_category(path)]
        if lines:
            yield _question_or_refusal(lines, [*defaults.items(), *metadata, *category])


def _blocks(text: str) -> Iterator[Block]:
    """The lines of each question, each line with its number in the file.

    A blank line ends a question unless its braces are open; one that begins by `::` or a category ends the one before.
    """
    block: Block = []
    is_open = is_closed = went_on = False
    for at, line in enumerate(_lines(text), start=1):
        is_blank, is_comment = not line.strip(), _is_comment(line)
        begins = not is_blank and not is_comment and bool(_BEGINNING.match(line))
        # Open braces that another question follows were never closed.
        is_cut = went_on and not is_comment and (begins or bool(_OPENING.match(line)))
        if block and (is_cut or (begins and is_closed) or (is_blank and not is_open)):
            # Comments right above a question are its own.
            end = len(block) if is_blank else _end_of_question(block)
            yield block[:end]
            block, is_open, is_closed = block[end:], False, False
        went_on = bool(block) and is_blank
        if is_blank:
            continue
        block.append((at, line))
        if not is_comment and ("{" in line or "}" in line):
            bare = _ESCAPED.sub("", line)
            is_open = bare.rfind("{") > bare.rfind("}") or (is_open and "}" not in bare)
            is_closed = not is_open
    if block:
        yield block


def _end_of_question(block: Block) -> int:
    end = len(block)
    while end and _is_comment(block[end - 1][1]):
        end -= 1
    return end


def _lines(text: str) -> Iterator[str]:
    # Not split at once: a list of a million lines takes more room than the file.
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("//")


def _metadata(comments: Iterable[str]) -> Metadata:
    pairs = (pair for line in comments for pair in _META.findall(line))
    return [(key, re.sub(r"\\(.)", r"\1", value).strip()) for key, value in pairs]


def _question_or_refusal(lines: Block, metadata: Metadata) -> Parsed:
    line, text = lines[0][0], "\n".join(line for _, line in lines)
    if len(text) > QUESTION_CHARACTERS_MAX:
        reason = f"it has more than {QUESTION_CHARACTERS_MAX:,} characters; a brace is not closed, perhaps"
        return RefusedQuestion(line, reason, beginning(text))
    name = re.match(r"\s*::([^:\n]+)::", text)
    return attempt(line, name[1] if name else text, lambda: _question(line, text, metadata))


def _question(line: int, text: str, metadata: Metadata) -> ParsedQuestion:
    if _MASKS.search(text):
        refuse("it holds characters that are none (U+FDD0 to U+FDEF)")
    title, rest = _title_and_rest(_ESCAPED.sub(lambda escape: MASK[escape[1]], text.strip()))
    stem, body = _stem_and_body(rest)
    mark = _FORMAT.match(stem)
    plain = _reader(mark[1] if mark else "moodle")
    answers, general = _split_last(body, "####")
    solution, feedback = _solution(answers.strip(), plain)
    explanation, notes = merged(plain(general), feedback)
    last: dict[str, Any] = dict(metadata)
    return ParsedQuestion(
        line=line,
        title=title.translate(_UNMASK) or stem.translate(_UNMASK),
        text=plain(stem),
        kind=solution.kind,
        options=solution.options,
        right=solution.right,
        explanation=explanation,
        tags=tuple(value for key, value in metadata if key == "tag"),
        difficulty=_difficulty(last.get("difficulty")),
        licence=last.get("licence", ""),
        source=last.get("source", ""),
        is_retired=True if last.get("retired") == "yes" else None,
        notes=solution.notes + notes,
    )


def _reader(default: str) -> Plain:
    """What reads a piece of a question whose text is in the format `default`."""

    def plain(masked: str) -> str:
        mark = _FORMAT.match(masked)
        rest = masked[mark.end() :] if mark else masked
        return _READ[mark[1] if mark else default](rest.translate(_UNMASK)).strip()

    return plain


def _split_last(text: str, separator: str) -> tuple[str, str]:
    before, found, after = text.rpartition(separator)
    return (before, after) if found else (text, "")


def _title_and_rest(text: str) -> tuple[str, str]:
    if not text.startswith("::"):
        return "", text
    title, closed, rest = text[2:].partition("::")
    return (title, rest.lstrip()) if closed else refuse("the title is not closed by ::")


def _stem_and_body(text: str) -> tuple[str, str]:
    """The question's text, with a gap where the answers stood in its midst, and what is in the braces."""
    if not re.search("[{}]", text):
        refuse("there are no answers in braces")
    whole = re.fullmatch(r"([^{}]*)\{([^{}]*)\}([^{}]*)", text)
    if whole is None:
        refuse("the braces are unbalanced, or no empty line parts it from the next question")
    before, body, after = whole.groups()
    return (f"{before}_____{after}" if after.strip() else before), body


def _difficulty(value: str | None) -> int | None:
    if value is None:
        return None
    return int(value) if value in ("1", "2", "3", "4", "5") else refuse("difficulty is not 1 to 5")


def _solution(body: str, plain: Plain) -> tuple[Solution, list[tuple[str, str]]]:
    """The right answer, and what is said to whom."""
    truth, *said = body.split("#")
    if (is_true := _TRUTH.get(truth.strip().upper())) is not None:
        return Solution("true_false", (), is_true), [("", plain(words)) for words in said]
    if body.startswith("#"):
        return _numeric(body[1:].partition("~")[0])
    is_choice = "~" in body
    if "->" in body and not is_choice:
        refuse("matching questions are not played here")
    # Short answers and numbers are plain text, whatever the question's text is.
    answers = _answers(body, plain if is_choice else _reader("plain"), plain)
    if not answers:
        refuse("essay questions have no right answer to check")
    return (
        choice(answers, is_single="=" in body) if is_choice else short(answers),
        [(answer.text, answer.feedback) for answer in answers],
    )


def _answers(body: str, plain: Plain, said: Plain) -> list[Weighted]:
    pieces = [(mark, text) for mark, text in re.findall("([=~]?)([^=~]*)", body) if mark or text]
    return [_answer(mark, text, plain, said) for mark, text in pieces]


def _answer(mark: str, text: str, plain: Plain, said: Plain) -> Weighted:
    weight = _WEIGHT.match(text)
    words, _, feedback = text[weight.end() if weight else 0 :].partition("#")
    marks = Decimal(weight[1].replace(",", ".")) if weight else Decimal(0 if mark == "~" else 100)
    return Weighted(plain(words), marks, said(feedback))


def _numeric(body: str) -> tuple[Solution, list[tuple[str, str]]]:
    plain = _reader("plain")
    answers = [_answer("=", text, plain, plain) for text in body.split("=") if text.strip()]
    solution = number([(answer.weight, _range(answer.text)) for answer in answers])
    return solution, [("" if answer.weight >= 100 else answer.text, answer.feedback) for answer in answers]


def _range(text: str) -> tuple[Decimal, Decimal]:
    """(value, tolerance) of `3`, `3:0.5` or `1..5`."""
    low, is_range, high = text.partition("..")
    if is_range:
        return middle_of(plain_number(low), plain_number(high))
    value, _, tolerance = text.partition(":")
    return plain_number(value), plain_number(tolerance or "0")
