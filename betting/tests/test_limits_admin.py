"""Limits in the back-office: set lower by who may."""

import pytest

from betting.limits.models import PlayLimits
from betting.tests.limits_kit import place, set_limits
from quantix.models import AuditEntry
from quantix.tests import factories
from quantix.tests.api import count_queries

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(client, staff):
    client.force_login(staff("support"))
    return client


def page(player, slug):
    return f"/admin/accounts/user/{player.pk}/{slug}/"


def test_the_form_tells_what_holds_and_what_is_left(desk, player):
    set_limits(player, stake_day="40.00")
    place(player, factories.make_event(), "10.00")
    with count_queries():
        text = desk.get(page(player, "do/limits")).content.decode()
    assert "Now: ₹40.00, ₹30.00 left." in text and "Now: none." in text


def test_support_lowers_a_limit_with_a_reason(desk, player):
    set_limits(player, stake_day="40.00")
    sent = desk.post(page(player, "do/limits"), {"stake.day": "25.00", "reason": "Asked for it"})
    assert sent.status_code == 303
    assert str(PlayLimits.objects.get().stake_day) == "25.00"
    assert AuditEntry.objects.get(action="limits.lower").reason == "Asked for it"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"stake.day": "41.00", "reason": "More"}, "Staff only lower a limit, and this one is 40.00."),
        ({"stake.day": "-1", "reason": "Less"}, "Write an amount such as"),
        ({"reason": "Nothing"}, "Lower one limit at least."),
        ({"stake.day": "5.00"}, "This field is required."),
    ],
)
def test_what_is_refused_is_told_on_the_form(desk, player, data, words):
    set_limits(player, stake_day="40.00")
    response = desk.post(page(player, "do/limits"), data)
    assert response.status_code == 400
    assert words in response.content.decode()
    assert str(PlayLimits.objects.get().stake_day) == "40.00"
