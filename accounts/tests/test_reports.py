"""Players report players: once while it waits, without learning more, and staff decide what comes of it."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.test import Client

from accounts.errors import AlreadyReported, OwnReport, ReportDecided
from accounts.models import PlayerReport, User
from accounts.services import reports, staff
from quantix.db import in_one_transaction
from quantix.errors import Forbidden, NotFound, TooManyRequests
from quantix.models import AuditEntry
from quantix.rates import Rate
from quantix.tests import books, factories
from quantix.tests.api import Program, count_queries
from quantix.tests.crowd import at_once, committing, kinds

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "Calls people names in a nickname."


@pytest.fixture
def other(db: None) -> User:
    return factories.make_player(username="Somebody.Else")


def report(reporter: User, reported: User, words: str = WORDS) -> PlayerReport:
    return in_one_transaction(
        partial(
            reports.report_player,
            reporter=reporter,
            username=reported.username,
            reason="name",
            words=words,
        )
    )


def decide(by: User, told: PlayerReport, *, acted: bool) -> PlayerReport:
    act = partial(reports.decide_report, by=by, report_id=told.pk, acted=acted, reason="Looked at")
    return in_one_transaction(act)


def test_a_player_reports_another_from_their_profile(client: Client, player: User, other: User) -> None:
    client.force_login(player)
    profile = client.get(f"/players/{other.username}").content.decode()
    assert f'href="/players/{other.username}/report"' in profile
    assert client.get(f"/players/{other.username}/report").status_code == 200
    form = {"reason": "collusion", "words": WORDS, "idempotency_key": "once"}
    for _ in range(2):
        reply = client.post(f"/players/{other.username.lower()}/report", form)
        assert (reply.status_code, reply.headers["Location"]) == (303, f"/players/{other.username}")
    told = PlayerReport.objects.get()
    assert (told.reporter, told.reported, told.reason, told.words) == (player, other, "collusion", WORDS)
    assert "Staff will look at" in client.get(f"/players/{other.username}").content.decode()


def test_a_guest_signs_in_first(client: Client, other: User) -> None:
    reply = client.get(f"/players/{other.username}/report")
    assert reply.headers["Location"].startswith("/sign-in?next=")
    assert "Report this player" not in client.get(f"/players/{other.username}").content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reason", ""),
        ("reason", "envy"),
        ("words", ""),
        ("words", "   "),
        ("words", "a" * 501),
        ("words", "a\x00"),
    ],
)
def test_what_is_wrong_with_a_report_is_said_beside_it(
    client: Client, player: User, other: User, field: str, value: str
) -> None:
    client.force_login(player)
    form = {"reason": "name", "words": WORDS} | {field: value}
    reply = client.post(f"/players/{other.username}/report", form)
    assert reply.status_code == 400
    assert list(reply.context["form"].errors) == [field]
    assert not PlayerReport.objects.exists()


def test_nobody_reports_themselves(client: Client, player: User) -> None:
    with pytest.raises(OwnReport):
        report(player, player)
    client.force_login(player)
    assert client.get(f"/players/{player.username}/report").status_code == 403
    assert "Report this player" not in client.get(f"/players/{player.username}").content.decode()


def test_staff_the_suspended_and_the_unverified_are_nobody_to_report(player: User, other: User) -> None:
    User.objects.filter(pk=other.pk).update(is_active=False)
    unverified = User.objects.create_user(
        "21f1999999@ds.study.iitm.ac.in", "new.here", "New", factories.PASSWORD
    )
    for nobody in (factories.make_staff("support"), other, unverified, User(username="nobody-of-that-name")):
        with pytest.raises(NotFound):
            report(player, nobody)


def test_a_second_report_waits_for_the_first_to_be_looked_at(
    client: Client, player: User, other: User
) -> None:
    first = report(player, other)
    with pytest.raises(AlreadyReported):
        report(player, other)
    client.force_login(player)
    reply = client.post(f"/players/{other.username}/report", {"reason": "name", "words": WORDS})
    assert reply.status_code == 409
    report(factories.make_player(), other)
    decide(factories.make_staff("support"), first, acted=False)
    report(player, other)
    assert PlayerReport.objects.open().count() == 2


def test_of_many_reports_at_once_there_is_one(player: User, other: User) -> None:
    sent = partial(
        reports.report_player, reporter=player, username=other.username, reason="name", words=WORDS
    )
    found = at_once(*[committing(sent)] * 6)
    assert kinds(found) == {"AlreadyReported": 5, "PlayerReport": 1}
    assert PlayerReport.objects.count() == 1


def test_who_reports_everybody_is_slowed_down(player: User, settings: Any) -> None:
    settings.RATES = settings.RATES | {"reports": Rate(2, 60)}
    for _ in range(2):
        report(player, factories.make_player())
    with pytest.raises(TooManyRequests):
        report(player, factories.make_player())


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("report_of_another", "reported_id = reporter_id"),
        ("report_has_words", "words = ''"),
        ("report_reason", "reason = 'envy'"),
        ("report_status", "status = 'lost', decision = 'x', decided_by_id = reporter_id, decided_at = now()"),
        ("report_decided_whole", "status = 'acted'"),
        ("report_decided_whole", "status = 'acted', decided_at = now(), decided_by_id = reporter_id"),
        ("report_decided_whole", "decision = 'Nothing in it'"),
    ],
)
def test_the_database_refuses_a_report_that_is_none(
    player: User, other: User, constraint: str, change: str
) -> None:
    report(player, other)
    assert books.constraint_refusing(f"UPDATE player_reports SET {change}") == constraint


def test_the_database_refuses_a_second_open_report(player: User, other: User) -> None:
    report(player, other)
    again = """
        INSERT INTO player_reports (reporter_id, reported_id, reason, words, status)
        SELECT reporter_id, reported_id, reason, words, 'open' FROM player_reports
    """
    assert books.constraint_refusing(again) == "report_open_once"


@pytest.fixture
def office(client: Client, staff: Callable[..., User]) -> Client:
    client.force_login(staff("support"))
    return client


def test_open_reports_wait_on_the_front_page_of_support(
    office: Client, player: User, other: User, staff: Callable[..., User]
) -> None:
    told = report(player, other)
    (queue,) = (one for one in office.get("/admin/").context["queues"] if one.title == "players reported")
    assert queue.count == 1
    page = office.get(queue.url)
    assert [row.pk for row in page.context["cl"].result_list] == [told.pk]
    for role in ("games", "finance"):
        office.force_login(staff(role))
        assert "players reported" not in office.get("/admin/").content.decode()


def test_a_report_that_was_right_leads_on_to_suspending(office: Client, player: User, other: User) -> None:
    told = report(player, other)
    address = f"/admin/accounts/playerreport/{told.pk}"
    assert WORDS in office.get(f"{address}/change/").content.decode()
    reply = office.post(f"{address}/do/act/", {"reason": "The name is rude"}, follow=True)
    told.refresh_from_db()
    assert (told.status, told.decision) == ("acted", "The name is rude")
    way_on = f"/admin/accounts/user/{other.pk}/do/suspend/"
    assert f'href="{way_on}"' in reply.content.decode()
    office.post(way_on, {"reason": "A rude name"})
    other.refresh_from_db()
    assert not other.is_active
    assert f"{other} is suspended" in office.get(f"{address}/change/").content.decode()
    assert sorted(AuditEntry.objects.values_list("action", "target_type")) == [
        ("report.act", "accounts.playerreport"),
        ("user.suspend", "accounts.user"),
    ]


def test_a_report_with_nothing_in_it_is_dismissed(office: Client, player: User, other: User) -> None:
    told = report(player, other)
    reply = office.post(f"/admin/accounts/playerreport/{told.pk}/do/dismiss/", {"reason": "A joke"})
    assert reply.headers["Location"] == "/admin/accounts/playerreport/?status__exact=open"
    told.refresh_from_db()
    assert (told.status, told.decision) == ("dismissed", "A joke")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.reason, entry.before) == ("report.dismiss", "A joke", {"status": "open"})
    assert entry.after == {"status": "dismissed", "reported": other.pk}
    assert office.post(f"/admin/accounts/playerreport/{told.pk}/do/act/", {"reason": "x"}).status_code == 409


def test_other_reports_stand_beside_one(office: Client, player: User, other: User) -> None:
    third = factories.make_player()
    first = report(player, other)
    report(third, other)
    report(player, third)
    panels = office.get(f"/admin/accounts/playerreport/{first.pk}/change/").context["panels"]
    titles = [panel.title for panel in panels]
    assert titles == ["Other reports of this player", "Other reports by the same player"]
    assert [len(panel.rows) for panel in panels] == [1, 1]
    for panel in panels:
        assert office.get(panel.url).context["cl"].result_count == 2


def test_of_two_who_decide_at_once_one_does(player: User, other: User) -> None:
    told, by = report(player, other), [factories.make_staff("support") for _ in range(2)]
    acts = [
        committing(partial(reports.decide_report, by=one, report_id=told.pk, acted=bool(n), reason="Seen"))
        for n, one in enumerate(by)
    ]
    assert kinds(at_once(*acts)) == {"PlayerReport": 1, "ReportDecided": 1}
    assert AuditEntry.objects.count() == 1
    with pytest.raises(ReportDecided):
        decide(by[0], told, acted=True)


@pytest.mark.parametrize("role", ["games", "finance"])
def test_another_role_decides_nothing(player: User, other: User, role: str) -> None:
    with pytest.raises(Forbidden):
        decide(factories.make_staff(role), report(player, other), acted=True)


def test_nobody_decides_on_a_report_they_are_in(player: User, other: User) -> None:
    by = factories.make_staff("support")
    mine, of_me = report(by, other), report(player, other)
    owner = factories.make_staff("owner")
    in_one_transaction(
        partial(staff.set_roles, by=owner, user_id=other.pk, names=["support"], reason="New to the team")
    )
    for who, told in ((by, mine), (User.objects.get(pk=other.pk), of_me)):
        with pytest.raises(Forbidden):
            decide(who, told, acted=False)


def test_the_export_tells_what_one_wrote_and_never_who_wrote_about_one(player: User, other: User) -> None:
    report(player, other)

    def exported(user: User) -> Any:
        return json.loads(Program(user).ask("GET", "/me/export").getvalue())

    (made,) = exported(player)["reports_made"]
    assert (made["reported"], made["reason"], made["words"]) == (other.username, "name", WORDS)
    told = exported(other)
    assert [(row["reason"], row["status"]) for row in told["reports_about"]] == [("name", "open")]
    assert WORDS not in json.dumps(told) and player.username not in json.dumps(told)
    assert told["reports_made"] == []


def test_the_pages_take_few_statements(client: Client, player: User, other: User) -> None:
    client.force_login(player)
    with count_queries():
        client.get(f"/players/{other.username}/report")
    with count_queries():
        client.post(
            f"/players/{other.username}/report", {"reason": "name", "words": WORDS, "idempotency_key": "k"}
        )
    assert PlayerReport.objects.count() == 1
