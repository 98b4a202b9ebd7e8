"""`manage.py import_questions`: question files into the bank, and what became of each question."""

from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from games.formats import AUTO, FILE_BYTES_MAX, FORMATS, QuestionFile, UnreadableFile
from games.services.bank_fates import CHUNK, Fate, Report, Terms
from games.services.bank_import import import_file, judge_file
from quantix.db import in_one_transaction
from quantix.errors import Invalid

#: Fates that are told one by one; of the others it is enough to know how many there are.
_TOLD = ("refused", "differs", "updated", "repeated")


class Command(BaseCommand):
    help = "Import question files. Exits with 1 if a question was refused, 2 if a file could not be read."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--format", choices=[AUTO, *FORMATS], default=AUTO)
        parser.add_argument("--dry-run", action="store_true", help="say what would become of each, and stop")
        parser.add_argument("--tags", default="", help="more tags for all questions, separated by commas")
        parser.add_argument("--licence", default="", help="for questions whose file has none")
        parser.add_argument("--source", default="", help="for questions whose file has none")
        parser.add_argument(
            "--update",
            dest="updates",
            action="store_true",
            help="bring questions that differ up to what the file says",
        )

    def handle(self, *, files: list[Path], format: str, dry_run: bool, **options: Any) -> None:
        try:
            terms = Terms.of_words(
                **{name: options[name] for name in ("tags", "licence", "source", "updates")}
            )
        except Invalid as refusal:
            raise CommandError(refusal.detail) from refusal
        code = max(self.go_through(path, format, terms, dry_run) for path in files)
        if code:
            raise CommandError("Not everything could be imported, see above.", returncode=code)

    def go_through(self, path: Path, format: str, terms: Terms, dry_run: bool) -> int:
        """Import one file, or only judge it; the exit code it calls for."""
        teller = Teller(self, path)
        try:
            file = _file_at(path)
            act = judge_file if dry_run else partial(import_file, by=None)
            report = in_one_transaction(partial(act, file=file, format=format, terms=terms, tell=teller))
        except UnreadableFile as refusal:
            self.stderr.write(self.style.ERROR(f"{path}: {refusal.detail}"))
            return 2
        self.stdout.write(f"{path}: {_summary(report)}{' (dry run: nothing is written)' if dry_run else ''}")
        return 1 if report.counts["refused"] else 0


class Teller:
    """Says what became of a file's questions as it becomes known, and on long files how far it has got."""

    def __init__(self, command: Command, path: Path) -> None:
        self.command, self.path, self.count = command, path, 0

    def __call__(self, fate: Fate) -> None:
        self.count += 1
        if fate.word in _TOLD:
            said = f"{self.path}:{fate.line}: {fate.word}: {fate.reason} ({fate.title})"
            (self.command.stderr if fate.word == "refused" else self.command.stdout).write(said)
        if self.count % CHUNK == 0:
            self.command.stdout.write(f"{self.path}: {self.count:,} questions …")


def _file_at(path: Path) -> QuestionFile:
    """Raises UnreadableFile where there is none, or one too large to be read."""
    try:
        with path.open("rb") as opened:
            return QuestionFile(str(path), opened.read(FILE_BYTES_MAX + 1))
    except OSError as error:
        raise UnreadableFile(f"{error.strerror or error}.") from error


def _summary(report: Report) -> str:
    counts = ", ".join(f"{count:,} {word}" for word, count in report.counts.most_common())
    return f"{report.format}: {counts}"
