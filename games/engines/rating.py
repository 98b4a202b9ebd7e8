"""Glicko-2 ratings: of players, and of the questions and levels that they play against.

The formulas are Mark E. Glickman's, "Example of the Glicko-2 system" (2012, http://www.glicko.net/glicko/glicko2.pdf),
as the library glicko2-py has them. Ratings and deviations are on his familiar scale (1500; 173.7178 points are one
unit of log-odds). A session is a rating period of its own for its player, an answer one for its question;
days without play are periods in which one did not compete (docs/decisions/0008-ratings.md).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from glicko2.math import g, mu_to_rating, phi_to_rd, rating_to_mu, rd_to_phi, update_rating, win_probability

#: Glickman's system constant: how fast volatility may change.
TAU = 0.5
#: Beyond these a rating would say more than results can; they keep the formulas far from overflow, too.
RATING_MIN, RATING_MAX = 0.0, 3000.0
VOLATILITY_MIN, VOLATILITY_MAX = 0.03, 0.1
#: No success is held for impossible, none for certain.
CHANCE_MIN, CHANCE_MAX = 0.05, 0.98


@dataclass(frozen=True, slots=True)
class Rating:
    """How good a player is, or how hard a question; about two of three times the truth is within `deviation`."""

    value: float
    deviation: float
    volatility: float = 0.06


#: A player of whom nothing is known. Students of one institute differ less than the chess players of Glickman's 350.
UNKNOWN = Rating(1500.0, 250.0)
#: How far the guessed difficulty of a new question or level may be off.
OPPONENT_DEVIATION = 150.0
#: A player whose deviation is above this is new (again), and stakes are capped: some ten answers bring it below.
NEW_DEVIATION = 110.0


def chance(player: Rating, opponent: Rating) -> float:
    """The chance, in [CHANCE_MIN, CHANCE_MAX], that `player` gets the better of `opponent`.

    Glicko's expected score with both deviations in g: 1 / (1 + exp(-g(sqrt(phi1^2 + phi2^2)) (mu1 - mu2))).
    """
    expected = win_probability(*_place(player), *_place(opponent))
    return min(max(expected, CHANCE_MIN), CHANCE_MAX)


def opponent_for(prior: float) -> Rating:
    """The starting rating of an opponent against whom an unknown player's chance is `prior`: `chance` turned round."""
    likely = min(max(prior, CHANCE_MIN), CHANCE_MAX)
    spread = g(math.hypot(rd_to_phi(UNKNOWN.deviation), rd_to_phi(OPPONENT_DEVIATION)))
    mu = rating_to_mu(UNKNOWN.value) - math.log(likely / (1 - likely)) / spread
    return Rating(mu_to_rating(mu), OPPONENT_DEVIATION)


def rested(player: Rating, days: float) -> Rating:
    """`player` after `days` without play: Glickman's step 6 for each, also for parts of a day; never above UNKNOWN's.

    phi' = sqrt(phi^2 + days * sigma^2). From 50, the deviation is that of an unknown player after a year and a half.
    """
    phi = math.hypot(rd_to_phi(player.deviation), math.sqrt(max(days, 0.0)) * player.volatility)
    return Rating(player.value, min(phi_to_rd(phi), UNKNOWN.deviation), player.volatility)


def after(rating: Rating, games: Sequence[tuple[Rating, bool]]) -> Rating:
    """`rating` after a period in which it met these opponents, and beat them or not: steps 3 to 8."""
    if not games:
        return rating
    met = [(*_place(opponent), float(won)) for opponent, won in games]
    mu, phi, sigma = update_rating(*_place(rating), rating.volatility, met, TAU)
    return Rating(
        min(max(mu_to_rating(mu), RATING_MIN), RATING_MAX),
        min(phi_to_rd(phi), UNKNOWN.deviation),
        min(max(sigma, VOLATILITY_MIN), VOLATILITY_MAX),
    )


def met_by(opponent: Rating, player: Rating, won: bool) -> Rating:
    """`opponent` after `player` got the better of it (`won`) or not."""
    return after(opponent, [(player, not won)])


def closest(player: Rating, opponents: Sequence[tuple[Rating, bool]]) -> list[tuple[Rating, bool]]:
    """Of the levels that one go has decided, the one that was most open.

    Who is within five is also within six: one go is one game, or it would count for more than it tells.
    """
    return sorted(opponents, key=lambda one: abs(chance(player, one[0]) - 0.5))[:1]


def _place(rating: Rating) -> tuple[float, float]:
    return rating_to_mu(rating.value), rd_to_phi(rating.deviation)
