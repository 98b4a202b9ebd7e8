"""Deciding events: resolved, confirmed by a second where much is staked, corrected, called off; each previewed."""

import uuid
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.http import StreamingHttpResponse
from django.utils import timezone

from accounts.backoffice import ActionPage, Done, Group, Preview, ReasonForm, page_url
from accounts.models import User
from accounts.roles import Can
from betting import resolving, settlement
from betting.backoffice import doubts
from betting.backoffice.previews import as_file, of_wallets
from betting.errors import NothingProposed, ProposalChanged
from betting.events import Keep, check_looked_at
from betting.models import Proposal
from betting.preview import Considered, called_off, weighed
from games.models import Event

Status = Event.Status
#: What of a preview is called otherwise where another has to confirm it first.
_LATER = {"Moves to wallets now": "Moves to wallets once confirmed"}


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
                label=f"Share of {option.label}",
                required=False,
                min_value=0,
                max_value=1,
                decimal_places=6,
            )
        self.order_fields(["option", *self.shares.values(), "outcome_known_at", "reason"])

    @property
    def groups(self) -> Sequence[Group]:
        shares = [self[name] for name in self.shares.values()]
        return [
            Group("", fields=[self["option"]]),
            Group("Or several in part: shares that add up to 1", fields=shares),
            Group("", fields=[self["outcome_known_at"], self["reason"]]),
        ]

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


