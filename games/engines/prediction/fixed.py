"""Prediction at fixed odds: staff price the options, liability per option is capped."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from games.engines import forms
from games.engines.base import (
    Choice,
    Engine,
    Market,
    Material,
    Money,
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

MARKET = "winner"
_ODDS_FORM = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?", re.ASCII)


def _as_odds(value: object) -> Decimal:
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        value = format(Decimal(value), "f")
    if not isinstance(value, str) or not _ODDS_FORM.fullmatch(value):
        raise ValueError('Write odds such as "1.85", with at most four decimals.')
    return Decimal(value)


#: Odds in a configuration: a decimal string with at most four decimals.
Odds = Annotated[Decimal, BeforeValidator(_as_odds), Field(gt=1, le=1000)]


class Option(Settings):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    label: Text = Field(min_length=1, max_length=100)
    odds: Odds


class Config(Settings):
    mechanism: Literal["fixed"] = "fixed"
    options: Several[Option] = Field(min_length=2, max_length=20)
    opens_at: Time
    closes_at: Time
    criteria: Text = Field(
        min_length=1, max_length=2000, description="How the result will be told, and by what source."
    )
    category: Text = Field(default="campus", max_length=40)
    stakes: Stakes = Field(default_factory=lambda: Stakes(min=Decimal("1.00"), max=Decimal("500.00")))
    liability_cap: Money = Field(
        default=Decimal("50000.00"), gt=0, description="What all bets on one option may pay out together."
    )

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

    view_form = forms.thing(
        "Prediction",
        options=forms.several(
            {
                "type": "object",
                "required": ["id", "label"],
                "properties": {
                    "id": forms.TEXT,
                    "label": forms.TEXT,
                    "odds": forms.TEXT,
                    "price": forms.TEXT,
                },
            }
        ),
        closes_at=forms.TIME,
    )

    def start(self, config: Config, seed: str, now: datetime, material: Material) -> State:
        return State(config=config)

    def play(self, state: State, move: Mapping[str, Any], now: datetime) -> State:
        raise NotASessionGame

    def view(self, state: State, now: datetime) -> dict[str, Any]:
        options = [
            {"id": option.id, "label": option.label, "odds": f"{option.odds:.4f}"}
            for option in state.config.options
        ]
        return {"options": options, "closes_at": write_time(state.config.closes_at)}

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

    def all_choices(self, state: State) -> Collection[tuple[str, str]]:
        return {(MARKET, option.id) for option in state.config.options}

    def settle(self, state: State, market: str, choice: str) -> bool | None:
        assert state.weights is not None, "settled only once resolved"
        return state.weights.get(choice, Decimal(0)) > 0

    def public_config(self, config: Config) -> dict[str, Any]:
        """All but how much the house will bear: that is staff's to know."""
        return config.model_dump(mode="json", exclude={"liability_cap"})

    def room(self, state: State, option: Option) -> Decimal:
        """The largest stake that keeps the option's liability within the cap."""
        return (state.config.liability_cap - state.liability.get(option.id, Decimal(0))) / option.odds
