"""Previews in the back-office: what they tell of each wallet is what then happens to it, to the cent."""

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from betting import settlement
from betting.backoffice import previews
from betting.events import look_at
from betting.models import Bet
from betting.services import Slip, place_bet
from betting.tests.floor import balance, place, sell
from games.models import Event, Game
from quantix.db import in_one_transaction
from quantix.models import AuditEntry
from quantix.templatetags.ui import money_filter, signed_money
from quantix.tests import books, crowd, factories
from quantix.tests.api import count_queries

pytestmark = pytest.mark.django_db(transaction=True)

MECHANISMS = ["fixed", "pool", "lmsr"]
DECISIONS: dict[str, dict[str, str]] = {
    "resolve": {"option": "yes"},
    "partly": {"share-yes": "0.35", "share-no": "0.65"},
    "void": {},
    "correct": {"option": "no"},
    "correct partly": {"share-yes": "0.5", "share-no": "0.5"},
}


@pytest.fixture(autouse=True)
def the_books_are_right_after_all() -> Any:
    yield
    books.assert_right()


@pytest.fixture
def send(client: Client) -> Callable[..., Any]:
    client.force_login(factories.make_staff("games"))
    return lambda game, slug, **data: client.post(
        f"/admin/games/event/{game.pk}/do/{slug}/", {"reason": "The board"} | data
    )


def traded(mechanism: str) -> tuple[Game, list[User]]:
    """An event on which seven have bet sums that do not divide, and one has sold."""
    game = factories.make_event(mechanism=mechanism)
    people = [factories.make_player("100.00") for _ in range(7)]
    for number, player in enumerate(people):
        for option, amount in (("yes", f"{7 + number}.13"), ("no", f"{3 * number + 1}.37")):
            if number % 3 or option == "yes":
                bet = place(player, game, option, amount)
    if mechanism == "lmsr":
        sell(bet)
    return game, people


def told_and_done(send: Callable[..., Any], game: Game, slug: str, data: dict[str, str]) -> Any:
    """What the preview tells, checked against what confirming it leads to."""
    preview = send(game, slug, **data).context["preview"]
    told = {row[0]: (row[4], row[5], row[6], row[7]) for row in preview.panel.rows}
    before = {player.username: player for player in User.objects.filter(sessions__game=game)}
    was = {name: balance(player) for name, player in before.items()}
    assert send(game, slug, **data, confirm="1", seen=preview.seal).status_code == 303
    settlement.settle_event(game.pk)
    assert set(told) == set(before)
    for name, (delta, balance_now, balance_after, _) in told.items():
        now = balance(before[name])
        assert (balance_now, balance_after) == (money_filter(was[name]), money_filter(now))
        assert delta == signed_money(now - was[name])
    return preview


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("decision", DECISIONS)
def test_each_wallet_ends_as_the_preview_said(
    mechanism: str, decision: str, send: Callable[..., Any]
) -> None:
    game, _ = traded(mechanism)
    slug = decision.split(maxsplit=1)[0].replace("partly", "resolve")
    if slug == "correct":
        told_and_done(send, game, "resolve", {"option": "yes"})
    told_and_done(send, game, slug, DECISIONS[decision])


@pytest.mark.parametrize("slug", ["correct", "void"])
def test_what_was_spent_is_told_as_uncollected_and_stays_so(slug: str, send: Callable[..., Any]) -> None:
    game, (rich, *_) = traded("fixed")
    send(game, "resolve", option="yes", confirm="1")
    # All that is left on the wallet goes into another event.
    place(rich, factories.make_event(), "yes", str(balance(rich)))
    preview = told_and_done(send, game, slug, {"option": "no"} if slug == "correct" else {})
    [row] = [row for row in preview.panel.rows if row[0] == rich.username]
    owed = sum(Decimal(bet.metadata.get("uncollected", 0)) for bet in Bet.objects.of(rich))
    assert row[7] == money_filter(owed) != "₹0.00"
    assert f"{row[7]} cannot be taken back" in preview.warnings[-1]


