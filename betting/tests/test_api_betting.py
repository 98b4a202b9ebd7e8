"""Markets and bets, as programs see them."""

from decimal import Decimal

import pytest

from betting.models import Bet
from quantix.rates import Rate
from quantix.tests import factories
from quantix.tests.api import Program, assert_problem, count_queries
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def slip(player):
    """A bet that would be taken."""
    session = factories.start(player, factories.make_codebreaker())
    return {"session": session.pk, "market": "solve", "choice": "within-6", "amount": "5.00"}


@pytest.fixture
def event_slip(db):
    return {"game": factories.make_event().pk, "market": "winner", "choice": "yes", "amount": "5.00"}


def balance(player) -> Decimal:
    return Decimal(Wallet.objects.get(user=player).balance)


def test_a_session_s_markets_tell_odds_and_limits(player, slip):
    markets = Program(player).ask("GET", f"/sessions/{slip['session']}/markets").json()
    assert [set(market) for market in markets] == [{"market", "closes_at", "choices", "stake"}]
    assert markets[0]["stake"] == {"min": "1.00", "max": "20.00"}
    assert all(set(choice) == {"choice", "label", "odds"} for choice in markets[0]["choices"])
    assert all(len(choice["odds"].split(".")[1]) == 4 for choice in markets[0]["choices"])


def test_an_event_s_markets_take_no_token(event_slip):
    markets = Program().ask("GET", f"/games/{event_slip['game']}/markets").json()
    assert markets[0]["choices"][0] == {"choice": "yes", "label": "Yes", "odds": "2.0000"}
    assert markets[0]["closes_at"].endswith("Z")
    puzzle = factories.make_codebreaker()
    assert Program().ask("GET", f"/games/{puzzle.pk}/markets").json() == []


def test_a_quote_writes_nothing_and_a_bet_gets_what_it_said(player, slip):
    program = Program(player)
    quote = program.ask("POST", "/bets/quote", slip).json()
    assert set(quote) == {"odds", "payout_if_won", "balance_after"}
    assert not Bet.objects.exists() and balance(player) == 100
    response = program.ask("POST", "/bets", slip)
    assert response.status_code == 201
    bet = response.json()
    assert (bet["odds"], bet["balance"]) == (quote["odds"], quote["balance_after"])
    assert program.ask("GET", f"/bets/{bet['id']}").json() == {k: v for k, v in bet.items() if k != "balance"}
    assert bet["outcome"] is bet["payout"] is bet["is_successful"] is bet["settled_at"] is None


def test_a_bet_on_an_event_begins_a_session_that_tells_the_position(player, event_slip):
    program = Program(player)
    bet = program.ask("POST", "/bets", event_slip).json()
    second = program.ask("POST", "/bets", event_slip | {"amount": 3}).json()
    assert (bet["game"], bet["balance"], second["balance"]) == (event_slip["game"], "95.00", "92.00")
    assert bet["session"] == second["session"]
    session = program.ask("GET", f"/sessions/{bet['session']}").json()
    assert set(session["state"]) == {"options", "closes_at", "position"}
    assert session["state"]["position"] == [{"choice": "yes", "stake": "8.00", "payout_if_won": "16.00"}]
    assert session["commitment"] is None
    assert program.ask("GET", f"/sessions/{bet['session']}/fairness").json() == {"commitment": None}
    assert len(program.ask("GET", f"/sessions/{bet['session']}/markets").json()) == 1
    for path in ("moves", "forfeit"):
        response = program.ask("POST", f"/sessions/{bet['session']}/{path}")
        assert_problem(response, 409, "not-a-session-game")
    in_session = {"session": bet["session"], "market": "winner", "choice": "yes", "amount": "5.00"}
    for path in ("/bets", "/bets/quote"):
        assert program.ask("POST", path, in_session).status_code == 400


@pytest.mark.parametrize("path", ["/bets", "/bets/quote"])
@pytest.mark.parametrize(
    ("change", "status", "field", "code"),
    [
        ({"amount": "0"}, 400, "amount", "amount-form"),
        ({"amount": 0}, 400, "amount", "amount-form"),
        ({"amount": -5}, 400, "amount", "amount-form"),
        ({"amount": "-0"}, 400, "amount", "amount-form"),
        ({"amount": "5.001"}, 400, "amount", "amount-form"),
        ({"amount": "1_000"}, 400, "amount", "amount-form"),
        ({"amount": "1e3"}, 400, "amount", "amount-form"),
        ({"amount": "٥"}, 400, "amount", "amount-form"),
        ({"amount": " 5"}, 400, "amount", "amount-form"),
        ({"amount": "5\n"}, 400, "amount", "amount-form"),
        ({"amount": "NaN"}, 400, "amount", "amount-form"),
        ({"amount": 5.0}, 400, "amount", "amount-form"),
        ({"amount": True}, 400, "amount", "amount-form"),
        ({"amount": "1000000000001"}, 400, "amount", "amount-form"),
        ({"amount": None}, 400, "amount", "null"),
        ({"amount": "0.50"}, 400, "amount", "stake-out-of-range"),
        ({"amount": "1000.00"}, 400, "amount", "stake-out-of-range"),
        ({"min_odds": 1.5}, 400, "min_odds", "odds-form"),
        ({"min_odds": "1.55555"}, 400, "min_odds", "odds-form"),
        ({"min_odds": "10"}, 409, None, "odds-changed"),
        ({"choice": "within-99"}, 404, None, "unknown-choice"),
        ({"choice": 6}, 400, "choice", "invalid"),
        ({"market": "nothing"}, 404, None, "unknown-choice"),
        ({"session": 999_999}, 404, None, "not-found"),
        ({"game": 1}, 400, "session", "one-of-two"),
        ({"odds": "9.00"}, 400, "odds", "unknown-field"),
    ],
)
def test_what_is_refused_leaves_no_trace(path, change, status, field, code, player, slip):
    response = Program(player).ask("POST", path, slip | change, idempotency_key="a")
    assert_problem(response, status, code, field)
    assert not Bet.objects.exists() and balance(player) == 100
    # A refused request leaves no key either.
    assert Program(player).ask("POST", path, slip, idempotency_key="a").status_code < 300


