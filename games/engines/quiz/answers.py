"""The kinds of question: how a row of the bank becomes a drawn question, and what counts as a right answer."""

import random
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from games.engines.base import Value
from quantix.errors import FieldError, Invalid

Kind = Literal["single", "multiple", "true_false", "numeric", "short"]
Answer = str | tuple[str, ...]

_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
SHORT_CHARACTERS_MAX = 200
#: What phones and word processors write for a quote or a dash, and what is not seen at all.
_ALIKE = {
    **dict.fromkeys(map(ord, "‘’‚‛ʼ′´`"), "'"),
    **dict.fromkeys(map(ord, "“”„‟″«»"), '"'),
    **dict.fromkeys(map(ord, "‐‑‒–—―−"), "-"),
    **dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\ufe0f")),
}
_OPTION_IDS = "abcdefghijklmnopqrstuvwxyz"
OPTIONS_MAX = len(_OPTION_IDS)


class Option(Value):
    id: str
    text: str


class Drawn(Value):
    """A question as one session shows it. `right` has the form of an answer; options stand as shuffled.

    `chance` is the player's chance of answering rightly, `fresh` whether the player has not seen it.
    """

    id: int
    kind: Kind
    text: str
    options: tuple[Option, ...] = ()
    right: Answer
    accepted: tuple[str, ...] = ()
    tolerance: str = "0"
    explanation: str = ""
    tags: tuple[str, ...] = ()
    difficulty: int = 3
    chance: float = 0.5
    fresh: bool = True


def draw(row: Mapping[str, Any], order: random.Random) -> Drawn:
    """The bank's `row` (the columns of `questions`, with `chance` and `fresh`) as drawn with `order`."""
    kind, right = row["kind"], row["right"]
    common = {
        name: row[name] for name in ("id", "kind", "text", "explanation", "difficulty", "chance", "fresh")
    }
    common["tags"] = tuple(row["tags"])
    match kind:
        case "single" | "multiple":
            positions = list(range(len(row["options"])))
            order.shuffle(positions)
            ids = {position: _OPTION_IDS[place] for place, position in enumerate(positions)}
            options = tuple(Option(id=ids[position], text=row["options"][position]) for position in positions)
            chosen = ids[right] if kind == "single" else tuple(sorted(ids[position] for position in right))
            return Drawn(**common, options=options, right=chosen)
        case "true_false":
            both = (Option(id="true", text="True"), Option(id="false", text="False"))
            return Drawn(**common, options=both, right="true" if right else "false")
        case "numeric":
            return Drawn(**common, right=right["value"], tolerance=right["tolerance"])
        case _:
            return Drawn(**common, right=right[0], accepted=tuple(right))


def read_answer(question: Drawn, raw: object) -> Answer:
    """What a client sent, in the form of the question's kind. Raises Invalid for any other form."""
    ids = {option.id for option in question.options}
    match question.kind:
        case "single" | "true_false":
            if isinstance(raw, str) and raw in ids:
                return raw
            raise _invalid("Choose the id of one option.")
        case "multiple":
            if isinstance(raw, list | tuple) and all(isinstance(one, str) and one in ids for one in raw):
                return tuple(sorted(set(raw)))
            raise _invalid("Send a list of option ids.")
        case "numeric":
            if isinstance(raw, int | float | Decimal) and not isinstance(raw, bool):
                raw = format(Decimal(raw if isinstance(raw, int) else str(raw)), "f")
            if isinstance(raw, str) and _NUMBER.fullmatch(raw):
                return raw
            raise _invalid('Send a number, or a decimal string such as "3.14".')
        case "short":
            if isinstance(raw, str) and _is_text(raw) and len(raw) <= SHORT_CHARACTERS_MAX:
                return raw
            raise _invalid(f"Send a text of 1 to {SHORT_CHARACTERS_MAX} characters.")


def is_right(question: Drawn, answer: Answer) -> bool:
    """Whether `answer`, read already, is right. Short answers compare as `_plain` says."""
    match question.kind:
        case "numeric":
            assert isinstance(answer, str)
            # Fractions: a decimal's arithmetic would round the last digits away.
            return abs(Fraction(answer) - Fraction(str(question.right))) <= Fraction(question.tolerance)
        case "short":
            assert isinstance(answer, str)
            return _plain(answer) in {_plain(accepted) for accepted in question.accepted}
        case _:
            return answer == question.right


def _is_text(raw: str) -> bool:
    """Whether `raw` says something, in characters that a database can keep (no NUL, no half of a pair)."""
    return bool(raw.strip()) and not any(one == "\0" or "\ud800" <= one <= "\udfff" for one in raw)


def _plain(text: str) -> str:
    """What two short answers that say the same have in common.

    Compatible forms are one (NFKC: full-width letters, ligatures, superscripts, composed and decomposed accents), so
    are case, quotes, dashes, runs of blanks and characters that nobody sees. Accents are told apart.
    """
    folded = unicodedata.normalize("NFKC", text).translate(_ALIKE).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def _invalid(message: str) -> Invalid:
    return Invalid(FieldError("answer", "answer-form", message))
