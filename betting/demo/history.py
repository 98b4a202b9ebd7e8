"""A month of play, and a quieter one before it: each step is a service call with the clock set to its moment."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import product
from typing import Any

from django.utils import timezone

from accounts.models import PlayerReport, User
from accounts.services import reports
from betting import events, markets, services, settlement
from betting.demo import content, doubles
from betting.demo.crowd import CROWDS, Crowd, Traders
from betting.demo.office import Office
from betting.demo.people import Cast
from betting.demo.puzzles import Solver
from betting.limits import services as limits
from games.models import Game, GameSession
from games.services import sessions
from quantix import clock
from wallets import ledger
from wallets import services as wallet_services
from wallets.models import Wallet

DAYS = 30
SESSIONS_MAX = 11
#: Of the sessions of the month, this part was played in the one before, when all was new.
EARLIER_PART = 3
#: Who plays the daily puzzles, and for how many days past.
REGULARS, REGULAR_DAYS = 8, 12
BALANCE_MIN = Decimal("500.00")
Step = tuple[datetime, Callable[[], Any]]


@dataclass
class Life:
    """A player as the demo plays them: since when (in days from now), how much they know, how boldly they stake."""

    user: User
    joined: float
    skill: float
    boldness: float


class History:
    """Plans everybody's month, then lives it in order of time. The same `seed` plays the same month.

    Each plays up to `sessions_max` sessions, and half of that at least.
    """

    def __init__(
        self,
        cast: Cast,
        games: list[Game],
        dailies: list[Game],
        now: datetime,
        *,
        sessions_max: int = SESSIONS_MAX,
        seed: int = 20,
    ) -> None:
        self.cast, self.games, self.dailies = cast, games, dailies
        self.now, self.sessions_max = now, sessions_max
        self.chance = random.Random(seed)
        self.lives = [
            Life(
                user,
                (user.created_at - now) / timedelta(days=1),
                self.chance.betavariate(4, 4),
                self.chance.uniform(0.2, 0.9),
            )
            for user in cast.players
        ]
        self.steps: list[Step] = []

    def live(self) -> int:
        """Run the month; returns how many steps it took."""
        for life in self.lives:
            if not life.user.is_verified:
                self.plan(life.joined, life.user.mark_verified)
            self.plan(life.joined + 0.01, partial(self.allowance, life.user, "1000.00", "demo:allowance"))
            self.plan_sessions(life)
        for life in self.lives[:REGULARS] if self.sessions_max > 1 else []:
            self.plan_dailies(life)
        self.plan_events()
        self.plan_staff()
        self.plan_reports()
        self.steps += Office(self.cast, self.now, self.allowance).steps()
        self.steps += doubles.steps(self.cast.players, self.games, self.now, self.chance)
        for moment, step in sorted(self.steps, key=lambda planned: planned[0]):
            with clock.set_to(moment):
                step()
        self.end_what_is_over()
        self.top_up()
        self.set_limits()
        return len(self.steps)

    def plan(self, days: float, step: Callable[[], Any]) -> None:
        jitter = timedelta(seconds=self.chance.random())
        self.steps.append((self.now + timedelta(days=days) + jitter, step))

    def plan_sessions(self, life: Life) -> None:
        # Ten minutes apart at least, so that no two of a player's sessions overlap.
        slots = self.chance.sample(
            range(1, DAYS * 20), self.chance.randint(self.sessions_max // 2, self.sessions_max)
        )
        earlier = self.chance.sample(range(-DAYS * 20, 0), len(slots) // EARLIER_PART)
        for moment in (slot / 20 - DAYS for slot in [*slots, *earlier]):
            game = self.chance.choice(self.games)
            if moment > life.joined + 0.1:
                self.plan(moment, partial(self.play, life, game))

    def plan_dailies(self, life: Life) -> None:
        """One go a day, at some hour between breakfast and bed; the first of the cast never misses one."""
        noon = timezone.localtime(self.now).replace(hour=12, minute=0)
        for days, game in product(range(REGULAR_DAYS), self.dailies):
            moment = noon - timedelta(days=days, hours=self.chance.uniform(-9, 4))
            is_faithful = life is self.lives[0] or self.chance.random() < 0.75
            # The first of the cast has today's still to play.
            if is_faithful and moment < self.now - timedelta(hours=1) and (days or life is not self.lives[0]):
                self.steps.append((moment, partial(self.play_daily, life, game)))

    def play_daily(self, life: Life, game: Game) -> None:
        session = sessions.start_session(player=life.user, game_id=game.pk)
        Solver(life.skill, self.chance).play(session)

    def plan_events(self) -> None:
        for event, decided, option in content.PAST:
            game = content.make_event(self.cast.games, event, self.now)
            self.plan_bets(game, event[5], event[6])
            self.plan(decided, partial(self.decide, game, {option: "1"} if option else None))
        for event in content.EVENTS:
            game = content.make_event(self.cast.games, event, self.now)
            self.plan_bets(game, event[5], min(0, event[6]))
        for crowd in CROWDS:
            # Its prices begin when it opens.
            with clock.set_to(self.now + timedelta(days=crowd.opens)):
                game = crowd.make(self.cast.games, self.now)
            self.plan_crowd(crowd, game)

    def plan_crowd(self, crowd: Crowd, game: Game) -> None:
        traders = Traders(crowd, game, self.chance)
        circle = self.chance.sample(self.lives, 14)
        for moment in traders.moments():
            here = [life for life in circle if moment > life.joined + 0.1]
            self.plan(moment, partial(traders.act, self.chance.choice(here).user))
        if crowd.decided is not None:
            self.plan(crowd.decided, partial(self.decide, game, crowd.result))

    def plan_bets(self, game: Game, opens: float, until: float) -> None:
        for life in self.chance.sample(self.lives, self.chance.randint(8, 22)):
            option = self.chance.choice(game.metadata["options"])["id"]
            stake = Decimal(self.chance.choice([5, 10, 10, 20, 25, 50]))
            moment = self.chance.uniform(opens + 0.01, until - 0.01)
            slip = services.Slip("winner", option, stake, game_id=game.pk)
            if moment > life.joined + 0.1:
                self.plan(moment, partial(self.bet, life.user, slip))

    def plan_staff(self) -> None:
        """What staff did: a prize, a goodwill credit, a mistake and its undoing."""
        finance, players = self.cast.finance, self.cast.players
        self.plan(
            -15, lambda: self.adjust(finance, players[2], "75.00", "Prize of the September hackathon quiz")
        )
        self.plan(
            -8, lambda: self.adjust(finance, players[11], "20.00", "Session lost to our maintenance window")
        )
        self.plan(-3, lambda: self.mistake(finance, players[5]))
        # Above the threshold: waits for the other member of the finance team.
        self.plan(
            -0.2, lambda: self.adjust(finance, players[20], "1500.00", "Winner of the Paradox data track")
        )

    def plan_reports(self) -> None:
        """What players said of others: two wait, one was looked at."""
        players = self.cast.players
        in_league = f"Backs what {players[33]} backs, within a minute. Look at the hackathon pool."
        too_quick = "Solved five hard sudokus in a row, each in under a minute."
        for days, reporter, reported, reason, words in (
            (-9, 12, 4, "other", "Wins too often."),
            (-1.3, 9, 17, "cheating", too_quick),
            (-0.4, 14, 24, "collusion", in_league),
        ):
            self.plan(days, partial(self.report, players[reporter], players[reported], reason, words))
        self.plan(-8.6, self.dismiss)

    def report(self, reporter: User, reported: User, reason: str, words: str) -> None:
        reports.report_player(reporter=reporter, username=reported.username, reason=reason, words=words)

    def dismiss(self) -> None:
        first = PlayerReport.objects.open().earliest("id")
        why = "Their sessions are in order: good days, and bad ones."
        reports.decide_report(by=self.cast.owner, report_id=first.pk, acted=False, reason=why)

    def adjust(self, by: User, user: User, amount: str, reason: str) -> Any:
        return wallet_services.request_adjustment(
            by=by, user=user, type="credit", amount=Decimal(amount), reason=reason
        )

    def mistake(self, by: User, user: User) -> None:
        wrong = self.adjust(by, user, "40.00", "Prize, credited to the wrong account")
        wallet_services.void_transaction(by=by, transaction_id=wrong.transaction_id, reason="Wrong account")

    def decide(self, game: Game, result: dict[str, str] | None) -> None:
        """Resolve by option to weight, or call it off."""
        if result is None:
            events.void_event(by=self.cast.owner, game_id=game.pk, reason="It did not take place.")
        else:
            weights = {option: Decimal(weight) for option, weight in result.items()}
            events.resolve_event(by=self.cast.owner, game_id=game.pk, weights=weights)
        while settlement.settle_batch(game.pk):
            pass

    def play(self, life: Life, game: Game) -> None:
        session = sessions.start_session(player=life.user, game_id=game.pk)
        if self.chance.random() < 0.08:
            sessions.forfeit_session(player=life.user, session_id=session.pk)
        elif game.type == Game.Type.QUIZ:
            self.play_quiz(life, session)
        else:
            self.stake(life, session, 0.6)
            Solver(life.skill, self.chance).play(session)

    def play_quiz(self, life: Life, session: GameSession) -> None:
        moment = clock.now()
        questions = session.metadata["state"]["questions"]
        for index, question in enumerate(questions):
            with clock.set_to(moment := self.later(moment, 5, 15)):
                self.stake(life, session, 0.35 if index else 0.7)
                sessions.play_move(player=life.user, session_id=session.pk, move={"index": index})
            with clock.set_to(moment := self.later(moment, 6, 24)):
                answer = self.answer(life, question)
                move = {"index": index, "answer": answer}
                session = sessions.play_move(player=life.user, session_id=session.pk, move=move)

    def answer(self, life: Life, question: dict[str, Any]) -> Any:
        """The right answer as often as the player's skill and the question's difficulty say, else a wrong one."""
        knows = self.chance.random() < life.skill + 0.12 * (3 - question["difficulty"])
        if knows:
            return question["right"]
        others = [option["id"] for option in question["options"] if option["id"] not in question["right"]]
        if question["kind"] == "multiple":
            return others[:1]
        return self.chance.choice(others) if others else "0"

    def stake(self, life: Life, session: GameSession, eagerness: float) -> None:
        """Bet on oneself, now and then, on one of the open markets."""
        offered = markets.session_markets(session, clock.now())
        if not offered or self.chance.random() > life.boldness * eagerness:
            return
        market = self.chance.choice(offered)
        choice = self.chance.choice(market.choices)
        assert choice.odds is not None
        most = markets.stake_that_wins(markets.left_to_win(session), choice.odds)
        stake = min(Decimal(self.chance.choice([2, 5, 5, 10, 15, 25])), market.stake_max, most)
        if stake >= market.stake_min:
            self.bet(life.user, services.Slip(market.market, choice.choice, stake, session_id=session.pk))

    def bet(self, user: User, slip: services.Slip) -> None:
        balance = Wallet.objects.values_list("balance", flat=True).get(user=user)
        if slip.amount <= balance:
            services.place_bet(player=user, slip=slip)

    def end_what_is_over(self) -> None:
        """What a player has left alone ends when its time is over, as the worker would end it."""
        due = GameSession.objects.running().filter(expires_at__lte=self.now).order_by("expires_at")
        for session in due.values_list("pk", flat=True):
            sessions.expire_session(session_id=session)

    def top_up(self) -> None:
        """Nobody of the demo is left with less than BALANCE_MIN."""
        for user, balance in Wallet.objects.filter(balance__lt=BALANCE_MIN).values_list("user", "balance"):
            self.allowance(User.objects.get(pk=user), f"{BALANCE_MIN - balance:.2f}", "demo:top-up")

    def set_limits(self) -> None:
        """Some have set limits; one has a raise to confirm, one is on a break."""
        careful, raising, resting = self.cast.players[0], self.cast.players[3], self.cast.players[6]
        for user in (careful, raising):
            limits.set_limits(player=user, limits={"stake.week": Decimal(250), "loss.month": Decimal(400)})
        with clock.set_to(self.now - timedelta(hours=25)):
            limits.set_limits(player=raising, limits={"stake.day": Decimal(40)})
            limits.set_limits(player=raising, limits={"stake.day": Decimal(60)})
        pause = {"break_until": self.now + timedelta(days=5)}
        limits.set_limits(player=resting, limits={}, pauses=pause)

    def allowance(self, user: User, amount: str, name: str) -> None:
        ledger.post(
            user_id=user.pk,
            type="credit",
            category="bonus",
            amount=Decimal(amount),
            description="Demo allowance",
            reference=f"{name}:{user.pk}",
        )

    def later(self, moment: datetime, least: float, most: float) -> datetime:
        return moment + timedelta(seconds=self.chance.uniform(least, most))
