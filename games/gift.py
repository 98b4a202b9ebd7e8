"""Questions as text: a reader and a writer of Moodle's GIFT format.

Source: https://docs.moodle.org/en/GIFT_format and, where that page is silent, what Moodle's importer does.
Metadata stands in the comment lines of a question: `// [tag:bayes] [difficulty:3] [licence:…] [source:…]`.
A block of nothing but comments sets licence and source for the questions that follow it.

Beyond Moodle, `\\>` stands for `>`, so that a short answer with `->` in it is not taken for matching.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Literal, NamedTuple, NoReturn

from games.engines.quiz.answers import OPTIONS_MAX

Kind = Literal["single", "multiple", "true_false", "numeric", "short"]
Right = bool | int | tuple[int, ...] | tuple[Decimal, Decimal] | tuple[str, ...]


class Option(NamedTuple):
    text: str
    right: bool


@dataclass(frozen=True)
class GiftQuestion:
    """Texts are Markdown of which only backticks count. Only single and multiple have options.

    `right` is, by kind: single, an option's index; multiple, options' indexes; true_false, a bool;
    numeric, (value, tolerance); short, the accepted strings.
    """

    line: int
    title: str
    text: str
    kind: Kind
    options: tuple[Option, ...]
    right: Right
    explanation: str = ""
    tags: tuple[str, ...] = ()
    difficulty: int | None = None
    licence: str = ""
    source: str = ""


@dataclass(frozen=True)
class GiftError:
    line: int
    reason: str


Parsed = GiftQuestion | GiftError
Metadata = list[tuple[str, str]]
Solution = tuple[Kind, tuple[Option, ...], Right]


class _Refused(Exception):
    """The reason why a block of text is no question for us."""


class _Answer(NamedTuple):
    mark: str
    weight: Decimal  # percent
    text: str


# While a question is taken apart, each escaped character is a Unicode noncharacter, which splits nothing.
_MASK = {char: chr(0xFDD0 + index) for index, char in enumerate("~=#{}:\\>n")}
_UNMASK = str.maketrans({mask: "\n" if char == "n" else char for char, mask in _MASK.items()})
_ESCAPE = str.maketrans({char: f"\\{char}" for char in "~=#{}:\\"} | {"\n": "\\n", "\r": ""})

_ESCAPED = re.compile(r"\\([~=#{}:\\>n])")
_FORMAT = re.compile(r"^\s*\[(?:html|plain|markdown|moodle)\]")
_WEIGHT = re.compile(r"\s*%(-?\d+(?:\.\d*)?)%")
_NUMBER = r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d\d?)?)\s*"
_RANGE = re.compile(rf"{_NUMBER}\.\.{_NUMBER}")
_WITHIN = re.compile(rf"{_NUMBER}(?::{_NUMBER})?")
_META = re.compile(r"\[(tag|difficulty|licence|source):((?:\\.|[^\]\\])*)\]")
_TRUTH = {"T": True, "TRUE": True, "F": False, "FALSE": False}


def parse(text: str) -> list[Parsed]:
    """Read a whole file: each question, or the line and reason of its refusal, in the file's order."""
    found: list[Parsed] = []
    defaults: Metadata = []
    category: Metadata = []
    for block in _blocks(text):
        metadata = _metadata(line for _, line in block if _is_comment(line))
        lines = [(number, line) for number, line in block if not _is_comment(line)]
        if not lines:
            defaults += [pair for pair in metadata if pair[0] in ("licence", "source")]
        elif lines[0][1].startswith("$CATEGORY:"):
            path = lines.pop(0)[1].removeprefix("$CATEGORY:")
            category = [("tag", path.rpartition("/")[2].strip())]
        if lines:
            body = "\n".join(line for _, line in lines)
            found.append(_question_or_error(lines[0][0], body, defaults + metadata + category))
    return found


def write(questions: Iterable[GiftQuestion]) -> str:
    """The questions as a GIFT file, which `parse` reads back as the same questions."""
    return "\n\n".join(_written(question) for question in questions) + "\n"


