"""The charts of a profile as pictures: a rating over time, and stated chances against what came true."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from betting.standing.profiles import Band
from betting.standing.words import plus_minus, scope_title
from games.models import RatingPoint

WIDTH, HEIGHT = 1000, 300
#: The calibration's square.
SIDE = 300
#: Between two lines of a rating's chart, at least.
STEP_MIN = 50
_RADIUS_MIN, _RADIUS_MAX = 5.0, 16.0


@dataclass(frozen=True)
class RatingChart:
    """SVG coordinates in a box of WIDTH by HEIGHT: the line, and the area that most likely holds the truth."""

    title: str
    line: str
    area: str
    ticks: list[int]
    lines: list[float]
    points: list[RatingPoint]

    @property
    def first(self) -> RatingPoint:
        return self.points[0]

    @property
    def last(self) -> RatingPoint:
        return self.points[-1]

    @property
    def margin(self) -> int:
        return plus_minus(self.last.deviation)

    @property
    def rows(self) -> list[RatingPoint]:
        """The newest first, for the table."""
        return self.points[::-1]

    @property
    def words(self) -> str:
        first, last = self.first, self.last
        return f"{self.title}: from {first.rating:.0f} to {last.rating:.0f} in {len(self.points)} sessions"


def rating_chart(scope: str, points: Sequence[RatingPoint]) -> RatingChart:
    """The chart of `points`, one at least, oldest first: a step to the right each."""
    low = min(point.rating - 2 * point.deviation for point in points)
    high = max(point.rating + 2 * point.deviation for point in points)
    step = max(STEP_MIN, math.ceil((high - low) / 3 / STEP_MIN) * STEP_MIN)
    bottom = math.floor(low / step) * step
    top = math.ceil(high / step) * step

    def y(rating: float) -> float:
        return round(HEIGHT - (rating - bottom) / (top - bottom) * HEIGHT, 1)

    def path(ratings: Sequence[float], places: Sequence[float]) -> str:
        return "L".join(f"{x} {y(rating)}" for x, rating in zip(places, ratings, strict=True))

    # One point alone is a level line.
    drawn = list(points) if len(points) > 1 else [points[0], points[0]]
    places = [round(WIDTH * number / (len(drawn) - 1), 1) for number in range(len(drawn))]
    above = path([point.rating + 2 * point.deviation for point in drawn], places)
    below = path([point.rating - 2 * point.deviation for point in reversed(drawn)], places[::-1])
    ticks = list(range(top, bottom - 1, -step))
    return RatingChart(
        title=scope_title(scope),
        line=f"M{path([point.rating for point in drawn], places)}",
        area=f"M{above}L{below}Z",
        ticks=ticks,
        lines=[y(tick) for tick in ticks],
        points=list(points),
    )


@dataclass(frozen=True)
class Dot:
    """A band of chance in a square of SIDE: its middle, and a radius by the number of its bets."""

    x: float
    y: float
    radius: float
    band: Band


def dots(bands: Sequence[Band]) -> list[Dot]:
    """The dots of a calibration; on the rising diagonal, as much came true as was stated."""
    most = max((band.bets for band in bands), default=1)
    return [
        Dot(
            x=round(band.stated * SIDE, 1),
            y=round(SIDE - band.came_true * SIDE, 1),
            radius=round(max(_RADIUS_MIN, _RADIUS_MAX * math.sqrt(band.bets / most)), 1),
            band=band,
        )
        for band in bands
    ]
