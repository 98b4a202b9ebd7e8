"""`manage.py export_questions`: the bank as GIFT, to standard output or into a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from games.services.bank_export import export_questions


class Command(BaseCommand):
    help = "Write the question bank as GIFT. `import_questions` reads it back to the same bank."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", type=Path, help="the file to write; standard output otherwise")
        parser.add_argument("--tag", default="", help="only questions that carry this tag")
        parser.add_argument("--active", action="store_true", help="without retired questions")

    def handle(self, *, output: Path | None, tag: str, active: bool, **options: Any) -> None:
        pieces = export_questions(by=None, tag=tag, with_retired=not active)
        if output is None:
            for piece in pieces:
                self.stdout.write(piece, ending="")
            return
        with output.open("w", encoding="utf-8") as file:
            file.writelines(pieces)
