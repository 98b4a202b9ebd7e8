"""Odds on one's own skill: what a chance of success is worth, less the house's part.

Ratings tell what a player has shown. Who knows more than that (whose friend has told the answers, who has lost on
purpose where nothing was staked) would win for ever at such odds. So the house keeps, for each player and kind of game,
how far the player is ahead of it (the lead), and two rules follow from it: a handicap, as golfers have, by which a lead
shortens odds and a loss lengthens them; and a bound on what can be won. Decision 0024 gives the reasons,
docs/economy.md tries them.
"""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal

from games.engines.base import Choice
from quantix.money import round_down

ODDS_MIN, ODDS_MAX = Decimal("1.05"), Decimal("10.00")
#: The most by which a player can ever be ahead of the house in a kind of game.
LEAD_MAX = Decimal("10.00")
#: The house's part of every prize that was staked for: the lead is counted after it, so that in the long run
#: everybody leaves it to the house.
HOUSE_PART = Decimal("0.05")
#: How much of a lead, or of a loss, is worth one unit of log-odds.
_AHEAD, _BEHIND = Decimal("2.00"), Decimal("10.00")
HANDICAP_MIN = -1.5


def lead(net: Decimal, prizes: Decimal) -> Decimal:
    """How far a player is ahead of the house by settled bets: `net` is what they paid less their stakes, `prizes`
    what they would have paid beyond their stakes had all been won."""
    return net + HOUSE_PART * prizes


def handicap(lead: Decimal) -> float:
    """By how much, in log-odds, a player's chances are taken for better (for worse, below zero)."""
    return max(float(lead / (_AHEAD if lead > 0 else _BEHIND)), HANDICAP_MIN)


def win_max(lead: Decimal, reserved: Decimal = Decimal(0)) -> Decimal:
    """What all bets of a new session together may win beyond their stakes, rounded down to the cent.

    Half of what is left up to LEAD_MAX, and less the closer it is: left * min(left, LEAD_MAX) / (2 LEAD_MAX).
    `reserved` is what the player's running sessions of this kind may still win. As nobody is ever let win all that
    is left, nobody's net winnings reach LEAD_MAX, whatever they know; and as the steps get short, few come near it
    by luck.
    """
    left = max(LEAD_MAX - lead - reserved, Decimal(0))
    return round_down(left * min(left, LEAD_MAX) / (2 * LEAD_MAX))


def handicapped(chance: float, lead: Decimal, margin: float) -> float:
    """`chance` as odds are made of it.

    A handicap alone takes no choice off offer: beyond what ODDS_MIN pays for, only the ratings count.
    """
    if lead == 0:
        return chance
    log_odds = math.log(chance / (1 - chance)) + handicap(lead)
    sure = (1 - margin) / float(ODDS_MIN)
    return min(1 / (1 + math.exp(-log_odds)), max(chance, sure))


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
