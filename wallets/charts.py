"""The balance over time as a picture: steps, since a balance stays what it is until the next posting."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

WIDTH, HEIGHT = 1000, 300
#: Lines across the picture, the ground included.
LINES = 4


@dataclass(frozen=True)
class Point:
    """The balance that a posting left, and when."""

    at: datetime
    balance: Decimal


@dataclass(frozen=True)
class Chart:
    """SVG coordinates in a box of WIDTH by HEIGHT; `ticks` are the values of its lines, from the top."""

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
            f"Balance from {first.balance:.2f} on {_day(first.at):%d %B %Y}"
            f" to {last.balance:.2f} on {_day(last.at):%d %B %Y}"
        )


def draw(points: Sequence[Point], now: datetime) -> Chart | None:
    """The chart of `points` (oldest first) until `now`; None where there are fewer than two."""
    if len(points) < 2:
        return None
    top = _round_top(max(point.balance for point in points))
    began = points[0].at
    seconds = max((now - began).total_seconds(), 1.0)

    def x(at: datetime) -> float:
        return round((at - began).total_seconds() / seconds * WIDTH, 1)

    def y(balance: Decimal) -> float:
        return round(HEIGHT - float(balance) / top * HEIGHT, 1)

    steps = [f"M0 {y(points[0].balance)}"]
    steps += [f"H{x(point.at)}V{y(point.balance)}" for point in points[1:]]
    line = "".join(steps) + f"H{WIDTH}"
    return Chart(
        line=line,
        area=f"{line}V{HEIGHT}H0Z",
        ticks=[top * step // (LINES - 1) for step in range(LINES - 1, -1, -1)],
        lines=[round(HEIGHT * step / (LINES - 1), 1) for step in range(LINES)],
        first=points[0],
        last=Point(now, points[-1].balance),
        days=_closings(points),
    )


def _round_top(highest: Decimal) -> int:
    """The lowest of 3, 6, 9, 12, 15, 30, 60 … that is not below `highest`: three equal whole parts."""
    scale: int = 10 ** max(0, math.floor(math.log10(max(float(highest), 1))) - 1)
    return next(
        step * scale for step in (3, 6, 9, 12, 15, 18, 24, 30, 45, 60, 75, 90, 120) if step * scale >= highest
    )


def _closings(points: Sequence[Point]) -> list[Point]:
    """The last balance of each day, newest first."""
    return list({_day(point.at): point for point in points}.values())[::-1]


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()
