"""Calling off one bet."""

from collections.abc import Mapping
from typing import Any

from django import forms

from accounts.backoffice import ActionPage, Done, Preview, page_url
from accounts.models import User
from accounts.roles import Can
from betting import collecting, voiding
from betting.models import Bet
from quantix.templatetags.ui import money_filter, signed_money
from wallets.models import Wallet


class VoidBet(ActionPage):
    slug, label, can, is_danger, previews = "void", "Void", Can.VOID_PLAY, True, True
    help = "Gives the stake back, and takes back what was won with it. No later result changes that."

    def offered(self, target: Bet) -> bool:
        return target.outcome != Bet.Outcome.VOID

    def preview(self, *, by: User, target: Bet, data: Mapping[str, Any]) -> Preview:
        due = voiding.undoing(target)
        balance = Wallet.objects.values_list("balance", flat=True).get(user=target.user_id)
        after = balance + due.stake_back - due.winnings_back
        warnings = (
            [] if after >= 0 else ["The wallet does not hold the winnings any more: this will be refused."]
        )
        return Preview(
            [
                ("Player", target.user),
                ("Bet", target.metadata["label"]),
                ("Stake back", money_filter(due.stake_back)),
                ("Winnings taken back", money_filter(due.winnings_back)),
                ("Wallet", signed_money(due.stake_back - due.winnings_back)),
                ("Balance now", money_filter(balance)),
                ("Balance after", money_filter(after)),
            ],
            warnings=warnings,
        )

    def act(self, *, by: User, target: Bet, data: Mapping[str, Any]) -> Done:
        bet = voiding.void_bet(by=by, bet_id=target.pk, reason=data["reason"])
        return Done(page_url(bet), f"{bet} is void; its stake went back.")


class Collect(ActionPage):
    """Take back later what a correction found spent."""

    slug, label, can, form_class, previews = "collect", "Collect", Can.ADJUST, forms.Form, True
    help = "Takes what the wallet holds of what a correction could not take back. What is left stays owed."

    def offered(self, target: Bet) -> bool:
        return "uncollected" in target.metadata

    def preview(self, *, by: User, target: Bet, data: Mapping[str, Any]) -> Preview:
        owed = collecting.owed_on(target)
        balance = Wallet.objects.values_list("balance", flat=True).get(user=target.user_id)
        taken = owed.within(balance).together
        warnings = [] if taken else ["The wallet is empty: there is nothing to collect yet."]
        return Preview(
            [
                ("Player", target.user),
                ("Bet", target.metadata["label"]),
                ("Uncollected", money_filter(owed.together)),
                ("Taken now", money_filter(taken)),
                ("Stays owed", money_filter(owed.together - taken)),
                ("Balance now", money_filter(balance)),
                ("Balance after", money_filter(balance - taken)),
            ],
            warnings=warnings,
        )

    def act(self, *, by: User, target: Bet, data: Mapping[str, Any]) -> Done:
        bet = collecting.collect(by=by, bet_id=target.pk)
        left = bet.metadata.get("uncollected")
        rest = f"; {money_filter(left)} stay owed" if left else ""
        return Done(page_url(bet), f"What the wallet held is collected{rest}.")
