"""Collecting what a correction could not take back, once the wallet holds it again: never more, and never twice.

A correction that finds too little takes what there is (`betting.fates`); the rest stands on the bet as
`metadata.uncollected`, and what was posted for it as `metadata.settled`. To collect is to post a part of that
difference, and to write both down to what is left. A later correction, or a void, goes on from there.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts import roles
from accounts.models import User
from betting.errors import NothingOwed
from betting.models import Bet
from games.models import Event
from quantix import audit
from quantix.db import the_one
from quantix.money import format_money
from wallets import ledger
from wallets.errors import InsufficientFunds
from wallets.models import Wallet


@dataclass(frozen=True)
class Owed:
    """What is still to come back of a stake that was given back (`bet`), and of winnings (`win`)."""

    bet: Decimal
    win: Decimal

    @property
    def together(self) -> Decimal:
        return self.bet + self.win

    def within(self, held: Decimal) -> "Owed":
        """As much of it as a wallet covers that holds `held`: the stake first, as settlements take it."""
        stake = min(self.bet, held)
        return Owed(stake, min(self.win, held - stake))


def owed_on(bet: Bet) -> Owed:
    """What is uncollected of `bet`. Raises NothingOwed."""
    if "uncollected" not in bet.metadata:
        raise NothingOwed
    posted = bet.metadata["settled"]
    is_void = bet.outcome == Bet.Outcome.VOID
    assert bet.payout is not None, "only a settled bet is corrected"
    due = (bet.payout, Decimal(0)) if is_void else (Decimal(0), bet.payout)
    owed = Owed(Decimal(posted["bet"]) - due[0], Decimal(posted["win"]) - due[1])
    assert owed.together == Decimal(bet.metadata["uncollected"]), "the bet and its postings tell the same"
    return owed


def collect(*, by: User, bet_id: int) -> Bet:
    """Take from the player's wallet what it holds of what is uncollected. To be called in a transaction.

    Raises Forbidden, NotFound, NothingOwed, InsufficientFunds where the wallet is empty.
    """
    roles.demand(by, roles.Can.ADJUST)
    # The event first, as everywhere: nobody corrects it meanwhile.
    Event.objects.select_for_update(no_key=True, of=("self",)).filter(game__sessions__bets=bet_id).first()
    bets = Bet.objects.select_related("session").select_for_update(no_key=True, of=("session", "self"))
    bet: Bet = the_one(bets.filter(pk=bet_id))
    owed = owed_on(bet)
    wallet = Wallet.objects.select_for_update(no_key=True).get(user=bet.session.user_id)
    taken = owed.within(wallet.balance)
    if not taken.together:
        raise InsufficientFunds("The wallet is empty: there is nothing to collect yet.")
    before = {"uncollected": format_money(owed.together)}
    _post(bet, taken, _write(bet, owed, taken))
    after = {"uncollected": format_money(owed.together - taken.together)}
    audit.record(actor=by, action="bet.collect", target=bet, before=before, after=after)
    return bet


def _write(bet: Bet, owed: Owed, taken: Owed) -> str:
    """Write down what is left; returns by what the postings of this collection are known."""
    posted = bet.metadata["settled"]
    number = posted.get("collected", 0) + 1
    left = owed.together - taken.together
    told = {"uncollected": str(left)} if left else {}
    settled = posted | {
        "bet": str(Decimal(posted["bet"]) - taken.bet),
        "win": str(Decimal(posted["win"]) - taken.win),
        "collected": number,
    }
    kept = {name: value for name, value in bet.metadata.items() if name != "uncollected"}
    bet.metadata = kept | told | {"settled": settled}
    bet.save(update_fields=["metadata"])
    return f"bet:{bet.pk}:collect:{posted['number']}:{number}"


def _post(bet: Bet, taken: Owed, reference: str) -> None:
    parts: list[tuple[str, Decimal, str]] = [("bet", taken.bet, ":stake"), ("win", taken.win, "")]
    about: dict[str, Any] = {"bet": bet.pk, "session": bet.session_id}
    for category, amount, ending in parts:
        if amount:
            ledger.post(
                user_id=bet.session.user_id,
                type="debit",
                category=category,
                amount=amount,
                description=f"Collected: {bet.metadata['label']}"[:255],
                metadata=about,
                reference=reference + ending,
            )
