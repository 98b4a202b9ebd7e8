"""The second factor of staff: nothing that staff do without it, and no code that works twice."""

import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client

from accounts import totp
from accounts.errors import FactorKnown, WrongCode
from accounts.models import RecoveryCode, SecondFactor, SignIn, User
from accounts.services import second_factor
from accounts.services.mail_tokens import digest
from quantix import clock
from quantix.db import in_one_transaction
from quantix.errors import Forbidden, NotFound, TooManyRequests
from quantix.models import AuditEntry
from quantix.rates import Rate
from quantix.tests import crowd, factories
from quantix.tests.api import Program, assert_problem
from quantix.tests.factories import PASSWORD
from quantix.tests.matrix import World
from quantix.tests.planting import plant
from quantix.tests.test_permissions import ROWS

pytestmark = pytest.mark.django_db(transaction=True)

OFFICE, STAFF_CALL = "/admin/accounts/user/", "/staff/users/{}/suspend"


@pytest.fixture(autouse=True)
def asked_for(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True


@pytest.fixture
def owner() -> User:
    return factories.make_staff("owner")


def sign_in(user: User, next: str = "/admin/") -> Client:
    client = Client()
    reply = client.post("/sign-in", {"login": user.email, "password": PASSWORD, "next": next})
    assert reply.status_code == 303
    return client


def salt_of(user: User) -> str:
    return SecondFactor.objects.get(user=user).salt


def code_of(user: User, **later: float) -> str:
    return totp.code_at(salt_of(user), clock.now() + timedelta(**later))


def enrol(user: User, salt: str, **other: str) -> list[str]:
    proofs = {"mailed": totp.proof_of_address(salt, user.pk), "code": totp.code_at(salt, clock.now())}
    return second_factor.enrol(user=user, salt=salt, **proofs | other)


def set_up(user: User) -> list[str]:
    """The user's recovery codes; the app was set up an hour ago, so that every code of now is new."""
    salt = totp.new_salt()
    with clock.set_to(clock.now() - timedelta(hours=1)):
        return enrol(user, salt)


def passed(user: User) -> Client:
    client = sign_in(user)
    assert client.post("/second-factor", {"code": code_of(user)}).status_code == 303
    return client


def reset(by: User, user: User) -> None:
    act = partial(second_factor.reset_second_factor, by=by, user_id=user.pk, reason="Lost")
    in_one_transaction(act)


def answer(check: Any, user: User, code: str) -> Any:
    try:
        return check(user=user, code=code)
    except (WrongCode, TooManyRequests) as refusal:
        return type(refusal)


def test_after_the_password_staff_are_asked_for_a_code(owner: User) -> None:
    set_up(owner)
    client = Client()
    reply = client.post("/sign-in", {"login": owner.email, "password": PASSWORD, "next": OFFICE})
    assert reply["Location"] == f"/second-factor?next={OFFICE.replace('/', '%2F')}"
    page = client.get(reply["Location"]).content.decode()
    assert 'autocomplete="one-time-code"' in page
    done = client.post("/second-factor", {"code": code_of(owner), "next": OFFICE})
    assert (done.status_code, done["Location"]) == (303, OFFICE)
    assert client.get(OFFICE).status_code == 200


def test_players_are_never_asked(player: User) -> None:
    assert sign_in(player, "/lobby").get("/second-factor")["Location"] == "/lobby"


def test_without_the_setting_nobody_is_asked(owner: User, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False
    assert sign_in(owner).get(OFFICE).status_code == 200


def test_a_password_alone_opens_no_page_and_no_call_of_staff(owner: User, player: User) -> None:
    set_up(owner)
    client = sign_in(owner)
    reply = client.get(OFFICE, follow=True)
    assert reply.redirect_chain[-1][0].startswith("/second-factor?next=")
    acted = client.post(f"{OFFICE}{player.pk}/do/suspend/", {"reason": "x"})
    assert acted.status_code == 302
    call = client.post(
        f"/api/v1{STAFF_CALL.format(player.pk)}", {"reason": "x"}, content_type="application/json"
    )
    assert_problem(call, 403, "second-factor-needed")
    player.refresh_from_db()
    assert player.is_active


def test_a_password_alone_still_plays(owner: User) -> None:
    assert sign_in(owner).get("/lobby").status_code == 200


def test_a_token_made_by_password_alone_does_what_players_do(owner: User, player: User) -> None:
    set_up(owner)
    program = Program()
    token = program.ask("POST", "/auth/token", {"login": owner.email, "password": PASSWORD}).json()["token"]
    bearer = {"authorization": f"Bearer {token}"}
    assert program.ask("GET", "/me", **bearer).status_code == 200
    refused = program.ask("POST", STAFF_CALL.format(player.pk), {"reason": "x"}, **bearer)
    assert_problem(refused, 403, "second-factor-needed")


def test_a_token_made_in_a_session_that_passed_does_what_staff_do(owner: User, player: User) -> None:
    set_up(owner)
    page = passed(owner).post("/account/token").content.decode()
    (token,) = re.findall(r'id="token-text">(qx_[^<]+)<', page)
    bearer = {"authorization": f"Bearer {token}"}
    assert Program().ask("POST", STAFF_CALL.format(player.pk), {"reason": "x"}, **bearer).status_code == 200


def test_a_token_from_before_the_setting_stops_acting_for_staff(
    owner: User, player: User, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = False
    program = Program(owner)
    settings.STAFF_SECOND_FACTOR = True
    assert_problem(
        program.ask("POST", STAFF_CALL.format(player.pk), {"reason": "x"}), 403, "second-factor-needed"
    )


def mailed_to(client: Client) -> str:
    """Ask for the mail in that browser, and read it."""
    assert client.post("/second-factor", {"mail": "1"}).status_code == 303
    call_command("worker", once=True)
    (proof,) = re.findall(r"^ +([a-z2-7]{4}-[a-z2-7]{4})$", str(mail.outbox[-1].body), re.MULTILINE)
    return str(proof)


def test_who_has_the_password_alone_sets_no_app_up(owner: User) -> None:
    thief = sign_in(owner)
    thief.get("/second-factor")
    code = totp.code_at(thief.session["second_factor_salt"], clock.now())
    for guess in ({}, {"mailed": ""}, {"mailed": "aaaa-aaaa"}, {"mailed": code}):
        page = thief.post("/second-factor", {"code": code} | guess)
        assert page.status_code == 400 and page.context["form"].errors.keys() == {"mailed"}
    assert not SecondFactor.objects.exists()
    assert thief.get(OFFICE).status_code == 302


def test_what_was_mailed_for_one_browser_or_person_is_worth_nothing_in_another(owner: User) -> None:
    mine, theirs, other = sign_in(owner), sign_in(owner), sign_in(factories.make_staff("owner"))
    for client in (theirs, other):
        client.get("/second-factor")
        code = totp.code_at(client.session["second_factor_salt"], clock.now())
        page = client.post("/second-factor", {"code": code, "mailed": mailed_to(mine)})
        assert page.context["form"].errors.keys() == {"mailed"}
    salt = mine.session["second_factor_salt"]
    assert not totp.proves_address(salt, owner.pk + 1, totp.proof_of_address(salt, owner.pk))
    assert not SecondFactor.objects.exists()


def test_without_its_proof_by_mail_a_password_would_be_enough(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted bug: nothing else stands between a password and an app of one's own."""
    plant(
        monkeypatch, second_factor, "enrol", "if not totp.proves_address(salt, user.pk, mailed):", "if False:"
    )
    assert enrol(owner, totp.new_salt(), mailed="aaaa-aaaa")


def test_what_is_mailed_is_guessed_at_and_asked_for_a_few_times_only(owner: User, settings: Any) -> None:
    settings.RATES = settings.RATES | {"code": Rate(5, 900), "mail": Rate(2, 3600)}
    salt, found = totp.new_salt(), []
    for _ in range(6):
        try:
            enrol(owner, salt, mailed="aaaa-aaaa")
        except (WrongCode, TooManyRequests) as refusal:
            found.append(type(refusal))
    assert found == [WrongCode] * 5 + [TooManyRequests]
    client = sign_in(owner)
    assert [client.post("/second-factor", {"mail": "1"}).status_code for _ in range(3)] == [303, 303, 429]


def test_who_has_set_an_app_up_is_mailed_no_proof(owner: User) -> None:
    set_up(owner)
    call_command("worker", once=True)
    mail.outbox.clear()
    assert sign_in(owner).post("/second-factor", {"mail": "1"}).status_code == 400
    call_command("worker", once=True)
    assert mail.outbox == []


def test_the_first_time_an_app_is_set_up_and_codes_are_shown_once(owner: User) -> None:
    client = sign_in(owner)
    page = client.get("/second-factor").content.decode()
    assert "<svg" in page and "style=" not in page
    (key,) = re.findall(r'id="factor-key">([A-Z2-7 ]+)<', page)
    assert key == totp.in_fours(totp.key_of(client.session["second_factor_salt"])) and len(key) == 39
    assert f"secret={key.replace(' ', '')}" in page
    again = client.get("/second-factor").content.decode()
    assert key in again
    code = totp.code_at(client.session["second_factor_salt"], clock.now())
    mailed = mailed_to(client)
    shown = client.post("/second-factor", {"code": f"{code[:3]} {code[3:]}", "mailed": mailed})
    codes = re.findall(r"<code>([a-z2-9-]{19})</code>", shown.content.decode())
    assert len(set(codes)) == 10
    assert {digest(code.replace("-", "")) for code in codes} == set(
        RecoveryCode.objects.values_list("digest", flat=True)
    )
    assert client.get(OFFICE).status_code == 200
    assert "second_factor_salt" not in client.session


def test_a_wrong_code_sets_nothing_up(owner: User) -> None:
    client = sign_in(owner)
    client.get("/second-factor")
    page = client.post("/second-factor", {"code": "000000", "mailed": mailed_to(client)})
    assert page.status_code == 400 and page.context["form"].errors.keys() == {"code"}
    assert not SecondFactor.objects.exists()
    assert client.get(OFFICE).status_code == 302


def test_a_key_is_nowhere_in_the_database(owner: User) -> None:
    set_up(owner)
    assert totp.key_of(salt_of(owner)) not in str(SecondFactor.objects.values_list())


def test_another_secret_key_makes_other_keys_unless_the_old_one_is_kept(owner: User, settings: Any) -> None:
    set_up(owner)
    code, old = code_of(owner), settings.SECRET_KEY
    settings.SECRET_KEY = "another"
    assert answer(second_factor.check_code, owner, code) is WrongCode
    settings.SECRET_KEY_FALLBACKS = [old]
    assert answer(second_factor.check_code, owner, code) is None


def test_codes_are_those_of_rfc_6238(monkeypatch: pytest.MonkeyPatch) -> None:
    """Appendix B, SHA-1, cut to six digits: at 59 s and at 1234567890 s."""
    monkeypatch.setattr(totp, "_key", lambda secret, salt: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    for seconds, code in [(59, "287082"), (1111111109, "081804"), (1234567890, "005924")]:
        moment = clock.now().fromtimestamp(seconds, tz=clock.now().tzinfo)
        assert totp.code_at("", moment) == code
        assert totp.matching_step("", code, moment) == seconds // 30


@pytest.mark.parametrize(
    ("seconds", "is_taken"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)]
)
def test_a_code_is_taken_one_step_early_or_late(owner: User, seconds: int, is_taken: bool) -> None:
    set_up(owner)
    # In the middle of a step, so that a second more or less does not matter.
    now = clock.now().replace(second=15, microsecond=0)
    code = totp.code_at(salt_of(owner), now + timedelta(seconds=seconds))
    with clock.set_to(now):
        assert (answer(second_factor.check_code, owner, code) is None) == is_taken


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "\x00", "000000"])
def test_what_is_no_code_is_wrong(owner: User, code: str) -> None:
    set_up(owner)
    assert answer(second_factor.check_code, owner, code) is WrongCode


def test_a_code_works_once_and_none_before_it_afterwards(owner: User) -> None:
    set_up(owner)
    now = clock.now().replace(second=15, microsecond=0)
    with clock.set_to(now):
        earlier, later = (totp.code_at(salt_of(owner), now + timedelta(seconds=s)) for s in (-30, 0))
        assert answer(second_factor.check_code, owner, later) is None
        assert answer(second_factor.check_code, owner, later) is WrongCode
        assert answer(second_factor.check_code, owner, earlier) is WrongCode


def test_of_the_same_code_many_times_at_once_one_passes(owner: User) -> None:
    set_up(owner)
    code = code_of(owner)
    found = crowd.at_once(*[lambda: second_factor.check_code(user=owner, code=code)] * 8)
    assert crowd.kinds(found) == {"NoneType": 1, "WrongCode": 7}


def test_a_check_that_looks_first_would_let_the_same_code_in_twice(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted bug: without its condition the UPDATE takes a code as often as it comes."""
    set_up(owner)
    code = code_of(owner)
    plant(monkeypatch, second_factor, "_use_code", "salt=salt, last_step__lt=step", "salt=salt")
    assert [answer(second_factor.check_code, owner, code) for _ in range(2)] == [None, None]


def test_of_two_apps_set_up_at_once_one_is_refused(owner: User) -> None:
    salts = [totp.new_salt() for _ in range(2)]
    found = crowd.at_once(*[lambda salt=salt: enrol(owner, salt) for salt in salts])
    assert crowd.kinds(found) == {"FactorKnown": 1, "list": 1}
    assert RecoveryCode.objects.count() == 10
    with pytest.raises(FactorKnown):
        enrol(owner, salts[0])


def test_codes_are_guessed_a_few_times_only_from_wherever(owner: User, settings: Any) -> None:
    set_up(owner)
    settings.RATES = settings.RATES | {"code": Rate(5, 900)}
    found = crowd.at_once(*[lambda: answer(second_factor.check_code, owner, "000000")] * 9)
    assert (found.count(WrongCode), found.count(TooManyRequests)) == (5, 4)
    assert answer(second_factor.check_recovery_code, owner, "aaaa") is TooManyRequests
    assert answer(second_factor.check_code, owner, code_of(owner)) is TooManyRequests


def test_a_right_code_takes_its_attempt_back(owner: User, settings: Any) -> None:
    set_up(owner)
    settings.RATES = settings.RATES | {"code": Rate(1, 900)}
    for minutes in range(3):
        with clock.set_to(clock.now() + timedelta(minutes=minutes)):
            assert answer(second_factor.check_code, owner, code_of(owner)) is None


def test_a_recovery_code_stands_in_once_however_it_is_typed(owner: User) -> None:
    code, other, *_ = set_up(owner)
    client = sign_in(owner)
    done = client.post("/second-factor/recovery", {"code": f" {code.upper().replace('-', ' ')} "})
    assert done.status_code == 303
    assert client.get(OFFICE).status_code == 200
    again = sign_in(owner).post("/second-factor/recovery", {"code": code}).content.decode()
    assert "Each works once" in again and "Wait for the next one" not in again
    assert answer(second_factor.check_recovery_code, owner, code) is WrongCode
    assert answer(second_factor.check_recovery_code, owner, other) is None
    assert second_factor.recovery_codes_left(owner) == 8
    assert AuditEntry.objects.filter(action="user.recovery-code", actor=owner).count() == 2


def test_of_the_same_recovery_code_many_times_at_once_one_passes(owner: User) -> None:
    code = set_up(owner)[0]
    found = crowd.at_once(*[lambda: second_factor.check_recovery_code(user=owner, code=code)] * 6)
    assert crowd.kinds(found) == {"NoneType": 1, "WrongCode": 5}


def test_another_s_recovery_code_is_none_of_mine(owner: User) -> None:
    set_up(owner)
    theirs = set_up(factories.make_staff("support"))[0]
    assert answer(second_factor.check_recovery_code, owner, theirs) is WrongCode


def test_new_recovery_codes_take_a_code_of_the_app_and_end_the_old_ones(owner: User) -> None:
    old = set_up(owner)[0]
    client = passed(owner)
    assert client.post("/account/recovery-codes", {"code": "000000"}).status_code == 400
    with clock.set_to(clock.now() + timedelta(minutes=1)):
        page = client.post("/account/recovery-codes", {"code": code_of(owner)}).content.decode()
    new = re.findall(r"<code>([a-z2-9-]{19})</code>", page)
    assert len(new) == 10
    assert answer(second_factor.check_recovery_code, owner, old) is WrongCode
    assert answer(second_factor.check_recovery_code, owner, new[0]) is None


def test_new_recovery_codes_are_for_who_has_passed(owner: User) -> None:
    set_up(owner)
    assert sign_in(owner).get("/account/recovery-codes")["Location"] == "/account"


def test_an_owner_resets_anothers_and_it_begins_anew(owner: User) -> None:
    set_up(owner)
    other = factories.make_staff("finance")
    set_up(other)
    theirs = passed(other)
    theirs.post("/account/token")
    done = passed(owner).post(f"{OFFICE}{other.pk}/do/reset-second-factor/", {"reason": "Phone in the lake"})
    assert done.status_code == 303
    entry = AuditEntry.objects.get(action="user.second-factor-reset")
    assert (entry.actor, entry.target_id, entry.reason) == (owner, other.pk, "Phone in the lake")
    assert theirs.get("/account").status_code == 302
    other.refresh_from_db()
    assert other.api_token is None
    assert b"Set up your second factor" in sign_in(other).get("/second-factor").content


def test_nobody_resets_their_own_and_nothing_is_reset_where_there_is_none(owner: User, player: User) -> None:
    set_up(owner)
    with pytest.raises(Forbidden):
        reset(owner, owner)
    with pytest.raises(NotFound):
        reset(owner, player)


@pytest.mark.parametrize("role", ["support", "games", "finance"])
def test_only_owners_reset(role: str, owner: User) -> None:
    set_up(owner)
    with pytest.raises(Forbidden):
        reset(factories.make_staff(role), owner)


def test_each_of_it_is_told_by_mail(owner: User) -> None:
    codes = set_up(owner)
    second_factor.check_recovery_code(user=owner, code=codes[0])
    other = factories.make_staff("owner")
    reset(other, owner)
    call_command("worker", once=True)
    assert [letter.to for letter in mail.outbox] == [[owner.email]] * 3
    subjects = {letter.subject for letter in mail.outbox}
    assert len(subjects) == 3 and all(letter.body.count("http") == 1 for letter in mail.outbox)


def test_every_attempt_is_in_the_record_of_sign_ins(owner: User) -> None:
    set_up(owner)
    answer(second_factor.check_code, owner, "000000")
    second_factor.check_code(user=owner, code=code_of(owner))
    assert list(SignIn.objects.of(owner).order_by("id").values_list("way", "result")) == [
        ("code", "in"),
        ("code", "wrong"),
        ("code", "in"),
    ]


def test_somebody_elses_session_mark_opens_nothing(owner: User) -> None:
    """Whoever signs in on a browser where another had passed begins anew."""
    set_up(owner)
    client, other = passed(owner), factories.make_staff("owner")
    client.post("/sign-out")
    client.post("/sign-in", {"login": other.email, "password": PASSWORD})
    assert client.get(OFFICE).status_code == 302


@pytest.mark.parametrize("who", ["support", "games", "finance", "owner"])
def test_no_address_of_staff_opens_before_the_code(who: str) -> None:
    """Every row of the permission matrix that takes a role, asked as staff with a password alone."""
    world = World()
    rows = [row for row in ROWS if row.audience in {"staff", "support", "games", "finance", "owner"}]
    assert len(rows) > 200
    # A problem document for programs, the way to the code for people.
    answers = {row: world.ask(who, row) for row in rows}
    wanted = {row: 403 if row.is_for_programs else 302 for row in rows}
    assert {str(row): answers[row] for row in rows if answers[row] != wanted[row]} == {}
