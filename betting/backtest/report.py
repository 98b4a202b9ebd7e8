"""The backtest in words and tables (Markdown), and its calibration as a picture."""

from collections.abc import Iterator
from decimal import Decimal

from betting.backtest.measures import Forecasts
from betting.backtest.registered import Audit
from betting.backtest.tally import Result, Tally

_SIZE, _EDGE = 420, 40


def tables(result: Result) -> Iterator[str]:
    """The forecasts, the house, the bots, and the calibration of what the markets said."""
    yield f"Matches: {result.matches}. Brier score, from 0 (always right) to 2; lower is better.\n"
    yield "| forecast | events | Brier score |\n|---|---|---|"
    yield _score("base rate", result.base)
    yield _score("ratings alone", result.rated)
    for name, tally in result.tallies.items():
        yield _score(f"{name}: closing prices", tally.closing)
    yield "\n| mechanism | bets | staked | house | of stakes | worst event | bound there | beyond bound |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, tally in result.tallies.items():
        yield _house(name, tally)
    qualities = list(dict.fromkeys(quality for tally in result.tallies.values() for quality in tally.returns))
    yield (
        "\n| return on stakes | "
        + " | ".join(result.tallies)
        + " |\n"
        + "|---" * (1 + len(result.tallies))
        + "|"
    )
    for quality in qualities:
        returns = (tally.returns.get(quality) for tally in result.tallies.values())
        yield (
            f"| {quality} | "
            + " | ".join(f"{found.rate:+.1%}" if found else "no bets" for found in returns)
            + " |"
        )
    yield "\n| said by | " + " | ".join(f"{tenth * 10}–{tenth * 10 + 10}%" for tenth in range(10)) + " |"
    yield "|---" * 11 + "|"
    for name, forecasts in _forecasts(result):
        yield f"| {name} | " + " | ".join(_tenths(forecasts)) + " |"


def audited(audit: Audit) -> Iterator[str]:
    yield f"\nThrough the services: {audit.events} events, {audit.bets} bets, {audit.sales} positions sold."
    for mechanism, house in audit.house.items():
        yield f"- {mechanism}: the house {house:+.2f}"
    yield f"- by the ledger, debits less credits of stakes and winnings: {audit.ggr:+.2f}"
    yield f"- differences from the engines alone, and promises broken: {len(audit.differences) or 'none'}"
    yield from (f"  - {difference}" for difference in audit.differences[:20])


def chart(result: Result) -> str:
    """What the markets said against what came true, as an SVG: on the diagonal, they are calibrated."""
    colours = {"fixed": "#8a5a00", "pool": "#1d5fa8", "lmsr": "#0f7a4d"}
    words = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE + 110} {_SIZE}" role="img" '
            'font-family="sans-serif" font-size="13">'
        ),
        "<title>Calibration: said chance against share that came true</title>",
        f'<rect width="{_SIZE + 110}" height="{_SIZE}" fill="#fff"/>',
        f'<path d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}" stroke="#999" stroke-dasharray="4 4"/>',
        f'<path d="M{_x(0)} {_y(1)}V{_y(0)}H{_x(1)}" fill="none" stroke="#333"/>',
        f'<text x="{_x(0.5)}" y="{_SIZE - 4}" text-anchor="middle">said</text>',
        f'<text x="{_x(0)}" y="{_y(1) - 12}" text-anchor="middle">came true</text>',
        *(f'<text x="{_x(t / 4)}" y="{_y(0) + 18}" text-anchor="middle">{t * 25}%</text>' for t in range(5)),
        *(
            f'<text x="{_x(0) - 6}" y="{_y(t / 4) + 4}" text-anchor="end">{t * 25}%</text>'
            for t in range(1, 5)
        ),
    ]
    for place, (name, tally) in enumerate(result.tallies.items()):
        points = [(_x(said), _y(true)) for said, true, count in tally.closing.calibration() if count >= 20]
        line = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        words.append(f'<path d="M{line}" fill="none" stroke="{colours[name]}" stroke-width="2"/>')
        words += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colours[name]}"/>' for x, y in points]
        words.append(f'<text x="{_SIZE + 8}" y="{60 + 22 * place}" fill="{colours[name]}">{name}</text>')
    return "\n".join([*words, "</svg>"]) + "\n"


def _x(share: float) -> float:
    return round(_EDGE + share * (_SIZE - 2 * _EDGE), 1)


def _y(share: float) -> float:
    return round(_SIZE - _EDGE - share * (_SIZE - 2 * _EDGE), 1)


def _score(name: str, forecasts: Forecasts) -> str:
    return f"| {name} | {forecasts.count} | {forecasts.score:.4f} |"


def _house(name: str, tally: Tally) -> str:
    every = tally.all
    share = tally.house / every.staked if every.staked else Decimal(0)
    return (
        f"| {name} | {every.bets} | {every.staked:.2f} | {tally.house:+.2f} | {share:+.1%} | {tally.worst:+.2f} "
        f"| {-tally.bound:+.2f} | {tally.broken} |"
    )


def _forecasts(result: Result) -> Iterator[tuple[str, Forecasts]]:
    yield "ratings alone", result.rated
    yield from ((name, tally.closing) for name, tally in result.tallies.items())


def _tenths(forecasts: Forecasts) -> Iterator[str]:
    """What came true of each tenth, and of how many."""
    for count, _, true in forecasts.bins:
        yield f"{true / count:.0%} of {count:.0f}" if count else "–"
