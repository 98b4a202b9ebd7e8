"""GIFT, written: what `gift.parse` reads back as the same questions, and Moodle reads too."""

import re
from collections.abc import Iterator

from games.formats.base import ParsedQuestion, accepted, numbers

_ESCAPE = str.maketrans({char: f"\\{char}" for char in "~=#{}:\\"} | {"\n": "\\n"})
#: What the beginning of a text must not be taken for.
_MARK = re.compile(r"\s*(\[(html|plain|markdown|moodle)\]|%-?\d)")


def written(question: ParsedQuestion) -> str:
    """One question, with an empty line after it."""
    explanation = [f"####{_guarded(question.explanation)}"] if question.explanation else []
    lines = "".join(f"\n\t{line}" for line in [*_answers(question), *explanation])
    title, text = question.title.translate(_ESCAPE), question.text.translate(_ESCAPE)
    return f"{_metadata(question)}::{title}::[markdown]{text}{{{lines}\n}}\n\n"


def _metadata(question: ParsedQuestion) -> str:
    pairs = [
        *(("tag", tag) for tag in question.tags),
        ("difficulty", question.difficulty or ""),
        ("licence", question.licence),
        ("source", question.source),
        ("retired", "yes" if question.is_retired else ""),
    ]
    marks = [f"[{key}:{_bracketed(str(value))}]" for key, value in pairs if value]
    return f"// {' '.join(marks)}\n" if marks else ""


def _bracketed(value: str) -> str:
    return value.replace("\\", r"\\").replace("]", r"\]")


def _answers(question: ParsedQuestion) -> Iterator[str]:
    match question.kind:
        case "multiple":
            share = f"{100 / sum(option.right for option in question.options):.7g}"
            for option in question.options:
                yield f"~%{share if option.right else '-100'}%{_guarded(option.text)}"
        case "single":
            for option in question.options:
                yield f"{'=' if option.right else '~'}{_guarded(option.text)}"
        case "true_false":
            yield str(question.right).upper()
        case "numeric":
            value, tolerance = numbers(question)
            yield f"#{value:f}:{tolerance:f}"
        case _:
            for text in accepted(question):
                # A short answer is plain text to Moodle, but for its wildcard, and `->` is for matching.
                yield "=" + _guarded(text.replace("*", r"\*"), "plain").replace("->", r"-\>")


def _guarded(text: str, mark: str = "markdown") -> str:
    """Escaped, and kept from being read as a format mark or a weight."""
    return (f"[{mark}]" if _MARK.match(text) else "") + text.translate(_ESCAPE)
