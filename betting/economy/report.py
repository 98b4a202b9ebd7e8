"""What came out: tables in Markdown, and a chart of what players have won by then, as SVG."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from betting.economy.simulation import STRATEGIES, Return, Strategy, Tally, of, returns
from games.engines import odds

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 860, 420, 60, 230, 20, 40
#: Okabe and Ito's colours, told apart by all eyes.
_COLOURS = ("#000000", "#d55e00", "#e69f00", "#cc79a7", "#56b4e9", "#0072b2", "#009e73")


def tables(tallies: Sequence[Tally], days: int) -> Iterator[str]:
    """Who goes on, then who stops where it does not pay."""
    yield f"| strategy | players | staked each | won each | return, {days} days | the most by one |"
    yield "|---|---|---|---|---|---|"
    for strategy in (one for one in STRATEGIES if not one.stops):
        yield _row(strategy, of(tallies, strategy))
    yield ""
    yield f"| who stops where it does not pay | players | staked each | {_thirds(days)} | the most by one |"
    yield "|---|---|---|---|---|---|---|"
    for strategy in (one for one in STRATEGIES if one.stops):
        yield _stopped(strategy, of(tallies, strategy), days)
    yield ""
    yield f"Nobody can be ahead by {odds.LEAD_MAX} in a kind of game; there are two here."


def verdict(tallies: Sequence[Tally], margin: float) -> list[str]:
    """What is not as it should be: nothing, if odds hold.

    Honest players' return is within the margin of zero, no cheat that goes on is above zero, each as far as chance
    allows to tell; and nobody is ahead by what two kinds of games allow.
    """
    found = []
    for strategy in (one for one in STRATEGIES if not one.stops):
        got = returns(of(tallies, strategy))
        if strategy.is_cheating and got.rate - got.half > 0:
            found.append(f"{strategy.name}: {_percent(got)}, above zero")
        if not strategy.is_cheating and abs(got.rate) - got.half > margin:
            found.append(f"{strategy.name}: {_percent(got)}, not within {margin:.0%} of zero")
    most = _most(tallies)
    return [*found, f"one player is ahead by {most}"] if most >= 2 * odds.LEAD_MAX else found


def chart(tallies: Sequence[Tally], days: int) -> str:
    """What players of each strategy have won on average by each day (lost, below zero)."""
    lines = {strategy: _cumulated(of(tallies, strategy), days) for strategy in STRATEGIES}
    values = [value for line in lines.values() for value in line]
    low, high = _rounded(min(values), down=True), _rounded(max(values), down=False)

    def x(day: float) -> float:
        return round(_LEFT + day / days * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(value: float) -> float:
        return round(_TOP + (high - value) / (high - low) * (_HEIGHT - _TOP - _BOTTOM), 1)

    words = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
            'font-family="sans-serif" font-size="13">'
        ),
        "<title>What players have won on average by each day, by strategy</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
    ]
    for value in range(low, high + 1, 10):
        words.append(f'<path d="M{x(0)} {y(value)}H{x(days)}" stroke="{"#333" if not value else "#ddd"}"/>')
        words.append(f'<text x="{_LEFT - 8}" y="{y(value) + 4}" text-anchor="end">{value:+d}.00</text>')
    words += [
        f'<text x="{x(day)}" y="{_HEIGHT - 14}" text-anchor="middle">day {day}</text>'
        for day in range(0, days + 1, max(days // 6, 1))
    ]
    heights = _apart([y(line[-1]) for line in lines.values()])
    for (strategy, line), colour, height in zip(lines.items(), _COLOURS, heights, strict=True):
        path = "L".join(f"{x(day)} {y(value)}" for day, value in enumerate(line))
        dashes = ' stroke-dasharray="6 4"' if strategy.stops else ""
        words.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>')
        words.append(f'<text x="{x(days) + 8}" y="{height + 4}" fill="{colour}">{strategy.name}</text>')
    return "\n".join([*words, "</svg>"]) + "\n"


def _row(strategy: Strategy, tallies: Sequence[Tally]) -> str:
    every = returns(tallies)
    return (
        f"| {strategy.name} | {every.players} | {every.staked / every.players:.2f} | {every.net / every.players:+.2f} "
        f"| {_percent(every)} | {_most(tallies):+.2f} |"
    )


def _stopped(strategy: Strategy, tallies: Sequence[Tally], days: int) -> str:
    every, third = returns(tallies), days // 3
    parts = [returns(tallies, begin, begin + third) for begin in (0, third, 2 * third)]
    won = " | ".join(f"{part.net / part.players:+.2f}" for part in parts)
    each = every.staked / every.players
    return f"| {strategy.name} | {every.players} | {each:.2f} | {won} | {_most(tallies):+.2f} |"


def _most(tallies: Sequence[Tally]) -> Decimal:
    """What the player who has won most has won."""
    return max(sum(tally.net, Decimal(0)) for tally in tallies)


def _thirds(days: int) -> str:
    third = days // 3
    return " | ".join(f"won each, days {begin + 1} to {begin + third}" for begin in (0, third, 2 * third))


def _percent(found: Return) -> str:
    return f"{found.rate:+.1%} ± {found.half:.1%}" if found.staked else "nothing staked"


def _cumulated(tallies: Sequence[Tally], days: int) -> list[float]:
    """What each has won on average after 0, 1, ... days."""
    line = [0.0]
    for day in range(days):
        line.append(line[-1] + float(sum((tally.net[day] for tally in tallies), Decimal(0))) / len(tallies))
    return line


def _rounded(value: float, *, down: bool) -> int:
    """A multiple of ten that is not above (not below) the value, and never zero itself."""
    return int(value // 10 * 10) - (0 if value < 0 else 10) if down else int(-(-value // 10) * 10) or 10


def _apart(heights: Sequence[float], gap: float = 17.0) -> list[float]:
    """Where labels go that would stand at `heights`: in their order, and not on each other."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    placed, last = dict.fromkeys(order, 0.0), float("-inf")
    for one in order:
        placed[one] = last = max(heights[one], last + gap)
    return [placed[one] for one in range(len(heights))]
