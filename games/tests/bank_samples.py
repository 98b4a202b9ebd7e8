"""Questions of every kind, drawn at random: what the bank may hold, as files tell it."""

from typing import Any

from hypothesis import strategies as st

from games.engines.quiz.answers import Kind
from games.formats import Option, ParsedQuestion
from games.formats.base import NotAQuestion, checked
from games.formats.texts import NotAText, tidy


def _is_text(text: str) -> bool:
    try:
        tidy(text)
    except NotAText:
        return False
    return True


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).filter(_is_text)
gift_like = st.text("~=#{}:\\n%[]/>-5T*<&;` markdown\n", max_size=16)
prose = (
    texts
    | gift_like
    | st.sampled_from(
        [
            "// no",
            "[html]",
            "%50%",
            "a -> b",
            "\\n",
            "$CATEGORY: x",
            "####",
            "<b>&amp;</b>",
            "\\*",
            "a\n\n    b",
        ]
    )
)
filled = prose.filter(lambda text: bool(tidy(text)))
labels = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=12).filter(
    _is_text
)
numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=6)


@st.composite
def questions(draw: st.DrawFn) -> ParsedQuestion:
    """One that the bank may hold: whatever it has to be is seen to by `checked`."""
    kind: Kind = draw(st.sampled_from(["single", "multiple", "true_false", "numeric", "short"]))
    options, right = draw(_answers(kind))
    drawn = ParsedQuestion(
        line=1,
        title="",
        text=draw(filled),
        kind=kind,
        options=options,
        right=right,
        explanation=draw(prose),
        tags=tuple(draw(st.lists(labels, max_size=3))),
        difficulty=draw(st.integers(1, 5)),
        licence=draw(st.just("") | labels),
        source=draw(st.just("") | labels),
        is_retired=draw(st.booleans()),
    )
    try:
        return checked(drawn)
    except (NotAQuestion, NotAText):
        # Two options that are the same once tidied, say: another one.
        return draw(questions())


@st.composite
def _answers(draw: st.DrawFn, kind: Kind) -> tuple[tuple[Option, ...], Any]:
    match kind:
        case "true_false":
            return (), draw(st.booleans())
        case "numeric":
            return (), (draw(numbers), abs(draw(numbers)))
        case "short":
            return (), tuple(draw(st.lists(filled, min_size=1, max_size=3)))
        case _:
            words = draw(st.lists(filled, min_size=2, max_size=5))
            most = 1 if kind == "single" else len(words)
            right = sorted(draw(st.sets(st.integers(0, len(words) - 1), min_size=1, max_size=most)))
            options = tuple(Option(text, place in right) for place, text in enumerate(words))
            return options, right[0] if kind == "single" else tuple(right)
