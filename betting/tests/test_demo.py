"""The demo: loaded once, whole, with the books right."""

from decimal import Decimal
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from accounts.models import User
from accounts.roles import ROLES
from accounts.webhooks.models import Webhook
from betting import settlement
from betting.backoffice.way import Phase, phase_of
from betting.collecting import collect
from betting.demo import content, doubles, history, office, people, puzzles
from betting.demo.crowd import CROWDS
from betting.models import AccountLink, Bet
from betting.resolving import confirm_result
from games.models import Event, Game, GameSession, Question
from quantix import backoffice, clock
from quantix.db import in_one_transaction
from wallets.models import Transaction, Wallet

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
TABLES: list[Any] = [User, Game, Event, Question, GameSession, Bet, Transaction, Wallet]


@pytest.fixture(autouse=True)
def roles_are_there(transactional_db) -> None:
    for name in ROLES:
        Group.objects.get_or_create(name=name)


def load() -> str:
    out = StringIO()
    call_command("demo", sessions=1, stdout=out)
    return out.getvalue()


def rows() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in TABLES}


def test_loaded_twice_it_is_there_once_and_everybody_can_play(settings):
    settings.DEBUG = True
    assert "Ready" in load()
    first = rows()
    shipped: list[list[Any]] = [
        content.QUIZZES,
        puzzles.PUZZLES,
        puzzles.DAILIES,
        content.EVENTS,
        content.PAST,
        list(CROWDS),
        office.ALL,
    ]
    assert first["Game"] == sum(map(len, shipped))
    assert first["Bet"] > 100 and first["User"] == len(people.STAFF) + 40
    assert "already" in load()
    assert rows() == first

    players = User.objects.filter(is_admin=False)
    assert all(wallet.balance >= Decimal("500.00") for wallet in Wallet.objects.filter(user__in=players))
    assert all(user.is_verified and user.check_password(people.PASSWORD) for user in players[:2])
    decided = Event.objects.filter(decided_at__isnull=False)
    # One of the office's was told wrongly, and corrected.
    ended = len(content.PAST) + sum(crowd.decided is not None for crowd in CROWDS) + 1
    assert decided.count() == ended and not decided.filter(settled_at=None).exists()
    assert not Bet.objects.open().filter(session__game__event__in=decided).exists()
    assert not GameSession.objects.running().exclude(game__type="prediction").exists()
    call_command("reconcile", quiet=True)
    twins = [people.NAMES.split("|")[place].strip() for place in doubles.TWINS]
    link = AccountLink.objects.get()
    assert [link.low.full_name, link.high.full_name] == twins, "nobody else is linked by chance"
    assert link.kinds.keys() == {"times", "bets", "address"}
    assert not Webhook.objects.get().is_active, "strangers are sent nothing"
    look_into_the_office()


def look_into_the_office() -> None:
    """Each queue of the front page has something, and somebody who may deal with it by following docs/operating.md."""
    of = {
        user.username: [role.name for role in user.groups.all()]
        for user in User.objects.filter(is_admin=True)
    }
    for role, at_least in {"owner": 1, "finance": 2, "games": 2, "support": 1}.items():
        assert sum(role in roles for roles in of.values()) >= at_least, "what takes two can be tried"
    owner = User.objects.get(username="owner")
    empty = [queue for queue in backoffice.counted(backoffice.queues_for(owner)) if not queue.is_due]
    titles = [queue.title for queue in empty if queue.words != "clean"]
    assert titles == ["webhooks that were given up"], "strangers are sent nothing, so nothing fails"
    by_phase = {
        phase_of(event, clock.now()): event for event in Event.objects.select_related("game", "proposal")
    }
    assert by_phase.keys() >= {
        Phase.DRAFT,
        Phase.UPCOMING,
        Phase.OPEN,
        Phase.CLOSED,
        Phase.PROPOSED,
        Phase.VOIDED,
    }
    debt = Bet.objects.get(metadata__has_key="uncollected")
    in_one_transaction(partial(collect, by=User.objects.get(username="finance.meera"), bet_id=debt.pk))
    games = User.objects.get(username="games.dev")
    told = in_one_transaction(partial(confirm_result, by=games, game_id=by_phase[Phase.PROPOSED].pk))
    assert told.status == "resolved"
    settlement.finish_settling()
    call_command("reconcile", quiet=True)


def test_stopped_half_way_it_leaves_nothing(settings, monkeypatch):
    settings.DEBUG = True
    monkeypatch.setattr(history.History, "top_up", lambda self: 1 / 0)
    before = rows()
    with pytest.raises(ZeroDivisionError):
        load()
    assert rows() == before


def test_it_is_refused_with_debug_off(settings):
    settings.DEBUG = False
    before = rows()
    with pytest.raises(CommandError, match="DEBUG"):
        load()
    assert rows() == before
