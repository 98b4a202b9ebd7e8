"""Results as staff tell them: decided at once or, where much is staked, proposed by one and confirmed by another.

Pages and programs come through here. Each to be called in a transaction; `betting.settlement` then settles what was
decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from django.conf import settings
from django.db.models import F, QuerySet, Sum

from accounts.models import User
from betting.errors import NothingProposed
from betting.events import Keep, check_weights, known_at_of, lock_to_decide, resolve_event, written
from betting.models import OptionBook, Proposal
from betting.preview import ROWS_MAX, Decision, considered
from games.models import Event, GameSession
from quantix import audit, clock
from wallets.errors import OwnRequest

#: A proposal that nobody has confirmed by then has lapsed.
PROPOSAL_HOURS = 24


@dataclass(frozen=True)
class Result:
    """How an event came out, in the words of `resolve_event`."""

    weights: Mapping[str, Decimal]
    outcome_known_at: datetime | Keep | None = Keep.AS_IT_WAS
    reason: str = ""


@dataclass(frozen=True)
class Told:
    """What a result led to: decided, only looked at, or waiting for another (with no `decision` then)."""

    status: Literal["resolved", "preview", "pending"]
    event: Event
    decision: Decision | None = None


def preview_result(*, by: User, game_id: int, result: Result, rows: int = ROWS_MAX) -> Told:
    """What `tell_result` would lead to in the end; refused as it would be, and nothing is written."""
    event, known_at = _checked(by, game_id, result)
    return Told("preview", event, considered(event, result.weights, known_at, rows=rows))


def tell_result(*, by: User, game_id: int, result: Result, rows: int = ROWS_MAX) -> Told:
    """Resolve the event so, or propose it: from RESOLVE_CONFIRM_FROM staked on it, another has to confirm.

    The same result again changes nothing. Raises NotFound, OwnPosition, WeightsInvalid, SeasonArchived.
    """
    event, known_at = _checked(by, game_id, result)
    decision = considered(event, result.weights, known_at, rows=rows)
    if (event.status, event.weights, event.outcome_known_at) == (
        "resolved",
        written(result.weights),
        known_at,
    ):
        return Told("resolved", event, replace(decision, changes=[]))
    if staked_on(event) >= settings.RESOLVE_CONFIRM_FROM:
        _propose(event, by, result, known_at)
        return Told("pending", event)
    return Told("resolved", _resolve(by, event, result), decision)


def confirm_result(*, by: User, game_id: int, rows: int = ROWS_MAX) -> Told:
    """Resolve the event as another member of staff has proposed, with all bets that there are by now.

    Raises NotFound, OwnPosition, SeasonArchived, OwnRequest, and NothingProposed where nothing waits: it was
    confirmed, has lapsed, the event was decided otherwise meanwhile, or who proposed it has bet on it since.
    """
    event = lock_to_decide(by, game_id)
    proposal = waiting().filter(event=event).first()
    if proposal is None or GameSession.objects.filter(game=game_id, user=proposal.proposed_by_id).exists():
        raise NothingProposed
    if proposal.proposed_by_id == by.pk:
        raise OwnRequest
    result = result_of(proposal)
    check_weights(event, result.weights)
    decision = considered(event, result.weights, proposal.outcome_known_at, rows=rows)
    audit.record(actor=by, action="event.confirm", target=event.game, before=_told(proposal))
    return Told("resolved", _resolve(by, event, result), decision)


def result_of(proposal: Proposal) -> Result:
    weights = {option: Decimal(weight) for option, weight in proposal.weights.items()}
    return Result(weights, proposal.outcome_known_at, proposal.reason)


def waiting() -> QuerySet[Proposal]:
    """The proposals that can be confirmed: none that has lapsed, or whose event was decided otherwise meanwhile."""
    since = clock.now() - timedelta(hours=PROPOSAL_HOURS)
    return Proposal.objects.filter(proposed_at__gt=since, settlement=F("event__settlement"))


def staked_on(event: Event) -> Decimal:
    """The pool: what bets on the event have staked, voided ones left out."""
    stakes = OptionBook.objects.filter(game=event.pk).aggregate(sum=Sum("stakes"))["sum"]
    return stakes or Decimal(0)


def _checked(by: User, game_id: int, result: Result) -> tuple[Event, datetime | None]:
    """The event, locked, and when the result could be known, if `by` may tell this result."""
    event = lock_to_decide(by, game_id)
    check_weights(event, result.weights)
    return event, known_at_of(event, result.outcome_known_at)


def _resolve(by: User, event: Event, result: Result) -> Event:
    Proposal.objects.filter(event=event).delete()
    return resolve_event(
        by=by,
        game_id=event.pk,
        weights=result.weights,
        outcome_known_at=result.outcome_known_at,
        reason=result.reason,
    )


def _propose(event: Event, by: User, result: Result, known_at: datetime | None) -> None:
    # The event's row is locked: of two proposals at once the later one stands.
    replaced = Proposal.objects.filter(event=event).first()
    proposal, _ = Proposal.objects.update_or_create(
        event=event,
        defaults={
            "weights": written(result.weights),
            "outcome_known_at": known_at,
            "reason": result.reason,
            "settlement": event.settlement,
            "proposed_by": by,
            "proposed_at": clock.now(),
        },
    )
    audit.record(
        actor=by,
        action="event.propose",
        target=event.game,
        before=_told(replaced) if replaced else None,
        after=_told(proposal),
        reason=result.reason,
    )


def _told(proposal: Proposal) -> dict[str, Any]:
    known_at = proposal.outcome_known_at
    return {
        "weights": proposal.weights,
        "outcome_known_at": known_at.isoformat() if known_at else None,
        "proposed_by": proposal.proposed_by_id,
    }
