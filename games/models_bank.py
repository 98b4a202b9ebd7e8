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


class QuestionAnswer(models.Model):
    """A first answer to a question, kept as its session ended: what the question's statistics are made of.

    `seconds` is null where the clock ran out, `rest_right` is the share right of the session's other questions.
    """

    session = models.ForeignKey("GameSession", on_delete=models.CASCADE, related_name="+", db_index=False)
    question = models.ForeignKey("Question", on_delete=models.CASCADE, related_name="+", db_index=False)
    is_right = models.BooleanField()
    seconds = models.FloatField(null=True)
    rest_right = models.FloatField(null=True)

    class Meta:
        db_table = "question_answers"
        constraints = [models.UniqueConstraint("session", "question", name="question_answer_once")]
        indexes = [models.Index(fields=["question", "-id"], name="question_answers_newest")]

    def __str__(self) -> str:
        return f"Answer to question {self.question_id} in session {self.session_id}"


class QuestionStatistics(models.Model):
    """How a question does, as the worker has last worked it out from its newest first answers.

    `discrimination` is in [-1, 1]; null where all were right, or wrong, or equally strong.
    """

    #: From so many answers on its discrimination says something.
    ANSWERS_TOLD_FROM = 20
    #: Below it a question hardly tells the strong from the weak.
    DISCRIMINATION_LOW = 0.1

    question = models.OneToOneField(
        "Question", on_delete=models.CASCADE, primary_key=True, related_name="statistics"
    )
    answers = models.PositiveIntegerField()
    times_right = models.PositiveIntegerField()
    median_seconds = models.FloatField(null=True)
    discrimination = models.FloatField(null=True)
    newest_answer = models.BigIntegerField()
    worked_out_at = models.DateTimeField()

    class Meta:
        db_table = "question_statistics"
        verbose_name_plural = "question statistics"

    def __str__(self) -> str:
        return f"Statistics of question {self.question_id}"

    @property
    def discrimination_told(self) -> float | None:
        """None while too few have answered."""
        return self.discrimination if self.answers >= self.ANSWERS_TOLD_FROM else None
