"""Events decided in the back-office: previewed, paid, corrected, called off."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from betting.models import Bet, Proposal
from betting.preview import preview_resolution
from betting.services import Slip, place_bet
from betting.tests.floor import sell
from games.models import Event, Game
from quantix.db import in_one_transaction
from quantix.models import AuditEntry
from quantix.tests import factories
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def send(client: Client) -> Callable[..., Any]:
    """`send(staff, game, "resolve", …)`: an action on the game's event, sent."""

    def post(by: User, game: Game, slug: str, **data: Any) -> Any:
        client.force_login(by)
        return client.post(f"/admin/games/event/{game.pk}/do/{slug}/", data)

    return post


def bet(game: Game, choice: str, amount: str, player: User | None = None) -> Bet:
    player = player or factories.make_player("100.00")
    slip = Slip("winner", choice, Decimal(amount), game_id=game.pk)
    return in_one_transaction(lambda: place_bet(player=player, slip=slip)).bet


def balance(of: Bet) -> int:
    """In whole units of money, as these tests stake."""
    return int(Wallet.objects.get(user=of.session.user).balance)


def test_resolving_is_previewed_and_pays_what_the_preview_said(send: Callable[..., Any]) -> None:
    game, staff = factories.make_event(), factories.make_staff("games")
    won, lost = bet(game, "yes", "10.00"), bet(game, "no", "20.00")
    preview = send(staff, game, "resolve", option="yes", reason="The notice board")
    assert preview.status_code == 200
    assert dict(preview.context["preview"].facts)["Winnings"] == "₹20.00"
    assert (balance(won), balance(lost)) == (90, 80)
    assert Event.objects.get().status == "open"
    done = send(staff, game, "resolve", option="yes", reason="The notice board", confirm="1")
    assert done.status_code == 303
    assert (balance(won), balance(lost)) == (110, 80)
    assert Event.objects.get().settled_at
    entry = AuditEntry.objects.get(action="event.resolved")
    assert (entry.actor, entry.reason) == (staff, "The notice board")


def test_the_preview_agrees_with_the_settlement_bet_by_bet(send: Callable[..., Any]) -> None:
    game, staff = factories.make_event(), factories.make_staff("games")
    for number in range(6):
        bet(game, "yes" if number % 2 else "no", f"{3 + number}.37")
    weights = {"yes": Decimal("0.25"), "no": Decimal("0.75")}
    decision = in_one_transaction(lambda: preview_resolution(by=staff, game_id=game.pk, weights=weights))
    from betting.events import resolve_event
    from betting.settlement import settle_event

    in_one_transaction(lambda: resolve_event(by=staff, game_id=game.pk, weights=weights))
    settle_event(game.pk)
    told = {change.bet: (change.outcome, change.payout) for change in decision.changes}
    assert told == {b.pk: (b.outcome, b.payout) for b in Bet.objects.all()}
    assert decision.payouts == sum(b.payout for b in Bet.objects.all())


def test_who_holds_a_position_does_not_decide(send: Callable[..., Any]) -> None:
    game, staff = factories.make_event(), factories.make_staff("games")
    placed = bet(game, "yes", "10.00", staff)
    for data in ({}, {"confirm": "1"}):
        page = send(staff, game, "resolve", option="yes", reason="I know it", **data)
        assert page.status_code == 403
        assert "position in this event" in page.content.decode()
    placed.refresh_from_db()
    assert placed.outcome is None


def test_a_corrected_result_moves_the_differences(send: Callable[..., Any]) -> None:
    game, staff = factories.make_event(), factories.make_staff("games")
    first, second = bet(game, "yes", "10.00"), bet(game, "no", "10.00")
    send(staff, game, "resolve", option="yes", reason="The notice board", confirm="1")
    preview = send(staff, game, "correct", option="no", reason="Misread")
    assert dict(preview.context["preview"].facts)["Moves to wallets now"] == "−₹2.00"
    assert send(staff, game, "correct", option="no", reason="Misread", confirm="1").status_code == 303
    assert (balance(first), balance(second)) == (90, 108)


def test_voiding_gives_the_stakes_back(send: Callable[..., Any]) -> None:
    game, staff = factories.make_event(), factories.make_staff("games")
    placed = bet(game, "yes", "10.00")
    assert "₹10.00" in send(staff, game, "void", reason="Rained off").content.decode()
    assert balance(placed) == 90
    assert send(staff, game, "void", reason="Rained off", confirm="1").status_code == 303
    assert balance(placed) == 100


