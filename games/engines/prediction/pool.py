"""Prediction by a pool (parimutuel): all stakes are shared among those on what comes true, in proportion.

Nobody on the right side, or all on one side: every stake goes back. The house has no part in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Literal

from pydantic import Field

from games.engines.base import Several
from games.engines.prediction.event import (
    Book,
    Deal,
    EventConfig,
    EventState,
    Option,
    Prediction,
    odds_told,
)


class Config(EventConfig):
    mechanism: Literal["pool"] = "pool"
    options: Several[Option] = Field(min_length=2, max_length=20)


State = EventState[Config]


@dataclass(frozen=True)
class Split:
    """How a pool is divided: a bet of n cents on an option is due n * rates[option] / denominator cents, exactly."""

    denominator: int
    rates: Mapping[str, int]


def split(stakes: Mapping[str, int], weights: Mapping[str, Decimal]) -> Split | None:
    """How the pool of `stakes` (option to cents) is divided when it comes out as `weights` say.

    First by weight among the options that have stakes, then in proportion to the stakes on each. What is
    due to all bets adds up to the pool. None where every stake goes back: nobody is on the right side, or
    all are on one.
    """
    held = {option: cents for option, cents in stakes.items() if cents}
    right = {option: Fraction(weights[option]) for option in held if weights.get(option)}
    if len(held) < 2 or not right:
        return None
    pool, weight = sum(held.values()), sum(right.values())
    dues = {option: pool * share / weight / held[option] for option, share in right.items()}
    denominator = lcm(*(due.denominator for due in dues.values()))
    return Split(denominator, {option: int(due * denominator) for option, due in dues.items()})


class Pool(Prediction[Config]):
    kind = "pool"
    config_type = Config
    state_type = State

    def odds(self, state: State) -> dict[str, Decimal | None]:
        """What the pool would pay for a unit on the option as it stands; None where nobody backs it."""
        total = self.total(state)
        stakes = {o.id: state.book(o.id).stakes for o in state.config.options}
        return {option: odds_told(total / backed) if backed else None for option, backed in stakes.items()}

    def chances(self, state: State) -> dict[str, Fraction]:
        """Each option's part of the stakes."""
        total = Fraction(self.total(state))
        if not total:
            return {}
        return {o.id: Fraction(state.book(o.id).stakes) / total for o in state.config.options}

    def deal(self, state: State, option: str, stake: Decimal) -> Deal:
        """What it would pay if betting ended now: the pool with the stake in it, by the stakes on the option."""
        due = Fraction(self.total(state) + stake) / Fraction(state.book(option).stakes + stake)
        payout = Decimal(int(due * Fraction(stake) * 100)) / 100
        return Deal(odds_told(Decimal(due.numerator) / due.denominator), payout, Book(stakes=stake))

    def losses_at_most(self, config: Config) -> dict[str, Decimal]:
        """Nothing: players share what players have staked."""
        return {option.id: Decimal(0) for option in config.options}

    def loss_max(self, state: State) -> Decimal:
        return Decimal(0)
