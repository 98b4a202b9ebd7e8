"""What there is to achieve: small pure rules over what a session was, and what had come before it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

#: What float arithmetic may leave off a full score.
_LAST_BIT = 1e-9


@dataclass(frozen=True)
class WonBet:
    """A bet that was won, at these odds."""

    id: int
    odds: float


@dataclass(frozen=True)
class Deed:
    """A session that ended, and its player's history up to and with it.

    `own_win` and `event_win` are its won bets at the longest odds, on oneself and on an event. `results` are the
    newest first. `days` are those of the last ten, this one included, on which the player finished something.
    `forecasts` are sessions in events, `brier` is their mean score.
    """

    session: int
    user: int
    type: str
    result: str | None
    score: float
    own_win: WonBet | None
    event_win: WonBet | None
    results: tuple[str, ...]
    played: int
    won_types: frozenset[str]
    forecasts: int
    brier: float
    days: int

    @property
    def is_win(self) -> bool:
        return self.result == "win"


#: Whether a deed earns it; where one bet does, that bet.
Rule = Callable[[Deed], bool | WonBet | None]


@dataclass(frozen=True)
class Achievement:
    """One thing to achieve, once. Without a rule it is earned when a season is archived."""

    code: str
    title: str
    words: str
    icon: str
    rule: Rule | None = None


def _longer(bet: WonBet | None, odds: float) -> WonBet | None:
    return bet if bet and bet.odds >= odds else None


EVERY = (
    Achievement("first-win", "First win", "Win a game, whichever.", "check", lambda deed: deed.is_win),
    Achievement(
        "perfect-quiz",
        "Perfect quiz",
        "Answer every question of a quiz rightly.",
        "quiz",
        lambda deed: deed.type == "quiz" and deed.is_win and deed.score >= 1 - _LAST_BIT,
    ),
    Achievement(
        "sharp-mind",
        "Sharp mind",
        "Solve a puzzle with a score of 80% or better.",
        "puzzle",
        lambda deed: deed.type == "puzzle" and deed.is_win and deed.score >= 0.8 - _LAST_BIT,
    ),
    Achievement(
        "giant-killer",
        "Giant-killer",
        "Win a bet on yourself that paid three times its stake or more.",
        "shield",
        lambda deed: _longer(deed.own_win, 3.0),
    ),
    Achievement(
        "called-it",
        "Called it",
        "Win a bet on an event at odds of 4.00 or longer.",
        "eye",
        lambda deed: _longer(deed.event_win, 4.0),
    ),
    Achievement(
        "five-in-a-row",
        "Five in a row",
        "Win five games, one after the other.",
        "arrow-up",
        lambda deed: deed.results[:5] == ("win",) * 5,
    ),
    Achievement(
        "comeback",
        "Comeback",
        "Win after five losses in a row.",
        "refresh",
        lambda deed: deed.results[:6] == ("win", *("loss",) * 5),
    ),
    Achievement(
        "all-rounder",
        "All-rounder",
        "Win a quiz, a puzzle and a prediction.",
        "scale",
        lambda deed: deed.won_types >= {"quiz", "puzzle", "prediction"},
    ),
    Achievement(
        "ten-days",
        "Ten-day streak",
        "Finish something on ten days in a row.",
        "flame",
        lambda deed: deed.days >= 10,
    ),
    Achievement("regular", "Regular", "Finish a hundred games.", "calendar", lambda deed: deed.played >= 100),
    Achievement(
        "forecaster",
        "Calibrated forecaster",
        "Join ten events with a mean Brier score of 0.50 or better.",
        "prediction",
        lambda deed: deed.forecasts >= 10 and deed.brier <= 0.5,
    ),
    Achievement("podium", "Podium", "End a season among the first three of a board.", "trophy"),
)
BY_CODE = {achievement.code: achievement for achievement in EVERY}


def earned(deed: Deed) -> Iterator[tuple[str, int | None]]:
    """The codes that `deed` earns, each with the id of the bet that did it, if one did."""
    for achievement in EVERY:
        proof: Any = achievement.rule(deed) if achievement.rule else None
        if proof:
            yield achievement.code, proof.id if isinstance(proof, WonBet) else None
