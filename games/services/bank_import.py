"""Bringing question files into the bank: what would become of each question, and then the deed.

Every valid question goes in, the others are told. Each service is to be called in a transaction.
"""

import hashlib
from dataclasses import asdict
from datetime import timedelta

from accounts import roles
from accounts.models import User
from games.errors import ImportedAlready
from games.formats import AUTO, FORMATS, QuestionFile, UnreadableFile, format_of
from games.models_bank import QuestionImport
from games.services.bank_fates import Reading, Report, Tell, Terms
from quantix import audit, clock

#: Larger files are for `manage.py import_questions`.
UPLOAD_QUESTIONS_MAX = 5_000
UPLOAD_BYTES_MAX = 4 * 1024 * 1024
#: Uploads that nobody imported are forgotten after so long.
UPLOAD_HOURS = 24


def judge_file(
    *, file: QuestionFile, format: str = AUTO, terms: Terms | None = None, tell: Tell | None = None
) -> Report:
    """What an import would do, without doing it. Raises UnreadableFile."""
    return Reading(file, format_of(file, format), terms or Terms(), tell=tell).run()


def import_file(
    *,
    by: User | None,
    file: QuestionFile,
    format: str = AUTO,
    terms: Terms | None = None,
    tell: Tell | None = None,
) -> Report:
    """Import a file; `tell` hears each fate as it is decided. `by` None: who sits at the server's own shell.

    Raises UnreadableFile, Forbidden.
    """
    _demand_role(by)
    upload = _upload(by, file, format, terms or Terms())
    reading = _reading(upload, file)
    reading.by, reading.writes, reading.tell = by, True, tell
    return _finish(upload, reading)


def store_upload(
    *, by: User, file: QuestionFile, format: str = AUTO, terms: Terms | None = None
) -> QuestionImport:
    """Keep a file until it is imported or UPLOAD_HOURS have passed, so that it can be looked at first.

    Raises UnreadableFile, also for what is too large for an upload.
    """
    _demand_role(by)
    if len(file.data) > UPLOAD_BYTES_MAX:
        raise UnreadableFile(
            f"{file.name} has more than {UPLOAD_BYTES_MAX:,} bytes. Split it, or import it on the server:"
            " manage.py import_questions."
        )
    upload = _upload(by, file, format, terms or Terms())
    upload.content = file.data
    judge_upload(upload=upload)
    upload.save()
    audit.record(actor=by, action="question.upload", target=upload, after=_told(upload))
    return upload


def judge_upload(*, upload: QuestionImport) -> Report:
    """What importing a stored file would do now."""
    reading = _reading(upload, _file_of(upload))
    reading.questions_max = UPLOAD_QUESTIONS_MAX
    return reading.run()


def import_upload(*, by: User, upload: QuestionImport) -> QuestionImport:
    """Import a stored file, once. Raises ImportedAlready, UnreadableFile."""
    _demand_role(by)
    if upload.content is None:
        raise ImportedAlready
    reading = _reading(upload, _file_of(upload))
    reading.by, reading.writes, reading.questions_max = by, True, UPLOAD_QUESTIONS_MAX
    _finish(upload, reading)
    return upload


def discard_upload(*, by: User, upload: QuestionImport) -> None:
    """Forget a stored file that was not imported. Raises ImportedAlready."""
    _demand_role(by)
    if not QuestionImport.objects.filter(pk=upload.pk, imported_at=None).delete()[0]:
        raise ImportedAlready
    audit.record(actor=by, action="question.discard", target=upload, before=_told(upload))


def forget_uploads() -> int:
    """Delete the stored files that nobody imported for UPLOAD_HOURS; how many."""
    since = clock.now() - timedelta(hours=UPLOAD_HOURS)
    return QuestionImport.objects.filter(imported_at=None, created_at__lt=since).delete()[0]


def _demand_role(by: User | None) -> None:
    if by is not None:
        roles.demand(by, roles.Can.MANAGE_GAMES)


def _upload(by: User | None, file: QuestionFile, format: str, terms: Terms) -> QuestionImport:
    return QuestionImport(
        file_name=file.name[-200:],
        format=format_of(file, format).name,
        sha256=hashlib.sha256(file.data).hexdigest(),
        size=len(file.data),
        terms=asdict(terms),
        by=by,
    )


def _file_of(upload: QuestionImport) -> QuestionFile:
    return QuestionFile(upload.file_name, bytes(upload.content or b""))


def _reading(upload: QuestionImport, file: QuestionFile) -> Reading:
    terms = Terms(**upload.terms | {"tags": tuple(upload.terms["tags"])})
    return Reading(file, FORMATS[upload.format], terms)


def _finish(upload: QuestionImport, reading: Reading) -> Report:
    """Import, and leave a record of it and a row in the audit trail."""
    report = reading.run()
    upload.content, upload.report, upload.imported_at = None, report.as_json(), clock.now()
    if upload._state.adding:
        upload.save()
    else:
        _demand_first(upload)
    told = _told(upload) | {"counts": dict(report.counts)}
    audit.record(actor=reading.by, action="question.import", target=upload, after=told)
    return report


def _demand_first(upload: QuestionImport) -> None:
    """Write that a stored file is imported. Raises ImportedAlready for who comes second: all is undone then."""
    done = {"content": None, "report": upload.report, "imported_at": upload.imported_at}
    if not QuestionImport.objects.filter(pk=upload.pk, imported_at=None).update(**done):
        raise ImportedAlready


def _told(upload: QuestionImport) -> dict[str, str]:
    return {"file": upload.file_name, "sha256": upload.sha256}