def _blocks(text: str) -> Iterator[list[tuple[int, str]]]:
    """Runs of lines that are not blank, each line with its number in the file."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for filled, block in groupby(enumerate(lines, start=1), key=lambda numbered: bool(numbered[1].strip())):
        if filled:
            yield list(block)


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("//")


def _metadata(comments: Iterable[str]) -> Metadata:
    pairs = _META.findall("\n".join(comments))
    return [(key, re.sub(r"\\(.)", r"\1", value).strip()) for key, value in pairs]


def _question_or_error(line: int, text: str, metadata: Metadata) -> Parsed:
    try:
        return _question(line, text, metadata)
    except _Refused as refusal:
        return GiftError(line, str(refusal))


def _question(line: int, text: str, metadata: Metadata) -> GiftQuestion:
    title, rest = _title_and_rest(_ESCAPED.sub(lambda escape: _MASK[escape[1]], text.strip()))
    stem, body = _stem_and_body(rest)
    answers, explanation = _split_last(body, "####")
    kind, options, right = _solution(answers.strip())
    last = dict(metadata)
    return GiftQuestion(
        line=line,
        title=title.translate(_UNMASK).strip(),
        text=_plain(stem) or _refuse("the question has no text"),
        kind=kind,
        options=options,
        right=right,
        explanation=_plain(explanation),
        tags=tuple(dict.fromkeys(value for key, value in metadata if key == "tag" and value)),
        difficulty=_difficulty(last.get("difficulty")),
        licence=last.get("licence", ""),
        source=last.get("source", ""),
    )


def _refuse(reason: str) -> NoReturn:
    raise _Refused(reason)


def _plain(masked: str) -> str:
    """The text that a piece of GIFT stands for, without its format mark."""
    return _FORMAT.sub("", masked).translate(_UNMASK).strip()


def _split_last(text: str, separator: str) -> tuple[str, str]:
    before, found, after = text.rpartition(separator)
    return (before, after) if found else (text, "")


def _title_and_rest(text: str) -> tuple[str, str]:
    if not text.startswith("::"):
        return "", text
    title, closed, rest = text[2:].partition("::")
    return (title, rest) if closed else _refuse("the title is not closed by ::")


def _stem_and_body(text: str) -> tuple[str, str]:
    """The question's text, with a gap where the answers stood in its midst, and what is in the braces."""
    if not re.search("[{}]", text):
        _refuse("there are no answers in braces")
    whole = re.fullmatch(r"([^{}]*)\{([^{}]*)\}([^{}]*)", text)
    if whole is None:
        _refuse("the braces are unbalanced, or more than one pair")
    before, body, after = whole.groups()
    return (f"{before}_____{after}" if after.strip() else before), body


def _difficulty(value: str | None) -> int | None:
    if value is None:
        return None
    return int(value) if value in ("1", "2", "3", "4", "5") else _refuse("difficulty is not 1 to 5")


def _solution(body: str) -> Solution:
    truth = _TRUTH.get(body.partition("#")[0].strip().upper())
    if truth is not None:
        return "true_false", (), truth
    if body.startswith("#"):
        return "numeric", (), _number(body[1:].partition("~")[0])
    answers = _answers(body) or _refuse("essay questions have no right answer to check")
    if "~" in body:
        return _choice(answers)
    if "->" in body:
        _refuse("matching questions are not supported")
    return "short", (), _accepted(answers)


def _answers(body: str) -> list[_Answer]:
    answers = [_answer(mark, text) for mark, text in re.findall("([=~]?)([^=~]*)", body) if mark or text]
    texts = [answer.text for answer in answers]
    if "" in texts:
        _refuse("an answer is empty")
    if len(set(texts)) < len(texts):
        _refuse("two answers are the same")
    return answers


