"""Deciding an event: staff say how it came out; `betting.settlement` then settles it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts import roles
from accounts.models import User
from betting.errors import OwnPosition, WeightsInvalid
from games.engines import engine_for
from games.errors import EventDecided
from games.models import Event, GameSession
from games.services.events import lock_event
from quantix import audit, clock

Status = Event.Status


def resolve_event(
    *,
    by: User,
    game_id: int,
    weights: Mapping[str, Decimal],
    outcome_known_at: datetime | None = None,
    reason: str = "",
) -> Event:
    """Say how the event came out: option to share of the truth, adding up to exactly 1. In a transaction.

    Bets placed at or after `outcome_known_at` will be void. Raises NotFound, EventDecided, OwnPosition,
    WeightsInvalid.
    """
    event = _lock_undecided(by, game_id)
    _check_weights(event, weights)
    event.weights = {option: format(weight.normalize(), "f") for option, weight in weights.items() if weight}
    event.outcome_known_at = outcome_known_at
    return _decide(event, by, Status.RESOLVED, reason)


def void_event(*, by: User, game_id: int, reason: str) -> Event:
    """Call the event off: every stake goes back. In a transaction. Raises NotFound, EventDecided, OwnPosition."""
    return _decide(_lock_undecided(by, game_id), by, Status.VOIDED, reason)


def _lock_undecided(by: User, game_id: int) -> Event:
    roles.demand(by, roles.Can.RESOLVE)
    event = lock_event(game_id)
    if event.is_decided:
        raise EventDecided
    if GameSession.objects.filter(game_id=game_id, user=by).exists():
        raise OwnPosition
    return event


def _check_weights(event: Event, weights: Mapping[str, Decimal]) -> None:
    config: Any = engine_for(event.game.type, event.game.metadata).load_config(event.game.metadata)
    unknown = set(weights) - {option.id for option in config.options}
    if unknown:
        raise WeightsInvalid(f"This event has no option {min(unknown)!r}.", field="weights")
    if any(not 0 <= weight <= 1 for weight in weights.values()) or sum(weights.values()) != 1:
        raise WeightsInvalid("The weights are between 0 and 1 and add up to exactly 1.", field="weights")


def _decide(event: Event, by: User, status: str, reason: str) -> Event:
    before = {"status": event.status}
    event.status, event.decided_at, event.decided_by = status, clock.now(), by
    event.settlement += 1
    event.save(
        update_fields=["status", "weights", "outcome_known_at", "decided_at", "decided_by", "settlement"]
    )
    after = {"status": status, "weights": event.weights, "settlement": event.settlement}
    audit.record(
        actor=by, action=f"event.{status}", target=event.game, before=before, after=after, reason=reason
    )
    return event
