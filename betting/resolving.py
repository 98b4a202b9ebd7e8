"""Results as staff tell them: decided at once or, where much is staked, proposed by one and confirmed by another.

Pages and programs come through here. Each to be called in a transaction; `betting.settlement` then settles what was
decided. `seen` is the `seal` of the preview that was looked at: where something else would come of it by now, it is
refused (PreviewPast); empty: whatever comes of it.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from django.conf import settings
from django.db.models import F, QuerySet

from accounts.models import User
from betting.errors import NothingProposed, PreviewPast, ProposalChanged
from betting.events import Keep, lock_to_decide, look_at, resolve_event, void_event
from betting.models import Proposal
from betting.preview import ROWS_MAX, Considered, Decision, by_bet, called_off, weighed
from games.errors import EventDecided, ResultProposed
from games.models import Event
from quantix import audit, clock
from wallets.errors import OwnRequest


@dataclass(frozen=True)
class Result:
    """How an event came out, in the words of `resolve_event`."""

    weights: Mapping[str, Decimal]
    outcome_known_at: datetime | Keep | None = Keep.AS_IT_WAS
    reason: str = ""


@dataclass(frozen=True)
class Told:
    """What a result led to: decided, only looked at, or waiting for another (a `proposal`, and no `decision` yet)."""

    status: Literal["resolved", "preview", "pending"]
    event: Event
    decision: Decision | None = None
    proposal: Proposal | None = None


def preview_result(*, by: User, game_id: int, result: Result, rows: int = ROWS_MAX) -> Told:
    """What `tell_result` would lead to in the end; refused as it would be, and nothing is written or locked."""
    event = look_at(by, game_id)
    what = weighed(event, result.weights, result.outcome_known_at)
    return Told("preview", event, by_bet(what, rows=rows))


def tell_result(
    *,
    by: User,
    game_id: int,
    result: Result,
    rows: int = ROWS_MAX,
    seen: str = "",
    corrects: bool = True,
    replaces: bool = True,
) -> Told:
    """Resolve the event so, or propose it: from RESOLVE_CONFIRM_FROM staked on it, another has to confirm.

    The same result again changes nothing. Raises NotFound, OwnPosition, WeightsInvalid, SeasonArchived, PreviewPast,
    EventDecided where another result stands and `corrects` is not set, and ResultProposed where one waits and
    `replaces` is not set.
    """
    event = lock_to_decide(by, game_id)
    what = weighed(event, result.weights, result.outcome_known_at)
    decision = by_bet(what, rows=rows)
    if (event.status, event.weights, event.outcome_known_at) == (what.status, what.weights, what.known_at):
        return Told("resolved", event, replace(decision, changes=[]))
    if event.is_decided and not corrects:
        raise EventDecided("This event was decided meanwhile. If it was decided wrongly, correct the result.")
    if not replaces:
        refuse_while_proposed(event)
    _check_seen(decision, seen)
    if staked_on(event) >= settings.RESOLVE_CONFIRM_FROM:
        return Told("pending", event, proposal=_propose(event, by, what, result.reason))
    return Told("resolved", _resolve(by, event, result), decision)


def demand_another(by: User, proposal: Proposal) -> None:
    """Raises OwnRequest for who proposed it."""
    if proposal.proposed_by_id == by.pk:
        raise OwnRequest


def confirm_result(
    *, by: User, game_id: int, rows: int = ROWS_MAX, key: uuid.UUID | None = None, seen: str = ""
) -> Told:
    """Resolve the event as another member of staff has proposed: by the proposal of this `key`, if it is given.

    Raises NotFound, OwnPosition, SeasonArchived, OwnRequest, ProposalChanged, PreviewPast, and NothingProposed where
    nothing waits: it was confirmed or rejected, has lapsed, or the event was decided otherwise meanwhile.
    """
    event, proposal = _locked(by, game_id, key)
    demand_another(by, proposal)
    result = result_of(proposal)
    decision = by_bet(weighed(event, result.weights, result.outcome_known_at), rows=rows)
    _check_seen(decision, seen)
    audit.record(actor=by, action="event.confirm", target=event.game, before=_told(proposal))
    return Told("resolved", _resolve(by, event, result), decision)


def reject_result(*, by: User, game_id: int, reason: str, key: uuid.UUID | None = None) -> Event:
    """Drop the result that waits, also one's own: nothing is decided, and the event stays closed until it is opened.

    Raises NotFound, OwnPosition, SeasonArchived, NothingProposed, ProposalChanged.
    """
    event, proposal = _locked(by, game_id, key)
    proposal.delete()
    action = "event.withdraw" if proposal.proposed_by_id == by.pk else "event.reject"
    audit.record(actor=by, action=action, target=event.game, before=_told(proposal), reason=reason)
    return event


def call_off(*, by: User, game_id: int, reason: str, seen: str = "") -> Event:
    """`betting.events.void_event`, of what was `seen`. Raises ResultProposed where a result waits, and PreviewPast."""
    event = lock_to_decide(by, game_id)
    refuse_while_proposed(event)
    if seen:
        _check_seen(by_bet(called_off(event), rows=1), seen)
    return void_event(by=by, game_id=game_id, reason=reason)


def result_of(proposal: Proposal) -> Result:
    weights = {option: Decimal(weight) for option, weight in proposal.weights.items()}
    return Result(weights, proposal.outcome_known_at, proposal.reason)


def waiting() -> QuerySet[Proposal]:
    """The proposals that can be confirmed: none that has lapsed, or whose event was decided otherwise meanwhile."""
    since = clock.now() - timedelta(hours=Proposal.HOURS)
    return Proposal.objects.filter(proposed_at__gt=since, settlement=F("event__settlement"))


def waiting_for(event: Event) -> Proposal | None:
    """The result of `event` that can be confirmed. One query, or none where `proposal` was fetched with the event."""
    proposal: Proposal | None = getattr(event, "proposal", None)
    if proposal is None or proposal.settlement != event.settlement:
        return None
    return proposal if clock.now() < proposal.lapses_at else None


def refuse_while_proposed(event: Event) -> None:
    """Raises ResultProposed. Registered with `games.hooks.event_opening`: no bet comes between two who look."""
    if waiting().filter(event=event).exists():
        raise ResultProposed


def staked_on(event: Event) -> Decimal:
    """The pool: what bets on the event have staked, voided ones left out. One query, or none as `current_state`."""
    return sum((book.stakes for book in event.game.books.all()), Decimal(0))


def _check_seen(decision: Decision, seen: str) -> None:
    if seen and seen != decision.seal:
        raise PreviewPast


def _locked(by: User, game_id: int, key: uuid.UUID | None) -> tuple[Event, Proposal]:
    """The event, locked, and the result that waits for it."""
    event = lock_to_decide(by, game_id)
    proposal = waiting().filter(event=event).first()
    if proposal is None:
        raise NothingProposed
    if key not in (None, proposal.key):
        raise ProposalChanged
    return event, proposal


def _resolve(by: User, event: Event, result: Result) -> Event:
    Proposal.objects.filter(event=event).delete()
    return resolve_event(
        by=by,
        game_id=event.pk,
        weights=result.weights,
        outcome_known_at=result.outcome_known_at,
        reason=result.reason,
    )


def _propose(event: Event, by: User, what: Considered, reason: str) -> Proposal:
    # The event's row is locked: of two proposals at once the later one stands.
    replaced = Proposal.objects.filter(event=event).first()
    proposal, _ = Proposal.objects.update_or_create(
        event=event,
        defaults={
            "key": uuid.uuid4(),
            "weights": what.weights,
            "outcome_known_at": what.known_at,
            "reason": reason,
            "settlement": event.settlement,
            "proposed_by": by,
            "proposed_at": clock.now(),
        },
    )
    audit.record(
        actor=by,
        action="event.propose",
        target=event.game,
        before={"status": event.status} | (_told(replaced) if replaced else {}),
        after={"status": _closed(event)} | _told(proposal),
        reason=reason,
    )
    return proposal


def _closed(event: Event) -> str:
    """The status of the event, which takes no more bets: what the second looks at is what the first has looked at."""
    if not event.is_decided and event.status != Event.Status.CLOSED:
        event.status = Event.Status.CLOSED
        event.save(update_fields=["status"])
    return str(event.status)


def _told(proposal: Proposal) -> dict[str, Any]:
    known_at = proposal.outcome_known_at
    return {
        "weights": proposal.weights,
        "outcome_known_at": known_at.isoformat() if known_at else None,
        "proposed_by": proposal.proposed_by_id,
    }