def _answer(mark: str, text: str) -> _Answer:
    weight = _WEIGHT.match(text)
    if weight is None:
        return _Answer(mark, Decimal(0 if mark == "~" else 100), _plain(text.partition("#")[0]))
    return _Answer(mark, Decimal(weight[1]), _plain(text[weight.end() :].partition("#")[0]))


def _choice(answers: list[_Answer]) -> Solution:
    """One right answer if it is marked by `=`, several if they share the marks by weights above 0."""
    if len(answers) < 2:
        _refuse("a choice needs two options or more")
    if len(answers) > OPTIONS_MAX:
        _refuse(f"a choice has {OPTIONS_MAX} options at most")
    single = any(answer.mark == "=" for answer in answers)
    options = tuple(
        Option(answer.text, answer.mark == "=" if single else answer.weight > 0) for answer in answers
    )
    right = tuple(index for index, option in enumerate(options) if option.right)
    if not right:
        _refuse("no option is right")
    if not single:
        return "multiple", options, right
    return (
        ("single", options, right[0]) if len(right) == 1 else _refuse("more than one option is marked with =")
    )


def _accepted(answers: list[_Answer]) -> tuple[str, ...]:
    accepted = tuple(answer.text for answer in answers if answer.weight >= 100)
    return accepted or _refuse("no answer is fully right")


def _number(body: str) -> tuple[Decimal, Decimal]:
    """Value and tolerance of the first answer that earns full marks."""
    answers = [_answer("=", text) for text in body.split("=") if text.strip()]
    right = next((answer.text for answer in answers if answer.weight >= 100), None)
    if right is None:
        _refuse("no answer is fully right")
    if (ends := _RANGE.fullmatch(right)) is not None:
        low, high = Decimal(ends[1]), Decimal(ends[2])
        value, tolerance = (low + high) / 2, (high - low) / 2
    elif (within := _WITHIN.fullmatch(right)) is not None:
        value, tolerance = Decimal(within[1]), Decimal(within[2] or 0)
    else:
        _refuse(f"not a number: {right}")
    return (value, tolerance) if tolerance >= 0 else _refuse("the tolerance is below 0")


def _written(question: GiftQuestion) -> str:
    explanation = [f"####{_guarded(question.explanation)}"] if question.explanation else []
    lines = "".join(f"\n\t{line}" for line in _written_answers(question) + explanation)
    title = question.title.translate(_ESCAPE)
    return (
        f"{_written_metadata(question)}::{title}::[markdown]{question.text.translate(_ESCAPE)}{{{lines}\n}}"
    )


def _written_metadata(question: GiftQuestion) -> str:
    pairs = [
        *(("tag", tag) for tag in question.tags),
        ("difficulty", question.difficulty or ""),
        ("licence", question.licence),
        ("source", question.source),
    ]
    marks = [f"[{key}:{_bracketed(str(value))}]" for key, value in pairs if value]
    return f"// {' '.join(marks)}\n" if marks else ""


def _bracketed(value: str) -> str:
    return value.replace("\\", r"\\").replace("]", r"\]")


def _written_answers(question: GiftQuestion) -> list[str]:
    if question.kind == "multiple":
        right = sum(option.right for option in question.options)
        share = f"{100 / right:.7g}"
        return [
            f"~%{share if option.right else '-100'}%{_guarded(option.text)}" for option in question.options
        ]
    if question.kind == "single":
        return [f"{'=' if option.right else '~'}{_guarded(option.text)}" for option in question.options]
    if isinstance(question.right, bool):
        return [str(question.right).upper()]
    assert isinstance(question.right, tuple)
    if question.kind == "numeric":
        value, tolerance = map(Decimal, question.right)
        return [f"#{value:f}:{tolerance:f}"]
    return ["=" + _guarded(str(answer)).replace("->", r"-\>") for answer in question.right]


def _guarded(text: str) -> str:
    """Escaped, and kept from being read as a format mark or a weight."""
    mark = "[markdown]" if _FORMAT.match(text) or _WEIGHT.match(text) else ""
    return mark + text.translate(_ESCAPE)
