"""That staff can set a player's limits lower."""

from collections.abc import Mapping
from typing import Any

from django import forms

from accounts.backoffice import ActionPage, Done, page_url
from accounts.models import User
from accounts.roles import Can
from betting.limits import services
from betting.limits.forms import LowerLimitsForm
from betting.limits.standing import NAMES, standing_of
from quantix import clock


class SetLimits(ActionPage):
    slug, label, can = "limits", "Set limits", Can.SET_LIMITS
    help = "Lower limits hold at once. Nobody but the player raises one, in 24 hours and with a second word."

    def form(self, target: User, **kwargs: Any) -> forms.Form:
        return LowerLimitsForm(standing=standing_of(target.pk, clock.now()), **kwargs)

    def act(self, *, by: User, target: User, data: Mapping[str, Any]) -> Done:
        limits = {name: data[name] for name in NAMES if data[name] is not None}
        services.lower_limits(by=by, user_id=target.pk, limits=limits, reason=data["reason"])
        return Done(page_url(target), f"The limits of {target} are lower now.")
