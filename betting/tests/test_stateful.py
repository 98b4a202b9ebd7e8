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
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from betting import events, services, settlement
from betting.errors import LimitReached, MarketClosed, StakeOutOfRange
from betting.models import Bet
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
    max_examples=400 if DEEP else 30,
    stateful_step_count=50 if DEEP else 30,
    derandomize=not DEEP,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
RESULTS = [{"yes": "1"}, {"no": "1"}, {"yes": "0.5", "no": "0.5"}, {"yes": "0.3333", "no": "0.6667"}]
#: What one may stake on oneself in a session, in all.
STAKES_MAX = Decimal("20.00")
amounts = st.sampled_from(["1.00", "1.01", "3.33", "7.77", "20.00", "99.99", "100.00", "150.00"]).map(Decimal)
chances = st.integers(0, 10**6)
event_bets = st.tuples(chances, st.sampled_from(["yes", "no"]), amounts)
# What an event is decided as (None: called off), how long before the outcome was known, how far it is then
# settled (batches of how many, None: all), and whether everybody spends what they have.
decisions = st.tuples(
    st.sampled_from([*RESULTS, *RESULTS, None]),
    st.sampled_from([0, 0, 0, 1, 3, 8]),
    st.sampled_from([None, None, 0, 1, 2]),
    st.booleans(),
)
own_bets = st.tuples(st.sampled_from(["within-1", "within-2"]), amounts)


@dataclass
class MBet:
    """A bet in the model. `posted`: what settling has moved, per category."""

    id: int
    player: int
    choice: str
    stake: Decimal
    odds: Decimal
    placed_at: datetime
    posted: dict[str, Decimal] = field(default_factory=lambda: {"bet": Decimal(0), "win": Decimal(0)})

    def winnings(self, share: Fraction) -> Decimal:
        """Rounded down to the cent, in whole numbers."""
        cents = Fraction(self.stake) * Fraction(self.odds) * share * 100
        return Decimal(cents.numerator // cents.denominator) / 100


@dataclass
class MSession:
    player: int
    code: str
    guesses: int = 0
    bets: list[MBet] = field(default_factory=list)


@dataclass
class MEvent:
    bets: list[MBet] = field(default_factory=list)
    decision: tuple[str, Any, datetime | None] | None = None
    unsettled: list[int] = field(default_factory=list)

    @property
    def players(self) -> list[int]:
        """In the order in which they joined, which is that of their sessions."""
        return list(dict.fromkeys(bet.player for bet in self.bets))


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
        self.events: dict[int, MEvent] = {self.make_event(): MEvent() for _ in range(2)}
        self.done: list[tuple[dict[str, Any], Reply]] = []

    def make_event(self) -> int:
        options = [
            {"id": "yes", "label": "Yes", "odds": "3.3333"},
            {"id": "no", "label": "No", "odds": "1.07"},
        ]
        closes_at = (self.now + timedelta(days=1)).isoformat()
        return factories.make_event(options=options, closes_at=closes_at).pk

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
            return {"id": placed.bet.pk, "odds": str(placed.bet.odds), "balance": str(placed.balance)}

        try:
            body = self.do(player, act)
        except InsufficientFunds:
            assert self.balances[player.pk] < slip.amount
            return None
        except LimitReached:
            assert slip.session_id and staked + slip.amount > STAKES_MAX
            return None
        except (StakeOutOfRange, MarketClosed, SessionEnded):
            return None
        assert self.balances[player.pk] >= slip.amount
        assert slip.session_id is None or staked + slip.amount <= STAKES_MAX
        self.balances[player.pk] -= slip.amount
        assert Decimal(body["balance"]) == self.balances[player.pk]
        return MBet(body["id"], player.pk, slip.choice, slip.amount, Decimal(body["odds"]), self.now)

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
            payout = {True: bet.winnings(Fraction(1)), False: Decimal(0), None: bet.stake}[won(bet)]
            self.balances[bet.player] += payout

    # Events

    @rule(chance=chances, bets=st.lists(event_bets, min_size=1, max_size=6))
    def bet_on_event(self, chance: int, bets: list[tuple[int, str, Decimal]]) -> None:
        game_id = self.pick_event(chance)
        for who, option, amount in bets:
            bet = self.place(self.player(who), services.Slip("winner", option, amount, game_id=game_id))
            if bet:
                assert self.events[game_id].decision is None
                self.events[game_id].bets.append(bet)

    def pick_event(self, chance: int) -> int:
        """One of the newest three: some undecided, some to be corrected."""
        found = list(self.events)[-3:]
        return found[chance % len(found)]

    def has_bets(self) -> bool:
        return any(event.bets for event in self.events.values())

    @precondition(has_bets)
    @rule(chance=chances, taken=st.lists(decisions, min_size=1, max_size=3))
    def decide_and_correct(self, chance: int, taken: list[tuple[Any, int, int | None, bool]]) -> None:
        game_id = self.pick_event(chance)
        for result, back_seconds, batch, is_spent in taken:
            if result is None:
                self.call_off_event(game_id)
            else:
                self.resolve(game_id, result, back_seconds)
            if batch != 0:
                self.settle_event(game_id, batch or 2, is_whole=batch is None)
            if is_spent:
                self.spend_all()

    def resolve(self, game_id: int, result: dict[str, str], back_seconds: int) -> None:
        known_at = self.now - timedelta(seconds=back_seconds) if back_seconds else None
        weights = {option: Decimal(share) for option, share in result.items()}

        def act() -> None:
            events.resolve_event(
                by=self.games_staff, game_id=game_id, weights=weights, outcome_known_at=known_at
            )

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
            self.events[self.make_event()] = MEvent()

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

    @precondition(has_bets)
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
        taken = len(event.unsettled) if is_whole else size
        for player in event.unsettled[:taken]:
            self.settle_player(event, player)
        del event.unsettled[:taken]

    def settle_player(self, event: MEvent, player: int) -> None:
        """Credits first; then what must come back, by bet, as far as the wallet goes."""
        assert event.decision is not None
        status, result, known_at = event.decision
        debts = []
        for bet in event.bets:
            if bet.player != player:
                continue
            is_void = status == "voided" or (known_at is not None and bet.placed_at >= known_at)
            share = Fraction(0) if is_void else Fraction((result or {}).get(bet.choice, "0"))
            due = {"bet": bet.stake if is_void else Decimal(0), "win": bet.winnings(share)}
            for category, amount in due.items():
                if amount >= bet.posted[category]:
                    self.balances[player] += amount - bet.posted[category]
                    bet.posted[category] = amount
                else:
                    debts.append((bet, category, bet.posted[category] - amount))
        for bet, category, owed in debts:
            given = min(owed, self.balances[player])
            self.balances[player] -= given
            bet.posted[category] -= given

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
    def open_bets_are_the_models(self) -> None:
        running = {bet.id for session in self.sessions.values() for bet in session.bets}
        waiting = {
            bet.id
            for event in self.events.values()
            for bet in event.bets
            if bet.player in event.unsettled or not event.decision
        }
        still_open = set(Bet.objects.open().values_list("pk", flat=True))
        assert running <= still_open <= running | waiting


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_money_is_right_whatever_is_done_in_whatever_order():
    run_state_machine_as_test(Money, settings=PROFILE)
