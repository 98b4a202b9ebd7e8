"""`manage.py bench_admin`: the back-office at ten million bets; docs/measured.md tells what it found."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.test import Client
from django.utils import timezone

from accounts.models import User
from betting.bench import database, dataset, pages, report
from betting.bench.measuring import Measured, Stopwatch


class Command(BaseCommand):
    help = (
        "Build a data set of ROWS bets and more postings in a database of its own (kept for the next run), open every "
        "page of the back-office on it, and say how much time of the database each takes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rows", type=int, default=10_000_000, help="bets (default: ten million)")
        parser.add_argument(
            "--drop", action="store_true", help="drop the data set and its database; do nothing else"
        )
        parser.add_argument("--only", default="", help="only the pages of lists whose name has this in it")
        parser.add_argument("--markdown", type=Path, help="where to write the worst of each list, as a table")

    def handle(self, *, rows: int, drop: bool, only: str, markdown: Path | None, **options: Any) -> None:
        if drop:
            database.drop()
            return
        if rows < dataset.ROWS_MIN:
            raise CommandError(f"{dataset.ROWS_MIN} rows at least: fewer are no data set.")
        with database.beside_the_site() as name:
            about = self.data_set(rows, name)
            measured = list(self.every_page(about, only))
        if markdown:
            markdown.write_text("\n".join(report.worst(measured)) + "\n", encoding="utf-8")
        self.stdout.write("\n".join(["", *report.worst(measured), "", report.verdict(measured)]))
        if any(each.is_slow or each.is_broken for each in measured):
            raise CommandError("A page is too slow, or broken: see the lines marked with !.")

    def data_set(self, rows: int, name: str) -> dict[str, Any]:
        """What the data set of `rows` in the database `name` is about; built first if it is not there."""
        database.insist()
        database.migrate()
        about = database.described(name)
        if about and about["rows"] != rows:
            raise CommandError(
                f"{name} holds a data set of {about['rows']:,} rows. Look at that one with --rows {about['rows']}, "
                "or drop it first with --drop."
            )
        if not about:
            database.demand_space(rows)
            self.stdout.write(f"Building {rows:,} bets in {name}")
            about = {
                "rows": rows,
                "built": timezone.now().isoformat(),
                **dataset.build(rows, self.stdout.write),
            }
            database.describe(about)
        return about

    def every_page(self, about: dict[str, Any], only: str) -> Iterator[Measured]:
        """Each page, measured, and told as soon as it is."""
        owner = User.objects.get(username=dataset.OWNER)
        client = Client(raise_request_exception=False, SERVER_NAME="localhost")
        client.force_login(owner)
        stopwatch = Stopwatch(client)
        self.stdout.write(report.HEAD)
        for page in pages.every_page(owner, pages.Heavy.of(about)):
            if only.casefold() in page.of.casefold():
                measured = stopwatch.measure(page)
                self.stdout.write(report.line(measured))
                yield measured
