"""What every game type answers, as pure values: no database, no request, no clock.

An engine is given the time and its seed, and gives back new states; a state is a frozen value that turns
into JSON and back. So an engine can be tested by the thousand and a session replayed.
"""

import builtins
import random
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from quantix.errors import FieldError, Invalid, Refusal
from quantix.money import parse_money

Result = Literal["win", "loss", "draw"]


def _as_money(value: object) -> Decimal:
    return parse_money(format(value, "f") if isinstance(value, Decimal) else value)


def _as_text(value: str) -> str:
    if "\0" in value:
        raise ValueError("A text holds no NUL.")
    return value


def _as_time(value: object) -> object:
    """A date and time as text (RFC 3339): not the number that it could also be told by."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _within_centuries(value: datetime) -> datetime:
    """`value` in UTC."""
    # The first and the last years of the calendar cannot be told in every time zone.
    if not 2000 <= value.year < 3000:
        raise ValueError("The year is between 2000 and 2999.")
    return value.astimezone(UTC)


#: An exact amount of money in a configuration: a decimal string in JSON.
Money = Annotated[Decimal, BeforeValidator(_as_money)]
#: A text that the database can keep.
Text = Annotated[str, AfterValidator(_as_text)]
Time = Annotated[AwareDatetime, BeforeValidator(_as_time), AfterValidator(_within_centuries)]

T = TypeVar("T")
#: A list in JSON, a tuple in Python.
Several = Annotated[tuple[T, ...], Field(strict=False)]


class Value(BaseModel):
    """A frozen value of an engine's: nothing unknown is taken, and no number that is none."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Settings(Value):
    """A configuration: nothing is coerced, and the defaults are checked as well as what is given."""

    model_config = ConfigDict(strict=True, validate_default=True)


class Stakes(Settings):
    """The least and the most that may be staked at once."""

    min: Money = Field(default=Decimal("1.00"), gt=0)
    max: Money = Decimal("50.00")

    @field_validator("max")
    @classmethod
    def _in_order(cls, value: Decimal, info: ValidationInfo) -> Decimal:
        if value < info.data.get("min", value):
            raise ValueError("The most is not less than the least.")
        return value


@dataclass(frozen=True)
class Outcome:
    """How a session came out. `score` is between 0 and 1; `ended_by` says whether play or the clock ended it."""

    result: Result
    score: float
    ended_by: Literal["play", "clock"] = "play"


@dataclass(frozen=True)
class Choice:
    """One thing to bet on: `odds` pay stake * odds; None where a mechanism has no fixed price."""

    choice: str
    label: str
    odds: Decimal | None


@dataclass(frozen=True)
class Market:
    """What may be bet on now."""

    market: str
    label: str
    closes_at: datetime | None
    choices: Sequence[Choice]
    stake_min: Decimal
    stake_max: Decimal

    @property
    def odds_min(self) -> Decimal:
        """The shortest odds, of those that have any."""
        return min(choice.odds for choice in self.choices if choice.odds is not None)

    def choice(self, name: str) -> Choice | None:
        return next((choice for choice in self.choices if choice.choice == name), None)


@dataclass(frozen=True)
class Material:
    """What the server knows and a state is started from, beside configuration and seed.

    `questions` are drawn rows of the bank (see the quiz). `chances` are the player's chances, in [0, 1], of
    what the engine's `priors` name, as they were before the session. `stake_max` caps the stakes below
    the configuration while little is known of the player; zero: no stakes.
    """

    questions: Sequence[Mapping[str, Any]] = ()
    chances: Mapping[str, float] = field(default_factory=dict)
    stake_max: Decimal = Decimal(0)


C = TypeVar("C", bound=Value)
S = TypeVar("S", bound=Value)


