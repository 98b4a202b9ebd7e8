"""The style sheet's colours, held to WCAG 2.2 AA in both themes by calculation."""

import math
import re
from pathlib import Path

import pytest

SHEET = Path(__file__).resolve().parents[2] / "static" / "css" / "quantix.css"
OKLCH = re.compile(r"oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)")
TOKEN = re.compile(
    r"^\s+--([\w-]+): (?:light-dark\()?(oklch\([^)]+\))(?:, (oklch\([^)]+\))\))?;", re.MULTILINE
)

TEXT = 4.5
SHAPE = 3.0  # what one must see to use it: borders of controls, icons, bars, focus rings

PAIRS = [
    *[(ink, ground, TEXT) for ink in ("ink", "muted", "link") for ground in ("paper", "card", "sunk", "bar")],
    *[(tone, ground, TEXT) for tone in ("gain", "loss", "warn") for ground in ("paper", "card", "bar")],
    *[(tone, f"{tone}-bg", TEXT) for tone in ("gain", "loss", "warn", "note")],
    *[("ink", f"{tone}-bg", TEXT) for tone in ("gain", "loss", "warn", "note", "still")],
    *[
        (ink, ground, TEXT)
        for ink in ("on-board", "on-board-2", "token-hi")
        for ground in ("board", "board-2")
    ],
    ("muted", "still-bg", TEXT),
    ("on-token", "token", TEXT),
    ("on-token", "token-hi", TEXT),
    *[("card", kind, TEXT) for kind in ("quiz", "puzzle", "prediction")],
    *[("edge", ground, SHAPE) for ground in ("paper", "card")],
    *[("focus", ground, SHAPE) for ground in ("paper", "card")],
]


def _luminance(colour: str) -> float:
    """Relative luminance of an OKLCH colour, clipped to sRGB. Matrices: Ottosson, 2020, Oklab."""
    match = OKLCH.fullmatch(colour)
    assert match
    light, chroma, hue = (float(part) for part in match.groups())
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    red, green, blue = (min(1.0, max(0.0, part)) for part in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _tokens(theme: str) -> dict[str, str]:
    found = TOKEN.findall(SHEET.read_text())
    return {name: (dark or light) if theme == "dark" else light for name, light, dark in found}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_a_pair_of_colours_can_be_told_apart(theme: str, ink: str, ground: str, least: float) -> None:
    tokens = _tokens(theme)
    assert _contrast(tokens[ink], tokens[ground]) >= least


def test_the_sheet_brings_no_colour_but_by_token_or_oklch() -> None:
    assert not re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(", SHEET.read_text())