def test_a_result_takes_a_reason_and_an_option_of_the_event(send: Callable[..., Any]) -> None:
    game = factories.make_event()
    page = send(factories.make_staff("games"), game, "resolve", option="perhaps", confirm="1")
    assert page.status_code == 400
    assert page.context["form"].errors.keys() == {"option", "reason"}
    assert Event.objects.get().status == "open"


def test_an_event_is_suspended_and_opened_again(send: Callable[..., Any]) -> None:
    game, staff = factories.make_event(), factories.make_staff("games")
    for status in ("suspended", "open", "closed"):
        assert send(staff, game, status, confirm="1").status_code == 303
        assert Event.objects.get().status == status


def test_an_option_that_was_bet_on_stays(client: Client) -> None:
    game = factories.make_event()
    bet(game, "yes", "10.00")
    client.force_login(factories.make_staff("games"))
    address = f"/admin/games/game/{game.pk}/do/edit/"
    shown = {bound.html_name: bound.value() or "" for bound in client.get(address).context["form"]}
    page = client.post(address, shown | {"options.0.id": "yes-indeed"})
    assert page.status_code == 400
    assert "has to stay" in page.content.decode()


def test_the_liability_of_each_option_is_shown(client: Client) -> None:
    game = factories.make_event()
    bet(game, "yes", "10.00")
    client.force_login(factories.make_staff("games"))
    panel = client.get(f"/admin/games/event/{game.pk}/change/").context["panels"][0]
    assert [row[:4] for row in panel.rows] == [
        ["Yes", "₹10.00", "₹20.00", "−₹10.00"],
        ["No", "₹0.00", "₹0.00", "₹10.00"],
    ]


def test_events_past_closing_wait_on_the_front_page(client: Client) -> None:
    game = factories.make_event()
    Event.objects.update(
        closes_at=game.event.opens_at.replace(year=2025, month=2), opens_at="2025-01-01T00:00Z"
    )
    client.force_login(factories.make_staff("games"))
    queue = client.get("/admin/").context["queues"][0]
    assert (queue.title, queue.count) == ("events to resolve", 1)
    assert client.get(queue.url).context["cl"].result_count == 1


def test_what_a_correction_could_not_take_back_waits_on_the_front_page(
    client: Client, send: Callable[..., Any]
) -> None:
    game, owner = factories.make_event(), factories.make_staff("owner")
    spent = bet(game, "yes", "100.00")
    send(owner, game, "resolve", option="yes", reason="The notice board", confirm="1")
    bet(factories.make_event(), "no", "150.00", spent.session.user)
    send(owner, game, "correct", option="no", reason="Misread", confirm="1")
    queue = client.get("/admin/").context["queues"][-1]
    assert (queue.title, queue.count) == ("uncollected corrections", 1)
    page = client.get(queue.url)
    assert [row.pk for row in page.context["cl"].result_list] == [spent.pk]
    assert "₹150.00" in page.content.decode()
    client.force_login(factories.make_staff("games"))
    assert queue.title not in [seen.title for seen in client.get("/admin/").context["queues"]]


def test_several_options_are_resolved_by_their_shares(send: Callable[..., Any]) -> None:
    game, staff = factories.make_event(), factories.make_staff("games")
    placed = bet(game, "yes", "10.00")
    shares = {"share-yes": "0.25", "share-no": "0.75", "reason": "A tie of sorts"}
    preview = send(staff, game, "resolve", **shares)
    assert dict(preview.context["preview"].facts)["What came true"] == "Yes (25.00%), No (75.00%)"
    assert send(staff, game, "resolve", **shares, confirm="1").status_code == 303
    assert balance(placed) == 95
    for wrong in ({"option": "yes", **shares}, {"reason": "Nothing"}, {**shares, "share-no": "0.5"}):
        assert send(staff, game, "correct", **wrong, confirm="1").status_code == 400


def test_choices_are_a_named_group_and_a_share_is_called_otherwise_than_its_option(client: Client) -> None:
    game = factories.make_event()
    client.force_login(factories.make_staff("games"))
    address = f"/admin/games/event/{game.pk}/do/resolve/"
    assert [client.get(address).context["form"][f"share-{name}"].label for name in ("yes", "no")] == [
        "Share of Yes",
        "Share of No",
    ]
    page = client.post(address, {"reason": "Nothing was chosen"}).content.decode()
    assert '<fieldset class="form-row form-row--choices errors" aria-describedby="id_option_error">' in page
    assert "<legend>What came true:</legend>" in page and 'id="id_option_error"' in page
    assert "<label>" not in page, "no label is tied to nothing"