def test_the_same_key_bets_once_and_another_request_with_it_is_refused(player, slip):
    program = Program(player)
    first = program.ask("POST", "/bets", slip, idempotency_key="k")
    again = program.ask("POST", "/bets", dict(reversed(slip.items())), idempotency_key="k")
    assert first.json() == again.json() and again["Idempotent-Replayed"] == "true"
    assert_problem(
        program.ask("POST", "/bets", slip | {"amount": "6.00"}, idempotency_key="k"),
        422,
        "idempotency-key-reused",
    )
    assert balance(player) == 95


def test_nobody_bets_more_than_there_is(slip, event_slip):
    poor = factories.make_player("3.00")
    response = Program(poor).ask("POST", "/bets", event_slip)
    assert_problem(response, 409, "insufficient-funds")
    assert balance(poor) == 3


def test_another_s_session_and_bets_are_not_there(player, slip):
    bet = Program(player).ask("POST", "/bets", slip).json()
    stranger = Program(factories.make_player())
    assert_problem(stranger.ask("POST", "/bets", slip), 404, "not-found")
    assert_problem(stranger.ask("GET", f"/bets/{bet['id']}"), 404, "not-found")
    assert stranger.get_list("/bets") == []


def test_bets_are_filtered(player, slip, event_slip):
    program = Program(player)
    program.ask("POST", "/bets", slip)
    program.ask("POST", "/bets", event_slip)
    program.ask("POST", f"/sessions/{slip['session']}/forfeit")
    for query, count in [
        (f"session={slip['session']}", 1),
        (f"game={event_slip['game']}", 1),
        ("outcome=loss", 1),
        ("outcome=win", 0),
        ("open=true", 1),
        ("open=false", 1),
    ]:
        assert len(program.get_list(f"/bets?{query}")) == count, query
    assert_problem(program.ask("GET", "/bets?open=1"), 400, "invalid", "open")


def test_every_attempt_counts_but_a_replay_does_not(player, slip, settings):
    settings.RATES = settings.RATES | {"bets": Rate(3, 60), "requests": Rate(50, 60)}
    program = Program(player)
    first = program.ask("POST", "/bets", slip, idempotency_key="k")
    assert first["RateLimit-Remaining"] == "2"
    for _ in range(3):
        assert program.ask("POST", "/bets", slip, idempotency_key="k").status_code == 201
    assert program.ask("POST", "/bets", slip | {"amount": "0.50"})["RateLimit-Remaining"] == "1"
    assert program.ask("POST", "/bets", b"{")["RateLimit-Remaining"] == "0"
    refused = program.ask("POST", "/bets", slip)
    assert_problem(refused, 429, "rate-limited")
    assert int(refused["Retry-After"]) > 0
    # Who has used up the rate can still learn what became of a bet.
    replay = program.ask("POST", "/bets", slip, idempotency_key="k")
    assert replay.json() == first.json() and "Retry-After" not in replay
    assert balance(player) == 95


def test_statements_do_not_grow_with_rows(player, slip, settings):
    settings.RATES = dict.fromkeys(settings.RATES, Rate(100, 60))
    program = Program(player)
    for rows in (1, 20):
        while Bet.objects.count() < rows:
            program.ask("POST", "/bets", {**slip, "amount": "1.00"})
        for path in (
            "/bets",
            f"/bets/{Bet.objects.latest('id').pk}",
            "/sessions",
            f"/sessions/{slip['session']}",
        ):
            with count_queries(5):
                assert program.ask("GET", path).status_code == 200


def test_a_bet_takes_few_statements(player, slip, event_slip, settings):
    settings.RATES = dict.fromkeys(settings.RATES, Rate(100, 60))
    program = Program(player)
    for body in (slip, event_slip):
        for path in ("/bets/quote", "/bets"):
            with count_queries():
                assert program.ask("POST", path, body, idempotency_key=str(body)).status_code < 300
