"""`manage.py reconcile`: whether the books are right. Exits with 1 where a promise is broken."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from wallets import reconcile

_LINE = "{promise:<8} {checked:>12} {broken:>8} {seconds:>9}  {title}"
EXAMPLES_PRINTED_MAX = 5


class Command(BaseCommand):
    help = "Check every promise about money over the whole ledger; exits with 1 where one is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="print nothing but what is broken")

    def handle(self, *, quiet: bool, **options: Any) -> None:
        run = reconcile.run()
        if not quiet:
            titles = {"checked": "rows", "broken": "broken", "seconds": "seconds", "title": "what holds"}
            self.stdout.write(_LINE.format(promise="promise", **titles))
        for finding in run.findings:
            if finding["broken"] or not quiet:
                self._print(finding)
        if not quiet:
            self.stdout.write("The books are right." if run.is_clean else "THE BOOKS ARE WRONG.")
        if not run.is_clean:
            sys.exit(1)

    def _print(self, finding: dict[str, Any]) -> None:
        self.stdout.write(_LINE.format(**finding))
        for example in finding["examples"][:EXAMPLES_PRINTED_MAX]:
            told = "{subject}: expected {expected}, found {found}"
            self.stdout.write("           " + told.format(**example))
