"""The charts of the front page: thirty days of figures, drawn, told against the thirty before, and put in a table.

Rooms say what a chart is of (`Chart`), in what they add to `charts`; each figure knows the list of the rows that
make it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings

from quantix import bars, figures
from quantix.bars import Column, Picture
from quantix.figures import Sheet, Span
from quantix.templatetags.ui import MINUS, money_filter, signed_percent, whole_money

#: Days that a chart shows, and days that are read: as many before, to compare with.
SHOWN = 30
READ = 2 * SHOWN
#: So much more, and more, is told as times what it was, not in percent.
TIMES_FROM = 10


@dataclass(frozen=True)
class Unit:
    """How a value is written, and written at an axis, whose steps are not smaller than `least`."""

    write: Callable[[Decimal], str]
    tick: Callable[[Decimal], str]
    least: Decimal


def _count(value: Decimal) -> str:
    return f"{value:,.0f}"


def _share(value: Decimal) -> str:
    return f"{value * 100:.1f}%".replace("-", MINUS)


def _tick(value: Decimal) -> str:
    words = whole_money(abs(value), settings.CURRENCY)  # type: ignore[arg-type]
    return f"{MINUS}{words}" if value < 0 else words


MONEY = Unit(lambda value: money_filter(value, settings.CURRENCY), _tick, Decimal(1))
NUMBER = Unit(_count, _count, Decimal(1))
SHARE = Unit(_share, lambda value: f"{value * 100:.0f}%".replace("-", MINUS), Decimal("0.01"))


@dataclass(frozen=True)
class Measure:
    """One thing that is told of a span of days (None where there is nothing to tell), and the list of its rows.

    `tone` is its colour in a chart, by the name of the style sheet.
    """

    label: str
    value: Callable[[Span], Decimal | None]
    url: Callable[[Span], str]
    tone: str = "link"


@dataclass(frozen=True)
class Chart:
    """What a chart draws, day by day, and what it tells as a whole.

    `drawn` are stacked in this order. `whole` is the headline, and a column of the table, where it is not the first of
    them; `when` says of what time it is. With `days`, each point is of so many days up to its own. `is_mean`: the whole
    is told as what there was a day.
    """

    title: str
    about: str
    unit: Unit
    drawn: Sequence[Measure]
    whole: Measure | None = None
    when: str = f"in {SHOWN} days"
    days: int = 1
    is_line: bool = False
    is_mean: bool = False

    @property
    def told(self) -> Measure:
        return self.whole or self.drawn[0]

    @property
    def columns(self) -> Sequence[Measure]:
        return [*self.drawn, self.whole] if self.whole else self.drawn


@dataclass(frozen=True)
class Cell:
    """A figure in words, and the list of its rows; no address where there are none."""

    words: str
    url: str = ""


@dataclass(frozen=True)
class Day:
    """A day in the table and in the picture; `words` say all of it."""

    day: date
    cells: Sequence[Cell]
    column: Column
    words: str

    @property
    def url(self) -> str:
        return next((cell.url for cell in reversed(self.cells) if cell.url), "")


@dataclass(frozen=True)
class Drawn:
    """A chart, ready for the page."""

    chart: Chart
    whole: Cell
    before: Cell | None
    change: str
    today: Cell | None
    picture: Picture
    days: Sequence[Day]

    @property
    def ticks(self) -> list[str]:
        return [self.chart.unit.tick(tick) for tick in self.picture.ticks]


#: Each gives the charts that the user may see.
charts: list[Callable[[Any], Sequence[Chart]]] = []


def draw_all(user: Any) -> tuple[list[Drawn], int]:
    """Every chart that the user may see, and how many earlier days are not added up yet. One statement, or none."""
    wanted = [chart for find in charts for chart in find(user)]
    if not wanted:
        return [], 0
    sheet = figures.read(READ)
    return [draw(chart, sheet) for chart in wanted], sheet.due


def draw(chart: Chart, sheet: Sheet) -> Drawn:
    """The chart of the last SHOWN days of the sheet, which has READ."""
    spans = [sheet.between(end - chart.days, end) for end in range(READ - SHOWN + 1, READ + 1)]
    now, before = sheet.between(-SHOWN), sheet.between(-READ, -SHOWN)
    values = [[measure.value(span) for measure in chart.drawn] for span in spans]
    if chart.is_line:
        picture = bars.line([first for first, *_ in values], chart.unit.least)
    else:
        picture = bars.bars(values, [measure.tone for measure in chart.drawn], chart.unit.least)
    whole, today = _whole(chart, now), _cell(chart.unit, chart.told, spans[-1])
    days = [_day(chart, span, column) for span, column in zip(spans, picture.columns, strict=True)]
    return Drawn(
        chart=chart,
        whole=whole,
        before=_whole(chart, before) if before.is_whole else None,
        change=_change(chart, now, before) if before.is_whole else "",
        today=None if today.words == whole.words else today,
        picture=picture,
        days=days,
    )


def _day(chart: Chart, span: Span, column: Column) -> Day:
    cells = [_cell(chart.unit, measure, span) for measure in chart.columns]
    told = ", ".join(
        f"{measure.label} {cell.words}" for measure, cell in zip(chart.columns, cells, strict=True)
    )
    return Day(span.last, cells, column, f"{span.last:%-d %b}: {told}")


def _cell(unit: Unit, measure: Measure, span: Span) -> Cell:
    value = measure.value(span)
    if value is None:
        return Cell("–")
    return Cell(unit.write(value), measure.url(span) if value else "")


def _whole(chart: Chart, span: Span) -> Cell:
    cell = _cell(chart.unit, chart.told, span)
    value = chart.told.value(span)
    return Cell(f"{value / SHOWN:,.1f}", cell.url) if chart.is_mean and value is not None else cell


def _change(chart: Chart, now: Span, before: Span) -> str:
    """How the whole stands to what it was, in words that go before that; empty where there is nothing to measure by."""
    value, was = chart.told.value(now), chart.told.value(before)
    if value is None or was is None:
        return ""
    if chart.unit is SHARE:
        return f"{(value - was) * 100:+.1f} points on".replace("-", MINUS)
    if was <= 0:
        return ""
    times = value / was
    return f"{times:,.0f} times" if times >= TIMES_FROM else f"{signed_percent(times - 1)} on"
