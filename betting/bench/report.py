"""What was measured: every page in a table of text, and the worst of each list in a table of Markdown."""

import re
from collections.abc import Iterable, Iterator
from statistics import median

from betting.bench.measuring import MILLISECONDS_MAX, Measured

HEAD = f"{'statements':>10} {'cold ms':>8} {'warm ms':>8}  page: slowest statement (of it)"


def line(each: Measured) -> str:
    """What a page took; above MILLISECONDS_MAX it is marked, with "~" where it is so from a cold disk only."""
    mark = "!" if each.is_slow or each.is_broken else "~" if each.is_slow_cold else " "
    took, statement = max(each.cold.slowest, each.warm.slowest)
    status = f" (status {each.cold.status})" if each.is_broken else ""
    return (
        f"{len(each.warm.statements):>10} {each.cold.milliseconds:>8.1f} {each.warm.milliseconds:>8.1f} {mark}"
        f"{each.page.of}, {each.page.way}{status}: {shortened(statement)} ({took:.1f})"
    )


def worst(measured: Iterable[Measured]) -> Iterator[str]:
    """Markdown: of each list and kind of object how many pages were opened, and the slowest of them."""
    groups: dict[str, list[Measured]] = {}
    for each in measured:
        groups.setdefault(each.page.of, []).append(each)
    above = f"above {MILLISECONDS_MAX} ms"
    yield (
        f"| | pages | statements, at most | warm ms, median | warm ms, at most | {above} | cold ms, median "
        f"| cold ms, at most | {above} | slowest, warm |"
    )
    yield f"|---|{'---:|' * 8}---|"
    for of, those in groups.items():
        slowest = max(those, key=lambda each: each.warm.milliseconds)
        statements = max(len(each.warm.statements) for each in those)
        warm = _spread([each.warm.milliseconds for each in those])
        cold = _spread([each.cold.milliseconds for each in those])
        yield f"| {of} | {len(those):,} | {statements} | {warm} | {cold} | {slowest.page.way} |"


def verdict(measured: list[Measured]) -> str:
    slow, cold = sum(each.is_slow for each in measured), sum(each.is_slow_cold for each in measured)
    return (
        f"{len(measured):,} pages, {slow:,} above {MILLISECONDS_MAX} ms of database time; "
        f"{cold:,} when nothing of the database was in memory."
    )


def _spread(milliseconds: list[float]) -> str:
    """Cells: the median, the most, and how many are above MILLISECONDS_MAX."""
    above = sum(each > MILLISECONDS_MAX for each in milliseconds)
    return f"{median(milliseconds):.0f} | {max(milliseconds):.0f} | {above}"


def shortened(statement: str) -> str:
    """What a statement is about: its verb, and its tail from the first FROM on."""
    flat = re.sub(r"\s+", " ", statement).strip()
    verb, _, rest = flat.partition(" FROM ")
    return f"{verb[:24]} … FROM {rest[:120]}" if rest else flat[:150]
