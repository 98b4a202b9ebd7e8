"""What accounts tell on the page of a user: sign-ins, mails, and what staff did."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html

from accounts.backoffice import Panel, list_url
from accounts.backoffice.dossier import Fact, Part, Row, link, register, when
from accounts.models import User
from accounts.report_models import PlayerReport
from accounts.roles import Can
from accounts.sign_in_models import Result, SignIn, Way
from quantix import clock, export
from quantix.models import AuditEntry

#: So many refused in a week are worth a word.
REFUSED_MANY = 5
#: By the task that writes the mail, and what it was asked for; "" for any.
_MAILS = {
    ("send_account_mail", "verify"): "verification",
    ("send_account_mail", "sign-up"): "sign-up: verification",
    ("send_account_mail", "reset"): "reset link",
    ("send_second_factor_mail", "enrolled"): "second factor set up",
    ("send_second_factor_mail", "reset"): "second factor reset",
    ("send_second_factor_mail", "recovery"): "recovery code used",
    ("send_proof_mail", ""): "letters to set up a second factor",
}
_STATES = {
    "SUCCESSFUL": "done",
    "READY": "waits",
    "RUNNING": "is being sent",
    "FAILED": "failed, is tried again",
}

STANDING = """
    SELECT (SELECT to_jsonb(s) FROM (
            SELECT at, address, agent FROM sign_ins
            WHERE user_id = %(user)s AND result = 'in' AND way IN ('page', 'token') ORDER BY id DESC LIMIT 1
        ) s) AS last,
        (SELECT count(*) FROM sign_ins
            WHERE user_id = %(user)s AND result = 'wrong' AND at > %(now)s - interval '7 days') AS refused,
        (SELECT count(*) FROM browser_sessions WHERE user_id = %(user)s AND expire_date > %(now)s) AS browsers,
        (SELECT at FROM attempts WHERE key = 'mail:' || %(email)s) AS mails
"""


def standing_facts(user: Any, rows: list[Row]) -> Iterable[Fact]:
    (row,) = rows
    yield _status(user)
    last = row["last"]
    where = " ".join(word for word in (last["agent"], last["address"]) if word) if last else ""
    yield Fact(
        "Last sign-in", f"{when(last['at'])}{f', {where}' if where else ''}" if last else "none of late"
    )
    yield Fact("Signed in on", f"{row['browsers']} browser{'' if row['browsers'] == 1 else 's'}")
    if row["refused"] >= REFUSED_MANY:
        yield Fact("Wrong sign-ins", f"{row['refused']} in a week", is_flag=True)
    held_until = _mails_held_until(row["mails"] or [])
    if held_until:
        yield Fact("Mails held back", f"the rate is reached, until {held_until:%H:%M}", is_flag=True)


def _status(user: User) -> Fact:
    if not user.is_active:
        until = user.suspended_until
        words = f"until {timezone.localtime(until):%d %b %Y, %H:%M}" if until else "until further notice"
        return Fact("Suspended", words, is_flag=True)
    if not user.is_verified:
        return Fact("Address", "not verified: no sign-in before it is", is_flag=True)
    return Fact("Status", "active")


def _mails_held_until(attempts: list[str]) -> datetime | None:
    """When the next mail goes to the user; None where it would go now (RATE_MAIL)."""
    rate = settings.RATES["mail"]
    if rate is None:
        return None
    window = timedelta(seconds=rate.seconds)
    counted = [at for at in map(datetime.fromisoformat, attempts) if at > clock.now() - window]
    return timezone.localtime(counted[0] + window) if len(counted) >= rate.count else None


SIGN_INS = """
    SELECT id, at, way, result, address, agent FROM sign_ins WHERE user_id = %(user)s ORDER BY id DESC LIMIT 10
"""


def sign_in_panel(user: User, rows: list[Row]) -> Panel:
    told = [
        [
            link(SignIn, row["id"], when(row["at"])),
            Way(row["way"]).label,
            Result(row["result"]).label,
            row["address"],
            row["agent"],
        ]
        for row in rows
    ]
    url = list_url(SignIn, user__id__exact=user.pk)
    return Panel("Sign-ins", ["when", "by", "result", "from", "browser"], told, url, "None in 90 days.")


# By an index of ours on the table of the queue (migration 0007), which has this condition to the letter.
MAILS = """
    SELECT args_kwargs #>> '{args,1}' AS wanted, split_part(task_path, '.', 4) AS task, status,
        enqueued_at, finished_at,
        jsonb_array_length(worker_ids) AS tries
    FROM django_tasks_database_dbtaskresult
    WHERE task_path LIKE 'accounts.services.mails.%%' AND args_kwargs #>> '{args,0}' = %(email)s
    ORDER BY enqueued_at DESC LIMIT 10
