"""How standing is put: measures, and what has to be there to be ranked by them."""

from dataclasses import dataclass
from decimal import Decimal

from betting.standing.measures import COVERAGE_MIN, FORECASTS_MIN, STAKED_MIN, STAKED_MIN_IN_GAME
from betting.standing.models import Measure
from quantix.templatetags.ui import percent, whole_money


@dataclass(frozen=True)
class Tab:
    """A measure as a tab of the boards: what it is, and who is ranked by it."""

    measure: str
    title: str
    icon: str
    words: str


def tabs(*, in_game: bool) -> list[Tab]:
    """The measures in order, for the board of a game or of all."""
    staked = whole_money(int(STAKED_MIN_IN_GAME if in_game else STAKED_MIN))
    least = "" if in_game else f", of {FORECASTS_MIN} events and {percent(COVERAGE_MIN)} of all at least"
    return [
        Tab(Measure.PROFIT, "Profit", "wallet", "What settled bets have won, less what was staked on them."),
        Tab(Measure.RETURN, "Return", "chart", f"Profit as a share of the stakes, from {staked} staked on."),
        Tab(
            Measure.SKILL,
            "Skill",
            "shield",
            "The rating less twice its uncertainty: what one is surely worth.",
        ),
        Tab(
            Measure.PREDICTION,
            "Forecasts",
            "prediction",
            f"The mean Brier score{least}. 0 is perfect, 2 is all wrong.",
        ),
    ]


def scope_title(scope: str) -> str:
    """The kind of game that a rating is of, in words."""
    return {"quiz": "Quizzes", "word": "Word puzzles"}.get(scope, scope.replace("-", " ").capitalize())


def plus_minus(deviation: float | Decimal) -> int:
    """Within what of the rating the truth is, 19 of 20 times."""
    return round(2 * float(deviation))
