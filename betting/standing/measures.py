"""The measures of a board: whom each ranks, by what value, and the figures it shows beside it. As SQL of standings."""

from dataclasses import dataclass
from decimal import Decimal

from betting.standing.models import Measure

#: What has to have been staked for a return to count, so that one lucky bet does not lead: in a season, in one game.
STAKED_MIN, STAKED_MIN_IN_GAME = Decimal("100.00"), Decimal("20.00")
#: Of the events of a season, the share that one has to have joined to be ranked as a forecaster, and how many.
COVERAGE_MIN, FORECASTS_MIN = Decimal("0.20"), 3
#: A rating counts less what it may be too high by: about 39 of 40 players are better than their rating less that.
DEVIATIONS = 2


@dataclass(frozen=True)
class Ruler:
    """How a measure ranks. SQL over a standing `s`, and `events`: how many of them its board's forecasts are of."""

    qualifies: str
    value: str
    detail: str
    descending: bool = True

    @property
    def order(self) -> str:
        return f"{self.value} {'DESC' if self.descending else 'ASC'}"


_MONEY = "'stakes', s.stakes::text, 'winnings', s.winnings::text, 'bets', s.bets"

RULERS = {
    Measure.PROFIT: Ruler("s.bets > 0", "s.winnings - s.stakes", _MONEY),
    Measure.RETURN: Ruler("s.stakes >= %(staked_min)s", "round(s.winnings / s.stakes - 1, 4)", _MONEY),
    Measure.SKILL: Ruler(
        "s.rating IS NOT NULL AND s.played > 0",
        f"round((s.rating - {DEVIATIONS} * s.deviation)::numeric, 1)",
        "'rating', round(s.rating::numeric, 1), 'deviation', round(s.deviation::numeric, 1), 'scope', s.scope,"
        " 'played', s.played",
    ),
    # Brier's score: the less, the better.
    Measure.PREDICTION: Ruler(
        "s.forecasts >= %(forecasts_min)s AND s.forecasts >= %(coverage_min)s * events.held",
        "round(s.brier::numeric, 4)",
        "'events', s.forecasts, 'coverage', round(s.forecasts / events.held::numeric, 4)",
        descending=False,
    ),
}


def least(*, in_game: bool) -> dict[str, Decimal | int]:
    """The values of the least that has to be there, for a board of one game or of a whole season."""
    return {
        "staked_min": STAKED_MIN_IN_GAME if in_game else STAKED_MIN,
        "forecasts_min": 1 if in_game else FORECASTS_MIN,
        "coverage_min": COVERAGE_MIN,
    }
