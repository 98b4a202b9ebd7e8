"""What becomes of each question of a file, told and, where that is asked for, done.

A question is known by its text. What the bank holds already is left as it is, or brought up to what the
file says where that is asked for; what the file leaves out stays. The same file a second time changes nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from typing import Any, Literal

from accounts.models import User
from games.bank_rows import COLUMNS, differences, digest_of, known_by_text, row_of
from games.formats import Format, Parsed, ParsedQuestion, QuestionFile, RefusedQuestion, UnreadableFile
from games.formats.texts import CHARACTERS_MAX, NotAText, tidy_line, tidy_tags
from games.models import Question
from quantix import audit
from quantix.errors import FieldError, Invalid

Word = Literal["new", "present", "differs", "updated", "repeated", "refused"]
#: Fates that a report keeps, those first that somebody should look at.
FATES_KEPT_MAX = 300
#: Questions that are looked up and written at a time.
CHUNK = 5_000


@dataclass(frozen=True)
class Terms:
    """What is said of all questions of a file: more tags, and licence and source where the file has none.

    `updates`: questions that the bank holds otherwise are brought up to the file.
    """

    tags: tuple[str, ...] = ()
    licence: str = ""
    source: str = ""
    updates: bool = False

    @classmethod
    def of_words(
        cls, *, tags: str = "", licence: str = "", source: str = "", updates: bool = False
    ) -> "Terms":
        """As they are written in a form or a command, tags with commas. Raises Invalid, naming the field at fault."""
        try:
            read = cls(tidy_tags([tags]), tidy_line(licence), tidy_line(source), updates)
        except NotAText as fault:
            raise Invalid(FieldError("tags", "text-form", f"Refused: {fault}.")) from fault
        for name in ("licence", "source"):
            if len(getattr(read, name)) > CHARACTERS_MAX[name]:
                message = f"Write at most {CHARACTERS_MAX[name]} characters."
                raise Invalid(FieldError(name, "too-long", message))
        return read

    def of(self, parsed: ParsedQuestion) -> Parsed:
        """`parsed` under these terms."""
        try:
            tags = tidy_tags((*parsed.tags, *self.tags))
        except NotAText as fault:
            return RefusedQuestion(parsed.line, str(fault), parsed.title)
        licence, source = parsed.licence or self.licence, parsed.source or self.source
        return replace(parsed, tags=tags, licence=licence, source=source)


@dataclass(frozen=True)
class Fate:
    """What becomes of the question at `line`. `reason` says why, or what to know."""

    line: int
    word: Word
    title: str
    reason: str = ""


Tell = Callable[[Fate], None]


@dataclass
class Report:
    """What became of a file: how many questions had which fate, and the first of those fates."""

    format: str
    counts: Counter[str] = field(default_factory=Counter)
    worth_a_look: list[Fate] = field(default_factory=list)
    plain: list[Fate] = field(default_factory=list)

    @property
    def fates(self) -> list[Fate]:
        """FATES_KEPT_MAX at most: those worth a look before the others, each in the file's order."""
        return [*self.worth_a_look, *self.plain][:FATES_KEPT_MAX]

    def add(self, fate: Fate) -> None:
        self.counts[fate.word] += 1
        is_plain = fate.word in ("new", "present") and not fate.reason
        kept = self.plain if is_plain else self.worth_a_look
        if len(kept) < FATES_KEPT_MAX:
            kept.append(fate)

    def as_json(self) -> dict[str, Any]:
        return {"counts": dict(self.counts), "fates": [asdict(fate) for fate in self.fates]}


@dataclass
class Reading:
    """One going through of a file. With `writes`, what is decided is done too, in the name of `by`."""

    file: QuestionFile
    format: Format
    terms: Terms
    by: User | None = None
    writes: bool = False
    tell: Tell | None = None
    questions_max: int | None = None
    #: Of each text, by its digest, the line where it stands first.
    first_lines: dict[bytes, int] = field(default_factory=dict)

    def run(self) -> Report:
        """Raises UnreadableFile: none of its questions has gone in then, once the transaction is undone."""
        report, questions = Report(self.format.name), self.format.read(self.file)
        while chunk := list(islice(questions, CHUNK)):
            for fate in self._fates(chunk):
                report.add(fate)
                if self.tell:
                    self.tell(fate)
            if self.questions_max and report.counts.total() > self.questions_max:
                raise UnreadableFile(
                    f"{self.file.name} has more than {self.questions_max:,} questions. Split it, or import it on"
                    " the server: manage.py import_questions."
                )
        if not report.counts:
            raise UnreadableFile(f"{self.file.name} holds no question.")
        return report

    def _fates(self, chunk: Sequence[Parsed]) -> Iterator[Fate]:
        parsed = [self.terms.of(one) if isinstance(one, ParsedQuestion) else one for one in chunk]
        told = [one.text for one in parsed if isinstance(one, ParsedQuestion)]
        known = {question.text: question for question in known_by_text(told)}
        new: list[Question] = []
        changed: list[tuple[Question, ParsedQuestion]] = []
        fates = []
        for one in parsed:
            fate = self._fate(one, known)
            fates.append(fate)
            if fate.word == "new" and isinstance(one, ParsedQuestion):
                new.append(row_of(one))
            elif fate.word == "updated" and isinstance(one, ParsedQuestion):
                changed.append((known[one.text], one))
        if self.writes:
            # Who writes one of them at the same moment comes first, and theirs stays.
            Question.objects.bulk_create(new, ignore_conflicts=True)
            _update(self.by, changed)
        yield from fates

    def _fate(self, parsed: Parsed, known: dict[str, Question]) -> Fate:
        if isinstance(parsed, RefusedQuestion):
            return Fate(parsed.line, "refused", parsed.title, parsed.reason)
        first = self.first_lines.setdefault(digest_of(parsed.text), parsed.line)
        if first != parsed.line:
            return Fate(parsed.line, "repeated", parsed.title, f"line {first} asks the same")
        held, notes = known.get(parsed.text), "; ".join(parsed.notes)
        if held is None:
            return Fate(parsed.line, "new", parsed.title, notes)
        changes = differences(parsed, held)
        if not changes:
            return Fate(parsed.line, "present", parsed.title)
        word: Word = "updated" if self.terms.updates else "differs"
        words = ", ".join(changes)
        return Fate(parsed.line, word, parsed.title, f"question {held.pk} differs in: {words}")


def _update(by: User | None, changed: Sequence[tuple[Question, ParsedQuestion]]) -> None:
    """Bring questions up to what a file says, each with its row in the audit trail."""
    entries = []
    for question, parsed in changed:
        names, told = differences(parsed, question), row_of(parsed)
        before = {name: getattr(question, name) for name in names}
        for name in names:
            setattr(question, name, getattr(told, name))
        after = {name: getattr(question, name) for name in names}
        entries.append(
            audit.entry(actor=by, action="question.change", target=question, before=before, after=after)
        )
    if changed:
        Question.objects.bulk_update([question for question, _ in changed], COLUMNS)
        audit.record_all(entries)
