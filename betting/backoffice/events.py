"""Opening and closing events."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from accounts.backoffice import ActionPage, Done, Preview, page_url
from accounts.models import User
from accounts.roles import Can
from betting.backoffice import doubts
from betting.backoffice.liability import liability
from betting.backoffice.results import is_draft
from betting.resolving import waiting_for
from games.backoffice import EditGame
from games.models import Event, Game
from games.services.events import change_game, set_event_status
from quantix import clock
from quantix.templatetags.ui import moment, money_filter


class SetStatus(ActionPage):
    """Suspend or close: one action for each status that stops bets."""

    can, form_class = Can.MANAGE_GAMES, forms.Form

    def __init__(self, status: str, label: str, help: str, of: Sequence[str] = ()) -> None:
        self.status = self.slug = status
        self.label, self.help, self.of = label, help, of

    def offered(self, target: Event) -> bool:
        return target.status in self.of and target.closes_at > clock.now() and not is_draft(target)

    def act(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Done:
        event = set_event_status(by=by, game_id=target.pk, status=self.status)
        return Done(page_url(event), f"{event} is {event.get_status_display()} now.")


class EditEvent(EditGame):
    """The event's game, from the page of the event."""

    def offered(self, target: Event) -> bool:
        return not target.is_decided

    def game_of(self, target: Event) -> Game:
        return target.game

    def page_of(self, game: Game) -> str:
        return page_url(game.event)


class Open(SetStatus):
    """Lets the event take bets (again), and puts it on offer; after a look at what that may cost."""

    previews = True

    def __init__(self) -> None:
        super().__init__(
            Event.Status.OPEN, "Open", "Puts it on offer. It takes bets in its time, until it closes."
        )

    def offered(self, target: Event) -> bool:
        if target.is_decided or target.closes_at <= clock.now() or waiting_for(target):
            return False
        return target.status != self.status or not target.game.is_active

    def preview(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Preview:
        stakes = target.game.config.stakes
        facts = [
            ("Takes bets from", moment(target.opens_at)),
            ("Until", moment(target.closes_at)),
            ("One stake", f"{money_filter(stakes.min)} to {money_filter(stakes.max)}"),
        ]
        return Preview(facts, liability(None, target), doubts.of_offer(target.game))

    def act(self, *, by: User, target: Event, data: Mapping[str, Any]) -> Done:
        changes = {} if target.game.is_active else {"is_active": True}
        game = change_game(by=by, game_id=target.pk, changes=changes, status=self.status)
        return Done(page_url(game.event), f"{game} is open.")
