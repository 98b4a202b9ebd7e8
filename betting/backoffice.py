"""What staff do to events and bets: open and close, decide, call off. Each is one call of a service."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms

from accounts.backoffice import ActionPage, Done, Panel, Preview, ReasonForm, page_url
from accounts.models import User
from accounts.roles import Can
from betting import settlement, voiding
from betting.events import Keep, resolve_event, void_event
from betting.models import Bet
from betting.preview import ROWS_MAX, Decision, preview_resolution, preview_void
from games.models import Event
from games.services.events import set_event_status
from quantix.db import in_one_transaction
from quantix.templatetags.ui import money_filter, signed_money
from wallets.models import Wallet

Status = Event.Status


class SetStatus(ActionPage):
    """Open, suspend or close: one action for each status that staff set."""

    can, form_class = Can.MANAGE_GAMES, forms.Form

    def __init__(self, status: str, label: str, help: str) -> None:
        self.status = self.slug = status
        self.label, self.help = label, help

    def offered(self, target: Event) -> bool:
        return not target.is_decided and target.status != self.status

    def act(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Done:
        event = set_event_status(by=by, game_id=target.pk, status=self.status)
        return Done(page_url(event), f"{event} is {event.get_status_display()} now.")


class ResolveForm(ReasonForm):
    option = forms.ChoiceField(label="What came true", widget=forms.RadioSelect)
    outcome_known_at = forms.DateTimeField(
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1}, format="%Y-%m-%dT%H:%M:%S"),
        help_text="When the result could be known. Bets from that moment on are void. Empty: all count.",
    )
    field_order = ["option", "outcome_known_at", "reason"]

    def clean_outcome_known_at(self) -> datetime | Keep | None:
        # The field shows no parts of a second: left as it is, the moment stays as it was.
        changed = "outcome_known_at" in self.changed_data
        return self.cleaned_data["outcome_known_at"] if changed else Keep.AS_IT_WAS


class Resolve(ActionPage):
    slug, label, can, form_class, previews = "resolve", "Resolve", Can.RESOLVE, ResolveForm, True

    def offered(self, target: Event) -> bool:
        return not target.is_decided

    def form(self, target: Event, **kwargs: Any) -> forms.Form:
        form = ResolveForm(**kwargs | {"initial": {"outcome_known_at": target.outcome_known_at}})
        field = form.fields["option"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(option.id, option.label) for option in target.game.config.options]
        return form

    def preview(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Preview:
        decision = in_one_transaction(lambda: preview_resolution(by=by, game_id=target.pk, **_result(data)))
        labels = {option.id: option.label for option in target.game.config.options}
        return _told(decision, [("What came true", labels[data["option"]])])

    def act(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Done:
        event = resolve_event(by=by, game_id=target.pk, reason=data["reason"], **_result(data))
        return Done(page_url(event), f"{event} is resolved; its bets are settled.")

    def after(self, target: Event) -> None:
        settlement.settle_event(target.pk)


class Correct(Resolve):
    slug, label, is_danger = "correct", "Correct the result", True
    help = "Posts the differences to what was paid before. What a wallet no longer holds is listed as uncollected."

    def offered(self, target: Event) -> bool:
        return target.is_decided


class VoidEvent(ActionPage):
    slug, label, can, is_danger, previews = "void", "Void", Can.RESOLVE, True, True
    help = "Calls the event off, after a result too: every stake goes back."

    def offered(self, target: Event) -> bool:
        return target.status != Status.VOIDED

    def preview(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Preview:
        return _told(in_one_transaction(lambda: preview_void(by=by, game_id=target.pk)), [])

    def act(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Done:
        event = void_event(by=by, game_id=target.pk, reason=data["reason"])
        return Done(page_url(event), f"{event} is void; the stakes went back.")

    def after(self, target: Event) -> None:
        settlement.settle_event(target.pk)


class VoidBet(ActionPage):
    slug, label, can, is_danger, previews = "void", "Void", Can.VOID_PLAY, True, True
    help = "Gives the stake back, and takes back what was won with it. No later result changes that."

    def offered(self, target: Bet) -> bool:
        return target.outcome != Bet.Outcome.VOID

    def preview(self, *, by: User, target: Bet, data: Mapping[str, Any]) -> Preview:
        due = voiding.undoing(target)
        balance = Wallet.objects.values_list("balance", flat=True).get(user=target.session.user_id)
        return Preview(
            [
                ("Stake back", money_filter(due.stake_back)),
                ("Winnings taken back", money_filter(due.winnings_back)),
                ("Balance now", money_filter(balance)),
                ("Balance after", money_filter(balance + due.stake_back - due.winnings_back)),
            ]
        )

    def act(self, *, by: User, target: Bet, data: Mapping[str, Any]) -> Done:
        bet = voiding.void_bet(by=by, bet_id=target.pk, reason=data["reason"])
        return Done(page_url(bet), f"{bet} is void; its stake went back.")


def _result(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"weights": {data["option"]: Decimal(1)}, "outcome_known_at": data["outcome_known_at"]}


def _told(decision: Decision, facts: list[tuple[str, object]]) -> Preview:
    rows = [
        [
            bet.bet,
            bet.username,
            bet.choice,
            money_filter(bet.stake),
            bet.outcome,
            money_filter(bet.payout),
            signed_money(bet.delta),
        ]
        for bet in decision.changes
    ]
    title = "Bets" if decision.bets <= ROWS_MAX else f"The {ROWS_MAX} of {decision.bets} bets that move most"
    if decision.uncollected:
        facts = [*facts, ("Cannot be taken back", money_filter(decision.uncollected))]
    return Preview(
        [
            *facts,
            ("Bets", decision.bets),
            ("Stakes", money_filter(decision.stakes)),
            ("Winnings", money_filter(decision.payouts)),
            ("Stakes given back", money_filter(decision.returned)),
            ("House keeps", money_filter(decision.stakes - decision.payouts - decision.returned)),
            ("Moves to wallets now", signed_money(decision.moved)),
        ],
        Panel(
            title, ["bet", "player", "choice", "stake", "outcome", "payout", "wallet"], rows, empty="No bets."
        ),
    )