class Engine(ABC, Generic[C, S]):
    """The rules of one game type. Stateless: one instance serves all sessions."""

    #: The game's type, and which of its kinds or mechanisms this is ("" where there is one only).
    type: ClassVar[str]
    kind: ClassVar[str] = ""
    #: The configuration and the state, as pydantic models: schema, defaults and checks in one.
    config_type: builtins.type[C]
    state_type: builtins.type[S]
    #: How many questions of the bank a session draws; None where it draws none.
    draws_questions: ClassVar[bool] = False
    #: The forms of its moves as JSON schemas, and moves by what they are called: what the API's document tells of it.
    move_forms: ClassVar[tuple[Mapping[str, Any], ...]] = ()
    move_examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    #: The form of its `view`, too (`games.engines.forms`).
    view_form: ClassVar[Mapping[str, Any]] = {"type": "object"}
    #: ES modules under static/ that the page of play needs beside the one of all games.
    scripts: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def start(self, config: C, seed: str, now: datetime, material: Material) -> S:
        """The first state of a session; everything secret in it is drawn from `seed` (hex)."""

    def tick(self, state: S, now: datetime) -> S:
        """`state` as time alone has made it by `now`: deadlines that passed have taken effect."""
        return state

    @abstractmethod
    def play(self, state: S, move: Mapping[str, Any], now: datetime) -> S:
        """The state after `move`. Raises a Refusal, and the old state stands, for a move that is none."""

    @abstractmethod
    def view(self, state: S, now: datetime) -> dict[str, Any]:
        """What the player may see, as JSON: nothing in it helps before the end but what play has revealed."""

    @abstractmethod
    def outcome(self, state: S, now: datetime) -> Outcome | None:
        """How it came out, once it has."""

    @abstractmethod
    def deadline(self, state: S) -> datetime | None:
        """When it ends by itself if no move comes: from then on `outcome` is not None."""

    @abstractmethod
    def content(self, state: S) -> dict[str, Any]:
        """The seed and all that was drawn from it: what the commitment is about. Play never changes it."""

    @abstractmethod
    def markets(self, state: S, now: datetime) -> list[Market]:
        """What may be bet on now."""

    @abstractmethod
    def all_choices(self, state: S) -> Collection[tuple[str, str]]:
        """Every (market, choice) that this game has, open or closed. Play never changes it."""

    @abstractmethod
    def settle(self, state: S, market: str, choice: str) -> bool | None:
        """Whether a bet on `choice` is won; None: the market did not come to be, the stake goes back."""

    @property
    def scope(self) -> str:
        """What a player's rating is kept for: all games of this kind."""
        return self.kind or self.type

    def priors(self, config: C) -> dict[str, float]:
        """The levels one may bet on about a session as a whole, with the chance an unknown player has of each.

        Each is an opponent with a rating of its own, which starts from this chance.
        """
        return {}

    def achieved(self, config: C, name: str, score: float) -> bool:
        """Whether a session that ended with `score` achieved what `priors` calls `name`."""
        raise KeyError(name)

    def share(self, state: S) -> Sequence[str]:
        """How an ended session went, for showing around: a figure, then lines of squares that give nothing away."""
        return ["played"]

    def public_config(self, config: C) -> dict[str, Any]:
        """The part of the configuration that players may see."""
        return config.model_dump(mode="json")

    # What follows is the same for all.

    def clean_config(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """`config` with its defaults, as JSON. Raises Invalid, naming each field at fault."""
        return self.load_config(config).model_dump(mode="json")

    def load_config(self, config: Mapping[str, Any]) -> C:
        return parse(self.config_type, config)

    def load_state(self, state: Mapping[str, Any]) -> S:
        return self.state_type.model_validate(state)


def move_form(required: Sequence[str], **properties: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON schema of a move: an object of these properties and no others."""
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "additionalProperties": False,
    }


class TooLate(Refusal):
    code = "too-late"
    title = "The time for this move is over"
    detail = "The clock ran out before this move arrived. Play goes on without it."


class NotASessionGame(Refusal):
    code = "not-a-session-game"
    title = "This game is not played in moves"
    detail = "A prediction is joined by betting on it: POST /bets with `game`."


V = TypeVar("V", bound=BaseModel)


def _code(type: str) -> str:
    return "unknown-field" if type == "extra_forbidden" else type.replace("_", "-")


def parse(model: type[V], value: object, *, strict: bool | None = None) -> V:
    """`value` as `model`. Raises Invalid with one error for each field at fault."""
    try:
        return model.model_validate(value, strict=strict)
    except ValidationError as error:
        raise Invalid(
            *(
                FieldError(
                    ".".join(map(str, fault["loc"])) or "body",
                    _code(fault["type"]),
                    fault["msg"].removeprefix("Value error, "),
                )
                for fault in error.errors()
            )
        ) from error


def write_time(at: datetime) -> str:
    """`at` as RFC 3339 has it, in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def dice(seed: str, purpose: str) -> random.Random:
    """The session's own source of chance for `purpose`: the same for the same seed, on every machine."""
    return random.Random(f"{seed}:{purpose}")
