"""Achievements: the rules on their own, and that the worker awards each once, with what earned it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.conf import settings
from django.db import connection

from betting import services
from betting.models import Bet
from betting.standing import seasons, tallying
from betting.standing.achievements import BY_CODE, EVERY, Deed, WonBet, earned
from betting.standing.models import Achieved, SessionToTally
from betting.tests.standing import keep_boards, make_season, play_event
from games.models import GameSession
from games.services import sessions
from quantix import clock
from quantix.tests import factories

LOST = Deed(
    session=1, user=1, type="quiz", result="loss", score=0.2, own_win=None, event_win=None, results=("loss",),
    played=1, won_types=frozenset(), forecasts=0, brier=2.0, days=1,
)  # fmt: skip
WON = replace(LOST, result="win", score=0.7, results=("win",), won_types=frozenset({"quiz"}))


def codes(deed: Deed) -> set[str]:
    return {code for code, _ in earned(deed)}


def test_a_loss_earns_nothing_and_a_win_the_first():
    assert codes(LOST) == set()
    assert codes(WON) == {"first-win"}


@pytest.mark.parametrize(
    ("code", "nearly", "change"),
    [
        ("perfect-quiz", {"score": 0.99}, {"score": 1.0}),
        ("perfect-quiz", {"score": 1.0, "type": "puzzle"}, {"score": 1.0}),
        ("sharp-mind", {"type": "puzzle", "score": 0.79}, {"type": "puzzle", "score": 0.8}),
        ("giant-killer", {"own_win": WonBet(7, 2.99)}, {"own_win": WonBet(7, 3.0)}),
        ("giant-killer", {"event_win": WonBet(7, 9.0)}, {"own_win": WonBet(7, 9.0)}),
        ("called-it", {"event_win": WonBet(7, 3.99)}, {"event_win": WonBet(7, 4.0)}),
        ("five-in-a-row", {"results": ("win",) * 4}, {"results": ("win",) * 6}),
        ("five-in-a-row", {"results": (*("win",) * 4, "loss", "win")}, {"results": (*("win",) * 5, "loss")}),
        ("comeback", {"results": ("win", *("loss",) * 4, "win")}, {"results": ("win", *("loss",) * 5)}),
        ("all-rounder", {"won_types": frozenset({"quiz", "puzzle"})},
         {"won_types": frozenset({"quiz", "puzzle", "prediction"})}),
        ("ten-days", {"days": 9}, {"days": 10}),
        ("regular", {"played": 99}, {"played": 100}),
        ("forecaster", {"forecasts": 9, "brier": 0.1}, {"forecasts": 10, "brier": 0.5}),
        ("forecaster", {"forecasts": 30, "brier": 0.51}, {"forecasts": 30, "brier": 0.5}),
    ],
)  # fmt: skip
def test_each_rule_is_met_and_just_missed(code, nearly, change):
    assert code not in codes(replace(WON, **nearly))
    assert code in codes(replace(WON, **change))


def test_the_bet_that_earned_it_is_named():
    deed = replace(WON, own_win=WonBet(7, 3.5))
    assert dict(earned(deed)) == {"first-win": None, "giant-killer": 7}


def test_codes_are_unique_and_icons_are_in_the_sprite():
    sprite = (settings.BASE_DIR / "static" / "icons.svg").read_text(encoding="utf-8")
    assert len(BY_CODE) == len(EVERY) == 12
    assert all(f'id="{achievement.icon}"' in sprite for achievement in EVERY)


@pytest.mark.django_db(transaction=True)
class TestAwarding:
    def test_the_first_win_is_awarded_once_with_its_session(self, player):
        first = play_event({player: ("yes", "5.00")})
        play_event({player: ("yes", "5.00")})
        keep_boards()
        got = Achieved.objects.get(user=player)
        session = GameSession.objects.get(game=first)
        assert (got.code, got.session, got.earned_at) == ("first-win", session, session.ended_at)
        SessionToTally.objects.create(session_id=session.pk)
        keep_boards()
        assert Achieved.objects.get() == got

    def test_told_together_the_earliest_win_has_it(self, player):
        now = clock.now()
        for hours in (1, 3, 2):
            with clock.set_to(now - timedelta(hours=hours)):
                play_event({player: ("yes", "5.00")})
        keep_boards()
        assert Achieved.objects.get(user=player).earned_at == now - timedelta(hours=3)

    def test_long_odds_on_oneself_make_a_giant_killer_by_that_bet(self, player, commit):
        session = factories.start(player, factories.make_codebreaker())
        for choice in ("within-5", "within-7"):
            slip = services.Slip("solve", choice, Decimal("2.00"), session_id=session.pk)
            commit(partial(services.place_bet, player=player, slip=slip))
        code = session.metadata["state"]["code"]
        commit(lambda: sessions.play_move(player=player, session_id=session.pk, move={"guess": code}))
        keep_boards()
        got = {row.code: row.bet_id for row in Achieved.objects.filter(user=player)}
        longest = Bet.objects.latest("odds")
        assert longest.odds >= 3 and got["giant-killer"] == longest.pk
        assert set(got) == {"first-win", "sharp-mind", "giant-killer"}

    def test_ten_days_in_a_row_are_counted_in_the_institutes_time(self, player, commit):
        game, now = factories.make_codebreaker(), clock.now()
        for day in range(9, -1, -1):
            if day == 5:
                continue
            with clock.set_to(now - timedelta(days=day)):
                session = factories.start(player, game)
                commit(lambda session=session: sessions.forfeit_session(player=player, session_id=session.pk))
        keep_boards()
        assert not Achieved.objects.filter(code="ten-days").exists()
        with clock.set_to(now - timedelta(days=5)):
            session = factories.start(player, game)
            commit(lambda: sessions.forfeit_session(player=player, session_id=session.pk))
        last = GameSession.objects.latest("ended_at")
        SessionToTally.objects.create(session_id=last.pk)
        keep_boards()
        assert Achieved.objects.get(code="ten-days").session == last

    def test_voided_sessions_earn_nothing(self, player, commit, staff):
        session = factories.start(player, factories.make_codebreaker())
        commit(lambda: sessions.void_session(by=staff("games"), session_id=session.pk, reason="Fault"))
        keep_boards()
        assert not Achieved.objects.exists()

    def test_who_ends_a_season_among_the_first_three_stands_on_the_podium(self):
        season = make_season()
        players = [factories.make_player(username=f"player-{number}") for number in range(5)]
        play_event({player: ("yes", f"{50 - number}.00") for number, player in enumerate(players)})
        keep_boards()
        with clock.set_to(season.ends_at + seasons.CORRECTED_WITHIN):
            seasons.archive_ended()
        got = Achieved.objects.filter(code="podium", session=None).order_by("user__username")
        assert [row.user for row in got] == players[:3]

    def test_a_batch_takes_the_same_statements_whatever_it_earns(self, player, django_assert_max_num_queries):
        for _ in range(4):
            play_event({player: ("yes", "5.00"), factories.make_player(): ("no", "5.00")})
        with django_assert_max_num_queries(14, connection=connection):
            tallying.tally_ended()
