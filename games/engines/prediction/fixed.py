"""Prediction at fixed odds: staff price the options, liability per option is capped."""

import re
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from games.engines.base import Money, Several
from games.engines.prediction.event import Book, Deal, EventConfig, EventState, Prediction
from games.engines.prediction.event import Option as AnyOption
from quantix.money import round_down

_ODDS_FORM = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?", re.ASCII)


def _as_odds(value: object) -> Decimal:
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        value = format(Decimal(value), "f")
    if not isinstance(value, str) or not _ODDS_FORM.fullmatch(value):
        raise ValueError('Write odds such as "1.85": 1000 at most, with at most four decimals.')
    return Decimal(value)


#: Odds in a configuration: a decimal string with at most four decimals.
Odds = Annotated[Decimal, BeforeValidator(_as_odds), Field(gt=1, le=1000)]


class Option(AnyOption):
    odds: Odds


class Config(EventConfig):
    mechanism: Literal["fixed"] = "fixed"
    options: Several[Option] = Field(min_length=2, max_length=20)
    liability_cap: Money = Field(
        default=Decimal("50000.00"), gt=0, description="What all bets on one option may pay out together."
    )


State = EventState[Config]


class FixedOdds(Prediction[Config]):
    kind = "fixed"
    config_type = Config
    state_type = State

    def odds(self, state: State) -> dict[str, Decimal | None]:
        return {option.id: option.odds for option in state.config.options}

    def offered(self, state: State) -> list[str]:
        """Those whose book has room for the least stake."""
        config = state.config
        return [option.id for option in config.options if self.room(state, option) >= config.stakes.min]

    def chances(self, state: State) -> dict[str, Fraction]:
        """What the odds imply, without the house's part in them."""
        implied = {option.id: 1 / Fraction(option.odds) for option in state.config.options}
        total = sum(implied.values())
        return {option: chance / total for option, chance in implied.items()}

    def deal(self, state: State, option: str, stake: Decimal) -> Deal:
        odds = next(o.odds for o in state.config.options if o.id == option)
        payout = round_down(stake * odds)
        return Deal(odds, payout, Book(stakes=stake, liability=payout))

    def cap(self, config: Config) -> Decimal:
        return config.liability_cap

    def losses_at_most(self, config: Config) -> dict[str, Decimal]:
        """Bets that are paid the cap have staked cap / odds at least: what is lost is cap (1 - 1 / odds)."""
        cap = Fraction(config.liability_cap) * 100
        return {
            option.id: Decimal(ceil(cap * (1 - 1 / Fraction(option.odds)))) / 100 for option in config.options
        }

    def margin(self, config: Config) -> Fraction:
        """What the house keeps of stakes that are balanced so that any option costs the same; below 0 it gives.

        1 - 1 / sum of 1 / odds: the bookmaker's overround, as a share of the stakes.
        """
        return 1 - 1 / sum((1 / Fraction(option.odds) for option in config.options), Fraction(0))

    def public_config(self, config: Config) -> dict[str, Any]:
        """All but how much the house will bear: that is staff's to know."""
        return config.model_dump(mode="json", exclude={"liability_cap"})

    def room(self, state: State, option: Option) -> Decimal:
        """The largest stake that keeps the option's liability within the cap."""
        return (state.config.liability_cap - state.book(option.id).liability) / option.odds
