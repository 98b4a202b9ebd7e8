"""`manage.py backtest_football`: real matches, bots, all three mechanisms; docs/backtest.md tells how to read it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from betting.backtest import beliefs, registered, report, tally
from betting.management.scratch import scratch_database

DATABASE = "quantix_backtest"


class Command(BaseCommand):
    help = (
        "Predict real football matches by bots, in memory and through the services on a database of its own."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("data", type=Path, help="openfootball's matches as JSON: date, teams and scores")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--matches", type=int, help="only so many, the newest")
        parser.add_argument("--bots", type=int, default=2, help="of each kind")
        parser.add_argument("--through-services", type=int, default=400, help="matches, the newest; 0: none")
        parser.add_argument("--chart", type=Path, help="where to write the calibration as SVG")

    def handle(
        self, *, data: Path, seed: int, matches: int | None, bots: int, through_services: int,
        chart: Path | None, **options: Any,
    ) -> None:  # fmt: skip
        if not data.is_file():
            raise CommandError(f"There is no file {data}.")
        known = list(beliefs.before_each(beliefs.read(data)))[-matches if matches else 0 :]
        cast = beliefs.cast(bots)
        result = tally.in_memory(known, cast, seed, self.progress("in memory", len(known)))
        self.say(report.tables(result))
        if chart:
            chart.write_text(report.chart(result), encoding="utf-8")
        if through_services:
            sample = known[-through_services:]
            with scratch_database(DATABASE):
                told = self.progress("through the services", len(sample))
                audit = registered.through_services(sample, cast, seed, told)
            self.say(report.audited(audit))
            if audit.differences:
                raise CommandError(
                    "The services and the engines do not agree, or a promise is broken: see above."
                )

    def say(self, lines: Iterator[str]) -> None:
        for line in lines:
            self.stdout.write(line)

    def progress(self, what: str, total: int) -> Callable[[int], None]:
        def told(done: int) -> None:
            if done % 250 == 0 or done == total:
                self.stderr.write(f"{what}: {done} of {total} matches")

        return told