class Deciding(ActionPage):
    """What decides an event: previewed wallet by wallet, then done, then settled while the page shows how far."""

    can, previews = Can.RESOLVE, True

    @abstractmethod
    def considered(self, by: User, target: Event, data: Mapping[str, Any]) -> Considered:
        """The decision that is looked at, refused as it would be."""

    def facts(self, target: Event, what: Considered) -> Sequence[tuple[str, object]]:
        return ()

    def doubts(self, target: Event, what: Considered) -> Sequence[str]:
        return ()

    def why_not(self, target: Event) -> str:
        return _why_not(target) or super().why_not(target)

    def preview(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Preview:
        what = self.considered(by, target, data)
        facts, doubts = self.facts(target, what), self.doubts(target, what)
        return of_wallets(what, page=data["page"], facts=facts, warnings=doubts)

    def file(self, *, by: User, target: Event, data: Mapping[str, Any]) -> StreamingHttpResponse:
        return as_file(self.considered(by, target, data))

    def after(self, target: Event) -> None:
        settlement.begin_settling(target.pk)


class Resolve(Deciding):
    slug, label, form_class = "resolve", "Resolve", ResolveForm
    corrects = False

    def offered(self, target: Event) -> bool:
        return not (target.is_decided or is_draft(target) or resolving.waiting_for(target))

    def form(self, target: Event, **kwargs: Any) -> forms.Form:
        initial = {"initial": {"outcome_known_at": target.outcome_known_at}}
        return ResolveForm(target.game.config.options, **kwargs | initial)

    def overview(self, target: Event) -> Preview | None:
        warnings = [*doubts.of_time(target), *doubts.of_name(target.game)]
        return Preview([("Told by", target.game.metadata["criteria"])], warnings=warnings)

    def considered(self, by: User, target: Event, data: Mapping[str, Any]) -> Considered:
        check_looked_at(by, target)
        return weighed(target, data["weights"], data["outcome_known_at"])

    def facts(self, target: Event, what: Considered) -> Sequence[tuple[str, object]]:
        facts: list[tuple[str, object]] = [("What came true", true_words(target, what.weights))]
        if what.known_at:
            facts.append(("Bets are void from", f"{timezone.localtime(what.known_at):%d %b %Y, %H:%M:%S}"))
        if _takes_two(target):
            waits = "waits until another member of staff confirms it"
            facts.append(("Then", waits if target.is_decided else f"it closes, and {waits}"))
        return facts

    def doubts(self, target: Event, what: Considered) -> Sequence[str]:
        return [*doubts.of_time(target), *doubts.of_result(target, what)]

    def preview(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Preview:
        preview = super().preview(by=by, target=target, data=data)
        if not _takes_two(target):
            return preview
        deed = f"{preview.deed} once another confirms it"
        facts = [(_LATER.get(name, name), value) for name, value in preview.facts]
        return replace(preview, facts=facts, verb="Propose this result", deed=deed)

    def act(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Done:
        result = resolving.Result(data["weights"], data["outcome_known_at"], data["reason"])
        told = resolving.tell_result(
            by=by,
            game_id=target.pk,
            result=result,
            rows=1,
            seen=data["seen"],
            corrects=self.corrects,
            replaces=False,
        )
        if told.status == "pending":
            return Done(
                page_url(target), f"The result of {target} waits until another member of staff confirms it."
            )
        return _decided(target, f"{target} is {'corrected' if self.corrects else 'resolved'}.")


class Correct(Resolve):
    slug, label, is_danger, corrects = "correct", "Correct the result", True, True
    help = "Posts the differences to what was paid before. What a wallet no longer holds is listed as uncollected."

    def offered(self, target: Event) -> bool:
        return target.is_decided and not resolving.waiting_for(target)

    def overview(self, target: Event) -> Preview | None:
        was = true_words(target, target.weights) if target.weights else "called off"
        return Preview([("As it was decided", was), ("Told by", target.game.metadata["criteria"])])


class Confirm(Deciding):
    """The second of two: a result that another member of staff has proposed. What was looked at names it."""

    slug, label, form_class = "confirm", "Confirm the result", forms.Form
    help = "Resolves the event as another member of staff has proposed."

    def offered(self, target: Event) -> bool:
        return resolving.waiting_for(target) is not None

    def demand(self, *, by: User, target: Event) -> None:
        proposal = resolving.waiting_for(target)
        if proposal:
            resolving.demand_another(by, proposal)

    def overview(self, target: Event) -> Preview | None:
        proposal = resolving.waiting_for(target)
        return Preview(_proposed(target, proposal)) if proposal else None

    def considered(self, by: User, target: Event, data: Mapping[str, Any]) -> Considered:
        result = resolving.result_of(_the_proposal(target))
        check_looked_at(by, target)
        return weighed(target, result.weights, result.outcome_known_at)

    def preview(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Preview:
        proposal = _the_proposal(target)
        preview = super().preview(by=by, target=target, data=data)
        return _naming(proposal, replace(preview, verb=self.label))

    def facts(self, target: Event, what: Considered) -> Sequence[tuple[str, object]]:
        return _proposed(target, _the_proposal(target))

    def doubts(self, target: Event, what: Considered) -> Sequence[str]:
        return doubts.of_result(target, what)

    def act(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Done:
        key, seen = _named(data["seen"])
        resolving.confirm_result(by=by, game_id=target.pk, rows=1, key=key, seen=seen)
        return _decided(target, f"{target} is {'corrected' if target.is_decided else 'resolved'}.")


class Reject(ActionPage):
    """Drops what waits to be confirmed, one's own too."""

    slug, label, can, is_danger, previews = "reject", "Reject the result", Can.RESOLVE, True, True
    help = "Drops the proposed result. An event that is not decided stays closed until somebody opens it."

    def offered(self, target: Event) -> bool:
        return resolving.waiting_for(target) is not None

    def overview(self, target: Event) -> Preview | None:
        proposal = resolving.waiting_for(target)
        return Preview(_proposed(target, proposal)) if proposal else None

    def preview(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Preview:
        proposal = _the_proposal(target)
        return _naming(
            proposal,
            Preview(
                verb=self.label, facts=[*_proposed(target, proposal), ("Moves to wallets now", "nothing")]
            ),
        )

    def act(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Done:
        key, _ = _named(data["seen"])
        event = resolving.reject_result(by=by, game_id=target.pk, reason=data["reason"], key=key)
        rest = "What was decided before stands." if event.is_decided else "The event stays closed."
        return Done(page_url(event), f"The proposed result of {event} is rejected. {rest}")


class VoidEvent(Deciding):
    slug, label, is_danger = "void", "Void", True
    help = "Calls the event off, after a result too: every stake goes back."

    def offered(self, target: Event) -> bool:
        return target.status != Status.VOIDED and not resolving.waiting_for(target)

    def overview(self, target: Event) -> Preview | None:
        return Preview((), warnings=doubts.of_name(target.game))

    def considered(self, by: User, target: Event, data: Mapping[str, Any]) -> Considered:
        check_looked_at(by, target)
        return called_off(target)

    def facts(self, target: Event, what: Considered) -> Sequence[tuple[str, object]]:
        return [("Called off", target)]

    def act(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Done:
        event = resolving.call_off(by=by, game_id=target.pk, reason=data["reason"], seen=data["seen"])
        return _decided(event, f"{event} is void.")


def true_words(event: Event, weights: Mapping[str, Any]) -> str:
    """What came true, in the words of the event."""
    labels = {option.id: option.label for option in event.game.config.options}
    told = [
        f"{labels[option]} ({Decimal(weight):.2%})"
        for option, weight in weights.items()
        if Decimal(weight) and option in labels
    ]
    return told[0].removesuffix(" (100.00%)") if len(told) == 1 else ", ".join(told)


def _decided(event: Event, words: str) -> Done:
    return Done(page_url(event), f"{words} Below stands how far its bets are settled.")


def is_draft(event: Event) -> bool:
    """Whether it is not on offer, and nobody has a stake on it. No query where `game__books` were fetched."""
    return not (event.is_decided or event.game.is_active or resolving.staked_on(event))


def _takes_two(event: Event) -> bool:
    return resolving.staked_on(event) >= settings.RESOLVE_CONFIRM_FROM


def _why_not(event: Event) -> str:
    """What stands in the way of deciding the event, if it is told in a sentence of its own."""
    proposal = resolving.waiting_for(event)
    if proposal:
        what = true_words(event, proposal.weights)
        told = f"A result waits: {what}, proposed by {proposal.proposed_by}."
        return f"{told} Confirm it, or reject it first, whoever has proposed it."
    if event.is_decided:
        return f"It is decided already: {event.get_status_display()}. Another result is a correction."
    if is_draft(event):
        return "It is a draft: nobody could bet on it. Void it if it is not to be."
    return ""


def _the_proposal(event: Event) -> Proposal:
    proposal = resolving.waiting_for(event)
    if proposal is None:
        raise NothingProposed
    return proposal


def _proposed(event: Event, proposal: Proposal) -> list[tuple[str, object]]:
    lapses = timezone.localtime(proposal.lapses_at)
    return [
        ("What came true", true_words(event, proposal.weights)),
        ("Proposed by", proposal.proposed_by),
        ("Why", proposal.reason or "–"),
        ("Lapses", f"{lapses:%d %b %Y, %H:%M}"),
    ]


def _naming(proposal: Proposal, preview: Preview) -> Preview:
    """`preview`, which comes back with the key of what it is of."""
    return replace(preview, seal=f"{proposal.key} {preview.seal}")


def _named(seen: str) -> tuple[uuid.UUID | None, str]:
    """The key of the proposal that was looked at, and the seal of what it leads to."""
    key, _, seal = seen.partition(" ")
    try:
        return (uuid.UUID(key) if key else None), seal
    except ValueError:
        raise ProposalChanged from None
