"""Events of the demo whose prices the players make: pools, and markets with a market maker, traded for weeks."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import User
from betting import books, services
from betting.models import Bet
from games.models import Event, Game
from games.services.events import save_game
from quantix import clock
from wallets.models import Wallet

SELLS = 0.18


@dataclass(frozen=True)
class Crowd:
    """One event. `options` are (id, label, what turns out to be its chance); times are days from now.

    `bets` is how many are placed; `result` (option to weight, or None: called off) only where it was `decided`.
    """

    name: str
    mechanism: str
    category: str
    about: str
    options: tuple[tuple[str, str, float], ...]
    criteria: str
    opens: float
    closes: float
    bets: int
    decided: float | None = None
    result: dict[str, str] | None = None

    def make(self, by: Any, now: datetime) -> Game:
        config: dict[str, Any] = {
            "mechanism": self.mechanism,
            "category": self.category,
            "criteria": self.criteria,
            "options": [{"id": id, "label": label} for id, label, _ in self.options],
            "opens_at": (now + timedelta(days=self.opens)).isoformat(),
            "closes_at": (now + timedelta(days=self.closes)).isoformat(),
            "stakes": {"min": "1.00", "max": "200.00"},
        }
        if self.mechanism == "lmsr":
            config["b"] = "150.00"
        return save_game(
            by=by, game=Game(name=self.name, type="prediction", description=self.about, metadata=config)
        )


CROWDS = (
    Crowd(
        "Placement season: first offer above 30 lakh", "lmsr", "campus",
        "In which week of the season is the first offer above 30 lakh a year announced?",
        (("week-1", "Week one", 0.22), ("week-2", "Week two", 0.46), ("later", "Later, or never", 0.32)),
        "The placement cell's weekly bulletin.",
        -16, 6, 60,
    ),
    Crowd(
        "Will the data science society reach 2,000 members?", "lmsr", "campus",
        "The society's page counts 1,740 today. Does it count 2,000 on the last day of the month?",
        (("yes", "Yes", 0.68), ("no", "No", 0.32)),
        "The number on the society's page at 20:00 on the last day of the month.",
        -11, 9, 45,
    ),
    Crowd(
        "Which library tops the students' vote?", "lmsr", "technology",
        "The forum votes for the Python library of the year.",
        (
            ("polars", "Polars", 0.31), ("pandas", "pandas", 0.24), ("pytorch", "PyTorch", 0.21),
            ("scikit", "scikit-learn", 0.13), ("duckdb", "DuckDB", 0.08), ("other", "Another one", 0.03),
        ),
        "The pinned result of the forum's vote.",
        -8, 15, 70,
    ),
    Crowd(
        "Futsal night: who scores first?", "pool", "sport",
        "Which house scores the first goal of futsal night? All stakes go into one pool.",
        (
            ("nilgiri", "Nilgiri", 0.35), ("kaveri", "Kaveri", 0.3), ("wayanad", "Wayanad", 0.2),
            ("none", "Nobody", 0.15),
        ),
        "The referee's sheet.",
        -5, 2.5, 30,
    ),
    Crowd(
        "Attendance of the Saturday doubt session", "pool", "exams",
        "How many join Saturday's doubt session at its fullest?",
        (("under-200", "Under 200", 0.3), ("200-400", "200 to 400", 0.5), ("over-400", "Over 400", 0.2)),
        "The largest number that the meeting's report shows.",
        -3, 4, 24,
    ),
    Crowd(
        "Cultural night: best act by jury", "lmsr", "campus",
        "Which act does the jury of cultural night rank first?",
        (("dance", "Dance", 0.5), ("band", "Band", 0.3), ("drama", "Drama", 0.2)),
        "The jury's own announcement. Acts ranked first together share.",
        -24, -10, 50, -9.8, {"dance": "1"},
    ),
    Crowd(
        "Hackathon finals: two tracks or one?", "lmsr", "technology",
        "From which track does the winner of the winter hackathon come?",
        (("health", "Health", 0.4), ("finance", "Finance", 0.35), ("open", "Open", 0.25)),
        "The organisers' page. A shared first place counts half for each.",
        -21, -7, 40, -6.7, {"health": "0.5", "finance": "0.5"},
    ),
    Crowd(
        "Library: the busiest floor", "pool", "campus",
        "Which floor of the library counts the most visitors in the first week of term?",
        (("ground", "Ground floor", 0.3), ("first", "First floor", 0.45), ("second", "Second floor", 0.25)),
        "The counters at the stairs.",
        -43, -28, 60, -27.6, {"first": "1"},
    ),
    Crowd(
        "Inter-house quiz: the winner", "pool", "campus",
        "Which house wins the inter-house quiz?",
        (("nallamala", "Nallamala", 0.4), ("saranda", "Saranda", 0.35), ("sundarbans", "Sundarbans", 0.25)),
        "The quizmaster's score sheet.",
        -19, -8, 36, -7.9, {"saranda": "1"},
    ),
    Crowd(
        "Kite festival: the highest kite", "pool", "sport",
        "Whose kite stands highest at sunset?",
        (("east", "East terrace", 0.5), ("west", "West terrace", 0.5)),
        "The stewards' measurement.",
        -13, -5, 18, -4.9, None,
    ),
)  # fmt: skip


class Traders:
    """Players who bet on a crowd's event by what they believe, and now and then sell what they hold."""

    def __init__(self, crowd: Crowd, game: Game, chance: random.Random) -> None:
        self.crowd, self.game, self.chance = crowd, game, chance

    def moments(self) -> list[float]:
        """When they act, in days from now; more of them towards the close."""
        last = min(self.crowd.closes, 0)
        span = last - self.crowd.opens
        return [
            self.crowd.opens + span * (0.02 + 0.96 * self.chance.random() ** 0.7)
            for _ in range(self.crowd.bets)
        ]

    def act(self, player: User) -> None:
        """What one of them does at this moment."""
        held = Bet.objects.of(player).open().filter(game=self.game)
        if self.crowd.mechanism == "lmsr" and held and self.chance.random() < SELLS:
            services.cash_out(player=player, bet_id=self.chance.choice(list(held)).pk)
        else:
            self.bet(player)

    def bet(self, player: User) -> None:
        option = self.favourite()
        stake = Decimal(self.chance.choice([5, 5, 10, 10, 15, 25, 40]))
        balance = Wallet.objects.values_list("balance", flat=True).get(user=player)
        if stake <= balance:
            slip = services.Slip("winner", option, stake, game_id=self.game.pk)
            services.place_bet(player=player, slip=slip)

    def favourite(self) -> str:
        """The option that is worth most by what they believe, which is nearer the truth the later it is."""
        event = Event.objects.select_related("game").get(pk=self.game.pk)
        prices = event.engine.prices(books.current_state(event))
        passed = (clock.now() - event.opens_at) / (event.closes_at - event.opens_at)
        even = 1 / len(self.crowd.options)
        worth = {
            id: even + (truth - even) * min(1.0, 0.2 + passed) + self.chance.gauss(0, 0.12)
            for id, _, truth in self.crowd.options
        }
        if self.crowd.mechanism == "pool":
            return self.chance.choices(list(worth), [max(0.02, share) for share in worth.values()])[0]
        return max(worth, key=lambda option: worth[option] - float(prices.get(option, even)))
