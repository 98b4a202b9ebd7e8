"""What staff do to events, bets and sessions: open and close, decide, call off. Each is one call of a service."""

from betting.backoffice.bets import Collect, VoidBet
from betting.backoffice.events import EditEvent, Open, SetStatus
from betting.backoffice.results import Confirm, Correct, Reject, Resolve, VoidEvent
from betting.backoffice.sessions import ForfeitSession, VoidSession

__all__ = [
    "Collect",
    "Confirm",
    "Correct",
    "EditEvent",
    "ForfeitSession",
    "Open",
    "Reject",
    "Resolve",
    "SetStatus",
    "VoidBet",
    "VoidEvent",
    "VoidSession",
]
