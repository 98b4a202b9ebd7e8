"""Feedback that a file gives for each answer, merged into the one explanation that the bank has."""

import re
from collections.abc import Iterable

from games.formats.texts import CHARACTERS_MAX

#: What tells nothing that the verdict does not.
_TRIVIAL = {
    "correct", "right", "yes", "true", "wrong", "incorrect", "no", "false", "good", "great", "well done", "try again",
    "sorry", "not quite", "ok", "exactly", "very good", "thats right", "thats correct", "that is correct",
    "that is right", "that is wrong", "thats wrong", "not correct",
}  # fmt: skip


def merged(explanation: str, by_answer: Iterable[tuple[str, str]]) -> tuple[str, tuple[str, ...]]:
    """The explanation with each answer's feedback below it, and notes on what was left out.

    `by_answer`: (the answer's text, or "" where it goes without saying; its feedback).
    """
    lines = dict.fromkeys(
        f"{answer}: {words}" if answer else words
        for answer, words in ((" ".join(answer.split()), _one_line(said)) for answer, said in by_answer)
        if words
    )
    whole = "\n\n".join(filter(None, [explanation.strip(), "\n".join(lines)]))
    if len(whole) > CHARACTERS_MAX["explanation"]:
        return explanation, ("the feedback of single answers is left out: too long",)
    return whole, ()


def _one_line(said: str) -> str:
    is_trivial = re.sub(r"[^\w\s]", "", said).strip().casefold() in _TRIVIAL
    return "" if is_trivial or "```" in said else " ".join(said.split())
