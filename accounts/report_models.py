"""What players say of other players: a report, until staff have looked at it."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from quantix import clock
from quantix.fields import one_of

WORDS_MAX = 500


class Reason(models.TextChoices):
    NAME = "name", "An offensive name"
    ACCOUNTS = "accounts", "Plays with several accounts"
    COLLUSION = "collusion", "Plays or bets in league with others"
    CHEATING = "cheating", "Cheats: answers or results that cannot be their own"
    OTHER = "other", "Something else"


class ReportStatus(models.TextChoices):
    OPEN = "open", "waits for staff"
    DISMISSED = "dismissed", "dismissed"
    ACTED = "acted", "acted on"


class PlayerReportQuerySet(QuerySet["PlayerReport"]):
    def open(self) -> Self:
        return self.filter(status=ReportStatus.OPEN)


class PlayerReport(models.Model):
    """One player's words about another. `decision` is staff's reason; there is none while it is open."""

    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reported = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reports")
    reason = models.CharField(max_length=20, choices=Reason)
    words = models.CharField(max_length=WORDS_MAX)
    status = models.CharField(max_length=10, choices=ReportStatus, default=ReportStatus.OPEN)
    created_at = models.DateTimeField(default=clock.now, db_default=Now())
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=255, blank=True, default="", db_default="")

    objects: ClassVar = PlayerReportQuerySet.as_manager()

    class Meta:
        db_table = "player_reports"
        constraints = [
            one_of("report_reason", "reason", Reason.values),
            one_of("report_status", "status", ReportStatus.values),
            models.CheckConstraint(condition=~Q(reporter=F("reported")), name="report_of_another"),
            models.CheckConstraint(condition=~Q(words=""), name="report_has_words"),
            models.CheckConstraint(
                condition=Q(status="open", decided_by=None, decided_at=None, decision="")
                | ~Q(status="open") & ~Q(decision="") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="report_decided_whole",
            ),
            models.UniqueConstraint(
                "reporter", "reported", condition=Q(status="open"), name="report_open_once"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(status="open"), name="report_queue"),
            models.Index(fields=["reporter", "-id"], name="report_of_reporter"),
        ]

    def __str__(self) -> str:
        return f"Report of {self.reported}"
