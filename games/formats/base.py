"""What every format of question files is read into: one form for a question, one for a refusal."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple, NoReturn

from games.engines.quiz.answers import OPTIONS_MAX, SHORT_CHARACTERS_MAX, Kind
from games.formats import texts
from quantix.errors import Refusal

Right = bool | int | tuple[int, ...] | tuple[Decimal, Decimal] | tuple[str, ...]
#: A file is read whole: more than this is split first.
FILE_BYTES_MAX = 32 * 1024 * 1024


class UnreadableFile(Refusal):
    """No question can be read: a format that is none of ours, an encoding that is none, too large."""

    code = "unreadable-file"
    status = 400
    title = "The file cannot be read"


class Option(NamedTuple):
    text: str
    right: bool


@dataclass(frozen=True)
class ParsedQuestion:
    """A question of a file. Texts are Markdown of which only backticks count. Only choices have options.

    `right` is, by kind: single, an option's index; multiple, options' indexes; true_false, a bool;
    numeric, (value, tolerance); short, the accepted strings. None and empty mean that the file does not say.
    `notes` tell what was left out of what the file says.
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
    is_retired: bool | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RefusedQuestion:
    """What stands at `line` (from 1) and is no question for us; `title` are its first words or its name."""

    line: int
    reason: str
    title: str = ""


Parsed = ParsedQuestion | RefusedQuestion


class NotAQuestion(Exception):
    """The reason why a part of a file is no question for us."""


def refuse(reason: str) -> NoReturn:
    raise NotAQuestion(reason)


@dataclass(frozen=True)
class QuestionFile:
    """A file as it came: its name, and its bytes."""

    name: str
    data: bytes

    def __post_init__(self) -> None:
        if len(self.data) > FILE_BYTES_MAX:
            raise UnreadableFile(f"{self.name} has more than {FILE_BYTES_MAX:,} bytes. Split it.")

    @cached_property
    def text(self) -> str:
        """The text, with `\\n` as its line end. Raises UnreadableFile, naming the line."""
        try:
            return texts.decode(self.data)
        except texts.NotAText as fault:
            raise UnreadableFile(f"{self.name}: {fault}") from fault


@dataclass(frozen=True)
class Format:
    """A format: how it is told from the others, and how a file of it is read, one question after the other."""

    name: str
    label: str
    fits: Callable[[QuestionFile], bool]
    read: Callable[[QuestionFile], Iterator[Parsed]]


def attempt(line: int, title: str, read: Callable[[], ParsedQuestion]) -> Parsed:
    """The question that `read` makes, checked; or its refusal."""
    try:
        return checked(read())
    except (NotAQuestion, texts.NotAText) as fault:
        return RefusedQuestion(line, str(fault), texts.beginning(title))


def checked(question: ParsedQuestion) -> ParsedQuestion:
    """`question` with its texts tidied. Raises NotAQuestion for what the bank does not keep."""
    question = replace(
        question,
        title=texts.beginning(question.title),
        text=texts.tidy(question.text) or refuse("the question has no text"),
        options=tuple(Option(texts.tidy_line(option.text), option.right) for option in question.options),
        explanation=texts.tidy(question.explanation),
        tags=texts.tidy_tags(question.tags),
        licence=texts.tidy_line(question.licence),
        source=texts.tidy_line(question.source),
    )
    if question.kind == "short":
        question = replace(question, right=tuple(map(texts.tidy_line, accepted(question))))
    if question.kind == "numeric":
        value, tolerance = map(texts.plain_number, numbers(question))
        question = replace(question, right=(value, tolerance))
    _demand_lengths(question)
    _demand_answers(question)
    return question


def accepted(question: ParsedQuestion) -> tuple[str, ...]:
    """The accepted texts of a short answer."""
    assert isinstance(question.right, tuple)
    return tuple(text for text in question.right if isinstance(text, str))


def numbers(question: ParsedQuestion) -> tuple[Decimal, Decimal]:
    """Value and tolerance of a numeric answer."""
    assert isinstance(question.right, tuple)
    value, tolerance = question.right
    return Decimal(value), Decimal(tolerance)


def _demand_lengths(question: ParsedQuestion) -> None:
    for name, characters_max in texts.CHARACTERS_MAX.items():
        if len(getattr(question, name)) > characters_max:
            refuse(f"the {name} has more than {characters_max:,} characters")
    if any(len(option.text) > texts.OPTION_CHARACTERS_MAX for option in question.options):
        refuse(f"an option has more than {texts.OPTION_CHARACTERS_MAX} characters")


def _demand_answers(question: ParsedQuestion) -> None:
    is_choice = question.kind in ("single", "multiple")
    written = [option.text for option in question.options] if is_choice else []
    if is_choice and len(written) < 2:
        refuse("a choice needs two options or more")
    if len(written) > OPTIONS_MAX:
        refuse(f"a choice has {OPTIONS_MAX} options at most")
    if question.kind == "short":
        written = list(accepted(question)) or refuse("no answer is fully right")
    if "" in written:
        refuse("an answer is empty")
    if len(set(written)) < len(written):
        refuse("two answers are the same")
    if question.kind == "short" and any(len(text) > SHORT_CHARACTERS_MAX for text in written):
        refuse(f"a short answer has more than {SHORT_CHARACTERS_MAX} characters")
    if question.kind == "numeric" and numbers(question)[1] < 0:
        refuse("the tolerance is below 0")