def test_a_long_list_comes_in_pages_that_stay_light(
    send: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    game, _people = traded("fixed")
    monkeypatch.setattr(previews, "ROWS_MAX", 3)
    seen: list[str] = []
    for page in ("1", "2", "3"):
        preview = send(game, "resolve", option="yes", page=page).context["preview"]
        assert (preview.page, preview.pages) == (int(page), 3)
        seen += [row[0] for row in preview.panel.rows]
    assert len(seen) == len(set(seen)) == 7
    for beyond in ("4", "999999", "-1", "x", "٣"):
        assert send(game, "resolve", option="yes", page=beyond).context["preview"].page == 1
    assert not Event.objects.get(pk=game.pk).is_decided


def test_all_of_it_can_be_had_as_a_file(send: Callable[..., Any]) -> None:
    game, _people = traded("pool")
    reply = send(game, "resolve", option="yes", file="csv")
    assert reply["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(b"".join(reply.streaming_content).decode())))
    preview = send(game, "resolve", option="yes").context["preview"]
    assert [row["username"] for row in rows] == [row[0] for row in preview.panel.rows]
    for row in rows:
        assert Decimal(row["balance"]) + Decimal(row["delta"]) == Decimal(row["balance_after"])
    assert not Event.objects.get(pk=game.pk).is_decided
    # It names players and their wallets: the audit trail keeps who took it away, of what.
    entry = AuditEntry.objects.get(action="export.preview")
    assert (entry.target_type, entry.target_id, entry.reason) == ("games.game", game.pk, "The board")
    assert entry.actor and entry.after == {"of": "resolve", "asked": {"option": "yes"}}


def test_a_file_that_is_refused_leaves_no_trace_in_the_audit_trail(send: Callable[..., Any]) -> None:
    game = factories.make_event()
    assert send(game, "resolve", file="csv").status_code == 400
    assert send(game, "open", file="csv").status_code == 404, "it has none"
    assert not AuditEntry.objects.filter(action="export.preview").exists()


@pytest.mark.parametrize("slug", ["resolve", "void"])
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_preview_takes_few_statements(mechanism: str, slug: str, send: Callable[..., Any]) -> None:
    game, _ = traded(mechanism)
    with count_queries():
        assert send(game, slug, **({"option": "yes"} if slug == "resolve" else {})).status_code == 200


def test_nobody_who_bets_waits_for_somebody_who_looks(client: Client) -> None:
    game, people = traded("fixed")
    with transaction.atomic():
        look_at(factories.make_staff("games"), game.pk)
        slip = Slip("winner", "yes", Decimal("1.00"), game_id=game.pk)
        placing = crowd.committing(lambda: place_bet(player=people[0], slip=slip))
        [placed] = crowd.at_once(placing)
    assert placed.bet.amount == 1


@pytest.mark.parametrize(
    ("slug", "status", "back"), [("void", "voided", "10.00"), ("forfeit", "forfeited", "0.00")]
)
def test_a_session_is_ended_with_its_stakes_back_or_lost(
    slug: str, status: str, back: str, client: Client
) -> None:
    player = factories.make_player("100.00")
    session = factories.start(player, factories.make_codebreaker())
    slip = Slip("solve", "within-6", Decimal("10.00"), session_id=session.pk)
    in_one_transaction(lambda: place_bet(player=player, slip=slip))
    client.force_login(factories.make_staff("games"))
    address = f"/admin/games/gamesession/{session.pk}/do/{slug}/"
    facts = dict(client.post(address, {"reason": "A script"}).context["preview"].facts)
    assert (facts["Open bets"], facts["Balance now"]) == ("1", "₹90.00")
    assert facts["Balance after"] == money_filter(90 + Decimal(back))
    assert client.post(address, {"reason": "A script", "confirm": "1"}).status_code == 303
    session.refresh_from_db()
    assert (session.status, balance(player)) == (status, 90 + Decimal(back))
    assert client.post(address, {"reason": "Again", "confirm": "1"}).status_code == 409
