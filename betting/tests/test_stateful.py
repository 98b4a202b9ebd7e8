"""Anything in any order: what a player and staff can do to money, against a model in plain Python.

After every step the promises are checked by SQL and every balance is the model's. HYPOTHESIS_PROFILE=deep
looks longer, and elsewhere each time.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from betting import events, services, settlement, voiding
from betting.errors import BetVoid, LimitReached, MarketClosed, StakeOutOfRange
from betting.models import Bet
from betting.tests.event_models import MECHANISMS, OPTIONS, Fixed, MarketMaker, MBet, MEvent, Pool
from games.errors import SessionEnded, SessionOpen
from games.models import GameSession
from games.services import sessions
from quantix import clock
from quantix.db import in_one_transaction
from quantix.idempotency import Reply, once
from quantix.tests import books, factories
from wallets import ledger
from wallets import services as money
from wallets.errors import InsufficientFunds, NotVoidable
from wallets.models import Wallet

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
PROFILE = settings(
    max_examples=400 if DEEP else 40,
    stateful_step_count=50 if DEEP else 30,
    derandomize=not DEEP,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
RESULTS = [
    {"yes": "1"},
    {"no": "1"},
    {"tie": "1"},
    {"yes": "0.5", "no": "0.5"},
    {"yes": "0.3333", "no": "0.6667"},
    {"yes": "0.3", "no": "0.2", "tie": "0.5"},
]
#: What one may stake on oneself in a session, in all.
STAKES_MAX = Decimal("20.00")
Trade = tuple[int, str | None, Decimal]
Decision = tuple[dict[str, str] | None, int | None, int | None, bool, int | None]
Decided = tuple[list[Trade], list[Decision]]
amounts = st.sampled_from(["1.00", "1.01", "3.33", "7.77", "20.00", "99.99", "100.00", "150.00"]).map(Decimal)
chances = st.integers(0, 10**6)
choices = st.sampled_from(["yes", "yes", "yes", "no", "no", "tie", None, None])
# Who, and what: a stake on an option, or (None) the sale of a bet.
trades = st.lists(st.tuples(chances, choices, amounts), min_size=4, max_size=8)
# All stake the same, so that a pool's parts tie.
even_trades = st.builds(
    lambda wanted, amount: [(who, option, amount) for who, option in wanted],
    st.lists(st.tuples(chances, choices), min_size=4, max_size=8),
    amounts,
)
# The moment of the event's last sale, for when an outcome was known.
LAST_SALE = -1
# What an event is decided as (None: called off), how long before the outcome was known (None: as was said before),
# how far it is then settled (batches of how many, None: all), whether everybody spends what they have, and which
# bet is voided then.
decisions = st.tuples(
    st.sampled_from([*RESULTS, *RESULTS, None]),
    st.sampled_from([0, 0, 1, 3, 8, LAST_SALE, LAST_SALE, None]),
    st.sampled_from([None, None, 0, 1, 2]),
    st.booleans(),
    st.none() | chances,
)
taken = st.lists(decisions, min_size=1, max_size=3)
decided = st.tuples(trades, taken)
own_bets = st.tuples(st.sampled_from(["within-1", "within-2"]), amounts)


@dataclass
class MSession:
    player: int
    code: str
    guesses: int = 0
    bets: list[MBet] = field(default_factory=list)


@dataclass
class MRow:
    """A posting that staff may void."""

    id: int
    player: int
    signed: Decimal
    is_voided: bool = False


class Money(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)
        self.now = timezone.now()
        self.players = [factories.make_player("300.00") for _ in range(3)]
        self.games_staff, self.finance = factories.make_staff("games"), factories.make_staff("finance")
        self.codebreaker = factories.make_codebreaker(
            guesses=2, within=[1, 2], stakes={"min": "1.00", "max": str(STAKES_MAX)}
        )
        self.balances = {player.pk: Decimal(300) for player in self.players}
        self.rows: list[MRow] = []
        self.asked = dict.fromkeys(self.balances, Decimal(0))
        self.sessions: dict[int, MSession] = {}
        self.events: dict[int, MEvent] = {}
        for mechanism in MECHANISMS:
            self.open_event(mechanism)
        self.done: list[tuple[dict[str, Any], Reply]] = []

    def open_event(self, mechanism: type[MEvent]) -> None:
        odds = {option: {"odds": odds} for option, odds in Fixed.ODDS.items()} if mechanism is Fixed else {}
        game = factories.make_event(
            mechanism=mechanism.kind,
            options=[{"id": option, "label": option, **odds.get(option, {})} for option in OPTIONS],
            closes_at=(self.now + timedelta(days=1)).isoformat(),
            **mechanism.config,
        )
        self.events[game.pk] = mechanism()

    def do(self, by: User, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Run `act` as a request with a key of its own; its body."""
        number = len(self.done) + 1
        request: dict[str, Any] = {
            "user_id": by.pk,
            "key": f"key {number}",
            "request": ("POST", "/", {"n": number}),
        }
        self.now += timedelta(seconds=1)
        with clock.set_to(self.now):
            reply = once(**request, act=lambda: Reply(200, act()))
        self.done.append((request, reply))
        body: dict[str, Any] = reply.body
        return body

    def player(self, chance: int) -> User:
        return self.players[chance % len(self.players)]

    def place(self, player: User, slip: services.Slip, staked: Decimal = Decimal(0)) -> MBet | None:
        """A bet, if it is taken; the model says when it must be refused for want of money, or for its limit."""

        def act() -> dict[str, Any]:
            placed = services.place_bet(player=player, slip=slip)
            bet = placed.bet
            shares = bet.metadata.get("shares")
            return {"id": bet.pk, "odds": str(bet.odds), "shares": shares, "balance": str(placed.balance)}

        try:
            body = self.do(player, act)
        except InsufficientFunds:
            assert self.balances[player.pk] < slip.amount
            return None
        except LimitReached:
            if slip.game_id:
                assert not self.events[slip.game_id].takes(slip.choice)
            else:
                assert staked + slip.amount > STAKES_MAX
            return None
        except MarketClosed:
            assert slip.game_id is None or self.events[slip.game_id].decision
            return None
        except (StakeOutOfRange, SessionEnded):
            assert slip.session_id
            return None
        assert self.balances[player.pk] >= slip.amount
        assert slip.session_id is None or staked + slip.amount <= STAKES_MAX
        self.balances[player.pk] -= slip.amount
        assert Decimal(body["balance"]) == self.balances[player.pk]
        odds, shares = Decimal(body["odds"]), body["shares"] and Decimal(body["shares"])
        return MBet(body["id"], player.pk, slip.choice, slip.amount, odds, self.now, shares)

    # Sessions

    @rule(chance=chances, bets=st.lists(own_bets, max_size=3))
    def start(self, chance: int, bets: list[tuple[str, Decimal]]) -> None:
        player = self.player(chance)
        is_open = any(session.player == player.pk for session in self.sessions.values())
        try:
            body = self.do(
                player,
                lambda: {"id": sessions.start_session(player=player, game_id=self.codebreaker.pk).pk},
            )
        except SessionOpen:
            assert is_open
            return
        assert not is_open
        code = GameSession.objects.get(pk=body["id"]).metadata["state"]["code"]
        self.sessions[body["id"]] = MSession(player.pk, code)
        for choice, amount in bets:
            self.bet_in_session(body["id"], player, choice, amount)

    def pick(self, chance: int) -> tuple[int, MSession, User]:
        session_id = list(self.sessions)[chance % len(self.sessions)]
        session = self.sessions[session_id]
        return session_id, session, next(user for user in self.players if user.pk == session.player)

    @precondition(lambda self: self.sessions)
    @rule(chance=chances, choice=st.sampled_from(["within-1", "within-2"]), amount=amounts)
    def bet_on_oneself(self, chance: int, choice: str, amount: Decimal) -> None:
        session_id, _, player = self.pick(chance)
        self.bet_in_session(session_id, player, choice, amount)

    def bet_in_session(self, session_id: int, player: User, choice: str, amount: Decimal) -> None:
        session = self.sessions[session_id]
        staked = sum((bet.stake for bet in session.bets), Decimal(0))
        bet = self.place(player, services.Slip("solve", choice, amount, session_id=session_id), staked)
        if bet:
            assert session.guesses == 0
            session.bets.append(bet)

    @precondition(lambda self: self.sessions)
    @rule(chance=chances, is_right=st.booleans())
    def move(self, chance: int, is_right: bool) -> None:
        session_id, session, player = self.pick(chance)
        wrong = ("A" if session.code[0] != "A" else "B") + session.code[1:]
        guess = {"guess": session.code if is_right else wrong}

        def act() -> dict[str, Any]:
            return {"status": sessions.play_move(player=player, session_id=session_id, move=guess).status}

        body = self.do(player, act)
        session.guesses += 1
        assert (body["status"] == "completed") == (is_right or session.guesses == 2)
        if body["status"] == "completed":
            self.end(session_id, lambda bet: is_right and session.guesses <= int(bet.choice[-1]))

    @precondition(lambda self: self.sessions)
    @rule(chance=chances)
    def forfeit(self, chance: int) -> None:
        session_id, _, player = self.pick(chance)
        self.do(player, lambda: {"id": sessions.forfeit_session(player=player, session_id=session_id).pk})
        self.end(session_id, lambda bet: False)

    @precondition(lambda self: self.sessions)
    @rule(chance=chances)
    def expire(self, chance: int) -> None:
        session_id, _, _ = self.pick(chance)
        assert in_one_transaction(lambda: sessions.expire_session(session_id=session_id)) is None
        with clock.set_to(self.now + timedelta(hours=1)):
            assert in_one_transaction(lambda: sessions.expire_session(session_id=session_id)) is not None
        self.end(session_id, lambda bet: False)

    @precondition(lambda self: self.sessions)
    @rule(chance=chances)
    def call_off_session(self, chance: int) -> None:
        session_id, _, _ = self.pick(chance)
        self.do(
            self.games_staff,
            lambda: {
                "id": sessions.void_session(by=self.games_staff, session_id=session_id, reason="Broken").pk
            },
        )
        self.end(session_id, lambda bet: None)

    def end(self, session_id: int, won: Callable[[MBet], bool | None]) -> None:
        session = self.sessions.pop(session_id)
        for bet in session.bets:
            if bet.is_voided:
                continue
            payout = {True: bet.winnings(Fraction(1)), False: Decimal(0), None: bet.stake}[won(bet)]
            self.balances[bet.player] += payout

    # Events

    @rule(chance=chances, wanted=trades)
    def trade(self, chance: int, wanted: list[Trade]) -> None:
        self.trade_on(self.pick_event(chance), wanted)

    def trade_on(self, game_id: int, wanted: list[Trade]) -> None:
        event = self.events[game_id]
        for who, option, amount in wanted:
            if option:
                self.bet_on_event(game_id, event, self.player(who), option, amount)
            elif event.bets:
                # Mostly what can be sold.
                held = [bet for bet in event.bets if bet.outcome is None or who % 4 == 0] or event.bets
                self.sell(event, held[who % len(held)])

    def bet_on_event(self, game_id: int, event: MEvent, player: User, option: str, amount: Decimal) -> None:
        bet = self.place(player, services.Slip("winner", option, amount, game_id=game_id))
        if bet:
            assert event.decision is None and event.takes(option)
            event.check(bet)
            event.bets.append(bet)

    def sell(self, event: MEvent, bet: MBet) -> None:
        player = next(user for user in self.players if user.pk == bet.player)
        is_open = bet.outcome is None and event.decision is None
        worth = event.worth(bet) if is_open else Decimal(0)

        def act() -> dict[str, Any]:
            sold = services.cash_out(player=player, bet_id=bet.id)
            return {"payout": str(sold.bet.payout), "balance": str(sold.balance)}

        try:
            body = self.do(player, act)
        except MarketClosed:
            assert not worth
            return
        assert Decimal(body["payout"]) == worth > 0
        bet.sell(worth, self.now)
        self.balances[player.pk] += worth
        assert Decimal(body["balance"]) == self.balances[player.pk]

    def pick_event(self, chance: int) -> int:
        """One of a mechanism's newest two: one undecided, one to be corrected."""
        kinds = len(MECHANISMS)
        mechanism = MECHANISMS[chance % kinds]
        found = [game_id for game_id, event in self.events.items() if type(event) is mechanism][-2:]
        return found[chance // kinds % len(found)]

    def undecided(self, mechanism: type[MEvent]) -> int:
        found = [number for number, event in self.events.items() if type(event) is mechanism]
        return found[-1]

    @initialize(in_pool=st.tuples(even_trades, taken), in_market=decided)
    def begin_with_events(self, in_pool: Decided, in_market: Decided) -> None:
        """Whatever rules a life is left with, it settles some bets of each of these, and a sale."""
        self.decide_and_correct_on(Pool, *in_pool)
        trades_there, results = in_market
        self.decide_and_correct_on(MarketMaker, [*trades_there, (1, None, Decimal(1))], results)

    @rule(chance=chances, what=decided)
    def decide_and_correct(self, chance: int, what: Decided) -> None:
        self.decide_and_correct_on(MECHANISMS[chance % len(MECHANISMS)], *what)

    def decide_and_correct_on(
        self, mechanism: type[MEvent], wanted: list[Trade], taken: list[Decision]
    ) -> None:
        game_id = self.undecided(mechanism)
        self.trade_on(game_id, wanted)
        for result, back_seconds, batch, is_spent, voided in taken:
            if result is None:
                self.call_off_event(game_id)
            else:
                self.resolve(game_id, result, back_seconds)
            if batch != 0:
                self.settle_event(game_id, batch or 2, is_whole=batch is None)
            if is_spent:
                self.spend_all()
            if voided is not None:
                self.void_bet_on_event(self.events[game_id], voided)

    def resolve(self, game_id: int, result: dict[str, str], back_seconds: int | None) -> None:
        before = self.events[game_id].decision
        known_at = self.now - timedelta(seconds=back_seconds) if back_seconds else None
        if back_seconds == LAST_SALE:
            known_at = max((bet.sold_at for bet in self.events[game_id].bets if bet.sold_at), default=None)
        said = events.Keep.AS_IT_WAS if back_seconds is None else known_at
        if back_seconds is None and before:
            known_at = before[2]
        weights = {option: Decimal(share) for option, share in result.items()}

        def act() -> None:
            events.resolve_event(by=self.games_staff, game_id=game_id, weights=weights, outcome_known_at=said)

        self.decide(game_id, act, ("resolved", result, known_at))

    def call_off_event(self, game_id: int) -> None:
        def act() -> None:
            events.void_event(by=self.games_staff, game_id=game_id, reason="Rained off")

        before = self.events[game_id].decision
        self.decide(game_id, act, ("voided", None, before[2] if before else None))

    def decide(
        self, game_id: int, act: Callable[[], None], decision: tuple[str, Any, datetime | None]
    ) -> None:
        event = self.events[game_id]
        if event.decision is None:
            self.open_event(type(event))

        def taken() -> dict[str, Any]:
            act()
            return {}

        self.do(self.games_staff, taken)
        if decision != event.decision:
            event.decision, event.unsettled = decision, event.players

    @rule()
    def pay_day(self) -> None:
        for player in self.balances:
            self.post(player, "credit", Decimal(200))

    def spend_all(self) -> None:
        for player, held in self.balances.items():
            if held:
                row_id = self.post(player, "debit", held)
                self.rows.append(MRow(row_id, player, -held))

    def post(self, player: int, type: str, amount: Decimal) -> int:
        self.balances[player] += amount if type == "credit" else -amount
        return in_one_transaction(
            lambda: ledger.post(user_id=player, type=type, category="bonus", amount=amount).pk
        )

    @rule(chance=chances, size=st.integers(1, 3), is_whole=st.booleans())
    def settle(self, chance: int, size: int, is_whole: bool) -> None:
        """Settle one batch, or all that is left."""
        self.settle_event(self.pick_event(chance), size, is_whole=is_whole)

    def settle_event(self, game_id: int, size: int, *, is_whole: bool) -> None:
        event = self.events[game_id]
        if is_whole:
            assert settlement.settle_event(game_id, size) == len(event.unsettled)
        else:
            settled = in_one_transaction(lambda: settlement.settle_batch(game_id, size))
            assert settled == min(size, len(event.unsettled))
        event.settle(len(event.unsettled) if is_whole else size, self.balances)

    # One bet

    @rule(chance=chances, which=chances)
    def void_on_event(self, chance: int, which: int) -> None:
        self.void_bet_on_event(self.events[self.pick_event(chance)], which)

    def void_bet_on_event(self, event: MEvent, which: int) -> None:
        if event.bets:
            bet = event.bets[which % len(event.bets)]
            self.void_bet(bet, event.void)

    @precondition(lambda self: any(session.bets for session in self.sessions.values()))
    @rule(chance=chances)
    def void_bet_on_oneself(self, chance: int) -> None:
        staked = [bet for session in self.sessions.values() for bet in session.bets]
        self.void_bet(staked[chance % len(staked)], MBet.void)

    def void_bet(self, bet: MBet, void: Callable[[MBet], None]) -> None:
        """All of it or nothing: the stake comes back, and what was won goes. `void` is the model's."""

        def act() -> dict[str, Any]:
            return {"id": voiding.void_bet(by=self.games_staff, bet_id=bet.id, reason="Mistake").pk}

        try:
            self.do(self.games_staff, act)
        except BetVoid:
            assert bet.outcome == "void"
        except InsufficientFunds:
            assert bet.outcome != "void" and self.balances[bet.player] + bet.gain_if_void < 0
        else:
            assert bet.outcome != "void"
            self.balances[bet.player] += bet.gain_if_void
            void(bet)

    # Staff's money

    @rule(chance=chances, type=st.sampled_from(["credit", "debit"]), amount=amounts)
    def adjust(self, chance: int, type: str, amount: Decimal) -> None:
        player = self.player(chance)

        def act() -> dict[str, Any]:
            asked = money.request_adjustment(
                by=self.finance, user=player, type=type, amount=amount, reason="A prize"
            )
            return {"status": asked.status, "row": asked.transaction_id}

        signed = amount if type == "credit" else -amount
        waits = self.asked[player.pk] + amount >= 1000
        try:
            body = self.do(self.finance, act)
        except InsufficientFunds:
            assert not waits and self.balances[player.pk] + signed < 0
            return
        self.asked[player.pk] += amount
        assert body["status"] == ("pending" if waits else "posted")
        if not waits:
            self.balances[player.pk] += signed
            self.rows.append(MRow(body["row"], player.pk, signed))

    @precondition(lambda self: self.rows)
    @rule(chance=chances)
    def void_row(self, chance: int) -> None:
        row = self.rows[-(chance % len(self.rows[-4:])) - 1]

        def act() -> dict[str, Any]:
            money.void_transaction(by=self.finance, transaction_id=row.id, reason="Mistake")
            return {}

        try:
            self.do(self.finance, act)
        except NotVoidable:
            assert row.is_voided
        except InsufficientFunds:
            assert not row.is_voided and self.balances[row.player] < row.signed
        else:
            assert not row.is_voided
            row.is_voided = True
            self.balances[row.player] -= row.signed

    # Again

    @precondition(lambda self: self.done)
    @rule(chance=chances)
    def send_again(self, chance: int) -> None:
        """What was done is not done again: the first reply comes back."""
        request, reply = self.done[chance % len(self.done)]

        def act() -> Reply:
            raise AssertionError("done twice")

        again = once(**request, act=act)
        assert again.replayed and again.body == reply.body

    # What holds after every step

    @invariant()
    def the_books_are_right(self) -> None:
        books.assert_right()

    @invariant()
    def balances_are_the_models(self) -> None:
        held = Wallet.objects.filter(user__in=self.balances).values_list("user_id", "balance")
        assert dict(held) == self.balances

    @invariant()
    def bets_on_events_are_the_models(self) -> None:
        bets = Bet.objects.filter(session__game__in=self.events)
        told = {
            bet.pk: (bet.outcome, bet.payout, bet.is_successful, Decimal(bet.metadata.get("uncollected", 0)))
            for bet in bets
        }
        assert told == {bet.id: bet.told for event in self.events.values() for bet in event.bets}

    @invariant()
    def open_bets_on_oneself_are_the_models(self) -> None:
        running = {bet.id for session in self.sessions.values() for bet in session.bets if not bet.is_voided}
        still_open = Bet.objects.open().exclude(session__game__in=self.events)
        assert set(still_open.values_list("pk", flat=True)) == running


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_money_is_right_whatever_is_done_in_whatever_order():
    run_state_machine_as_test(Money, settings=PROFILE)
