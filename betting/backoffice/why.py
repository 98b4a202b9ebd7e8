"""Why a bet came out as it did, in words: by its session or its event, in part, called off, too late."""

from decimal import Decimal

from betting.backoffice.results import true_words
from betting.models import Bet
from games.models import Event
from quantix.templatetags.ui import moment, money_filter

Outcome = Bet.Outcome
_OF_SESSION = {
    Outcome.WIN: "What it was on came true in the session.",
    Outcome.LOSS: "What it was on did not come true in the session.",
    Outcome.VOID: "Its session was called off.",
}


def why_of(bet: Bet) -> str:
    """The reason in a sentence. No query where `game__event` was fetched with the bet."""
    if bet.outcome is None:
        return "Nothing is decided yet."
    if "voided" in bet.metadata:
        return "Staff have voided this bet. Its audit trail says who, and why."
    if bet.outcome == Outcome.CASHED_OUT:
        return "It was sold back before the end."
    if bet.mechanism is None:
        return _OF_SESSION[Outcome(bet.outcome)]
    return _of_event(bet, bet.game.event)


def _of_event(bet: Bet, event: Event) -> str:
    if bet.outcome == Outcome.VOID:
        return _void(bet, event)
    weight = Decimal(event.weights.get(bet.choice, 0)) if event.weights else Decimal(0)
    if not weight:
        return f"What came true: {true_words(event, event.weights or {})}."
    label = true_words(event, {bet.choice: "1"})
    how = f"{label} came true" + ("" if weight == 1 else f" in part ({_plain(weight)})")
    return f"{how}: {_pays(bet, weight)}."


def _void(bet: Bet, event: Event) -> str:
    if event.status == Event.Status.VOIDED:
        return "Its event was called off. The audit trail of the event says who did it, and why."
    if event.outcome_known_at and bet.placed_at >= event.outcome_known_at:
        return f"It was placed when the result could be known, from {moment(event.outcome_known_at)} on."
    return "The pool had no two sides: every stake went back."


def _pays(bet: Bet, weight: Decimal) -> str:
    part = "" if weight == 1 else f" × {_plain(weight)}"
    if bet.mechanism == "pool":
        return "it has its part of the pool"
    if bet.mechanism == "lmsr":
        return f"{_plain(Decimal(bet.metadata['shares']))} shares × ₹1.00{part}, rounded down"
    return f"{money_filter(bet.amount)} × {bet.odds}{part}, rounded down"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
