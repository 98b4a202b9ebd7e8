"""Events resolved by staff over the API: looked at, decided, corrected, confirmed by another where much is staked."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from betting import resolving
from betting.errors import MarketClosed, NothingProposed
from betting.models import Bet, Proposal
from betting.services import Slip, place_bet
from games.models import Event
from quantix import clock
from quantix.db import in_one_transaction
from quantix.models import AuditEntry
from quantix.money import parse_money
from quantix.tests import books, crowd, factories
from quantix.tests.api import Program, assert_problem
from wallets.errors import OwnRequest
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def game():
    return factories.make_event()


@pytest.fixture
def games():
    return Program(factories.make_staff("games"))


@pytest.fixture
def another():
    return Program(factories.make_staff("games"))


@pytest.fixture(autouse=True)
def the_books_are_right_after_all():
    yield
    books.assert_right()


def bet_on(game, choice="yes", amount="10.00", player=None):
    player = player or factories.make_player("500.00")
    slip = Slip("winner", choice, parse_money(amount), game_id=game.pk)
    return in_one_transaction(lambda: place_bet(player=player, slip=slip)).bet


def resolve(program, game, **body):
    return program.ask("POST", f"/staff/games/{game.pk}/resolve", body)


def confirm(program, game, **body):
    return program.ask("POST", f"/staff/games/{game.pk}/resolve/confirm", body)


def reject(program, game, **body):
    return program.ask("POST", f"/staff/games/{game.pk}/resolve/reject", {"reason": "Not so"} | body)


def outcomes():
    return list(Bet.objects.order_by("id").values_list("outcome", flat=True))


def test_a_result_is_told_bet_by_bet_and_paid_with_the_reply(games, game):
    won, lost = bet_on(game), bet_on(game, "no", "20.00")
    reply = resolve(games, game, option="yes", reason="The notice board")
    assert reply.status_code == 200
    assert reply.json() == {
        "status": "resolved",
        "changes": [
            {
                "user": won.session.user_id,
                "bet": won.pk,
                "outcome": "win",
                "payout": "20.00",
                "delta": "20.00",
            },
            {
                "user": lost.session.user_id,
                "bet": lost.pk,
                "outcome": "loss",
                "payout": "0.00",
                "delta": "0.00",
            },
        ],
        "totals": {"stakes": "30.00", "payouts": "20.00", "returned": "0.00", "uncollected": "0.00"},
    }
    assert outcomes() == ["win", "loss"]
    assert Wallet.objects.get(user=won.session.user_id).balance == 510
    assert AuditEntry.objects.get(action="event.resolved").reason == "The notice board"


def test_a_preview_tells_the_same_and_writes_nothing(games, game):
    bet_on(game), bet_on(game, "no")
    looked = resolve(games, game, option="yes", preview=True).json()
    assert looked["status"] == "preview"
    assert (outcomes(), Event.objects.get().status) == ([None, None], "open")
    assert not AuditEntry.objects.filter(action__startswith="event.").exists()
    decided = resolve(games, game, option="yes", preview=False).json()
    assert {**looked, "status": "resolved"} == decided


def test_the_same_result_again_changes_nothing_and_another_posts_differences(games, game):
    won, lost = bet_on(game), bet_on(game, "no")
    resolve(games, game, option="yes")
    again = resolve(games, game, weights={"yes": "1.0", "no": "0"})
    assert (again.status_code, again.json()["changes"]) == (200, [])
    assert Event.objects.get().settlement == 1
    corrected = resolve(games, game, option="no").json()
    assert {change["bet"]: change["delta"] for change in corrected["changes"]} == {
        won.pk: "-20.00",
        lost.pk: "18.00",
    }
    assert outcomes() == ["loss", "win"]


def test_what_a_correction_cannot_take_back_is_told(games, game):
    bet = bet_on(game, amount="100.00", player=factories.make_player("100.00"))
    resolve(games, game, option="yes")
    bet_on(factories.make_event(), "no", "150.00", bet.session.user)
    told = resolve(games, game, option="no").json()
    assert told["totals"]["uncollected"] == "150.00"
    assert told["changes"][0]["delta"] == "-50.00"


def test_several_options_by_weights(games, game):
    bet_on(game), bet_on(game, "no")
    told = resolve(games, game, weights={"yes": "0.25", "no": "0.75"}).json()
    assert sorted(change["payout"] for change in told["changes"]) == ["13.50", "5.00"]
    assert Event.objects.get().weights == {"yes": "0.25", "no": "0.75"}


def test_bets_from_when_the_outcome_was_known_are_void_until_that_is_taken_back(games, game):
    bet_on(game)
    known = clock.now()
    with clock.set_to(known + timedelta(seconds=5)):
        bet_on(game)
    moment = known.isoformat().replace("+00:00", "Z")
    told = resolve(games, game, option="yes", outcome_known_at=moment).json()
    assert (outcomes(), told["totals"]["returned"]) == (["win", "void"], "10.00")
    assert outcomes() == ["win", "void"] and resolve(games, game, option="yes").json()["changes"] == []
    resolve(games, game, option="no")
    assert outcomes() == ["loss", "void"]
    resolve(games, game, option="no", outcome_known_at=None)
    assert outcomes() == ["loss", "loss"]


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "one-of-two", "option"),
        ({"option": "yes", "weights": {"yes": "1"}}, "one-of-two", "option"),
        ({"option": "perhaps"}, "weights-invalid", "weights"),
        ({"option": 1}, "invalid", "option"),
        ({"weights": {}}, "weights-invalid", "weights"),
        ({"weights": {"yes": "0.5"}}, "weights-invalid", "weights"),
        ({"weights": {"yes": "0.5", "no": "0.500000000000000001"}}, "weights-invalid", "weights"),
        ({"weights": {"yes": "0.5", "perhaps": "0.5"}}, "weights-invalid", "weights"),
        ({"weights": {"yes": "2", "no": "-1"}}, "weight-form", "weights.yes"),
        ({"weights": {"yes": 1}}, "weight-form", "weights.yes"),
        ({"weights": {"yes": "1e0"}}, "weight-form", "weights.yes"),
        ({"weights": {"yes": "१"}}, "weight-form", "weights.yes"),
        ({"weights": {"yes": "1\n"}}, "weight-form", "weights.yes"),
        ({"weights": {"yes": None}}, "null", "weights.yes"),
        ({"weights": "yes"}, "not-a-dict", "weights"),
        ({"option": "yes", "outcome_known_at": "today"}, "time-form", "outcome_known_at"),
        ({"option": "yes", "preview": "yes"}, "invalid", "preview"),
        ({"option": "yes", "because": "I say so"}, "unknown-field", "because"),
    ],
)
def test_what_is_no_result_is_named(games, game, body, code, field):
    assert_problem(resolve(games, game, **body), 400, code, field)
    assert Event.objects.get().status == "open"


def test_who_has_bet_on_it_does_not_resolve_it(game):
    staff = factories.make_staff("games")
    bet_on(game, amount="1.00", player=staff)
    for body in ({"option": "yes"}, {"option": "yes", "preview": True}):
        assert_problem(resolve(Program(staff), game, **body), 403, "own-position")
    assert_problem(confirm(Program(staff), game), 403, "own-position")


def test_one_key_resolves_once(games, game):
    bet_on(game)
    path = f"/staff/games/{game.pk}/resolve"
    first, second = (games.ask("POST", path, {"option": "yes"}, idempotency_key="k") for _ in range(2))
    assert first.json() == second.json() and second["Idempotent-Replayed"] == "true"
    assert_problem(
        games.ask("POST", path, {"option": "no"}, idempotency_key="k"), 422, "idempotency-key-reused"
    )


@pytest.fixture
def large(settings, game):
    """An event on which as much is staked as takes two to decide."""
    settings.RESOLVE_CONFIRM_FROM = Decimal("30.00")
    bet_on(game), bet_on(game, "no", "20.00")
    return game


def test_a_large_pool_waits_for_another_who_confirms_it(games, another, large):
    reply = resolve(games, large, option="yes", reason="The notice board")
    assert (reply.status_code, reply.json()["status"]) == (202, "pending")
    assert (outcomes(), Event.objects.get().status) == ([None, None], "closed")
    assert_problem(confirm(games, large), 403, "own-request")
    told = confirm(another, large)
    assert (told.status_code, told.json()["status"]) == (200, "resolved")
    assert outcomes() == ["win", "loss"]
    assert_problem(confirm(another, large), 409, "nothing-proposed")
    told = (
        AuditEntry.objects.filter(action__startswith="event.").order_by("id").values_list("action", "reason")
    )
    assert [action for action, _ in told] == ["event.propose", "event.confirm", "event.resolved"]
    assert told[0][1] == told[2][1] == "The notice board"


def test_no_bet_comes_between_the_two(games, large):
    resolve(games, large, option="yes")
    with pytest.raises(MarketClosed):
        bet_on(large)
    opening = games.ask("PATCH", f"/staff/games/{large.pk}", {"status": "open"})
    assert_problem(opening, 409, "result-proposed")
    with pytest.raises(MarketClosed):
        bet_on(large)


def test_what_is_confirmed_is_what_was_looked_at(games, another, large):
    first = resolve(games, large, option="yes").json()["proposal"]
    second = resolve(another, large, option="no").json()["proposal"]
    third = factories.make_staff("games")
    assert_problem(confirm(Program(third), large, proposal=first), 409, "proposal-changed")
    assert_problem(reject(games, large, proposal=first), 409, "proposal-changed")
    assert outcomes() == [None, None]
    assert confirm(Program(third), large, proposal=second).status_code == 200
    assert outcomes() == ["loss", "win"]


@pytest.mark.parametrize("key", [1, "", "yes", "0B7F3A52-5F0C-4D1E-9A53-6D3F6F4F8A10"])
def test_what_names_no_proposal_is_refused(another, large, key):
    assert_problem(confirm(another, large, proposal=key), 400, "proposal-form", "proposal")


def test_a_rejected_result_leaves_the_event_closed_until_it_is_opened(games, another, large):
    key = resolve(games, large, option="yes").json()["proposal"]
    rejected = reject(another, large, proposal=key)
    assert (rejected.status_code, rejected.json()["event"]["status"]) == (200, "closed")
    entry = AuditEntry.objects.get(action="event.reject")
    assert (entry.before["weights"], entry.reason) == ({"yes": "1"}, "Not so")
    assert_problem(confirm(another, large), 409, "nothing-proposed")
    assert_problem(reject(another, large), 409, "nothing-proposed")
    assert games.ask("PATCH", f"/staff/games/{large.pk}", {"status": "open"}).status_code == 200
    bet_on(large)
    assert outcomes() == [None, None, None]


def test_ones_own_result_is_withdrawn(games, large):
    resolve(games, large, option="yes")
    assert reject(games, large).status_code == 200
    assert AuditEntry.objects.filter(action="event.withdraw").exists()


def test_a_rejected_correction_leaves_the_result_as_it_is(games, another, large):
    resolve(games, large, option="yes")
    confirm(another, large)
    resolve(games, large, option="no")
    assert reject(another, large).json()["event"]["status"] == "resolved"
    assert outcomes() == ["win", "loss"]


def test_who_has_bet_on_it_does_not_reject_either(games, large):
    player = factories.make_staff("games")
    bet_on(large, player=player)
    resolve(games, large, option="yes")
    assert_problem(reject(Program(player), large), 403, "own-position")


def test_an_event_whose_time_is_over_is_not_opened(games, large):
    with clock.set_to(clock.now() + timedelta(hours=2)):
        opening = games.ask("PATCH", f"/staff/games/{large.pk}", {"status": "open"})
    assert_problem(opening, 409, "event-state")


def test_a_cent_less_does_not_wait(games, settings, large):
    settings.RESOLVE_CONFIRM_FROM = Decimal("30.01")
    assert resolve(games, large, option="yes").status_code == 200


def test_a_second_proposal_replaces_the_first(games, another, large):
    resolve(games, large, option="yes")
    assert resolve(another, large, option="no").status_code == 202
    assert_problem(confirm(another, large), 403, "own-request")
    assert confirm(games, large).status_code == 200
    assert outcomes() == ["loss", "win"]


def test_a_correction_waits_too_and_the_same_result_does_not(games, another, large):
    resolve(games, large, option="yes")
    confirm(another, large)
    assert resolve(games, large, option="yes").status_code == 200
    assert resolve(games, large, option="no").status_code == 202
    assert outcomes() == ["win", "loss"]
    confirm(another, large)
    assert outcomes() == ["loss", "win"]


def test_the_moment_that_was_proposed_is_the_one_that_is_confirmed(games, another, large):
    known = Bet.objects.latest("id").placed_at
    resolve(games, large, option="yes", outcome_known_at=known.isoformat())
    confirm(another, large)
    assert (outcomes(), Event.objects.get().outcome_known_at) == (["win", "void"], known)


def test_a_proposal_lapses_after_a_day(games, another, large):
    resolve(games, large, option="yes")
    with clock.set_to(clock.now() + timedelta(hours=24, seconds=1)):
        assert_problem(confirm(another, large), 409, "nothing-proposed")


def test_a_proposal_is_past_once_the_event_is_called_off(another, large):
    resolve(another, large, option="yes")
    another.ask("POST", f"/staff/games/{large.pk}/void", {"reason": "Off"})
    assert_problem(confirm(Program(factories.make_staff("games")), large), 409, "nothing-proposed")
    assert set(outcomes()) == {"void"}


def test_a_small_pool_has_nothing_to_confirm_nor_has_a_puzzle(games, game):
    assert_problem(confirm(games, game), 409, "nothing-proposed")
    assert_problem(confirm(games, factories.make_codebreaker()), 404, "not-found")
    assert_problem(resolve(games, factories.make_codebreaker(), option="yes"), 404, "not-found")


def confirming(by, game):
    return crowd.committing(lambda: resolving.confirm_result(by=by, game_id=game.pk))


def test_of_many_who_confirm_at_once_one_does(large):
    proposer, others = factories.make_staff("games"), [factories.make_staff("games") for _ in range(4)]
    result = resolving.Result({"yes": Decimal(1)})
    in_one_transaction(lambda: resolving.tell_result(by=proposer, game_id=large.pk, result=result))
    other = resolving.Result({"no": Decimal(1)})
    results = crowd.at_once(
        *[confirming(by, large) for by in [*others, proposer]],
        crowd.committing(lambda: resolving.tell_result(by=others[0], game_id=large.pk, result=other)),
    )
    kinds = [type(result) for result in results[:5]]
    # A proposal that came between is confirmed by any but who made it.
    assert 1 <= kinds.count(resolving.Told) <= 2
    assert set(kinds) <= {resolving.Told, NothingProposed, OwnRequest}
    assert Event.objects.get().settlement == kinds.count(resolving.Told)


def test_of_bets_and_a_proposal_at_once_none_comes_after_it(large):
    proposer, result = factories.make_staff("games"), resolving.Result({"yes": Decimal(1)})
    players = [factories.make_player("100.00") for _ in range(8)]
    results = crowd.at_once(
        *[partial(bet_on, large, "yes", "10.00", player) for player in players],
        crowd.committing(lambda: resolving.tell_result(by=proposer, game_id=large.pk, result=result)),
    )
    placed = [each for each in results if isinstance(each, Bet)]
    assert {type(each) for each in results[:-1]} <= {Bet, MarketClosed}
    told = results[-1].proposal.proposed_at
    assert Bet.objects.count() == 2 + len(placed)
    assert not Bet.objects.filter(placed_at__gt=told + timedelta(seconds=1)).exists()
    with pytest.raises(MarketClosed):
        bet_on(large)


def test_weights_that_are_none_are_refused_by_the_database(large):
    staff = factories.make_staff("games")
    insert = (
        "INSERT INTO event_proposals (event_id, weights, reason, settlement, proposed_by_id)"
        " VALUES ({}, '{}', '', 0, {})"
    )
    assert not Proposal.objects.exists()
    for weights in ("{}", "[]", '"yes"', "null", "1"):
        refused = books.constraint_refusing(insert.format(large.pk, weights, staff.pk))
        assert refused == "event_proposal_has_weights"
    assert not Proposal.objects.exists()
