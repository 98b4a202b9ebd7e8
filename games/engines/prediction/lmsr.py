"""Prediction by a market maker: `scoring_rule` sets the prices, which follow every trade; shares can be sold back."""

from decimal import ROUND_UP, Decimal
from fractions import Fraction
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from games.engines.base import Money, Several, Stakes
from games.engines.prediction import scoring_rule
from games.engines.prediction.event import (
    STEP,
    Book,
    Deal,
    EventConfig,
    EventState,
    Option,
    Prediction,
    odds_told,
)
from quantix.money import CENT, round_down

#: The largest stake, in units of b: what moves any price to the end of its range, and less than what is absurd.
STAKE_MAX_OF_B = 100
_NEAR = Decimal("1e-24")


class Config(EventConfig):
    mechanism: Literal["lmsr"] = "lmsr"
    options: Several[Option] = Field(min_length=2, max_length=20)
    b: Money = Field(
        default=Decimal("100.00"),
        ge=1,
        le=1_000_000,
        description="Liquidity: the larger, the less a stake moves the prices, and the more the house may lose.",
    )

    @field_validator("b")
    @classmethod
    def _bears_the_stakes(cls, value: Decimal, info: ValidationInfo) -> Decimal:
        stakes: Stakes | None = info.data.get("stakes")
        if stakes and stakes.max > STAKE_MAX_OF_B * value:
            raise ValueError(f"The largest stake ({stakes.max}) is {STAKE_MAX_OF_B} times b at most.")
        return value


State = EventState[Config]


class MarketMaker(Prediction[Config]):
    kind = "lmsr"
    config_type = Config
    state_type = State
    is_sellable = True

    def odds(self, state: State) -> dict[str, Decimal | None]:
        """What a share pays for its price; None where the price is next to nothing."""
        prices = scoring_rule.prices(self.out(state), state.config.b)
        return {option: odds_told(1 / price) if price >= STEP else None for option, price in prices.items()}

    def offered(self, state: State) -> list[str]:
        """Those whose price is not at an end of its range: there a stake would win nothing, or all there is."""
        prices = scoring_rule.prices(self.out(state), state.config.b)
        return [option for option, price in prices.items() if STEP <= price <= 1 - STEP]

    def told(self, state: State) -> dict[str, dict[str, str | None]]:
        return {option: {"price": f"{price:.4f}"} for option, price in self.prices(state).items()}

    def chances(self, state: State) -> dict[str, Fraction]:
        prices = scoring_rule.prices(self.out(state), state.config.b)
        # What they lack of 1 at the end of their digits is of no consequence, but has to go.
        near = {option: Fraction(price.quantize(_NEAR)) for option, price in prices.items()}
        total = sum(near.values())
        return {option: chance / total for option, chance in near.items()}

    def deal(self, state: State, option: str, stake: Decimal) -> Deal:
        shares = scoring_rule.buy(self.out(state), state.config.b, option, stake)
        payout = round_down(shares)
        return Deal(
            odds_told(shares / stake), payout, Book(stakes=stake, liability=payout, shares=shares), shares
        )

    def worth(self, state: State, option: str, shares: Decimal) -> Decimal:
        return scoring_rule.sell(self.out(state), state.config.b, option, shares)

    def bound(self, config: Config) -> object:
        """Options and b: with others, the prices would jump, and what the house may lose would have no bound."""
        return self.kind, config.b, sorted(option.id for option in config.options)

    def losses_at_most(self, config: Config) -> dict[str, Decimal]:
        """b ln n, whichever it is."""
        loss = scoring_rule.loss_max(len(config.options), config.b).quantize(CENT, rounding=ROUND_UP)
        return {option.id: loss for option in config.options}

    def loss_max(self, state: State) -> Decimal:
        return max(self.losses_at_most(state.config).values())

    def out(self, state: State) -> dict[str, Decimal]:
        """Option to the shares of it that are out: q."""
        return {option.id: state.book(option.id).shares for option in state.config.options}
