"""Odds on one's own skill: what a chance of success is worth, less the house's part."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from games.engines.base import Choice

ODDS_MIN, ODDS_MAX = Decimal("1.05"), Decimal("10.00")


def odds_for(chance: float, margin: float) -> Decimal | None:
    """Odds on one's own skill: (1 - margin) / chance, at most ODDS_MAX, two decimals, rounded down.

    None where even ODDS_MIN would pay more than is fair: a success so sure is not bet on, or it would
    print money.
    """
    fair = Decimal(int((1 - margin) / max(chance, 1e-6) * 100)) / 100
    return min(fair, ODDS_MAX) if fair >= ODDS_MIN else None


def skill_choices(chances: Mapping[str, float], labels: Mapping[str, str], margin: float) -> list[Choice]:
    """The choices of `labels` that can be priced by `chances`."""
    priced = {name: odds_for(chances[name], margin) for name in labels if name in chances}
    return [Choice(name, labels[name], odds) for name, odds in priced.items() if odds is not None]


def chance_of_at_least(needed: int, chances: Sequence[float]) -> float:
    """The chance that at least `needed` of independent trials succeed: Poisson binomial, one trial at a time."""
    exactly = [1.0]
    for chance in chances:
        exactly = [
            (exactly[k] if k < len(exactly) else 0.0) * (1 - chance) + (exactly[k - 1] * chance if k else 0.0)
            for k in range(len(exactly) + 1)
        ]
    return min(1.0, sum(exactly[needed:]))
