"""Texts as question files hold them, made into texts as the bank keeps them: every door uses the same few rules."""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal, localcontext

#: The most that the bank keeps, in characters.
CHARACTERS_MAX = {"text": 4000, "explanation": 6000, "licence": 60, "source": 200}
OPTION_CHARACTERS_MAX = 1000
TAG_CHARACTERS_MAX = 50
TAGS_MAX = 20
_DIGITS_MAX = 30
_TITLE_CHARACTERS_MAX = 80

_BLANKS = dict.fromkeys(map(ord, "\u00a0\u2007\u202f"), " ")
_LINE_ENDS = dict.fromkeys(map(ord, "\v\f\u0085\u2028\u2029"), "\n")
_UNSEEN = dict.fromkeys(map(ord, "\ufeff\u200b\u2060\u00ad"))
_TIDIED = _BLANKS | _LINE_ENDS | _UNSEEN
_NUMBER = re.compile(r"[+-]?(\d{1,60}(\.\d{0,60})?|\.\d{1,60})([eE][+-]?\d{1,2})?", re.ASCII)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf]")


class NotAText(ValueError):
    """The reason why something is no text for us."""


def decode(data: bytes) -> str:
    """A file's text: UTF-8, UTF-16 with or without its mark, or, where it is surely none, Windows-1252.

    Line ends become `\\n`. Raises NotAText, naming the line where the reading stopped.
    """
    mark, encoding = next((pair for pair in _BOMS if data.startswith(pair[0])), (b"", _guessed(data)))
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise NotAText(
            f"line {line}: not {encoding.upper()}. Save the file as UTF-8 and try again."
        ) from fault
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _guessed(data: bytes) -> str:
    """The encoding of a file without a mark."""
    head = data[:2000]
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        # Every second byte of plain words in UTF-16 is zero.
        if len(head) > 3 and head[first::2].count(0) > 0.7 * len(head[first::2]):
            return encoding
    try:
        data.decode()
    except UnicodeDecodeError:
        has_utf8 = _SURROGATE.search(data) or not data.decode(errors="ignore").isascii()
        return "utf-8" if has_utf8 else "cp1252"
    return "utf-8"


def tidy(text: str) -> str:
    """`text` composed (NFC), without blanks at its ends, each line end `\\n`, each blank a space. Tidy stays tidy.

    Raises NotAText for characters that say nothing (controls, halves of a pair, noncharacters).
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_TIDIED)
    if bad := next(filter(_is_no_character, text), None):
        raise NotAText(f"it holds the character U+{ord(bad):04X}, which is no text")
    lines = unicodedata.normalize("NFC", text).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def tidy_line(text: str) -> str:
    """The same in one line, with single spaces."""
    if "```" in text:
        raise NotAText("an option or answer holds a block of code; put it into the question's text")
    return " ".join(tidy(text).split())


def tidy_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Each tag once, in order; a comma parts two."""
    parts = (tidy_line(part) for tag in tags for part in tag.split(","))
    found = tuple(dict.fromkeys(part for part in parts if part))
    if len(found) > TAGS_MAX or any(len(tag) > TAG_CHARACTERS_MAX for tag in found):
        raise NotAText(
            f"there are more than {TAGS_MAX} tags, or one of more than {TAG_CHARACTERS_MAX} characters"
        )
    return found


def tag_from(name: str) -> str:
    """A category's name as a tag: `Science: Computers` is `science-computers`."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[^\w+#]+", "-", folded).strip("-_")[:TAG_CHARACTERS_MAX].strip("-_")


def tags_from_category(path: str) -> tuple[str, ...]:
    """The last part of a path such as `$course$/top/Bayes`; none where it is a mere default."""
    last = path.rpartition("/")[2].strip()
    if last.casefold().startswith("default for ") or last.casefold() in ("", "top", "$course$", "$system$"):
        return ()
    return tuple(filter(None, [tag_from(last)]))


def plain_number(number: Decimal | str) -> Decimal:
    """A number that a player could type. Raises NotAText."""
    text = f"{number:f}" if isinstance(number, Decimal) else number.strip()
    if not _NUMBER.fullmatch(text):
        raise NotAText(f"not a number: {text[:40]}")
    value = Decimal(text)
    whole, _, part = f"{abs(value):f}".partition(".")
    if len(whole) > _DIGITS_MAX or len(part) > _DIGITS_MAX:
        raise NotAText(f"a number has more than {_DIGITS_MAX} digits")
    return value or abs(value)


def middle_of(low: Decimal, high: Decimal) -> tuple[Decimal, Decimal]:
    """The range as (value, tolerance), exactly."""
    with localcontext(prec=100):
        return (low + high) / 2, (high - low) / 2


def beginning(text: str) -> str:
    """The first words of `text`, to know a question by."""
    shown = "".join(char if char.isprintable() else " " for char in text[: 2 * _TITLE_CHARACTERS_MAX])
    line = " ".join(shown.split())
    return line if len(line) <= _TITLE_CHARACTERS_MAX else f"{line[: _TITLE_CHARACTERS_MAX - 1]}…"


def _is_no_character(char: str) -> bool:
    code = ord(char)
    return (
        (code < 32 and char not in "\n\t")
        or 0x7F <= code < 0xA0
        or 0xD800 <= code < 0xE000
        or 0xFDD0 <= code < 0xFDF0
        or code & 0xFFFE == 0xFFFE
    )
