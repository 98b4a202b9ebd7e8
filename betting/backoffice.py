"""What staff do to events and bets: open and close, decide, call off. Each is one call of a service."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings

from accounts.backoffice import ActionPage, Done, Panel, Preview, ReasonForm, page_url
from accounts.models import User
from accounts.roles import Can
from betting import resolving, settlement, voiding
from betting.errors import NothingProposed
from betting.events import Keep, void_event
from betting.models import Bet, Proposal
from betting.preview import ROWS_MAX, Decision, preview_void
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
    """One option, or a share for each of several."""

    option = forms.ChoiceField(label="What came true", widget=forms.RadioSelect, required=False)
    outcome_known_at = forms.DateTimeField(
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1}, format="%Y-%m-%dT%H:%M:%S"),
        help_text="When the result could be known. Bets from that moment on are void. Empty: all count.",
    )

    def __init__(self, options: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        choice = self.fields["option"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(option.id, option.label) for option in options]
        self.shares = {option.id: f"share-{option.id}" for option in options}
        for option in options:
            self.fields[self.shares[option.id]] = forms.DecimalField(
                label=f"Or its share: {option.label}",
                required=False,
                min_value=0,
                max_value=1,
                decimal_places=6,
            )
        self.order_fields(["option", *self.shares.values(), "outcome_known_at", "reason"])

    def clean(self) -> dict[str, Any]:
        """Adds `weights`: the option that was chosen, or the shares that were written."""
        data = super().clean() or self.cleaned_data
        shares = {option: data[name] for option, name in self.shares.items() if data.get(name) is not None}
        if bool(data.get("option")) == bool(shares) and not self.errors:
            self.add_error("option", "Choose one option, or write the shares of several, which add up to 1.")
        return data | {"weights": shares or {data.get("option"): Decimal(1)}}

    def clean_outcome_known_at(self) -> datetime | Keep | None:
        # The field shows no parts of a second: left as it is, the moment stays as it was.
        changed = "outcome_known_at" in self.changed_data
        return self.cleaned_data["outcome_known_at"] if changed else Keep.AS_IT_WAS


class Resolve(ActionPage):
    slug, label, can, form_class, previews = "resolve", "Resolve", Can.RESOLVE, ResolveForm, True

    def offered(self, target: Event) -> bool:
        return not target.is_decided

    def form(self, target: Event, **kwargs: Any) -> forms.Form:
        initial = {"initial": {"outcome_known_at": target.outcome_known_at}}
        return ResolveForm(target.game.config.options, **kwargs | initial)

    def preview(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Preview:
        result = _result(data)
        told = in_one_transaction(lambda: resolving.preview_result(by=by, game_id=target.pk, result=result))
        facts: list[tuple[str, object]] = [("What came true", true_words(target, result.weights))]
        if resolving.staked_on(target) >= settings.RESOLVE_CONFIRM_FROM:
            facts.append(("Then", "it waits until another member of staff confirms it"))
        return _told(told.decision, facts)

    def act(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Done:
        told = resolving.tell_result(by=by, game_id=target.pk, result=_result(data))
        if told.status == "pending":
            return Done(
                page_url(target), f"The result of {target} waits until another member of staff confirms it."
            )
        return Done(page_url(target), f"{target} is resolved; its bets are settled.")

    def after(self, target: Event) -> None:
        settlement.settle_event(target.pk)


class Correct(Resolve):
    slug, label, is_danger = "correct", "Correct the result", True
    help = "Posts the differences to what was paid before. What a wallet no longer holds is listed as uncollected."

    def offered(self, target: Event) -> bool:
        return target.is_decided


class Confirm(ActionPage):
    """The second of two: a result that another member of staff has proposed."""

    slug, label, can, form_class, previews = "confirm", "Confirm the result", Can.RESOLVE, forms.Form, True
    help = "Resolves the event as another member of staff has proposed, with all bets that there are by now."

    def offered(self, target: Event) -> bool:
        return proposed_for(target) is not None

    def preview(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Preview:
        proposal = proposed_for(target)
        if proposal is None:
            raise NothingProposed
        result = resolving.result_of(proposal)
        told = in_one_transaction(lambda: resolving.preview_result(by=by, game_id=target.pk, result=result))
        facts: list[tuple[str, object]] = [
            ("What came true", true_words(target, result.weights)),
            ("Proposed by", proposal.proposed_by),
            ("Why", proposal.reason),
        ]
        return _told(told.decision, facts)

    def act(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Done:
        resolving.confirm_result(by=by, game_id=target.pk)
        return Done(page_url(target), f"{target} is resolved; its bets are settled.")

    def after(self, target: Event) -> None:
        settlement.settle_event(target.pk)


def proposed_for(event: Event) -> Proposal | None:
    """The result of `event` that waits to be confirmed."""
    return resolving.waiting().filter(event=event).select_related("proposed_by").first()


def true_words(event: Event, weights: Mapping[str, Decimal]) -> str:
    """What came true, in the words of the event."""
    labels = {option.id: option.label for option in event.game.config.options}
    told = [
        f"{labels[option]} ({weight:.2%})"
        for option, weight in weights.items()
        if weight and option in labels
    ]
    return told[0].removesuffix(" (100.00%)") if len(told) == 1 else ", ".join(told)


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


def _result(data: Mapping[str, Any]) -> resolving.Result:
    return resolving.Result(data["weights"], data["outcome_known_at"], data["reason"])


def _told(decision: Decision | None, facts: list[tuple[str, object]]) -> Preview:
    assert decision is not None, "a preview tells what would be"
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
