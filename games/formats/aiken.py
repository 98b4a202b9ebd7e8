"""Aiken, read: a question, its options lettered A, B, C, and a line `ANSWER: B`.

Source: https://docs.moodle.org/en/Aiken_format. Beyond it, a question may have several lines, several right
answers (`ANSWER: A, C`), and a line `EXPLANATION: …` after its answer.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from games.formats.base import Format, Option, Parsed, ParsedQuestion, QuestionFile, attempt, refuse
from games.formats.html import from_mixed

_OPTION = re.compile(r"\s*([A-Za-z])[.)]\s+(\S.*)")
_ANSWER = re.compile(r"\s*ANSWERS?\s*:\s*(.*)", re.IGNORECASE)
_EXPLANATION = re.compile(r"\s*(?:EXPLANATION|FEEDBACK)\s*:\s*(.*)", re.IGNORECASE)
_LINES_MAX = 200


@dataclass
class _Draft:
    """A question as far as it has been read; `answer` once its line was there."""

    line: int
    text: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    answer: str | None = None
    explanation: str = ""
    lines: int = 0


def fits(file: QuestionFile) -> bool:
    return bool(re.search(r"^\s*ANSWERS?\s*:\s*[A-Za-z]\b", file.text, re.MULTILINE | re.IGNORECASE))


def read(file: QuestionFile) -> Iterator[Parsed]:
    draft: _Draft | None = None
    after_blank = False
    for at, line in enumerate(file.text.split("\n"), start=1):
        if not line.strip():
            after_blank = True
            continue
        if draft and _ends_before(draft, line, after_blank):
            yield _finished(draft)
            draft = None
        draft = draft or _Draft(at)
        draft.lines += 1
        if draft.lines <= _LINES_MAX:
            _take(draft, line)
        after_blank = False
    if draft:
        yield _finished(draft)


AIKEN = Format("aiken", "Aiken", fits, read)


def _ends_before(draft: _Draft, line: str, after_blank: bool) -> bool:
    """Whether `line` belongs to the next question."""
    if draft.answer is not None:
        return not _EXPLANATION.match(line)
    return bool(draft.options) and after_blank and not (_OPTION.match(line) or _ANSWER.match(line))


def _take(draft: _Draft, line: str) -> None:
    if answer := _ANSWER.match(line):
        draft.answer = answer[1]
    elif draft.answer is not None:
        draft.explanation = _EXPLANATION.sub(r"\1", line)
    elif draft.text and (option := _OPTION.match(line)):
        draft.letters.append(option[1].upper())
        draft.options.append(option[2])
    elif draft.options:
        draft.options[-1] += f" {line.strip()}"
    else:
        draft.text.append(line)


def _finished(draft: _Draft) -> Parsed:
    return attempt(draft.line, " ".join(draft.text), lambda: _question(draft))


def _question(draft: _Draft) -> ParsedQuestion:
    if draft.lines > _LINES_MAX:
        refuse(f"it has more than {_LINES_MAX} lines; the line ANSWER: is missing, perhaps")
    if draft.answer is None:
        refuse("the line ANSWER: is missing")
    if not draft.options:
        refuse("there are no options such as: A. Yes")
    if draft.letters != [chr(ord("A") + place) for place in range(len(draft.letters))]:
        refuse(f"the options are lettered {', '.join(draft.letters)}, not A, B, C …")
    right = [_place(draft, letter) for letter in re.findall(r"\w+", draft.answer)]
    options = tuple(Option(from_mixed(text), place in right) for place, text in enumerate(draft.options))
    is_single = len(right) == 1
    return ParsedQuestion(
        line=draft.line,
        title=" ".join(draft.text),
        text=from_mixed("\n".join(draft.text)),
        kind="single" if is_single else "multiple",
        options=options,
        right=right[0] if is_single else tuple(sorted(set(right))),
        explanation=from_mixed(draft.explanation),
    )


def _place(draft: _Draft, letter: str) -> int:
    if letter.upper() not in draft.letters:
        refuse(f"the answer {letter[:20]} is none of the options")
    return draft.letters.index(letter.upper())
