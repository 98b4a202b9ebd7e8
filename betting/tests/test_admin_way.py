"""The way of an event in the back-office: what it may cost, where it stands, and how far its settling has come."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from betting import settlement
from betting.admin import _due_events
from betting.backoffice.way import Phase, phase_of
from betting.events import resolve_event
from betting.tests.floor import place, resolve
from games.models import Event, Game
from games.services.events import change_game
from quantix import clock
from quantix.db import in_one_transaction
from quantix.tests import books, factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff() -> User:
    return factories.make_staff("games")


@pytest.fixture
def look(client: Client, staff: User) -> Callable[..., Any]:
    """`look(game)`: the event's page as staff for games see it."""
    client.force_login(staff)
    return lambda game, **query: client.get(f"/admin/games/event/{game.pk}/change/", query)


@pytest.fixture
def send(client: Client, staff: User) -> Callable[..., Any]:
    client.force_login(staff)
    return lambda game, slug, **data: client.post(f"/admin/games/event/{game.pk}/do/{slug}/", data)


def take_off(game: Game) -> None:
    """The event as it is before it is put on offer."""
    by = factories.make_staff("games")
    in_one_transaction(lambda: change_game(by=by, game_id=game.pk, changes={"is_active": False}))


def states(page: Any) -> list[str]:
    return [step.state for step in page.context["steps"].steps]


def now_phase(game: Game) -> Phase:
    return phase_of(Event.objects.select_related("game", "proposal").get(pk=game.pk), clock.now())


def test_an_event_goes_from_made_to_settled(look: Callable[..., Any], send: Callable[..., Any]) -> None:
    game = factories.make_event()
    take_off(game)
    assert (now_phase(game), states(look(game))) == (Phase.DRAFT, ["done", "now", "next", "next", "next"])
    assert send(game, "open", confirm="1").status_code == 303
    assert (now_phase(game), states(look(game))) == (Phase.OPEN, ["done", "done", "now", "next", "next"])
    assert send(game, "suspended").status_code == 303
    assert now_phase(game) is Phase.SUSPENDED
    assert send(game, "closed").status_code == 303
    assert (now_phase(game), states(look(game))) == (Phase.CLOSED, ["done", "done", "done", "now", "next"])
    assert send(game, "resolve", option="yes", reason="The board", confirm="1").status_code == 303
    assert (now_phase(game), states(look(game))) == (Phase.RESOLVED, ["done"] * 5)
    assert send(game, "void", reason="After all", confirm="1").status_code == 303
    assert now_phase(game) is Phase.VOIDED


def test_an_event_to_come_says_when_it_opens(look: Callable[..., Any]) -> None:
    opens_at = clock.now() + timedelta(days=2)
    game = factories.make_event(
        opens_at=opens_at.isoformat(), closes_at=(opens_at + timedelta(days=1)).isoformat()
    )
    assert now_phase(game) is Phase.UPCOMING
    assert "It takes bets from" in look(game).content.decode()


def test_a_result_that_waits_is_told_on_the_way(
    look: Callable[..., Any], send: Callable[..., Any], settings: Any
) -> None:
    settings.RESOLVE_CONFIRM_FROM = Decimal("5.00")
    game = factories.make_event()
    place(factories.make_player(), game, "yes", "10.00")
    send(game, "resolve", option="yes", reason="The board", confirm="1")
    page = look(game)
    assert now_phase(game) is Phase.PROPOSED
    assert page.context["steps"].steps[3].note.startswith("Yes, told by player")
    offered = [button["label"] for button in page.context["buttons"]]
    assert "Reject the result" in offered and "Confirm the result" not in offered, "another has to"


def test_a_correction_that_waits_is_told_before_what_stands(
    look: Callable[..., Any], send: Callable[..., Any], settings: Any
) -> None:
    game = factories.make_event()
    place(factories.make_player(), game, "yes", "10.00")
    send(game, "resolve", option="yes", reason="The board", confirm="1")
    settings.RESOLVE_CONFIRM_FROM = Decimal("5.00")
    preview = send(game, "correct", option="no", reason="Read wrongly").context["preview"]
    assert dict(preview.facts)["Then"] == "waits until another member of staff confirms it"
    send(game, "correct", option="no", reason="Read wrongly", confirm="1")
    assert look(game).context["steps"].words.startswith("A correction is told, and waits")


@pytest.mark.parametrize(
    ("config", "at_most"),
    [
        # 1,000.00 are paid at most: for stakes of 500.00 at 2.00, of 555.56 at 1.80.
        ({"liability_cap": "1000.00"}, ["₹500.00", "₹444.45"]),
        ({"mechanism": "pool"}, ["₹0.00", "₹0.00"]),
        ({"mechanism": "lmsr", "b": "100.00"}, ["₹69.32", "₹69.32"]),
    ],
)
def test_what_each_option_can_cost_is_told_before_it_opens(
    config: dict[str, str], at_most: list[str], look: Callable[..., Any], send: Callable[..., Any]
) -> None:
    game = factories.make_event(**config)
    take_off(game)
    assert [row[-1] for row in look(game).context["panels"][0].rows] == at_most
    preview = send(game, "open").context["preview"]
    assert [row[-1] for row in preview.panel.rows] == at_most
    assert not Game.objects.get(pk=game.pk).is_active


