"""The demo's mail: one `.eml` file each under OUTBOX_DIR, in place of a mail server."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.OUTBOX_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{time.time_ns()}-{uuid.uuid4().hex[:8]}"
            # Written whole, then named: who reads the folder never sees half a mail.
            draft = folder / f".{name}"
            draft.write_bytes(message.message().as_bytes())
            draft.rename(folder / f"{name}.eml")
        return len(email_messages)


@dataclass(frozen=True)
class Letter:
    """A mail as a page shows it. `name` is its file's."""

    name: str
    subject: str
    to: str
    sent_at: datetime | None
    text: str


def newest(count: int = 50) -> list[Letter]:
    """The newest mails, newest first."""
    folder = Path(settings.OUTBOX_DIR)
    files = sorted(folder.glob("*.eml"), reverse=True)[:count] if folder.is_dir() else []
    return [_read(file) for file in files]


def _read(file: Path) -> Letter:
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    body = mail.get_body(("plain",))
    sent_at = getattr(mail["Date"], "datetime", None)
    if sent_at is not None and sent_at.tzinfo is None:
        # `-0000`, as Python writes it: UTC, of no place in particular.
        sent_at = sent_at.replace(tzinfo=UTC)
    return Letter(
        file.name, mail["Subject"] or "", mail["To"] or "", sent_at, body.get_content() if body else ""
    )
