"""Values over time as a line of steps, since each stays what it is until the next: what charts of all rooms share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeVar

from django.utils import timezone

#: The box that pictures are drawn in; the page stretches it.
WIDTH, HEIGHT = 1000, 300


class At(Protocol):
    """Something that holds from a moment on."""

    @property
    def at(self) -> datetime: ...


P = TypeVar("P", bound=At)


@dataclass(frozen=True)
class Scale:
    """Where moments and values lie in the picture: time from `began` to `ended`, values from 0 to `top`."""

    began: datetime
    ended: datetime
    top: float

    def steps(self, points: Sequence[tuple[datetime, float]]) -> str:
        """The path of an SVG through `points` (oldest first), held until the end."""
        (first, value), *rest = points
        path = [f"M{self._x(first)} {self._y(value)}"]
        path += [f"H{self._x(at)}V{self._y(value)}" for at, value in rest]
        return "".join(path) + f"H{WIDTH}"

    def _x(self, at: datetime) -> float:
        seconds = max((self.ended - self.began).total_seconds(), 1.0)
        return _short((at - self.began).total_seconds() / seconds * WIDTH)

    def _y(self, value: float) -> float:
        return _short(HEIGHT - value / self.top * HEIGHT)


def rules(count: int) -> list[float]:
    """How far down `count` lines across the picture lie, the top and the ground included."""
    return [_short(HEIGHT * step / (count - 1)) for step in range(count)]


def closings(points: Sequence[P]) -> list[P]:
    """The last of each day, newest first."""
    return list({day(point.at): point for point in points}.values())[::-1]


def day(at: datetime) -> date:
    return timezone.localtime(at).date()


def _short(length: float) -> float:
    """A length to a tenth; without a point where it needs none."""
    rounded = round(length, 1)
    return int(rounded) if rounded == int(rounded) and not rounded else rounded