def test_odds_that_let_players_win_for_sure_and_a_like_name_are_doubted(send: Callable[..., Any]) -> None:
    options = [{"id": "yes", "label": "Yes", "odds": "2.10"}, {"id": "no", "label": "No", "odds": "2.10"}]
    game, other = factories.make_event(options=options), factories.make_event()
    take_off(game)
    warnings = send(game, "open").context["preview"].warnings
    assert f"Another event has a like name: “{other.name}”" in warnings[0]
    assert "Whoever backs every option in proportion wins for sure" in warnings[1]


def test_resolving_too_early_is_doubted(send: Callable[..., Any]) -> None:
    game = factories.make_event()
    told = {"option": "yes", "reason": "I was told"}
    assert "It takes bets until" in send(game, "resolve", **told).context["preview"].warnings[0]
    send(game, "closed")
    assert "Is the outcome known already?" in send(game, "resolve", **told).context["preview"].warnings[0]
    with clock.set_to(clock.now() + timedelta(hours=2)):
        assert send(game, "resolve", **told).context["preview"].warnings == []


def test_a_result_that_nobody_backed_and_a_moment_before_all_bets_are_doubted(
    send: Callable[..., Any],
) -> None:
    game = factories.make_event(mechanism="pool")
    place(factories.make_player(), game, "no", "10.00")
    early = {"option": "yes", "outcome_known_at": "2020-01-01T10:00:00", "reason": "The board"}
    warnings = " ".join(send(game, "resolve", **early).context["preview"].warnings)
    assert "Nobody has staked on what came true: every stake goes back." in warnings
    assert "every bet is void" in warnings


def test_while_it_is_settled_the_page_tells_how_far_and_comes_anew(
    look: Callable[..., Any], staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    game = factories.make_event()
    for _ in range(5):
        place(factories.make_player(), game, "yes", "10.00")
    in_one_transaction(
        lambda: resolve_event(by=factories.make_staff("games"), game_id=game.pk, weights={"yes": Decimal(1)})
    )
    assert (look(game).context["steps"].steps[4].part, look(game).headers["Refresh"]) == (0, "3")
    in_one_transaction(lambda: settlement.settle_batch(game.pk, 2))
    page = look(game)
    assert page.context["steps"].steps[4].note == "2 of 5 players"
    assert b'<progress value="2" max="5"' in page.content
    # Held still, it is read in peace.
    assert "Refresh" not in look(game, still=1).headers
    # Whoever settled it is gone: the worker finishes what is left.
    settlement.finish_settling()
    page = look(game)
    assert "Refresh" not in page.headers
    assert states(page) == ["done"] * 5
    books.assert_right()


def test_a_settlement_that_takes_long_is_begun_and_left_to_the_worker(
    send: Callable[..., Any], look: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    game = factories.make_event()
    for _ in range(5):
        place(factories.make_player(), game, "yes", "10.00")
    monkeypatch.setattr(settlement, "BATCH_SESSIONS", 1)
    monkeypatch.setattr(settlement.settle_batch, "__defaults__", (1,))
    assert send(game, "resolve", option="yes", reason="The board", confirm="1").status_code == 303
    assert look(game).context["steps"].steps[4].note == f"{settlement.BEGIN_BATCHES_MAX} of 5 players"
    settlement.finish_settling()
    assert Event.objects.get().settled_at


def test_the_list_says_where_each_event_stands(client: Client, staff: User) -> None:
    first, second = factories.make_event(), factories.make_event()
    take_off(first)
    resolve(second, yes="1")
    client.force_login(staff)
    html = client.get("/admin/games/event/").content.decode()
    assert "not on offer" in html and "resolved" in html


def test_a_draft_whose_time_is_over_waits_for_nothing(look: Callable[..., Any]) -> None:
    game = factories.make_event()
    take_off(game)
    Event.objects.filter(pk=game.pk).update(closes_at=clock.now() - timedelta(hours=1))
    page = look(game)
    assert now_phase(game) is Phase.DRAFT and "nobody could bet on it" in page.content.decode()
    assert "Resolve" not in {button["label"] for button in page.context["buttons"]}
    assert not _due_events().exists()


def test_an_event_that_was_closed_early_says_so(look: Callable[..., Any], send: Callable[..., Any]) -> None:
    game = factories.make_event()
    send(game, "closed")
    assert "by hand; was to be" in look(game).content.decode()
