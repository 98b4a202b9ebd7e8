"""What is kept about the question bank besides its questions: the files that came in."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from games.formats import FORMATS
from quantix import clock


class QuestionImport(models.Model):
    """A file of questions: uploaded (`content` is kept until it is imported or a day has passed), then imported.

    `terms` is what staff say of all its questions, `report` what became of them (see `games.services.bank_import`).
    """

    file_name = models.CharField(max_length=200)
    format = models.CharField(max_length=20, choices=[(one.name, one.label) for one in FORMATS.values()])
    sha256 = models.CharField(max_length=64, help_text="Of the file, in hex.")
    size = models.PositiveIntegerField(help_text="In bytes.")
    terms = models.JSONField(default=dict)
    content = models.BinaryField(null=True)
    report = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now, db_default=Now())
    imported_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "question_imports"
        indexes = [
            models.Index(fields=["created_at"], condition=Q(imported_at=None), name="question_import_waiting")
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def counts(self) -> dict[str, int]:
        """How many questions had which fate; empty before the import."""
        counts: dict[str, Any] = self.report.get("counts", {})
        return counts
