"""Voiding one bet: its stake goes back whatever had become of it, and no later result changes that.

An event's settlements leave it void (`metadata.voided`, which `settlement` reads); a session's end finds it settled.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F

from accounts import roles
from accounts.models import User
from betting import books, leads, settlement
from betting.errors import BetVoid
from betting.models import Bet, OptionBook
from games.errors import OwnPosition
from games.models import Event, GameSession
from quantix import audit, clock
from quantix.db import the_one
from quantix.money import format_money
from wallets import ledger

Outcome = Bet.Outcome


@dataclass(frozen=True)
class Undoing:
    """What voiding a bet moves: the part of the stake that is not back yet, and what was won with it."""

    stake_back: Decimal
    winnings_back: Decimal


def void_bet(*, by: User, bet_id: int, reason: str) -> Bet:
    """Give the stake of a bet back, and take back what it was paid, all or nothing. To be called in a transaction.

    A pool that is decided already is divided anew among the others, by its settlement (the worker's, if by nobody).

    Raises NotFound, OwnPosition for one's own bet or one on an event that one has bet on, BetVoid, and
    InsufficientFunds where the winnings were spent.
    """
    roles.demand(by, roles.Can.VOID_PLAY)
    # The event first, as everywhere: nobody decides or settles it meanwhile.
    events = Event.objects.select_for_update(no_key=True, of=("self",))
    event = events.filter(game__sessions__bets=bet_id).first()
    bet = _lock(bet_id)
    if bet.session.user_id == by.pk or (event and GameSession.objects.of(by).filter(game=event.pk).exists()):
        raise OwnPosition
    before, due, part = _told(bet), undoing(bet), leads.part_of(bet)
    _write(bet, due, event)
    if event:
        _take_out_of_book(bet, event)
    elif part:
        leads.take_back(bet, part)
    _post(bet, due)
    if event and event.is_decided and bet.mechanism == "pool":
        # What the others share is another sum now.
        settlement.settle_anew(event)
    elif event and not bet.session.is_running:
        settlement.end_sessions(event.pk, [bet.session_id])
    audit.record(actor=by, action="bet.void", target=bet, before=before, after=_told(bet), reason=reason)
    return bet


def undoing(bet: Bet) -> Undoing:
    """What voiding `bet` would move. Raises BetVoid."""
    if bet.outcome == Outcome.VOID:
        raise BetVoid
    won = bet.payout if bet.outcome in (Outcome.WIN, Outcome.CASHED_OUT) else Decimal(0)
    # What settlements of its event have posted, which corrections may have left short of what they should have.
    posted = bet.metadata.get("settled", {"bet": "0", "win": won})
    return Undoing(bet.amount - Decimal(posted["bet"]), Decimal(posted["win"]))


def _lock(bet_id: int) -> Bet:
    """The bet as it is now, its session locked before it. Raises NotFound."""
    bets = Bet.objects.select_related("session__game")
    bet: Bet = the_one(bets.select_for_update(no_key=True, of=("session", "self")).filter(pk=bet_id))
    return bet


def _write(bet: Bet, due: Undoing, event: Event | None) -> None:
    now = clock.now()
    bet.outcome, bet.payout, bet.is_successful, bet.settled_at = Outcome.VOID, bet.amount, False, now
    bet.metadata = {name: value for name, value in bet.metadata.items() if name != "uncollected"}
    bet.metadata["voided"] = now.isoformat()
    if event:
        moved = {"bet": str(due.stake_back), "win": str(-due.winnings_back)}
        posted = {"number": event.settlement, "bet": str(bet.amount), "win": "0"}
        bet.metadata["settled"] = posted | {"moved": moved}
    bet.save(update_fields=["outcome", "payout", "is_successful", "settled_at", "metadata"])


def _take_out_of_book(bet: Bet, event: Event) -> None:
    """The book no longer holds the bet (a sale has taken it out before), and prices that follow from it move."""
    if "sold" in bet.metadata:
        return
    held = bet.book
    OptionBook.objects.filter(game=event.pk, option=bet.choice).update(
        stakes=F("stakes") - held.stakes,
        liability=F("liability") - held.liability,
        shares=F("shares") - held.shares,
    )
    if not event.is_decided:
        books.note_prices(event)


def _post(bet: Bet, due: Undoing) -> None:
    """The stake first, so that the winnings may be taken from it too."""
    about = {"bet": bet.pk, "session": bet.session_id}
    if due.stake_back:
        ledger.post(
            user_id=bet.session.user_id,
            type="credit",
            category="bet",
            amount=due.stake_back,
            description=f"Stake back: {bet.metadata['label']}"[:255],
            metadata=about,
            reference=f"bet:{bet.pk}:void",
        )
    if due.winnings_back:
        ledger.post(
            user_id=bet.session.user_id,
            type="debit",
            category="win",
            amount=due.winnings_back,
            description=f"Taken back: {bet.metadata['label']}"[:255],
            metadata=about,
            reference=f"bet:{bet.pk}:void:winnings",
        )


def _told(bet: Bet) -> dict[str, Any]:
    """What the audit trail tells of a bet."""
    return {"outcome": bet.outcome, "payout": None if bet.payout is None else format_money(bet.payout)}
