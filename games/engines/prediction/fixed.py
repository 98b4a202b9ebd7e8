"""Prediction at fixed odds: staff price the options, liability per option is capped."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from games.engines.base import (
    Choice,
    Engine,
    Market,
    Material,
    Money,
    NotASessionGame,
    Outcome,
    Stakes,
    Value,
)

MARKET = "winner"
#: Odds in a configuration: a decimal string with at most four decimals.
Odds = Annotated[Decimal, Field(gt=1, le=1000, max_digits=8, decimal_places=4)]


class Option(Value):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    label: str = Field(min_length=1, max_length=100)
    odds: Odds


class Config(Value):
    mechanism: Literal["fixed"] = "fixed"
    options: tuple[Option, ...] = Field(min_length=2, max_length=20)
    opens_at: AwareDatetime
    closes_at: AwareDatetime
    criteria: str = Field(
        min_length=1, max_length=2000, description="How the result will be told, and by what source."
    )
    category: str = Field(default="campus", max_length=40)
    stakes: Stakes = Field(default_factory=lambda: Stakes(min=Decimal("1.00"), max=Decimal("500.00")))
    liability_cap: Money = Field(
        default=Decimal("50000.00"), gt=0, description="What all bets on one option may pay out together."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if len({option.id for option in self.options}) != len(self.options):
            raise ValueError("option ids are different")
        if self.closes_at <= self.opens_at:
            raise ValueError("closes_at is after opens_at")
        return self


class State(Value):
    """The event as betting sees it: `liability` is what each option's bets would pay, `weights` how it came out."""

    config: Config
    is_open: bool = True
    liability: dict[str, Decimal] = {}
    weights: dict[str, Decimal] | None = None


class FixedOdds(Engine[Config, State]):
    type = "prediction"
    kind = "fixed"
    config_type = Config
    state_type = State

    def start(self, config: Config, seed: str, now: datetime, material: Material) -> State:
        return State(config=config)

    def play(self, state: State, move: Mapping[str, Any], now: datetime) -> State:
        raise NotASessionGame

    def view(self, state: State, now: datetime) -> dict[str, Any]:
        options = [
            {"id": option.id, "label": option.label, "odds": f"{option.odds:.4f}"}
            for option in state.config.options
        ]
        return {"options": options, "closes_at": state.config.closes_at.isoformat()}

    def outcome(self, state: State, now: datetime) -> Outcome | None:
        """None: how a player's session comes out depends on the player's bets, and is worked out with them."""
        return None

    def deadline(self, state: State) -> datetime | None:
        return None

    def content(self, state: State) -> dict[str, Any]:
        return {}

    def markets(self, state: State, now: datetime) -> list[Market]:
        config = state.config
        if not state.is_open or state.weights is not None or not config.opens_at <= now < config.closes_at:
            return []
        choices = [
            Choice(o.id, o.label, o.odds) for o in config.options if self.room(state, o) >= config.stakes.min
        ]
        return [Market(MARKET, "Result", config.closes_at, choices, config.stakes.min, config.stakes.max)]

    def offers(self, state: State, market: str, choice: str) -> bool:
        return market == MARKET and choice in {option.id for option in state.config.options}

    def settle(self, state: State, market: str, choice: str) -> bool | None:
        assert state.weights is not None, "settled only once resolved"
        return state.weights.get(choice, Decimal(0)) > 0

    def room(self, state: State, option: Option) -> Decimal:
        """The largest stake that keeps the option's liability within the cap."""
        return (state.config.liability_cap - state.liability.get(option.id, Decimal(0))) / option.odds
