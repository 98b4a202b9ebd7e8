"""The page of limits, as its player uses it; and what the stake slip says."""

from datetime import timedelta

import pytest
from django.urls import reverse

from betting.limits.models import LimitRaise, PlayLimits
from betting.models import Bet
from betting.tests.limits_kit import DAY, pause, place, set_limits
from quantix import clock
from quantix.tests import factories
from quantix.tests.api import count_queries

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/account/limits"
NAMES = ("stake_day", "stake_week", "stake_month", "loss_day", "loss_week", "loss_month")


@pytest.fixture
def browse(client, player):
    client.force_login(player)
    return client


def form(**values):
    return dict.fromkeys(NAMES, "") | values


def text_of(response):
    return response.content.decode()


def test_limits_are_saved_and_shown_with_what_is_used(browse, player):
    place(player, factories.make_event(), "10.00")
    saved = browse.post(PAGE, form(stake_day="40.00", loss_month="0"), follow=True)
    assert "Your limits are saved." in text_of(saved)
    assert "₹10.00 staked, ₹30.00 left" in text_of(saved)
    assert "₹10.00 lost, nothing left" in text_of(saved)
    assert '<progress class="bar bar--token" max="40.00" value="10.00"' in text_of(saved)
    row = PlayLimits.objects.get()
    assert (str(row.stake_day), str(row.loss_month), row.stake_week) == ("40.00", "0.00", None)


def test_a_raise_waits_and_is_confirmed_by_a_button(browse, player):
    now = clock.now()
    with clock.set_to(now):
        set_limits(player, stake_day="10.00")
        asked = text_of(browse.post(PAGE, form(stake_day="20.00"), follow=True))
    assert "What is higher waits 24 hours, and then for your word." in asked
    assert "Stakes a day: from ₹10.00 to ₹20.00" in asked
    assert "You can confirm it from" in asked and "/account/limits/stake.day/confirm" not in asked
    with clock.set_to(now + DAY):
        assert "/account/limits/stake.day/confirm" in text_of(browse.get(PAGE))
        done = browse.post(f"{PAGE}/stake.day/confirm", follow=True)
    assert "The new limit holds from now on." in text_of(done)
    assert str(PlayLimits.objects.get().stake_day) == "20.00"


def test_a_raise_is_withdrawn_by_a_button_and_saving_the_rest_leaves_it(browse, player):
    set_limits(player, stake_day="10.00")
    set_limits(player, stake_day=None)
    browse.post(PAGE, form(**{"stake_day": "10.00", "initial-stake_day": "10.00", "loss_day": "5.00"}))
    assert LimitRaise.objects.get().limit == "stake.day"
    browse.post(f"{PAGE}/stake.day/withdraw")
    assert not LimitRaise.objects.exists()


@pytest.mark.parametrize("name", ["stake.day", "nonsense"])
def test_what_does_not_wait_is_not_confirmed(browse, name):
    response = browse.post(f"{PAGE}/{name}/confirm")
    assert response.status_code == 409
    assert "No raise of this limit waits" in text_of(response)


@pytest.mark.parametrize("value", ["-1", "1.005", "ten", "1e3", "9999999999999"])
def test_what_is_no_amount_is_told_beside_its_field(browse, value):
    response = browse.post(PAGE, form(stake_week=value))
    assert response.status_code == 400
    assert 'id="id_stake_week_error"' in text_of(response)


@pytest.mark.parametrize(("way", "days"), [("break", "7"), ("exclusion", "182")])
def test_a_pause_is_shown_with_what_it_means_before_it_holds(browse, way, days):
    warned = browse.post(f"{PAGE}/{way}", {"days": days})
    assert "It cannot be undone or shortened" in text_of(warned)
    assert not PlayLimits.objects.exists()
    done = browse.post(f"{PAGE}/{way}", {"days": days, "confirm": "1"}, follow=True)
    words = {"break": "You are taking a break", "exclusion": "You have excluded yourself"}[way]
    assert words in text_of(done)
    shorter = browse.post(f"{PAGE}/{way}", {"days": "1" if way == "break" else "91", "confirm": "1"})
    assert shorter.status_code == 409
    assert "not sooner" in text_of(shorter)


@pytest.mark.parametrize(
    ("way", "days"), [("break", "0"), ("break", "43"), ("break", ""), ("exclusion", "7")]
)
def test_a_pause_of_another_length_is_refused_beside_its_field(browse, way, days):
    response = browse.post(f"{PAGE}/{way}", {"days": days, "confirm": "1"})
    assert response.status_code == 400
    assert 'id="id_days_error"' in text_of(response)
    assert not PlayLimits.objects.exists()


def test_the_pages_take_few_statements(browse, player):
    set_limits(player, stake_day="10.00")
    set_limits(player, stake_day="20.00")
    for path in (PAGE, f"{PAGE}/break", f"{PAGE}/exclusion"):
        with count_queries():
            assert browse.get(path).status_code == 200
    with count_queries():
        assert browse.post(PAGE, form(stake_day="5.00", loss_day="10.00")).status_code == 303


def test_the_account_page_leads_there(browse):
    assert PAGE in text_of(browse.get("/account"))


def test_strangers_are_asked_to_sign_in(client):
    for path in (PAGE, f"{PAGE}/break", f"{PAGE}/exclusion"):
        assert client.get(path)["Location"].startswith("/sign-in")
    assert client.post(f"{PAGE}/stake.day/confirm")["Location"].startswith("/sign-in")


@pytest.fixture(params=["event", "session"])
def stake_page(request, player):
    """The address of a page with a stake slip, and a bet that it would take."""
    if request.param == "event":
        return reverse("game", args=[factories.make_event().slug]), "winner/yes"
    session = factories.start(player, factories.make_codebreaker())
    return f"/play/{session.pk}", "solve/within-6"


def test_on_a_break_the_slip_says_so_instead_of_offering_a_form(browse, player, stake_page):
    page, _ = stake_page
    assert 'name="amount"' in text_of(browse.get(page))
    pause(player, break_until=clock.now() + 3 * DAY)
    with count_queries():
        text = text_of(browse.get(page))
    assert "You are taking a break from staking until" in text
    assert 'name="amount"' not in text


def test_a_limit_that_is_used_up_is_told_too_and_one_that_leaves_a_little_says_how_much(
    browse, player, stake_page
):
    page, _ = stake_page
    set_limits(player, stake_day="3.50")
    assert "Your limits leave ₹3.50" in text_of(browse.get(page))
    set_limits(player, stake_day="0.50")
    text = text_of(browse.get(page))
    assert "Your limit on stakes is 0.50 a day" in text
    assert 'name="amount"' not in text


def test_a_stake_beyond_a_limit_is_refused_on_the_page(browse, player):
    game = factories.make_event()
    set_limits(player, loss_day="5.00")
    response = browse.post(f"/games/{game.pk}/stake", {"pick": "winner/yes", "amount": "6.00"})
    assert response.status_code == 409
    assert "Your limit on losses, open stakes among them, is 5.00 a day: 5.00 of it is left." in text_of(
        response
    )
    assert not Bet.objects.exists()


def test_the_page_of_bets_says_that_one_is_on_a_break(browse, player):
    pause(player, break_until=clock.now() + timedelta(days=3))
    with count_queries():
        assert "You are taking a break from staking until" in text_of(browse.get("/bets"))
