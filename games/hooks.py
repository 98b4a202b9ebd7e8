"""Moments of play in which betting takes part."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from quantix.hooks import Hook

if TYPE_CHECKING:
    from games.models import GameSession

#: (market, choice) -> won; None: the stake goes back.
Settle = Callable[[str, str], bool | None]

#: A session ended, in whatever way; called in the transaction that ends it.
session_ended: "Hook[[GameSession, Settle]]" = Hook("games.session_ended")
