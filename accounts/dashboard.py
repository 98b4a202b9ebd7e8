"""What the front page of the back-office draws of accounts."""

from collections.abc import Sequence
from typing import Any

from accounts.backoffice import days_url
from accounts.models import User
from accounts.roles import Can, may
from quantix.dashboard import NUMBER, Chart, Measure

JOINED = Measure("sign-ups", lambda span: span.added["players.joined"], lambda span: days_url(User, span))


def charts(user: Any) -> Sequence[Chart]:
    if not may(user, Can.READ_PLAYERS):
        return ()
    return (Chart("Sign-ups", "Players who proved their address.", NUMBER, [JOINED]),)