"""


def mail_panel(user: User, rows: list[Row]) -> Panel:
    told = [
        [
            when(row["enqueued_at"]),
            _mail(row),
            _STATES.get(row["status"], row["status"].lower()),
            when(row["finished_at"]),
            row["tries"],
        ]
        for row in rows
    ]
    headings = ["asked for", "mail", "state", "sent", "tries"]
    return Panel("Mails of the last week", headings, told, empty="None was asked for in a week.")


def _mail(row: Row) -> str:
    """What the mail is called. Of a task that nobody named here, its name: what it was given may be a secret."""
    task = row["task"]
    return _MAILS.get((task, row["wanted"])) or _MAILS.get((task, "")) or task.replace("_", " ")


def mail_facts(user: User, rows: list[Row]) -> Iterable[Fact]:
    stuck = [row for row in rows if row["status"] == "FAILED"]
    if stuck:
        yield Fact("Mails", f"{len(stuck)} could not be sent", is_flag=True)


def audit_sql(kinds: Mapping[str, str]) -> str:
    """The newest of the audit trail about rows of these kinds (as `quantix.export` knows them)."""
    assert kinds, "the rooms have told of theirs when the back-office is put together"
    about = " UNION ALL ".join(
        # The rooms' own statements: no value is in them.
        f"SELECT * FROM audit_entries WHERE target_type = '{kind}' AND target_id IN ({ids})"  # noqa: S608
        for kind, ids in sorted(kinds.items())
    )
    return f"""
        SELECT e.id, e.created_at, e.action, e.target_type, e.target_id, e.reason, u.username AS actor
        FROM ({about}) e LEFT JOIN users u ON u.id = e.actor_id ORDER BY e.id DESC LIMIT 10
    """  # noqa: S608 (the rooms' own statements)


def audit_panel(title: str, rows: list[Row], url: str = "") -> Panel | None:
    told = [
        [
            when(row["created_at"]),
            row["actor"] or "the system",
            link(AuditEntry, row["id"], row["action"]),
            f"{row['target_type'].partition('.')[2]} {row['target_id']}",
            row["reason"],
        ]
        for row in rows
    ]
    return Panel(title, ["when", "who", "what", "about", "why"], told, url) if rows else None


def did_panel(user: User, rows: list[Row]) -> Panel | None:
    url = list_url(AuditEntry, target_type__exact="accounts.user", target_id__exact=user.pk)
    return audit_panel("Audit trail", rows, url)


def did_to_wallet_panel(user: User, rows: list[Row]) -> Panel | None:
    return audit_panel("Audit trail of the wallet", rows)


REPORTS = """
    SELECT count(*) AS reports, count(*) FILTER (WHERE status = 'open') AS open
    FROM player_reports WHERE reported_id = %(user)s
"""


def report_facts(user: User, rows: list[Row]) -> Iterable[Fact]:
    (row,) = rows
    if row["reports"]:
        url = list_url(PlayerReport, reported__id__exact=user.pk)
        words = format_html('<a href="{}">{}</a>, {} open', url, row["reports"], row["open"])
        yield Fact("Reported", words, is_flag=row["open"] > 0)


# Complete by now: Django looks for pages of the back-office when all rooms are ready.
_OF_MONEY = {kind: ids for kind, ids in export.audited.items() if kind.startswith("wallets.")}
_OTHERS = {kind: ids for kind, ids in export.audited.items() if kind not in _OF_MONEY}

register(
    Part(STANDING, 0, facts=standing_facts),
    Part(REPORTS, 35, facts=report_facts),
    Part(SIGN_INS, 60, panel=sign_in_panel),
    Part(MAILS, 70, facts=mail_facts, panel=mail_panel),
    Part(audit_sql(_OTHERS), 90, panel=did_panel),
    Part(audit_sql(_OF_MONEY), 91, panel=did_to_wallet_panel, can=Can.READ_LEDGER),
)
