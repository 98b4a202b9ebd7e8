"""Players report players; staff dismiss that, or act on it. Each in a transaction."""

from django.conf import settings
from django.db.models.functions import Lower

from accounts import roles
from accounts.errors import AlreadyReported, OwnReport, ReportDecided
from accounts.models import PlayerReport, User
from accounts.report_models import ReportStatus
from quantix import audit, clock, rates
from quantix.db import the_one
from quantix.errors import Forbidden


def find_other(*, reporter: User, username: str) -> User:
    """The player of that name, in whatever case, whom `reporter` may report.

    Raises NotFound, also for staff and who is suspended already; OwnReport for oneself.
    """
    players = User.objects.filter(is_active=True, is_admin=False, email_verified_at__isnull=False)
    found: User = the_one(players.alias(folded=Lower("username")).filter(folded=username.lower()))
    if found == reporter:
        raise OwnReport
    return found


def report_player(*, reporter: User, username: str, reason: str, words: str) -> PlayerReport:
    """Tell staff of a player: a `Reason`, and in words (1 to WORDS_MAX characters).

    Raises NotFound, OwnReport, AlreadyReported while an earlier one of the two waits, TooManyRequests (RATE_REPORTS).
    """
    reported = find_other(reporter=reporter, username=username)
    if PlayerReport.objects.open().filter(reporter=reporter, reported=reported).exists():
        raise AlreadyReported
    rates.demand("reports", str(reporter.pk), settings.RATES["reports"])
    return PlayerReport.objects.create(reporter=reporter, reported=reported, reason=reason, words=words)


def decide_report(*, by: User, report_id: int, acted: bool, reason: str) -> PlayerReport:
    """Close a report: `acted` on, or dismissed. What was done to the player is an action of its own.

    Raises NotFound, ReportDecided, and Forbidden for who is in it themselves.
    """
    roles.demand(by, roles.Can.HANDLE_REPORTS)
    report = the_one(PlayerReport.objects.select_for_update(no_key=True).filter(pk=report_id))
    if by.pk in (report.reporter_id, report.reported_id):
        raise Forbidden("Another member of staff has to look at a report that is yours or about you.")
    if report.status != ReportStatus.OPEN:
        raise ReportDecided
    report.status = ReportStatus.ACTED if acted else ReportStatus.DISMISSED
    report.decided_by, report.decided_at, report.decision = by, clock.now(), reason
    report.save(update_fields=["status", "decided_by", "decided_at", "decision"])
    audit.record(
        actor=by,
        action="report.act" if acted else "report.dismiss",
        target=report,
        before={"status": str(ReportStatus.OPEN)},
        after={"status": str(report.status), "reported": report.reported_id},
        reason=reason,
    )
    return report