def test_a_large_pool_is_proposed_by_one_and_confirmed_by_another(
    send: Callable[..., Any], client: Client, settings: Any
) -> None:
    settings.RESOLVE_CONFIRM_FROM = Decimal("10.00")
    game, one, other = factories.make_event(), factories.make_staff("games"), factories.make_staff("games")
    placed = bet(game, "yes", "10.00")
    preview = send(one, game, "resolve", option="yes", reason="The board")
    assert (
        dict(preview.context["preview"].facts)["Then"]
        == "it closes, and waits until another member of staff confirms it"
    )
    assert send(one, game, "resolve", option="yes", reason="The board", confirm="1").status_code == 303
    assert (balance(placed), Event.objects.get().status) == (90, "closed")
    assert [send(one, game, "confirm", **sent).status_code for sent in ({}, {"confirm": "1"})] == [403, 403]
    client.force_login(other)
    queue = client.get("/admin/").context["queues"][1]
    assert (queue.title, queue.count) == ("results to confirm", 1)
    assert client.get(queue.url).context["cl"].result_count == 1
    preview = send(other, game, "confirm")
    assert dict(preview.context["preview"].facts)["Proposed by"] == one
    assert send(other, game, "confirm", confirm="1").status_code == 303
    assert balance(placed) == 110
    assert client.get("/admin/").context["queues"][1].count == 0
    assert send(other, game, "confirm", confirm="1").status_code == 409


@pytest.fixture
def proposed(send: Callable[..., Any], settings: Any) -> Game:
    """An event with one bet on each option, and a result that waits to be confirmed."""
    settings.RESOLVE_CONFIRM_FROM = Decimal("10.00")
    game = factories.make_event()
    bet(game, "yes", "10.00"), bet(game, "no", "10.00")
    send(factories.make_staff("games"), game, "resolve", option="yes", reason="The board", confirm="1")
    return game


def test_another_result_than_the_one_looked_at_is_not_confirmed(
    proposed: Game, send: Callable[..., Any]
) -> None:
    one, other = factories.make_staff("games"), factories.make_staff("games")
    seen = send(other, proposed, "confirm").context["preview"].seal
    send(one, proposed, "reject", reason="Misread", confirm="1")
    send(one, proposed, "resolve", option="no", reason="Misread", confirm="1")
    page = send(other, proposed, "confirm", confirm="1", seen=seen)
    assert page.status_code == 409
    assert "Another result has been proposed since you looked" in page.content.decode()
    assert not Event.objects.get().is_decided
    seen = send(other, proposed, "confirm").context["preview"].seal
    assert send(other, proposed, "confirm", confirm="1", seen=seen).status_code == 303
    assert Event.objects.get().weights == {"no": "1"}


def test_a_proposed_result_is_rejected_and_the_event_opened_again(
    proposed: Game, send: Callable[..., Any]
) -> None:
    staff = factories.make_staff("games")
    assert send(staff, proposed, "open", confirm="1").status_code == 409
    seen = send(staff, proposed, "reject", reason="Not so").context["preview"].seal
    assert send(staff, proposed, "reject", reason="Not so", confirm="1", seen="nonsense").status_code == 409
    assert send(staff, proposed, "reject", reason="Not so", confirm="1", seen=seen).status_code == 303
    assert (Event.objects.get().status, Proposal.objects.exists()) == ("closed", False)
    assert send(staff, proposed, "open", confirm="1").status_code == 303


def test_while_a_result_waits_no_other_is_told_in_its_place(
    proposed: Game, send: Callable[..., Any], client: Client
) -> None:
    staff, told = factories.make_staff("games"), {"option": "no", "reason": "Misread"}
    client.force_login(staff)
    page = client.get(f"/admin/games/event/{proposed.pk}/change/")
    offered = {button["label"] for button in page.context["buttons"]}
    assert not offered & {"Resolve", "Correct the result", "Void", "Open"}
    assert "Confirm it, or reject it first" in send(staff, proposed, "resolve", **told).content.decode()
    assert send(staff, proposed, "resolve", **told, confirm="1").status_code == 409
    assert Proposal.objects.get().weights == {"yes": "1"}


@pytest.mark.parametrize(
    ("slug", "data"), [("resolve", {"option": "yes", "reason": "Told"}), ("void", {"reason": "Rained off"})]
)
def test_what_is_done_is_what_was_looked_at_or_nothing(
    slug: str, data: dict[str, str], send: Callable[..., Any]
) -> None:
    game, staff = factories.make_event(), factories.make_staff("games")
    bet(game, "yes", "10.00")
    seen = send(staff, game, slug, **data).context["preview"].seal
    bet(game, "no", "1.00")
    page = send(staff, game, slug, **data, confirm="1", seen=seen)
    assert page.status_code == 409
    assert "Bets have come or gone since you looked" in page.content.decode()
    assert not Event.objects.get().is_decided
    seen = send(staff, game, slug, **data).context["preview"].seal
    assert send(staff, game, slug, **data, confirm="1", seen=seen).status_code == 303


