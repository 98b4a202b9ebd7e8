"""Matches in their order, and what could be believed of each before it was played: nothing here looks ahead."""

import json
import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

OPTIONS = ("home", "draw", "away")
Belief = Mapping[str, float]


@dataclass(frozen=True)
class Match:
    """A match that was played; `at` is its kick-off, which the data know to the day only: they follow each other."""

    at: datetime
    home: str
    away: str
    result: str

    @property
    def name(self) -> str:
        return f"{self.home} – {self.away}, {self.at:%d %b %Y}"


def read(path: Path) -> list[Match]:
    """The matches of a file of openfootball's that have a score, oldest first."""
    played = [row for row in json.loads(path.read_text(encoding="utf-8")) if row["home_score"] is not None]
    rows = sorted(played, key=lambda row: row["date"])
    begun: dict[str, int] = {}
    matches = []
    for row in rows:
        place = begun[row["date"]] = begun.get(row["date"], 0) + 1
        day = datetime.fromisoformat(row["date"]).replace(hour=12, tzinfo=UTC)
        difference = row["home_score"] - row["away_score"]
        result = "draw" if difference == 0 else "home" if difference > 0 else "away"
        matches.append(Match(day + timedelta(seconds=place), row["home_team"], row["away_team"], result))
    return matches


@dataclass(frozen=True)
class Known:
    """What was known before a match: the share of each result so far, and what the ratings of the two sides say."""

    match: Match
    base: Belief
    rated: Belief


@dataclass
class Elo:
    """Elo ratings, moved match by match (A. Elo, The Rating of Chessplayers, 1978), with a draw between win and loss.

    An expected score e splits into e - d/2, d, 1 - e - d/2 with d = 4 e (1 - e) * DRAW: draws are likeliest
    between equals.
    """

    ratings: dict[str, float] = field(default_factory=dict)

    START, K, HOME, DRAW = 1500.0, 20.0, 65.0, 0.27

    def expected(self, match: Match) -> float:
        home, away = (self.ratings.get(team, self.START) for team in (match.home, match.away))
        return 1 / (1 + 10 ** ((away - home - self.HOME) / 400))

    def belief(self, match: Match) -> Belief:
        e = self.expected(match)
        draw = 4 * e * (1 - e) * self.DRAW
        return {"home": e - draw / 2, "draw": draw, "away": 1 - e - draw / 2}

    def learn(self, match: Match) -> None:
        scored = {"home": 1.0, "draw": 0.5, "away": 0.0}[match.result]
        moved = self.K * (scored - self.expected(match))
        for team, change in ((match.home, moved), (match.away, -moved)):
            self.ratings[team] = self.ratings.get(team, self.START) + change


def before_each(matches: Iterable[Match]) -> Iterator[Known]:
    """What was known before each match, from those before it alone."""
    elo, seen = Elo(), dict.fromkeys(OPTIONS, 1)
    for match in matches:
        total = sum(seen.values())
        yield Known(match, {option: count / total for option, count in seen.items()}, elo.belief(match))
        elo.learn(match)
        seen[match.result] += 1


@dataclass(frozen=True)
class Bot:
    """Who bets. `noise` blurs the ratings (standard deviation in log-odds); None: bets on anything."""

    name: str
    quality: str
    noise: float | None = 0.0
    follows: str = "rated"

    def belief(self, known: Known, chance: random.Random) -> Belief:
        seen: Belief = getattr(known, self.follows)
        if not self.noise:
            return seen
        blurred = {option: p * math.exp(chance.gauss(0, self.noise)) for option, p in seen.items()}
        total = sum(blurred.values())
        return {option: p / total for option, p in blurred.items()}


def cast(copies: int = 2) -> Sequence[Bot]:
    """`copies` of each kind of bot."""
    kinds = [
        ("knows the ratings", 0.0, "rated"),
        ("knows them roughly", 0.3, "rated"),
        ("knows them badly", 0.8, "rated"),
        ("knows the base rate", 0.0, "base"),
        ("guesses", None, "base"),
    ]
    return [
        Bot(f"{quality} {n}", quality, noise, follows)
        for quality, noise, follows in kinds
        for n in range(copies)
    ]
