"""Values by day as pictures: stacked bars, or a line, on an axis of round numbers that has zero in it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from quantix.charts import HEIGHT, WIDTH

#: Spaces between the lines across a picture, at most.
SPACES_MAX = 4
#: How much of its day's width a bar takes.
FILLED = Decimal("0.72")
_ROUND = [Decimal(1), Decimal(2), Decimal(5), Decimal(10)]


@dataclass(frozen=True)
class Block:
    """One value in a day's stack; `tone` is that of what it is a value of."""

    tone: str
    y: float
    height: float


@dataclass(frozen=True)
class Column:
    """A day: its width from `left`, and what stands in it."""

    left: float
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Picture:
    """SVG coordinates in the box of `quantix.charts`. `ticks` are the values of the lines across it, from the top."""

    columns: Sequence[Column]
    ticks: Sequence[Decimal]
    rules: Sequence[float]
    ground: float
    line: str = ""
    #: Of every column, and of the bars in it.
    slot: float = WIDTH
    bar: float = WIDTH
    inset: float = 0


@dataclass(frozen=True)
class Axis:
    """From `low` (zero or less) to `high` (zero or more), both multiples of `step`."""

    low: Decimal
    high: Decimal
    step: Decimal

    def y(self, value: Decimal) -> float:
        return round(float((self.high - value) / (self.high - self.low)) * HEIGHT, 1)

    @property
    def ticks(self) -> list[Decimal]:
        return [
            self.high - self.step * number for number in range(int((self.high - self.low) / self.step) + 1)
        ]


def axis(low: Decimal, high: Decimal, least: Decimal) -> Axis:
    """The axis with the smallest round step, not below `least`, that takes SPACES_MAX to hold both."""
    power = math.floor(math.log10(max(high - low, least)))
    steps = (
        _round * Decimal(10) ** exponent for exponent in range(power - 1, power + 2) for _round in _ROUND
    )
    step = next(step for step in steps if step >= least and _spaces(low, high, step) <= SPACES_MAX)
    top = max(math.ceil(high / step), 0 if low < 0 else 1)
    return Axis(math.floor(low / step) * step, top * step, step)


def _spaces(low: Decimal, high: Decimal, step: Decimal) -> int:
    return math.ceil(high / step) - math.floor(low / step)


def bars(days: Sequence[Sequence[Decimal | None]], tones: Sequence[str], least: Decimal) -> Picture:
    """Each day's values, one of each of the `tones`, on each other: those above zero upwards, others downwards."""
    up = [sum((value for value in day if value and value > 0), Decimal(0)) for day in days]
    down = [sum((value for value in day if value and value < 0), Decimal(0)) for day in days]
    scale = axis(min(down), max(up), least)
    slot = WIDTH / len(days)
    columns = [Column(round(number * slot, 1), _stack(day, tones, scale)) for number, day in enumerate(days)]
    return _picture(scale, columns, slot)


def line(days: Sequence[Decimal | None], least: Decimal) -> Picture:
    """One value a day, as a line that breaks where there is none."""
    known = [value for value in days if value is not None] or [Decimal(0)]
    scale = axis(min([*known, Decimal(0)]), max([*known, Decimal(0)]), least)
    slot = WIDTH / len(days)
    columns = [Column(round(number * slot, 1), ()) for number in range(len(days))]
    return _picture(scale, columns, slot, _path(days, scale, slot))


def _stack(values: Sequence[Decimal | None], tones: Sequence[str], scale: Axis) -> list[Block]:
    blocks, tops = [], {True: Decimal(0), False: Decimal(0)}
    for tone, value in zip(tones, values, strict=True):
        if not value:
            continue
        begun = tops[value > 0]
        tops[value > 0] = begun + value
        upper, lower = scale.y(max(begun, begun + value)), scale.y(min(begun, begun + value))
        blocks.append(Block(tone, upper, round(lower - upper, 1)))
    return blocks


def _path(days: Sequence[Decimal | None], scale: Axis, slot: float) -> str:
    path, pen = [], "M"
    for number, value in enumerate(days):
        if value is None:
            pen = "M"
            continue
        path.append(f"{pen}{round((number + 0.5) * slot, 1)} {scale.y(value)}")
        pen = "L"
    return "".join(path)


def _picture(scale: Axis, columns: Sequence[Column], slot: float, path: str = "") -> Picture:
    bar = round(slot * float(FILLED), 1)
    return Picture(
        columns=columns,
        ticks=scale.ticks,
        rules=[scale.y(tick) for tick in scale.ticks],
        ground=scale.y(Decimal(0)),
        line=path,
        slot=round(slot, 1),
        bar=bar,
        inset=round((slot - bar) / 2, 1),
    )
