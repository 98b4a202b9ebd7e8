"""The way of an event: made, opened, closed, decided, settled. Where it stands, and what can be done there."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

from django.db.models import Count, Q

from accounts.backoffice import Step, Steps
from betting.backoffice.results import is_draft, true_words
from betting.resolving import waiting_for
from games.models import Event, GameSession
from quantix import clock
from quantix.templatetags.ui import moment

Status = Event.Status


class Phase(Enum):
    """Where an event stands, in the words of the back-office."""

    DRAFT = "not on offer"
    UPCOMING = "opens later"
    OPEN = "open"
    SUSPENDED = "suspended"
    CLOSED = "waits for a result"
    PROPOSED = "waits for a second"
    SETTLING = "being settled"
    RESOLVED = "resolved"
    VOIDED = "void"


#: What the moment asks for.
_WORDS = {
    Phase.DRAFT: "Not on offer: no player sees it. See it as a player does, then open it.",
    Phase.UPCOMING: "On offer. It takes bets from {opens_at} on, until {closes_at}.",
    Phase.OPEN: "Takes bets until {closes_at}. Suspend it for a while, or close it if the result may be known early.",
    Phase.SUSPENDED: "Takes no bets until somebody opens it again.",
    Phase.CLOSED: "Takes no more bets. Resolve it as soon as the result is told; void it if there will be none.",
    Phase.PROPOSED: "A result is told. Another member of staff confirms or rejects it; until then it takes no bets.",
    Phase.SETTLING: "Decided. Its bets are being settled: the worker goes on with it, whatever becomes of this page.",
    Phase.RESOLVED: "Decided and settled. If the result was wrong, correct it: only differences are posted.",
    Phase.VOIDED: "Called off: every stake went back. If that was wrong, correct it.",
}
_TOO_LATE = "Not on offer, and its time to bet is over: nobody could bet on it. Edit its times, or void it."
_CORRECTION = "A correction is told, and waits until another member of staff confirms or rejects it."
_BEFORE = (Phase.DRAFT, Phase.UPCOMING)
_TAKES_BETS = (Phase.OPEN, Phase.SUSPENDED)
_WAITS = (Phase.CLOSED, Phase.PROPOSED)


def phase_of(event: Event, now: datetime) -> Phase:
    """No query where `game`, its `books` and `proposal` were fetched with the event."""
    if event.is_decided:
        return _decided(event)
    if waiting_for(event):
        return Phase.PROPOSED
    if is_draft(event):
        return Phase.DRAFT
    if event.status == Status.CLOSED or event.closes_at <= now:
        return Phase.CLOSED
    if not event.game.is_active:
        return Phase.DRAFT
    if event.status == Status.SUSPENDED:
        return Phase.SUSPENDED
    return Phase.OPEN if event.opens_at <= now else Phase.UPCOMING


def _decided(event: Event) -> Phase:
    if event.settled_at is None:
        return Phase.SETTLING
    return Phase.RESOLVED if event.status == Status.RESOLVED else Phase.VOIDED


def way_of(event: Event) -> Steps:
    """One query while it is being settled, else none."""
    phase = phase_of(event, clock.now())
    words = _WORDS[phase].format(opens_at=moment(event.opens_at), closes_at=moment(event.closes_at))
    if phase is Phase.DRAFT and event.closes_at <= clock.now():
        words = _TOO_LATE
    if event.is_decided and waiting_for(event):
        words = f"{_CORRECTION} {words}"
    steps = [
        Step("Made", "done", moment(event.game.created_at)),
        Step("Opens", _state(phase, now=_BEFORE, before=()), moment(event.opens_at)),
        Step("Closes", _state(phase, now=_TAKES_BETS, before=_BEFORE), _closing(event, phase)),
        Step("Result", _state(phase, now=_WAITS, before=(*_BEFORE, *_TAKES_BETS)), _result(event)),
        _settled(event, phase),
    ]
    return Steps(words, steps, is_moving=phase is Phase.SETTLING)


def _state(phase: Phase, *, now: Sequence[Phase], before: Sequence[Phase]) -> str:
    return "now" if phase in now else "next" if phase in before else "done"


def _closing(event: Event, phase: Phase) -> str:
    if phase is Phase.SUSPENDED:
        return "suspended"
    if phase in _BEFORE or phase in _TAKES_BETS:
        return moment(event.closes_at)
    # When somebody closes it, that moment is in the audit trail alone.
    if (event.decided_at or clock.now()) < event.closes_at:
        return f"by hand; was to be {moment(event.closes_at)}"
    latest = " at the latest" if event.status == Status.CLOSED else ""
    return f"{moment(event.closes_at)}{latest}"


def _result(event: Event) -> str:
    proposal = waiting_for(event)
    if event.status == Status.VOIDED:
        return "called off"
    if event.weights:
        return true_words(event, event.weights)
    return f"{true_words(event, proposal.weights)}, told by {proposal.proposed_by}" if proposal else ""


def _settled(event: Event, phase: Phase) -> Step:
    if phase is not Phase.SETTLING:
        at = event.settled_at
        return Step("Settled", "done" if at else "next", moment(at) if at else "")
    part, whole = progress_of(event)
    return Step("Settled", "now", f"{part:,} of {whole:,} players", part, whole)


def progress_of(event: Event) -> tuple[int, int]:
    """How many of the event's players are settled, and how many there are. One query, which reads this event's only."""
    counted = GameSession.objects.filter(game=event.pk).aggregate(
        part=Count("pk", filter=Q(pk__lte=event.settled_through)), whole=Count("pk")
    )
    return counted["part"], counted["whole"]
