"""Opening and closing events."""

from collections.abc import Mapping
from typing import Any

from django import forms

from accounts.backoffice import ActionPage, Done, page_url
from accounts.models import User
from accounts.roles import Can
from games.models import Event
from games.services.events import set_event_status


class SetStatus(ActionPage):
    """Open, suspend or close: one action for each status that staff set."""

    can, form_class = Can.MANAGE_GAMES, forms.Form

    def __init__(self, status: str, label: str, help: str) -> None:
        self.status = self.slug = status
        self.label, self.help = label, help

    def offered(self, target: Event) -> bool:
        return not target.is_decided and target.status != self.status

    def act(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Done:
        event = set_event_status(by=by, game_id=target.pk, status=self.status)
        return Done(page_url(event), f"{event} is {event.get_status_display()} now.")
