"""`manage.py simulate_economy`: players honest and not, for months; docs/economy.md tells how to read it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from betting.economy import report, simulation, site
from betting.economy.house import House
from betting.economy.world import CODE, World
from betting.management.scratch import scratch_database


class Command(BaseCommand):
    help = "Let bots, honest and not, stake on their own skill, in memory and through the services."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--days", type=int, default=90)
        parser.add_argument("--players", type=int, default=400)
        parser.add_argument("--through-services", type=int, default=5, help="days, with 20 players; 0: none")
        parser.add_argument("--chart", type=Path, help="where to write what players have won by then, as SVG")

    def handle(
        self, *, seed: int, days: int, players: int, through_services: int, chart: Path | None, **options: Any
    ) -> None:
        if days < 3 or players < 20:
            raise CommandError("Give it 3 days and 20 players at least.")
        world = World(seed)
        told = self.progress("in memory", days)
        tallies = simulation.run(world, House(world), players, days, told)
        for line in report.tables(tallies, days):
            self.stdout.write(line)
        if chart:
            chart.write_text(report.chart(tallies, days), encoding="utf-8")
        wrong = report.verdict(tallies, CODE.margin)
        if through_services:
            wrong += self.on_the_site(seed, through_services)
        if wrong:
            raise CommandError("\n".join(["The odds do not hold:", *wrong]))

    def on_the_site(self, seed: int, days: int) -> list[str]:
        """Play some days through the services; what is wrong there."""
        with scratch_database("quantix_economy"):
            told = self.progress("through the services", days)
            audit = site.through_services(seed, 20, days, told)
        self.stdout.write(
            f"\nThrough the services: {audit.sessions} sessions, {audit.bets} bets; every wallet and the whole ledger "
            + ("as counted." if not audit.differences else "NOT as counted.")
        )
        return audit.differences

    def progress(self, what: str, total: int) -> Callable[[int], None]:
        def told(day: int) -> None:
            self.stderr.write(f"{what}: day {day} of {total}")

        return told
