"""What the three mechanisms of a prediction share: options, window, criteria, stakes, and the books of an event."""

from abc import abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import Field, ValidationInfo, field_validator

from games.engines import forms
from games.engines.base import (
    Choice,
    Engine,
    Market,
    Material,
    NotASessionGame,
    Outcome,
    Settings,
    Several,
    Stakes,
    Text,
    Time,
    Value,
    write_time,
)
from games.engines.prediction.rounding import largest_remainder

MARKET = "winner"
#: The steps in which odds and prices are told.
STEP = Decimal("0.0001")
#: The largest odds that are told: what the column of a bet's odds holds.
ODDS_TOLD_MAX = Decimal("99999999.9999")


class Option(Settings):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    label: Text = Field(min_length=1, max_length=100)


class EventConfig(Settings):
    mechanism: str
    options: Several[Any] = Field(min_length=2, max_length=20)
    opens_at: Time
    closes_at: Time
    criteria: Text = Field(
        min_length=1, max_length=2000, description="How the result will be told, and by what source."
    )
    category: Text = Field(default="campus", max_length=40)
    stakes: Stakes = Field(default_factory=lambda: Stakes(min=Decimal("1.00"), max=Decimal("500.00")))

    @field_validator("options")
    @classmethod
    def _are_distinct(cls, value: tuple[Option, ...]) -> tuple[Option, ...]:
        if len({option.id for option in value}) != len(value):
            raise ValueError("The ids of the options are different.")
        return value

    @field_validator("closes_at")
    @classmethod
    def _in_order(cls, value: datetime, info: ValidationInfo) -> datetime:
        if "opens_at" in info.data and value <= info.data["opens_at"]:
            raise ValueError("It closes after it opens.")
        return value


class Book(Value):
    """What the open bets on one option come to: money staked, money they would be paid, shares they hold."""

    stakes: Decimal = Decimal(0)
    liability: Decimal = Decimal(0)
    shares: Decimal = Decimal(0)

    def __add__(self, other: "Book") -> "Book":
        return Book(
            stakes=self.stakes + other.stakes,
            liability=self.liability + other.liability,
            shares=self.shares + other.shares,
        )

    def __neg__(self) -> "Book":
        return Book(stakes=-self.stakes, liability=-self.liability, shares=-self.shares)


EMPTY = Book()
E = TypeVar("E", bound=EventConfig)


class EventState(Value, Generic[E]):
    """The event as betting sees it: its `books` by option, and by `weights` how it came out."""

    config: E
    is_open: bool = True
    books: dict[str, Book] = {}
    weights: dict[str, Decimal] | None = None

    def book(self, option: str) -> Book:
        return self.books.get(option, EMPTY)

    def plus(self, option: str, added: Book) -> "EventState[E]":
        """The state after a trade that added this to the option's book."""
        return self.model_copy(update={"books": {**self.books, option: self.book(option) + added}})


@dataclass(frozen=True)
class Deal:
    """What a stake gets, its own effect included.

    `odds` (four decimals, rounded down) are what comes back for a unit of the stake if the option comes
    true, `payout` (money) what comes back in all; a pool tells both as of this moment. `added` is what the
    option's book gains; `shares` is None where a mechanism has none.
    """

    odds: Decimal
    payout: Decimal
    added: Book
    shares: Decimal | None = None


