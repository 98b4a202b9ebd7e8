"""How staff find their way: lists in sections under the words of the documentation, and on to what waits next."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.test import Client

from accounts.models import PlayerReport, User
from betting.tests.floor import place
from games.models import Game
from quantix.sections import SECTIONS
from quantix.tests import factories
from wallets.models import Adjustment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def confirm(client: Client) -> Callable[..., str]:
    """`confirm(staff, row, "dismiss", …)`: the action is confirmed; what the message says."""

    def send(by: User, row: Any, slug: str, **written: Any) -> str:
        client.force_login(by)
        address = f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/do/{slug}/"
        sent = client.post(address, {"confirm": "1", **written})
        assert sent.status_code == 303, sent.context["form"].errors
        return str([*get_messages(sent.wsgi_request)][-1])

    return send


def report_of(player: User) -> PlayerReport:
    return PlayerReport.objects.create(
        reporter=factories.make_player(), reported=player, reason="name", words="A rude name."
    )


def test_every_list_has_its_section_and_its_word() -> None:
    named = [label for lists in SECTIONS.values() for label in lists]
    assert sorted(named) == sorted(model._meta.label_lower for model in admin.site._registry)
    words = [word for lists in SECTIONS.values() for word in lists.values()]
    assert len(set(words)) == len(words)


def test_the_bar_shows_the_sections_of_ones_roles_and_the_lists_of_the_one_that_is_open(
    client: Client,
) -> None:
    client.force_login(factories.make_staff("support"))
    page = client.get("/admin/betting/bet/")
    sections = page.context["available_apps"]
    assert [section["name"] for section in sections] == ["Players", "Play", "Records"]
    (here,) = [section for section in sections if section["is_here"]]
    assert [one["name"] for one in here["models"] if one["is_here"]] == ["Bets"]
    assert 'aria-label="Play"' in page.content.decode()
    assert 'aria-label="Players"' not in page.content.decode()


def test_a_decided_report_leads_to_the_next_one(confirm: Callable[..., str]) -> None:
    support = factories.make_staff("support")
    one, other = report_of(factories.make_player(username="asha.rao")), report_of(factories.make_player())
    told = confirm(support, one, "dismiss", reason="A usual name")
    assert told.startswith("Report of asha.rao is dismissed.")
    assert (
        f'<a href="/admin/accounts/playerreport/{other.pk}/change/">Next of the players reported</a>' in told
    )
    last = confirm(support, other, "act", reason="A rude name")
    assert '<a href="/admin/">That was the last of the players reported' in last


def test_a_decided_adjustment_leads_to_the_next_one(confirm: Callable[..., str]) -> None:
    asked_by, player = factories.make_staff("finance"), factories.make_player("10.00")
    one, other = (
        Adjustment.objects.create(
            user=player, type="credit", amount=amount, reason="A prize", requested_by=asked_by
        )
        for amount in (1, 2)
    )
    told = confirm(factories.make_staff("finance"), one, "approve")
    assert f"/admin/wallets/adjustment/{other.pk}/change/" in told


def test_a_resolved_event_leads_on_only_if_it_waited(confirm: Callable[..., str], client: Client) -> None:
    games, due, early = factories.make_staff("games"), factories.make_event(), factories.make_event()
    confirm(games, due.event, "closed")
    place(factories.make_player(), early, "yes", "10.00")
    told = confirm(games, early.event, "resolve", option="yes", reason="The board")
    assert "<a" not in told
    assert "That was the last of the events to resolve" in confirm(games, due.event, "void", reason="None")


def test_what_a_message_says_of_a_row_is_text(confirm: Callable[..., str]) -> None:
    games = factories.make_staff("games")
    event = factories.make_event().event
    Game.objects.filter(pk=event.pk).update(name="<b>Cup</b> & more")
    confirm(games, event, "closed")
    told = confirm(games, event, "void", reason="None")
    assert told.startswith("&lt;b&gt;Cup&lt;/b&gt; &amp; more is void.")


def test_a_link_is_called_by_both_of_its_accounts(client: Client) -> None:
    low, high = factories.make_player(username="asha.rao"), factories.make_player(username="ravi.k")
    link = factories.make_link(low, high)
    client.force_login(factories.make_staff("support"))
    page = client.get(f"/admin/betting/accountlink/{link.pk}/change/")
    assert page.context["title"] == "asha.rao and ravi.k"


def test_the_page_of_a_row_leads_back_to_the_list_as_it_was_filtered(client: Client) -> None:
    client.force_login(factories.make_staff("support"))
    report_of(factories.make_player())
    page = client.get("/admin/accounts/playerreport/", {"status__exact": "open"}).content.decode()
    address = page.partition('<th class="field-id"><a href="')[2].partition('"')[0]
    row = client.get(address).content.decode()
    assert '<a href="/admin/accounts/playerreport/?status__exact=open">Player reports</a>' in row


def test_an_empty_list_says_how_it_comes_to_rows_and_one_that_nothing_fits_leads_back(client: Client) -> None:
    client.force_login(factories.make_staff("owner"))
    assert "No list was taken away yet." in client.get("/admin/quantix/export/").content.decode()
    report_of(factories.make_player())
    page = client.get("/admin/accounts/playerreport/", {"status__exact": "dismissed"}).content.decode()
    assert 'Nothing fits what is asked for. <a href="?">Show all</a>' in page


@pytest.mark.parametrize(
    ("asked", "found"), [("1", ["drawn"]), ("0", ["retired"]), ("", ["retired", "drawn"])]
)
def test_a_list_is_filtered_by_what_is_so_or_not_so(asked: str, found: list[str], client: Client) -> None:
    factories.QuestionFactory(text="drawn")
    factories.QuestionFactory(text="retired", is_active=False)
    client.force_login(factories.make_staff("games"))
    page = client.get("/admin/games/question/", {"is_active__exact": asked} if asked else {})
    assert [row.text for row in page.context["cl"].result_list] == found
