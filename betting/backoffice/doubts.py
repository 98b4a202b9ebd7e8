"""What staff should think twice about before they decide an event: told, not refused."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from difflib import SequenceMatcher

from betting import books
from betting.preview import Considered
from games.engines.prediction.event import Prediction
from games.engines.prediction.fixed import FixedOdds
from games.models import Event, Game
from quantix import clock
from quantix.templatetags.ui import moment, money_filter, odds

#: Two names as alike as this are easily taken for one another (`difflib`: 1 is the same).
LIKE_FROM = 0.75
#: Of the events, the newest are compared.
COMPARED_MAX = 300
#: An event that closes sooner has hardly time to be bet on.
SOON = timedelta(hours=1)
#: One that closes later is hardly meant, or nobody remembers it when it does.
FAR = timedelta(days=366)
#: More than this is not lost on one event without a thought.
COST_DOUBTED = Decimal("100000.00")


def of_time(event: Event) -> Sequence[str]:
    """Where bets are still taken, or the event has not come to its end."""
    now = clock.now()
    if event.is_decided or event.closes_at <= now:
        return []
    until = moment(event.closes_at)
    if event.status == Event.Status.OPEN and event.game.is_active:
        return [f"It takes bets until {until}. Close it first, or somebody bets on what is known."]
    return [f"Its time to bet was to end on {until} only. Is the outcome known already?"]


def of_offer(game: Game) -> Sequence[str]:
    """Where what an event offers is hardly meant; nothing of other games. One query."""
    if game.type != Game.Type.PREDICTION:
        return []
    config, now = game.config, clock.now()
    doubts = [*of_name(game)]
    if isinstance(game.engine, FixedOdds) and game.engine.margin(config) < 0:
        doubts.append(
            "Whoever backs every option in proportion wins for sure: the odds are too good together."
        )
    if isinstance(game.engine, FixedOdds):
        short = [option.label for option in config.options if odds(option.odds) == odds(Decimal(1))]
        doubts += [
            f"The odds of {label} show as {odds(Decimal(1))}: nothing is won by it." for label in short
        ]
    if isinstance(game.engine, Prediction):
        cost = max(game.engine.losses_at_most(config).values(), default=Decimal(0))
        if cost > COST_DOUBTED:
            doubts.append(f"The house can lose {money_filter(cost)} on it. Is that meant?")
    if config.closes_at > now + FAR:
        doubts.append(f"It closes more than a year from now: {moment(config.closes_at)}. Is the year right?")
    if config.closes_at < now + SOON:
        word = "is over" if config.closes_at <= now else "is nearly over"
        doubts.append(f"Its time to bet {word}: it closes at {moment(config.closes_at)}.")
    return doubts


def of_name(game: Game) -> Sequence[str]:
    """Where another event is easily taken for this one. One query."""
    others = Event.objects.exclude(pk=game.pk).order_by("-pk").values_list("game__name", "closes_at")
    like = [
        f"“{name}” (closes {moment(closes_at)})"
        for name, closes_at in others[:COMPARED_MAX]
        if SequenceMatcher(None, name.lower(), game.name.lower()).ratio() >= LIKE_FROM
    ]
    return (
        [f"Another event has a like name: {', '.join(like)}. Is it this one that you mean?"] if like else []
    )


def of_result(event: Event, what: Considered) -> Sequence[str]:
    """Where the result leads to what is hardly meant. One query."""
    return [*_of_moment(event, what.known_at), *_of_backers(event, what)]


def _of_moment(event: Event, known_at: datetime | None) -> Sequence[str]:
    if known_at is None:
        return []
    if known_at <= event.opens_at:
        return [f"It opened after {moment(known_at)}: every bet is void."]
    return ["The moment from which bets are void is still to come."] if known_at > clock.now() else []


def _of_backers(event: Event, what: Considered) -> Sequence[str]:
    state = books.current_state(event)
    if not event.engine.total(state) or any(state.book(option).stakes for option in what.weights):
        return []
    then = "every stake goes back" if event.engine.kind == "pool" else "every bet is lost"
    return [f"Nobody has staked on what came true: {then}."]
