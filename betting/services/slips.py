"""What a bet is asked for by, and what comes of asking: the values that placing on sessions and on events share."""

from dataclasses import dataclass
from decimal import Decimal

from accounts.models import User
from betting.errors import OddsChanged, StakeOutOfRange
from betting.limits import services as limits
from betting.models import Bet
from games.engines.base import Market
from quantix.errors import FieldError, Invalid
from quantix.money import format_money, round_down
from wallets.errors import InsufficientFunds
from wallets.models import Transaction, Wallet


@dataclass(frozen=True)
class Slip:
    """What a player asks for: one of `session_id` and `game_id`, and the worst odds that will do."""

    market: str
    choice: str
    amount: Decimal
    session_id: int | None = None
    game_id: int | None = None
    min_odds: Decimal | None = None


@dataclass(frozen=True)
class Quote:
    """What a bet would get. Money with two decimals, odds with four."""

    odds: Decimal
    payout_if_won: Decimal
    balance_after: Decimal


@dataclass(frozen=True)
class Placed:
    """A bet that stands (or was sold), and the wallet's balance after it."""

    bet: Bet
    posting: Transaction

    @property
    def balance(self) -> Decimal:
        balance: Decimal = self.posting.balance_after
        return balance


def payout(stake: Decimal, odds: Decimal, weight: Decimal = Decimal(1)) -> Decimal:
    """What a won bet at fixed odds pays: stake * odds * weight, rounded down to the cent."""
    return round_down(stake * odds * weight)


def check_target(slip: Slip) -> None:
    """Raises Invalid unless the slip names one place to bet in."""
    if (slip.session_id is None) == (slip.game_id is None):
        message = "Name the `session` you play in, or the `game` of a prediction: one of the two."
        raise Invalid(FieldError("session", "one-of-two", message))


def check_stake(market: Market, slip: Slip) -> None:
    """Raises StakeOutOfRange."""
    if not market.stake_min <= slip.amount <= market.stake_max:
        least, most = format_money(market.stake_min), format_money(market.stake_max)
        raise StakeOutOfRange(f"Stake between {least} and {most} here.", field="amount")


def check_odds(odds: Decimal, slip: Slip) -> None:
    """Raises OddsChanged, with what the bet would get, where that is less than the slip asks for."""
    if slip.min_odds is not None and odds < slip.min_odds:
        raise OddsChanged(odds=f"{odds:.4f}")


def quoted(*, player: User, slip: Slip, odds: Decimal, payout_if_won: Decimal) -> Quote:
    """The quote for a slip that would be taken. Raises LimitReached for the player's own limits, InsufficientFunds."""
    limits.demand_room(player=player, amount=slip.amount)
    balance = Wallet.objects.values_list("balance", flat=True).get(user=player)
    if balance < slip.amount:
        raise InsufficientFunds
    return Quote(odds, payout_if_won, balance - slip.amount)