class Prediction(Engine[E, EventState[E]], Generic[E]):
    """An event that many bet on: its state is the event's, and each player's session is part of it."""

    type = "prediction"
    view_form = forms.thing(
        "Prediction",
        options=forms.several(
            {
                "type": "object",
                "required": ["id", "label"],
                "properties": {
                    "id": forms.TEXT,
                    "label": forms.TEXT,
                    "odds": {"type": ["string", "null"]},
                    "price": forms.TEXT,
                },
            }
        ),
        closes_at=forms.TIME,
    )
    #: Whether a bet may be sold back before the close.
    is_sellable: ClassVar[bool] = False

    @abstractmethod
    def odds(self, state: EventState[E]) -> dict[str, Decimal | None]:
        """Option to the odds of the smallest stake on it; None where there are none (yet)."""

    @abstractmethod
    def chances(self, state: EventState[E]) -> dict[str, Fraction]:
        """Option to its chance as the prices imply it, adding up to 1; empty where nothing tells yet."""

    @abstractmethod
    def deal(self, state: EventState[E], option: str, stake: Decimal) -> Deal:
        """What `stake` on an option on offer would get."""

    def offered(self, state: EventState[E]) -> Collection[str]:
        """The options on which stakes are taken while the event is open."""
        return [option.id for option in state.config.options]

    def cap(self, config: E) -> Decimal | None:
        """What the bets on one option may be paid together at most; None where nothing caps it."""
        return None

    def worth(self, state: EventState[E], option: str, shares: Decimal) -> Decimal:
        """What shares of an option would bring if they were sold now: nothing where bets stand until the end. Money."""
        return Decimal("0.00")

    def bound(self, config: E) -> object:
        """What of a configuration the bets that stand rest on: it does not change once somebody has joined."""
        return self.kind

    @abstractmethod
    def losses_at_most(self, config: E) -> dict[str, Decimal]:
        """Option to what the house can lose if it comes true, whatever is staked: before there is a bet. Money."""

    def loss_max(self, state: EventState[E]) -> Decimal | None:
        """What the house can lose at most, whatever comes true; None where only the books tell."""
        return None

    def total(self, state: EventState[E]) -> Decimal:
        """What the open bets have staked."""
        return sum((state.book(option.id).stakes for option in state.config.options), Decimal(0))

    def prices(self, state: EventState[E]) -> dict[str, Decimal]:
        """The chances with four decimals, adding up to exactly 1."""
        units = {option: chance / Fraction(STEP) for option, chance in self.chances(state).items()}
        return {option: count * STEP for option, count in largest_remainder(units).items()}

    # What follows is the same for all mechanisms.

    def start(self, config: E, seed: str, now: datetime, material: Material) -> EventState[E]:
        return self.state_type(config=config)

    def play(self, state: EventState[E], move: Mapping[str, Any], now: datetime) -> EventState[E]:
        raise NotASessionGame

    def view(self, state: EventState[E], now: datetime) -> dict[str, Any]:
        told = self.told(state)
        options = [
            {"id": option.id, "label": option.label, **told[option.id]} for option in state.config.options
        ]
        return {"options": options, "closes_at": write_time(state.config.closes_at)}

    def told(self, state: EventState[E]) -> dict[str, dict[str, str | None]]:
        """Option to its odds (or its price, where there is one) as the view tells them."""
        return {
            option: {"odds": None if odds is None else f"{odds:.4f}"}
            for option, odds in self.odds(state).items()
        }

    def outcome(self, state: EventState[E], now: datetime) -> Outcome | None:
        """None: how a player's session comes out depends on the player's bets, and is worked out with them."""
        return None

    def deadline(self, state: EventState[E]) -> datetime | None:
        return None

    def content(self, state: EventState[E]) -> dict[str, Any]:
        return {}

    def markets(self, state: EventState[E], now: datetime) -> list[Market]:
        config = state.config
        if not state.is_open or state.weights is not None or not config.opens_at <= now < config.closes_at:
            return []
        odds, offered = self.odds(state), self.offered(state)
        choices = [Choice(o.id, o.label, odds[o.id]) for o in config.options if o.id in offered]
        return [Market(MARKET, "Result", config.closes_at, choices, config.stakes.min, config.stakes.max)]

    def all_choices(self, state: EventState[E]) -> Collection[tuple[str, str]]:
        return {(MARKET, option.id) for option in state.config.options}

    def settle(self, state: EventState[E], market: str, choice: str) -> bool | None:
        assert state.weights is not None, "settled only once resolved"
        return state.weights.get(choice, Decimal(0)) > 0


def odds_told(odds: Decimal) -> Decimal:
    """`odds` with four decimals, rounded against the player."""
    return min(odds, ODDS_TOLD_MAX).quantize(STEP, rounding=ROUND_DOWN)
