"""The prices of an event over time as a picture, a line for each of the likeliest options."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from quantix import charts

#: How many options have a line: more could not be told apart.
LINES_MAX = 6
LINES = 5
ROWS_MAX = 20


@dataclass(frozen=True)
class Cell:
    """The chance of one option; None where the option was not there yet."""

    label: str
    chance: Decimal | None


@dataclass(frozen=True)
class Moment:
    """The chances from a moment on, in the order of the lines."""

    at: datetime
    cells: list[Cell]


@dataclass(frozen=True)
class Line:
    """An option's line; `number` says how it is drawn, `chance` where it stands now."""

    number: int
    label: str
    path: str
    chance: Decimal


@dataclass(frozen=True)
class PriceChart:
    """SVG coordinates in the box of `quantix.charts`; `rows` tell the same in numbers, the newest first.

    `by_day`: the rows are the last of each day, not every change.
    """

    lines: list[Line]
    rules: list[float]
    began: datetime
    ended: datetime
    rows: list[Moment]
    by_day: bool

    @property
    def words(self) -> str:
        """What the picture shows, for those who do not see it."""
        said = ", ".join(f"{line.label} {line.chance:.0%}" for line in self.lines)
        return f"Chances by the prices of each moment; at the end: {said}"


def draw(
    history: Sequence[tuple[datetime, dict[str, str]]], options: Sequence[Any], until: datetime
) -> PriceChart | None:
    """The chart of a price history (oldest first) `until` a moment; None where nothing has moved."""
    if len(history) < 2:
        return None
    last_at, newest = history[-1]
    shown = sorted(options, key=lambda option: -Decimal(newest.get(option.id, "0")))[:LINES_MAX]
    moments = [
        Moment(at, [Cell(option.label, _chance(prices, option.id)) for option in shown])
        for at, prices in history
    ]
    scale = charts.Scale(history[0][0], max(until, last_at), 1.0)
    by_day = charts.closings(moments)
    return PriceChart(
        lines=[_line(number, option, moments, scale) for number, option in enumerate(shown)],
        rules=charts.rules(LINES),
        began=scale.began,
        ended=scale.ended,
        rows=(by_day if len(by_day) > 2 else moments[::-1])[:ROWS_MAX],
        by_day=len(by_day) > 2,
    )


def _line(number: int, option: Any, moments: Sequence[Moment], scale: charts.Scale) -> Line:
    known = [(moment.at, chance) for moment in moments if (chance := moment.cells[number].chance) is not None]
    path = scale.steps([(at, float(chance)) for at, chance in known]) if known else ""
    return Line(number + 1, option.label, path, known[-1][1] if known else Decimal(0))


def _chance(prices: dict[str, str], option: str) -> Decimal | None:
    return Decimal(prices[option]) if option in prices else None
