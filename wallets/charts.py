"""The balance over time as a picture: steps, since a balance stays what it is until the next posting."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from quantix import charts
from quantix.charts import HEIGHT

#: Lines across the picture, the ground included.
LINES = 4


@dataclass(frozen=True)
class Point:
    """The balance that a posting left, and when."""

    at: datetime
    balance: Decimal


@dataclass(frozen=True)
class Chart:
    """SVG coordinates in the box of `quantix.charts`; `ticks` are the values of its lines, from the top."""

    line: str
    area: str
    ticks: list[int]
    lines: list[float]
    first: Point
    last: Point
    days: list[Point]

    @property
    def words(self) -> str:
        """What the picture shows, for those who do not see it."""
        first, last = self.first, self.last
        return (
            f"Balance from {first.balance:.2f} on {charts.day(first.at):%d %B %Y}"
            f" to {last.balance:.2f} on {charts.day(last.at):%d %B %Y}"
        )


def draw(points: Sequence[Point], now: datetime) -> Chart | None:
    """The chart of `points` (oldest first) until `now`; None where there are fewer than two."""
    if len(points) < 2:
        return None
    top = _round_top(max(point.balance for point in points))
    scale = charts.Scale(points[0].at, now, top)
    line = scale.steps([(point.at, float(point.balance)) for point in points])
    return Chart(
        line=line,
        area=f"{line}V{HEIGHT}H0Z",
        ticks=[top * step // (LINES - 1) for step in range(LINES - 1, -1, -1)],
        lines=charts.rules(LINES),
        first=points[0],
        last=Point(now, points[-1].balance),
        days=charts.closings(points),
    )


def _round_top(highest: Decimal) -> int:
    """The lowest of 3, 6, 9, 12, 15, 30, 60 … that is not below `highest`: three equal whole parts."""
    scale: int = 10 ** max(0, math.floor(math.log10(max(float(highest), 1))) - 1)
    return next(
        step * scale for step in (3, 6, 9, 12, 15, 18, 24, 30, 45, 60, 75, 90, 120) if step * scale >= highest
    )
