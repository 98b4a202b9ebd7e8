"""Figures by day: what is kept and what is counted live is what the rows say, whatever is undone later."""

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from betting import events, services, settlement, voiding
from betting.models import Bet
from games.models import Game, GameSession
from games.services import sessions
from quantix import clock, figures, periodic
from quantix.models import DailyFigure
from quantix.tests import books, factories
from quantix.tests.api import count_queries
from quantix.tests.crowd import at_once
from wallets import services as wallet_services
from wallets.models import Adjustment, Transaction, Wallet

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 3, 10, 12, tzinfo=timezone.get_default_timezone())
DAYS = 6


def on(days: float) -> Any:
    """A block as if it were so many days after NOON."""
    return clock.set_to(NOON + timedelta(days=days))


def event() -> Game:
    opens_at, closes_at = NOON - timedelta(days=1), NOON + timedelta(days=40)
    return factories.make_event(opens_at=opens_at.isoformat(), closes_at=closes_at.isoformat())


def stake(player: User, game: Game, amount: str = "10.00", option: str = "yes") -> Bet:
    slip = services.Slip("winner", option, Decimal(amount), game_id=game.pk)
    return services.place_bet(player=player, slip=slip).bet


def day_of(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def counted_whole() -> dict[tuple[date, str], Decimal]:
    """The figures of every day, from every row there is, one after the other."""
    found: dict[tuple[date, str], Any] = defaultdict(Decimal)
    active: set[tuple[date, int]] = set()
    for row in Transaction.objects.select_related("wallet"):
        found[day_of(row.created_at), f"money.{row.category}"] += row.signed_amount
    for session in GameSession.objects.select_related("game"):
        found[day_of(session.started_at), f"sessions.{session.game.type}"] += 1
        active.add((day_of(session.started_at), session.user_id))
    active |= {(day_of(bet.placed_at), bet.session.user_id) for bet in Bet.objects.select_related("session")}
    for day, _ in active:
        found[day, "players.active"] += 1
    for user in User.objects.exclude(email_verified_at=None):
        found[day_of(user.email_verified_at), "players.joined"] += 1  # type: ignore[arg-type]
    return {key: value for key, value in found.items() if value}


def kept() -> dict[tuple[date, str], Decimal]:
    rows = DailyFigure.objects.exclude(value=0).values_list("day", "name", "value")
    return {(day, name): value for day, name, value in rows}


def shown(length: int = 60) -> dict[tuple[date, str], Decimal]:
    days = figures.read(length).days
    return {(day.first, name): value for day in days for name, value in day.added.items() if value}


class Life:
    """Days of chance: whatever players and staff can do to the figures."""

    def __init__(self, seed: int, commit: Callable[..., Any]) -> None:
        self.chance, self.commit = random.Random(seed), commit
        self.owner, self.finance = factories.make_staff("owner"), factories.make_staff("finance")
        self.players = [factories.make_player("500.00") for _ in range(3)]
        self.events, self.puzzle = [event() for _ in range(2)], factories.make_codebreaker()
        self.decided: set[int] = set()

    def go_on(self) -> None:
        """One thing that happens."""
        self.chance.choice([
            self.bet, self.bet, self.bet, self.play, self.adjust, self.undo, self.void, self.resolve, self.join,
        ])()  # fmt: skip

    def bet(self) -> None:
        open_events = [game for game in self.events if game.pk not in self.decided]
        if open_events:
            player, game = self.chance.choice(self.players), self.chance.choice(open_events)
            option = self.chance.choice(["yes", "no"])
            self.commit(partial(stake, player, game, f"{self.chance.randint(100, 900) / 100:.2f}", option))

    def play(self) -> None:
        player = self.chance.choice(self.players)
        if not GameSession.objects.running().of(player).filter(game=self.puzzle).exists():
            session = factories.start(player, self.puzzle)
            slip = services.Slip("solve", "within-6", Decimal("3.00"), session_id=session.pk)
            self.commit(partial(services.place_bet, player=player, slip=slip))
            self.commit(partial(sessions.forfeit_session, player=player, session_id=session.pk))

    def adjust(self) -> None:
        user, type = self.chance.choice(self.players), self.chance.choice(["credit", "debit"])
        asked: dict[str, Any] = {"by": self.finance, "user": user, "type": type, "amount": Decimal("7.00")}
        self.commit(partial(wallet_services.request_adjustment, **asked, reason="Chance"))

    def undo(self) -> None:
        posted = Adjustment.objects.filter(transaction__deleted_at=None, transaction__isnull=False).first()
        if posted:
            asked: dict[str, Any] = {"by": self.finance, "transaction_id": posted.transaction_id}
            self.commit(partial(wallet_services.void_transaction, **asked, reason="Wrong"))

    def void(self) -> None:
        bet = Bet.objects.exclude(outcome="void").order_by("?").first()
        if bet and bet.session.game_id not in self.decided:
            self.commit(partial(voiding.void_bet, by=self.owner, bet_id=bet.pk, reason="Void"))

    def resolve(self) -> None:
        """The first time a result, then corrections of it."""
        game = self.chance.choice(self.events)
        weights = {self.chance.choice(["yes", "no"]): Decimal(1)}
        self.commit(partial(events.resolve_event, by=self.owner, game_id=game.pk, weights=weights))
        settlement.settle_event(game.pk)
        self.decided.add(game.pk)

    def join(self) -> None:
        factories.make_player()


@pytest.mark.parametrize("seed", range(4))
def test_after_days_of_chance_the_figures_are_what_all_rows_say(seed: int, commit: Any) -> None:
    with on(0):
        life = Life(seed, commit)
    for hour in range(DAYS * 24):
        with on(hour / 24):
            figures.keep_due_days()
            if life.chance.random() < 0.4:
                life.go_on()
            assert shown() == counted_whole(), hour
    with on(DAYS):
        figures.keep_due_days()
        supply = figures.read(60).between(0).so_far
        whole = {key: value for key, value in counted_whole().items() if key[0] < day_of(clock.now())}
    assert kept() == whole
    held = Wallet.objects.aggregate(held=Sum("balance"))["held"]
    assert sum(value for name, value in supply.items() if name.startswith("money.")) == held
    books.assert_right()


def test_what_is_voided_counts_on_the_day_it_is_voided_and_its_first_day_stays(commit: Any) -> None:
    with on(0):
        finance, player = factories.make_staff("finance"), factories.make_player("0.00")
        asked: dict[str, Any] = {
            "by": finance,
            "user": player,
            "type": "credit",
            "amount": Decimal(40),
            "reason": "A prize",
        }
        posted = commit(partial(wallet_services.request_adjustment, **asked)).transaction
    with on(2):
        figures.keep_due_days()
        before = kept()
        commit(
            partial(wallet_services.void_transaction, by=finance, transaction_id=posted.pk, reason="Wrong")
        )
        figures.keep(day_of(NOON))
        days = {day.first: day.added["money.admin_adjustment"] for day in figures.read(5).days}
    assert kept() == before
    assert [days[day_of(NOON) + timedelta(days=n)] for n in (0, 1, 2)] == [40, 0, -40]
    books.assert_right()


def test_a_correction_counts_today_and_makes_nobody_active(commit: Any) -> None:
    with on(0):
        owner, player, game = factories.make_staff("owner"), factories.make_player(), event()
        commit(partial(stake, player, game, "10.00", "yes"))
        commit(partial(events.void_event, by=owner, game_id=game.pk, reason="Called off"))
        settlement.settle_event(game.pk)
    with on(3):
        figures.keep_due_days()
        weights = {"no": Decimal(1)}
        commit(partial(events.resolve_event, by=owner, game_id=game.pk, weights=weights))
        settlement.settle_event(game.pk)
        today = figures.read(2).days[-1]
    # The stake that went back on the first day is taken again.
    assert (today.added["money.bet"], today.added["players.active"]) == (Decimal(-10), Decimal(0))
    assert figures_of(0)["money.bet"] == 0
    books.assert_right()


def figures_of(days: int) -> dict[str, Decimal]:
    day = day_of(NOON) + timedelta(days=days)
    return dict(DailyFigure.objects.filter(day=day).values_list("name", "value"))


def test_a_day_begins_at_midnight_in_kolkata() -> None:
    midnight = figures.begin_of(date(2026, 3, 12))
    assert midnight.isoformat() == "2026-03-12T00:00:00+05:30"
    with clock.set_to(midnight - timedelta(microseconds=1)):
        factories.make_player("150.00")
    with clock.set_to(midnight):
        factories.make_player("170.00")
        days = figures.read(2).days
    assert [day.added["money.bonus"] for day in days] == [150, 170]


def test_yesterday_is_counted_live_until_it_has_been_over_for_an_hour() -> None:
    midnight = figures.begin_of(date(2026, 3, 12))
    with clock.set_to(midnight - timedelta(hours=2)):
        factories.make_player()
    with clock.set_to(midnight + timedelta(minutes=59)):
        assert figures.keep_due_days() == 0
        sheet = figures.read(2)
        assert (sheet.days[0].added["players.joined"], sheet.due) == (Decimal(1), 0)
    with clock.set_to(midnight + timedelta(minutes=61)):
        assert figures.keep_due_days() == 1
        assert figures.read(2).days == sheet.days
        assert figures.keep_due_days() == 0


def test_the_first_run_keeps_every_day_there_was_and_says_how_many_are_left(caplog: Any) -> None:
    with on(0):
        factories.make_player()
    with on(20):
        factories.make_player()
        assert figures.read(60).due == 19
        assert figures.keep_due_days() == 20
        assert figures.read(60).due == 0
    assert DailyFigure.objects.count() == 20 * len(figures.names())
    assert "20 of 20 days" in caplog.text


def test_asked_to_stop_it_finishes_the_day_at_hand_and_goes_on_later(monkeypatch: Any) -> None:
    with on(0):
        factories.make_player()
    with on(9.5):
        keep = figures.keep

        def keep_and_be_stopped(day: date) -> None:
            keep(day)
            periodic.stopping.set()

        monkeypatch.setattr(figures, "keep", keep_and_be_stopped)
        try:
            assert figures.keep_due_days() == 1
        finally:
            periodic.stopping.clear()
        monkeypatch.setattr(figures, "keep", keep)
        assert figures.keep_due_days() == 8
    assert kept() == counted_whole()


def test_two_workers_at_once_keep_the_same() -> None:
    with on(0):
        factories.make_player()
    with on(5):
        wanted = counted_whole()

    def work() -> int:
        with on(5):
            return figures.keep_due_days()

    assert max(at_once(*[work] * 4)) == 5
    assert kept() == wanted


def test_a_figure_that_is_new_is_counted_for_the_days_that_were(monkeypatch: Any) -> None:
    with on(0):
        factories.make_player()
    with on(3):
        figures.keep_due_days()
        new = figures.Source(("rain",), "SELECT 'rain', 2.5", "SELECT now()")
        monkeypatch.setattr(figures, "_sources", [*figures._sources, new])
        assert figures.keep_due_days() == 3
    assert figures_of(1)["rain"] == Decimal("2.50")


def test_a_site_without_anybody_has_figures_of_nothing() -> None:
    sheet = figures.read(60)
    assert (len(sheet.days), sheet.due, figures.keep_due_days()) == (60, 0, 0)
    assert not any(sheet.between(0).added.values())


def test_reading_takes_one_statement() -> None:
    factories.make_player()
    with count_queries(1):
        figures.read(60)


def test_reconcile_finds_a_day_that_is_not_what_its_postings_say() -> None:
    with on(0):
        factories.make_player()
    with on(2):
        figures.keep_due_days()
    books.assert_right()
    DailyFigure.objects.filter(name="money.bonus", day=day_of(NOON)).update(value=99)
    ((promise, example),) = books.broken()
    assert (promise, example["subject"]) == ("7", "2026-03-10, money.bonus")
    assert (example["expected"], example["found"]) == ("100.00", "99.00")
