"""Games made and changed by staff: forms drawn from the engines, and a look at what comes of it before it is saved."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django import forms

from accounts.backoffice import ActionPage, Done, Panel, Preview, page_url
from accounts.models import User
from accounts.roles import Can
from games.config_form import GameForm, words_of
from games.config_words import in_words
from games.engines import KIND_FIELD
from games.engines.base import Engine
from games.engines.prediction.event import Prediction
from games.models import Game
from games.selectors import questions_for
from games.services.events import check_game, save_game
from quantix.db import in_one_transaction
from quantix.errors import Invalid
from quantix.templatetags.ui import moment, money_filter, odds

T = TypeVar("T")

#: What staff call a kind whose own name says little.
_KINDS = {"fixed": "fixed odds", "lmsr": "market maker"}
_ABOUT = ("name", "description", "is_active", "is_daily", "metadata")

#: What higher rooms have to say of a game before it is saved: each gives warnings.
doubts: list[Callable[[Game], Sequence[str]]] = []


class EditGame(ActionPage):
    slug, label, can, previews = "edit", "Edit", Can.MANAGE_GAMES, True
    help = "Running sessions and bets keep what they began with."

    def game_of(self, target: Any) -> Game:
        """The game that `target` is about."""
        game: Game = target
        return game

    def page_of(self, game: Game) -> str:
        """Where to go once it is saved."""
        return page_url(game)

    def form(self, target: Any, **kwargs: Any) -> forms.Form:
        game = self.game_of(target)
        return GameForm(game.engine, game if game.pk else None, **kwargs)

    def grown(self, target: Any, sent: Mapping[str, Any]) -> forms.Form:
        game = self.game_of(target)
        return GameForm(game.engine, game if game.pk else None, sent)

    def preview(self, *, by: User, target: Any, data: Mapping[str, Any]) -> Preview:
        before = self.game_of(target)
        game = _written(copy(before), data)
        _told_in_words(lambda: in_one_transaction(lambda: check_game(by=by, game=game)))
        warnings = [*_too_few_questions(game), *(doubt for each in doubts for doubt in each(game))]
        return Preview(list(_changes(before, game)), cost_panel(game), warnings)

    def act(self, *, by: User, target: Any, data: Mapping[str, Any]) -> Done:
        game = _told_in_words(lambda: save_game(by=by, game=_written(self.game_of(target), data)))
        return Done(self.page_of(game), f"{game} is saved.{self.rest(game)}")

    def rest(self, game: Game) -> str:
        """What else to say of the saved game."""
        return ""


class NewGame(EditGame):
    """A list action for each kind of game that there is."""

    is_for_list = True
    help = "What is left empty takes the value that is usual."

    def __init__(self, engine: Engine[Any, Any]) -> None:
        kind = kind_words(engine)
        self.engine = engine
        self.slug = f"new-{engine.type}{'-' if kind else ''}{engine.kind}"
        self.label = f"New {engine.type}{': ' if kind else ''}{kind}"

    def page_of(self, game: Game) -> str:
        """Of an event the page on which it is opened."""
        return page_url(game.event if game.type == Game.Type.PREDICTION else game)

    def rest(self, game: Game) -> str:
        return "" if game.is_active else " No player sees it yet."

    def game_of(self, target: Any) -> Game:
        field = KIND_FIELD[self.engine.type]
        return Game(type=self.engine.type, metadata={field: self.engine.kind} if field else {})


def kind_words(engine: Engine[Any, Any]) -> str:
    """What staff call the kind."""
    return _KINDS.get(engine.kind, engine.kind.replace("_", " "))


def cost_panel(game: Game) -> Panel | None:
    """What each option of an event can cost the house, before there is a bet. None for what is no event."""
    engine = game.engine
    if not isinstance(engine, Prediction):
        return None
    config = game.config
    told, at_most = engine.odds(engine.state_type(config=config)), engine.losses_at_most(config)
    rows = [
        [o.label, odds(told[o.id]) if told[o.id] else "–", money_filter(at_most[o.id])]
        for o in config.options
    ]
    title = f"What it can cost: {money_filter(max(at_most.values(), default=Decimal(0)))} at most"
    return Panel(title, ["option", "odds to begin with", "house loses at most"], rows, figures=(1, 2))


def _told_in_words(deed: Callable[[], T]) -> T:
    """What `deed` gives; what it refuses of the configuration in the words of the form."""
    try:
        return deed()
    except Invalid as refusal:
        detail = "" if refusal.errors else refusal.detail
        raise Invalid(*map(in_words, refusal.errors), detail=detail) from refusal


def _written(game: Game, data: Mapping[str, Any]) -> Game:
    for name in _ABOUT:
        if name in data:
            setattr(game, name, data[name])
    return game


def _changes(before: Game, after: Game) -> Iterator[tuple[str, object]]:
    """What the form changes, in words; of a new game all there is."""
    was, now = (dict(_told(before)) if before.pk else {}), dict(_told(after))
    changed = [path for path in {**was, **now} if was.get(path) != now.get(path)]
    for path in changed:
        old, new = was.get(path, "–"), now.get(path, "–")
        yield words_of(path), f"{old} → {new}" if before.pk else new
    if not changed:
        yield "Changes", "nothing"


def _told(game: Game) -> Iterator[tuple[str, str]]:
    """(path, what stands there) of all that the form writes."""
    yield "name", game.name
    yield "description", game.description or "–"
    yield "on offer", "yes" if game.is_active else "no"
    yield from _flat(game.metadata)


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _flat(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for number, part in enumerate(value):
            yield from _flat(part, f"{path}.{number}")
    elif path.endswith("_at") and value:
        # As it was written in the form: in the time of the site.
        yield path, moment(datetime.fromisoformat(value))
    else:
        yield path, _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value in (None, "") else str(value)


def _too_few_questions(game: Game) -> Sequence[str]:
    """Of a quiz: how many questions there are for it, where they do not last for more than a few sessions."""
    if not game.engine.draws_questions:
        return []
    config, found = game.config, questions_for(game.config.tags)
    if found < config.questions:
        return [f"The bank has {found} questions with these tags: too few, nobody can start it."]
    if found < 3 * config.questions:
        return [
            f"The bank has {found} questions with these tags: after a few sessions a player has seen all."
        ]
    return []
