"""The simulation of docs/economy.md, for some days: what its tables rest on, and that the rules it tries are needed."""

from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from betting.economy import bots, report, simulation, site
from betting.economy.house import House
from betting.economy.simulation import STRATEGIES, Tally, returns
from betting.economy.world import World
from games.engines import odds

pytestmark = pytest.mark.usefixtures("lead_max")
DAYS, PLAYERS = 12, 20


def played(seed=3):
    world = World(seed)
    return simulation.run(world, House(world), PLAYERS, DAYS)


@pytest.fixture(scope="module")
def tallies(lead_max):
    return played()


def test_the_same_seed_tells_the_same(tallies):
    assert [(tally.staked, tally.net) for tally in played()] == [
        (tally.staked, tally.net) for tally in tallies
    ]


def test_all_strategies_play_and_friends_are_not_counted(tallies):
    assert {tally.strategy for tally in tallies} == set(STRATEGIES)
    assert all(len(tally.net) == DAYS for tally in tallies)
    assert not any(isinstance(tally.bot, bots.Friend) for tally in tallies)


def test_nobody_is_ahead_by_what_two_kinds_of_games_allow(tallies):
    assert max(sum(tally.net, Decimal(0)) for tally in tallies) < 2 * odds.LEAD_MAX
    assert report.verdict(tallies, margin=10.0) == []


def test_without_the_bound_who_throws_games_prints_money(monkeypatch):
    """The rules bite: without handicap and bound, losing on purpose and then staking pays more than they allow."""
    monkeypatch.setattr(odds, "handicap", lambda lead: 0.0)
    monkeypatch.setattr(odds, "win_max", lambda lead, reserved=Decimal(0): Decimal(1000))
    tallies = played()
    throwers = [sum(tally.net, Decimal(0)) for tally in tallies if isinstance(tally.bot, bots.Thrower)]
    assert max(throwers) > 5 * odds.LEAD_MAX
    assert any("ahead by" in line for line in report.verdict(tallies, margin=10.0))


def test_the_return_and_its_interval_by_hand():
    """Stakes 10, 20, 30 and winnings 1, -2, -2: rate -0.05; residuals 1.5, -1, -0.5; sqrt(3.5 * 3 / 2) / 60 * 1.96."""
    tallies = [
        Tally(None, None, [Decimal(staked)], [Decimal(net)])  # type: ignore[arg-type]
        for staked, net in ((10, 1), (20, -2), (30, -2))
    ]
    found = returns(tallies)
    assert (found.players, found.staked, found.net) == (3, 60.0, -3.0)
    assert found.rate == pytest.approx(-0.05) and found.half == pytest.approx(0.07485, abs=1e-5)
    assert returns(tallies, since=1).rate == 0.0


def test_the_verdict_names_cheats_that_earn_and_honest_players_that_lose():
    def flat(strategy, net):
        return [Tally(strategy, None, [Decimal(10)], [Decimal(net)]) for _ in range(3)]  # type: ignore[arg-type]

    honest, cheat = STRATEGIES[0], next(one for one in STRATEGIES if one.is_cheating)
    rest = [tally for one in STRATEGIES if one not in (honest, cheat) for tally in flat(one, 0)]
    assert report.verdict([*flat(honest, "-0.40"), *flat(cheat, "-0.10"), *rest], 0.05) == []
    found = report.verdict([*flat(honest, "-1.00"), *flat(cheat, "0.10"), *rest], 0.05)
    assert [line.partition(":")[0] for line in found] == [honest.name, cheat.name]


def test_tables_and_chart(tallies):
    told = "\n".join(report.tables(tallies, DAYS))
    for strategy in STRATEGIES:
        assert f"| {strategy.name} |" in told
    picture = report.chart(tallies, DAYS)
    assert picture.startswith("<svg") and picture.count("<path") > len(STRATEGIES)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_through_the_services_every_wallet_is_as_counted_and_the_ledger_reconciles():
    told: list[int] = []
    audit = site.through_services(5, PLAYERS, 2, told.append)
    assert audit.differences == [] and told == [1, 2]
    assert audit.sessions > 60 and audit.bets > 20


def test_the_command_refuses_what_tells_nothing():
    with pytest.raises(CommandError, match="3 days"):
        call_command("simulate_economy", "--days", "2")
