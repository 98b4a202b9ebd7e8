"""Bugs planted where two members of staff decide a large event: with each, what has to be refused goes through."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest

from betting import resolving
from betting.tests.floor import call_off, place
from games.models import Event
from quantix import clock
from quantix.db import in_one_transaction
from quantix.errors import Refusal
from quantix.tests import factories
from quantix.tests.planting import plant

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


class Desk:
    """An event on which as much is staked as takes two to decide, and those who may."""

    def __init__(self):
        self.game = factories.make_event()
        place(factories.make_player(), self.game, "yes", "50.00")
        self.ann, self.ben, self.eve = (factories.make_staff("games") for _ in range(3))

    def propose(self, by, option):
        result = resolving.Result({option: Decimal(1)})
        told = in_one_transaction(lambda: resolving.tell_result(by=by, game_id=self.game.pk, result=result))
        assert told.proposal
        return told.proposal.key

    def confirm(self, by, **more):
        in_one_transaction(lambda: resolving.confirm_result(by=by, game_id=self.game.pk, **more))


@pytest.fixture
def desk(settings):
    settings.RESOLVE_CONFIRM_FROM = Decimal("30.00")
    return Desk()


def by_who_told_it(desk):
    desk.propose(desk.ann, "yes")
    desk.confirm(desk.ann)


def of_what_was_replaced(desk):
    looked_at = desk.propose(desk.ann, "yes")
    desk.propose(desk.ben, "no")
    desk.confirm(desk.eve, key=looked_at)


def of_an_event_decided_meanwhile(desk):
    desk.propose(desk.ann, "yes")
    call_off(desk.game)
    desk.confirm(desk.ben)


def a_day_later(desk):
    desk.propose(desk.ann, "yes")
    with clock.set_to(clock.now() + timedelta(hours=25)):
        desk.confirm(desk.ben)


def of_what_was_not_looked_at(desk):
    desk.propose(desk.ann, "yes")
    desk.confirm(desk.ben, seen="what it looked like an hour ago")


def after_a_bet_that_came_between(desk):
    desk.propose(desk.ann, "yes")
    place(factories.make_player(), desk.game, "yes", "5.00")
    desk.confirm(desk.ben)


PLANTS = {
    by_who_told_it: ("demand_another", "if proposal.proposed_by_id == by.pk:", "if False:"),
    of_what_was_replaced: ("_locked", "if key not in (None, proposal.key):", "if False:"),
    of_an_event_decided_meanwhile: ("waiting", ', settlement=F("event__settlement")', ""),
    a_day_later: ("waiting", "proposed_at__gt=since, ", ""),
    of_what_was_not_looked_at: ("_check_seen", "if seen and seen != decision.seal:", "if False:"),
    after_a_bet_that_came_between: ("_propose", '"status": _closed(event)', '"status": event.status'),
}


@pytest.mark.parametrize("planted", [False, True], ids=["as it is", "planted"])
@pytest.mark.parametrize("confirm", PLANTS, ids=lambda confirm: confirm.__name__)
def test_what_has_to_be_refused_goes_through_with_the_bug(confirm, planted, desk, monkeypatch):
    if planted:
        plant(monkeypatch, resolving, *PLANTS[confirm])
    with suppress(Refusal):
        confirm(desk)
    assert (Event.objects.get().status == Event.Status.RESOLVED) == planted


@pytest.mark.parametrize("planted", [False, True], ids=["as it is", "planted"])
def test_an_event_of_which_a_result_waits_is_not_called_off(planted, desk, monkeypatch):
    if planted:
        plant(monkeypatch, resolving, "call_off", "refuse_while_proposed(event)", "pass")
    desk.propose(desk.ann, "yes")
    with suppress(Refusal):
        in_one_transaction(lambda: resolving.call_off(by=desk.ben, game_id=desk.game.pk, reason="Rained off"))
    assert (Event.objects.get().status == Event.Status.VOIDED) == planted
