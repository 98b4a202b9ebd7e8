"""What tests of events need: bets placed, results decided and settled, each really committed."""

from decimal import Decimal
from typing import Any

from accounts.models import User
from betting import events, services, settlement
from betting.models import Bet
from games.models import Event, Game
from quantix.db import in_one_transaction
from quantix.tests import factories
from wallets.models import Wallet


def slip(game: Game, choice: str, amount: str, **more: Any) -> services.Slip:
    return services.Slip("winner", choice, Decimal(amount), game_id=game.pk, **more)


def place(player: User, game: Game, choice: str, amount: str, **more: Any) -> Bet:
    wanted = slip(game, choice, amount, **more)
    return in_one_transaction(lambda: services.place_bet(player=player, slip=wanted)).bet


def sell(bet: Bet, **more: Any) -> Bet:
    player = bet.session.user
    return in_one_transaction(lambda: services.cash_out(player=player, bet_id=bet.pk, **more)).bet


def resolve(game: Game, batch: int = 2, *, known_at: Any = events.Keep.AS_IT_WAS, **weights: str) -> Event:
    """Decide and settle: `resolve(game, yes="1")`."""
    shares = {option: Decimal(weight) for option, weight in weights.items()}
    by = factories.make_staff("games")
    event = in_one_transaction(
        lambda: events.resolve_event(by=by, game_id=game.pk, weights=shares, outcome_known_at=known_at)
    )
    settlement.settle_event(game.pk, batch_sessions=batch)
    return event


def call_off(game: Game) -> None:
    by = factories.make_staff("games")
    in_one_transaction(lambda: events.void_event(by=by, game_id=game.pk, reason="Rained off"))
    settlement.settle_event(game.pk, batch_sessions=2)


def fates(game: Game) -> list[Any]:
    """(outcome, payout) of the game's bets, in order."""
    return list(Bet.objects.filter(session__game=game).order_by("id").values_list("outcome", "payout"))


def balance(player: User) -> Any:
    return Wallet.objects.get(user=player).balance
