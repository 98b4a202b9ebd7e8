"""What was measured: every page in a table of text, and the worst of each list in a table of Markdown."""

import re
from collections.abc import Iterable, Iterator

from betting.bench.measuring import MILLISECONDS_MAX, Measured

HEAD = f"{'statements':>10} {'cold ms':>8} {'warm ms':>8}  page: slowest statement (of it)"


def line(each: Measured) -> str:
    """What a page took; above MILLISECONDS_MAX it is marked."""
    mark = "!" if each.is_slow or each.is_broken else " "
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
    yield "| | pages | statements, at most | cold ms, median | cold ms, at most | warm ms, at most | slowest |"
    yield "|---|---:|---:|---:|---:|---:|---|"
    for of, those in groups.items():
        cold = sorted(each.cold.milliseconds for each in those)
        slowest = max(those, key=lambda each: each.milliseconds)
        statements = max(len(each.warm.statements) for each in those)
        warm = max(each.warm.milliseconds for each in those)
        median, most = cold[len(cold) // 2], cold[-1]
        yield f"| {of} | {len(those):,} | {statements} | {median:.0f} | {most:.0f} | {warm:.0f} | {slowest.page.way} |"


def verdict(measured: list[Measured]) -> str:
    slow = sum(each.is_slow for each in measured)
    return f"{len(measured):,} pages, {slow:,} above {MILLISECONDS_MAX} ms of database time, cold or warm."


def shortened(statement: str) -> str:
    """What a statement is about: its verb, and its tail from the first FROM on."""
    flat = re.sub(r"\s+", " ", statement).strip()
    verb, _, rest = flat.partition(" FROM ")
    return f"{verb[:24]} … FROM {rest[:120]}" if rest else flat[:150]
