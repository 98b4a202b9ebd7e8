"""Moments of play in which betting takes part."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from quantix.hooks import Hook

if TYPE_CHECKING:
    from games.models import Event, GameSession

#: (market, choice) to whether a bet on it is won; None: the stake goes back. Holds all that a session has.
Verdicts = Mapping[tuple[str, str], bool | None]

#: A session ended, in whatever way; called in the transaction that ends it.
session_ended: "Hook[[GameSession, Verdicts]]" = Hook("games.session_ended")

#: An event was made or changed; called in the transaction that writes it. `event.game` is loaded.
event_saved: "Hook[[Event]]" = Hook("games.event_saved")

#: An event is about to take bets (again); called with its row locked. What is registered refuses where it may not.
event_opening: "Hook[[Event]]" = Hook("games.event_opening")
