"""Events, as staff make and steer them. Settling their bets is betting's work. Each to be called in a transaction."""

from collections.abc import Mapping
from typing import Any

from accounts import roles
from accounts.models import User
from games import hooks
from games.engines import engine_for
from games.errors import EventDecided, NotAnEventStatus
from games.models import Event, Game
from quantix import audit, clock
from quantix.db import the_one
from quantix.errors import FieldError, Invalid

Status = Event.Status


def save_game(*, by: User, game: Game) -> Game:
    """Write a game, new or changed, with the event that a prediction has. Raises Invalid, naming each field at fault.

    A decided event's configuration stands for ever: raises EventDecided. What players have joined keeps
    the options that they may have bet on.
    """
    is_new = game.pk is None
    before = check_game(by=by, game=game)
    game.save()
    if game.type == Game.Type.PREDICTION:
        config = game.config
        window = {"opens_at": config.opens_at, "closes_at": config.closes_at}
        event, _ = Event.objects.update_or_create(game=game, defaults=window)
        event.game = game
        hooks.event_saved(event)
    audit.record(
        actor=by,
        action="game.create" if is_new else "game.change",
        target=game,
        before=before,
        after=_told(game),
    )
    return game


def check_game(*, by: User, game: Game) -> dict[str, Any]:
    """Raises what `save_game` would refuse; what the audit trail tells of the game as it was (nothing, if new)."""
    roles.demand(by, roles.Can.MANAGE_GAMES)
    is_new = game.pk is None
    before = {} if is_new else _told(Game.objects.get(pk=game.pk))
    if not is_new:
        event = Event.objects.select_for_update(no_key=True).filter(game=game).first()
        if event and event.is_decided:
            raise EventDecided("A decided event is not changed any more.")
        if event:
            _keep_what_bets_rest_on(game, before["metadata"])
    game.clean()
    _check_name(game)
    return before


def change_game(*, by: User, game_id: int, changes: Mapping[str, Any], status: str = "") -> Game:
    """Change the fields that `changes` names and, of a prediction, its event's `status` (open, suspended, closed).

    Raises NotFound, and what `save_game` and `set_event_status` do.
    """
    roles.demand(by, roles.Can.MANAGE_GAMES)
    game: Game = the_one(Game.objects.select_for_update(no_key=True).filter(pk=game_id))
    if changes:
        for name, value in changes.items():
            setattr(game, name, value)
        save_game(by=by, game=game)
    if status:
        if game.type != Game.Type.PREDICTION:
            raise Invalid(
                FieldError("status", "no-event", "A prediction has a status, other games have none.")
            )
        game.event = set_event_status(by=by, game_id=game_id, status=status)
    return game


def lock_event(game_id: int) -> Event:
    """The event, locked until the end of the transaction. Raises NotFound."""
    events = Event.objects.select_related("game").select_for_update(no_key=True, of=("self",))
    event: Event = the_one(events.filter(game_id=game_id))
    return event


def set_event_status(*, by: User, game_id: int, status: str) -> Event:
    """Suspend, close or open again an event that is not decided.

    Raises NotFound, EventDecided, NotAnEventStatus (also to open one whose time to bet is over), ResultProposed.
    """
    roles.demand(by, roles.Can.MANAGE_GAMES)
    if status not in (Status.OPEN, Status.SUSPENDED, Status.CLOSED):
        raise NotAnEventStatus("An event is opened, suspended or closed; it is resolved or voided elsewhere.")
    event = lock_event(game_id)
    if event.is_decided:
        raise EventDecided
    if status == Status.OPEN:
        _check_opening(event)
    before = event.status
    event.status = status
    event.save(update_fields=["status"])
    audit.record(
        actor=by,
        action=f"event.{status}",
        target=event.game,
        before={"status": before},
        after={"status": status},
    )
    return event


def _check_opening(event: Event) -> None:
    """Raises what opening the event refuses."""
    if event.closes_at <= clock.now():
        raise NotAnEventStatus("Its time to bet is over. Give it a later closing time, then open it.")
    hooks.event_opening(event)


def close_due_events() -> int:
    """Mark as closed the events whose closing time has passed; how many."""
    due = Event.objects.filter(status=Status.OPEN, closes_at__lte=clock.now())
    return due.update(status=Status.CLOSED)


def _check_name(game: Game) -> None:
    if not 0 < len(game.name.strip()) <= 100:
        raise Invalid(FieldError("name", "required", "A game has a name of 1 to 100 characters."))
    if Game.objects.filter(name=game.name).exclude(pk=game.pk).exists():
        raise Invalid(FieldError("name", "taken", "Another game has this name already."))


def _keep_what_bets_rest_on(game: Game, before: dict[str, Any]) -> None:
    """Bets name options, and were priced by a mechanism: neither goes away once somebody has joined. Raises Invalid."""
    game.clean()
    kept = {option["id"] for option in game.metadata["options"]}
    gone = [option["id"] for option in before["options"] if option["id"] not in kept]
    old: Any = engine_for(game.type, before)
    new: Any = game.engine
    is_other = new.bound(game.config) != old.bound(old.load_config(before))
    if not (gone or is_other) or not game.sessions.exists():
        return
    if gone:
        words = f"Players may have bet on {gone[0]!r}: it has to stay."
        raise Invalid(FieldError("options", "staked-on", words))
    words = (
        "Players may have bet already: the mechanism, and all that a market's prices rest on, have to stay."
    )
    raise Invalid(FieldError("mechanism", "staked-on", words))


def _told(game: Game) -> dict[str, Any]:
    told = {"name": game.name, "type": game.type, "is_active": game.is_active, "metadata": game.metadata}
    return told | ({"is_daily": True} if game.is_daily else {})