def test_resolving_does_not_undo_what_a_colleague_has_decided_meanwhile(send: Callable[..., Any]) -> None:
    game, one, other = factories.make_event(), factories.make_staff("games"), factories.make_staff("games")
    placed = bet(game, "yes", "10.00")
    send(one, game, "resolve", option="yes", reason="The board", confirm="1")
    page = send(other, game, "resolve", option="no", reason="The board", confirm="1")
    assert page.status_code == 409
    assert "correct the result" in page.content.decode()
    assert send(other, game, "resolve", option="yes", reason="The board", confirm="1").status_code == 303
    assert balance(placed) == 110


def test_a_bet_is_voided_after_a_preview(client: Client) -> None:
    game, staff = factories.make_event(), factories.make_staff("games")
    placed = bet(game, "yes", "10.00")
    client.force_login(staff)
    address = f"/admin/betting/bet/{placed.pk}/do/void/"
    facts = dict(client.post(address, {"reason": "A mistake"}).context["preview"].facts)
    assert (facts["Stake back"], facts["Balance after"]) == ("₹10.00", "₹100.00")
    assert client.post(address, {"reason": "A mistake", "confirm": "1"}).status_code == 303
    placed.refresh_from_db()
    assert (placed.outcome, balance(placed)) == ("void", 100)
    assert client.post(address, {"reason": "Again", "confirm": "1"}).status_code == 409


@pytest.mark.parametrize(
    ("mechanism", "rows"),
    [
        ("pool", [["Yes", "₹10.00", "₹40.00", "₹0.00"], ["No", "₹30.00", "₹40.00", "₹0.00"]]),
        # 10.00 buys 19.09 at even odds, 30.00 then 57.28; 9.99 of the 10.00 went back with the sale of a third.
        ("lmsr", [["Yes", "₹10.00", "₹19.09", "₹20.92"], ["No", "₹30.00", "₹57.28", "−₹17.27"]]),
    ],
)
def test_the_liability_of_a_pool_and_of_a_market_maker_is_told_as_it_is(
    client: Client, mechanism: str, rows: list[list[str]]
) -> None:
    game = factories.make_event(mechanism=mechanism)
    if mechanism == "lmsr":
        sell(bet(game, "yes", "10.00"))
    bet(game, "yes", "10.00")
    bet(game, "no", "30.00")
    client.force_login(factories.make_staff("games"))
    panel = client.get(f"/admin/games/event/{game.pk}/change/").context["panels"][0]
    assert [row[:4] for row in panel.rows] == rows
    assert ("₹69.32 at most" if mechanism == "lmsr" else "₹0.00 at most") in panel.title


def test_what_is_decided_already_is_not_previewed(send: Callable[..., Any], client: Client) -> None:
    game, staff = factories.make_event(), factories.make_staff("games")
    send(staff, game, "void", reason="Rained off", confirm="1")
    client.force_login(staff)
    for page in (
        client.get(f"/admin/games/event/{game.pk}/do/void/"),
        send(staff, game, "void", reason="Twice"),
    ):
        assert "It is decided already: void" in page.content.decode()
        assert "preview" not in page.context


def test_one_goes_back_from_a_preview_to_the_form_as_it_was_written(send: Callable[..., Any]) -> None:
    game, staff = factories.make_event(), factories.make_staff("games")
    told = {"option": "yes", "outcome_known_at": "2026-01-02T10:00:00", "reason": "The board"}
    assert 'name="back"' in send(staff, game, "resolve", **told).content.decode()
    page = send(staff, game, "resolve", **told, back="1").content.decode()
    assert "The board</textarea>" in page and 'value="2026-01-02T10:00:00"' in page
    assert 'value="Preview"' in page and not Event.objects.get().is_decided


def test_a_result_that_will_wait_is_proposed_in_words_too(send: Callable[..., Any], settings: Any) -> None:
    settings.RESOLVE_CONFIRM_FROM = Decimal("10.00")
    game = factories.make_event()
    bet(game, "yes", "10.00")
    page = send(
        factories.make_staff("games"), game, "resolve", option="yes", reason="The board"
    ).content.decode()
    assert 'value="Propose this result, +' in page and "Moves to wallets once confirmed" in page
