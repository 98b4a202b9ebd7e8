"""Deciding an event: staff say how it came out; `betting.settlement` then settles it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from accounts import roles
from accounts.models import User
from betting.errors import WeightsInvalid
from betting.standing.errors import SeasonArchived
from betting.standing.seasons import archived, refuse_if_archived
from games.errors import OwnPosition
from games.models import Event, GameSession
from games.services.events import lock_event
from quantix import audit, clock
from quantix.db import the_one

Status = Event.Status


class Keep(Enum):
    """Of a correction: what is not mentioned stays as it was decided before."""

    AS_IT_WAS = "as it was"


def resolve_event(
    *,
    by: User,
    game_id: int,
    weights: Mapping[str, Decimal],
    outcome_known_at: datetime | Keep | None = Keep.AS_IT_WAS,
    reason: str = "",
) -> Event:
    """Say how the event came out: option to share of the truth, adding up to exactly 1. In a transaction.

    Bets placed at or after `outcome_known_at` will be void. An event that was decided already is
    corrected: settling it again posts the differences; the same decision again changes nothing. Raises
    NotFound, OwnPosition, WeightsInvalid.
    """
    event = lock_to_decide(by, game_id)
    check_weights(event, weights)
    known_at = known_at_of(event, outcome_known_at)
    return _decide(event, by, Status.RESOLVED, written(weights), known_at, reason)


def void_event(*, by: User, game_id: int, reason: str) -> Event:
    """Call the event off, after a result too: every stake goes back. In a transaction. Raises NotFound, OwnPosition."""
    event = lock_to_decide(by, game_id)
    return _decide(event, by, Status.VOIDED, None, event.outcome_known_at, reason)


def lock_to_decide(by: User, game_id: int) -> Event:
    """The event, locked, if `by` may decide it. Raises Forbidden, NotFound, OwnPosition, SeasonArchived."""
    roles.demand(by, roles.Can.RESOLVE)
    event = lock_event(game_id)
    if GameSession.objects.filter(game_id=game_id, user=by).exists():
        raise OwnPosition
    refuse_if_archived(game_id=game_id)
    return event


def look_at(by: User, game_id: int) -> Event:
    """The event, if `by` may decide it, for a preview: nobody who bets waits meanwhile. Raises as `lock_to_decide`."""
    event: Event = the_one(looked_at(by, Event.objects.select_related("game")).filter(pk=game_id))
    check_looked_at(by, event)
    return event


def looked_at(by: User, events: QuerySet[Event]) -> QuerySet[Event]:
    """`events`, each with what `check_looked_at` asks."""
    mine = GameSession.objects.filter(game=OuterRef("pk"), user=by)
    return events.annotate(is_mine=Exists(mine), is_archived=archived("pk"))


def check_looked_at(by: User, event: Any) -> None:
    """Raises Forbidden, OwnPosition, SeasonArchived where `by` may not decide an event of `looked_at`."""
    roles.demand(by, roles.Can.RESOLVE)
    if event.is_mine:
        raise OwnPosition
    if event.is_archived:
        raise SeasonArchived


def check_weights(event: Event, weights: Mapping[str, Decimal]) -> None:
    """Raises WeightsInvalid unless `weights` can be the result of `event`."""
    unknown = set(weights) - {option.id for option in event.game.config.options}
    if unknown:
        raise WeightsInvalid(f"This event has no option {min(unknown)!r}.", field="weights")
    if any(not 0 <= weight <= 1 for weight in weights.values()) or sum(weights.values()) != 1:
        raise WeightsInvalid("The weights are between 0 and 1 and add up to exactly 1.", field="weights")


def written(weights: Mapping[str, Decimal]) -> dict[str, str]:
    """`weights` as an event keeps them: one form for each number, and no zeros."""
    return {option: format(weight.normalize(), "f") for option, weight in weights.items() if weight}


def known_at_of(event: Event, wanted: datetime | Keep | None) -> datetime | None:
    """When the result of `event` could be known, by a decision that says `wanted`."""
    known_at: datetime | None = event.outcome_known_at if isinstance(wanted, Keep) else wanted
    return known_at


_DECISION = (
    "status",
    "weights",
    "outcome_known_at",
    "decided_at",
    "decided_by",
    "settlement",
    "settled_through",
    "settled_at",
)


def _decide(
    event: Event,
    by: User,
    status: str,
    weights: dict[str, str] | None,
    outcome_known_at: datetime | None,
    reason: str,
) -> Event:
    before = _told(event)
    if (status, weights, outcome_known_at) == (event.status, event.weights, event.outcome_known_at):
        return event
    event.status, event.weights, event.outcome_known_at = status, weights, outcome_known_at
    event.decided_at, event.decided_by = clock.now(), by
    event.settlement, event.settled_through, event.settled_at = event.settlement + 1, 0, None
    event.save(update_fields=_DECISION)
    audit.record(
        actor=by,
        action=f"event.{status}",
        target=event.game,
        before=before,
        after=_told(event),
        reason=reason,
    )
    return event


def _told(event: Event) -> dict[str, Any]:
    known_at = event.outcome_known_at
    return {
        "status": event.status,
        "weights": event.weights,
        "settlement": event.settlement,
        "outcome_known_at": known_at.isoformat() if known_at else None,
    }
