"""Signing up, tokens and one's own account, as programs see them."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from accounts.services.staff import suspend_user
from quantix.rates import Rate
from quantix.tests import factories
from quantix.tests.api import Program, assert_problem, count_queries

pytestmark = pytest.mark.django_db(transaction=True)

ASHA = {
    "email": "21f1000001@ds.study.iitm.ac.in",
    "username": "asha",
    "full_name": "Asha Rao",
    "password": "correct horse battery",
}


def mailed_token() -> str:
    """The token of the newest mail, once the queue is worked off."""
    call_command("db_worker", batch=True, verbosity=0)
    link = next(word for word in mail.outbox[-1].body.split() if word.startswith("http"))
    return link.rsplit("/", 1)[1]


def signed_up() -> Program:
    program = Program()
    assert program.ask("POST", "/auth/register", ASHA).status_code == 202
    assert program.ask("POST", "/auth/verify-email", {"token": mailed_token()}).status_code == 200
    return program


def test_a_student_signs_up_verifies_and_gets_a_token_and_the_bonus():
    program = signed_up()
    response = program.ask("POST", "/auth/token", {"login": "ASHA", "password": ASHA["password"]})
    assert response.status_code == 201
    assert set(response.json()) == {"token", "created_at", "expires_at"}
    token = response.json()["token"]
    assert token.startswith("qx_") and len(token) == 46
    for word in ("Bearer", "Token", "bearer"):
        wallet = program.ask("GET", "/wallet", authorization=f"{word} {token}")
        assert wallet.json()["balance"] == "100.00"


def test_a_known_address_gets_the_same_answer_and_another_mail():
    program = signed_up()
    first = Program().ask(
        "POST", "/auth/register", ASHA | {"email": "21f1000002@ds.study.iitm.ac.in", "username": "b-2"}
    )
    again = program.ask("POST", "/auth/register", ASHA)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    call_command("db_worker", batch=True, verbosity=0)
    assert mail.outbox[-1].subject == "You already have a Quantix account"


def test_a_taken_username_is_told():
    signed_up()
    body = ASHA | {"email": "21f1000002@ds.study.iitm.ac.in", "username": "Asha"}
    assert_problem(Program().ask("POST", "/auth/register", body), 400, "taken", "username")


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"email": "asha@example.org"}, "email", "email-form"),
        ({"email": " 21f1000001@ds.study.iitm.ac.in"}, "email", "email-form"),
        ({"email": "21f1000001@ds.study.iitm.ac.in\n"}, "email", "email-form"),
        ({"username": "ab"}, "username", "username-form"),
        ({"username": "asha\n"}, "username", "username-form"),
        ({"password": "short"}, "password", "password-too-short"),
        ({"full_name": 5}, "full_name", "invalid"),
        ({"is_admin": True}, "is_admin", "unknown-field"),
    ],
)
def test_each_field_at_fault_is_named(change, field, code):
    assert_problem(Program().ask("POST", "/auth/register", ASHA | change), 400, code, field)


def test_what_is_missing_is_named():
    for field in ASHA:
        body = {name: value for name, value in ASHA.items() if name != field}
        assert_problem(Program().ask("POST", "/auth/register", body), 400, "required", field)


def test_a_mailed_token_works_once():
    signed_up()
    used = mail.outbox[-1].body.split("/verify/")[1].split()[0]
    for token in (used, "nonsense", "", "é"):
        response = Program().ask("POST", "/auth/verify-email", {"token": token})
        assert response.status_code == 400
    assert_problem(Program().ask("POST", "/auth/verify-email", {"token": used}), 400, "invalid-token")


@pytest.mark.parametrize("path", ["/auth/resend-verification", "/auth/password-reset"])
def test_asking_for_a_mail_tells_nothing(path):
    signed_up()
    answers = {
        (response.status_code, response.content)
        for email in (ASHA["email"], "21f1999999@ds.study.iitm.ac.in", "nobody@example.org", "x" * 3000)
        if (response := Program().ask("POST", path, {"email": email}))
    }
    assert len(answers) == 1 and answers.pop()[0] == 202


def test_a_password_reset_ends_the_token_and_takes_the_new_password():
    program = signed_up()
    user = User.objects.get()
    reader = Program(user)
    program.ask("POST", "/auth/password-reset", {"email": ASHA["email"]})
    token = mailed_token()
    short = program.ask("POST", "/auth/password-reset/confirm", {"token": token, "password": "short"})
    assert_problem(short, 400, "password-too-short", "password")
    new = {"token": token, "password": "another horse battery"}
    assert program.ask("POST", "/auth/password-reset/confirm", new).status_code == 200
    assert_problem(program.ask("POST", "/auth/password-reset/confirm", new), 400, "invalid-token")
    assert_problem(reader.ask("GET", "/me"), 401, "not-authenticated")
    login = {"login": ASHA["email"], "password": new["password"]}
    assert program.ask("POST", "/auth/token", login).status_code == 201


def test_a_wrong_pair_is_401_and_a_right_one_tells_what_is_in_the_way(player, staff, commit):
    unverified = User.objects.create_user(
        "21f1000009@ds.study.iitm.ac.in", "unverified", "U", factories.PASSWORD
    )
    commit(lambda: suspend_user(by=staff("support"), user_id=player.pk, until=None, reason="Test"))
    for login, password, status, code in [
        (player.username, "wrong", 401, "wrong-credentials"),
        ("nobody", factories.PASSWORD, 401, "wrong-credentials"),
        (unverified.username, factories.PASSWORD, 403, "email-not-verified"),
        (player.email, factories.PASSWORD, 403, "suspended"),
    ]:
        response = Program().ask("POST", "/auth/token", {"login": login, "password": password})
        assert_problem(response, status, code)
        assert ("WWW-Authenticate" in response) == (status == 401)


def test_a_new_token_replaces_the_old_one_and_can_be_taken_back(player):
    old = Program(player)
    new = Program(player)
    assert_problem(old.ask("GET", "/me"), 401, "not-authenticated")
    assert new.ask("DELETE", "/auth/token").status_code == 204
    assert_problem(new.ask("GET", "/me"), 401, "not-authenticated")


def test_no_other_way_of_bringing_a_token_works(player):
    token = Program(player).defaults["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    assert Program().ask("GET", f"/wallet?token={token}").status_code == 401
    for header in ("", token, f"Basic {token}", f"Bearer {token}x", f"Bearer  {token}", "Bearer", "Bearer é"):
        response = Program().ask("GET", "/games", authorization=header)
        assert_problem(response, 401, "not-authenticated")
        assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_token_stops_when_it_is_too_old_or_its_user_suspended(player, staff, settings, commit):
    program = Program(player)
    User.objects.filter(pk=player.pk).update(
        api_token_created_at=timezone.now() - timedelta(days=settings.API_TOKEN_DAYS)
    )
    assert_problem(program.ask("GET", "/me"), 401, "not-authenticated")
    program = Program(player)
    commit(lambda: suspend_user(by=staff("support"), user_id=player.pk, until=None, reason="Test"))
    assert_problem(program.ask("GET", "/me"), 401, "not-authenticated")


def test_a_browser_session_reads_and_writes_only_with_a_csrf_token(player):
    browser = Program(enforce_csrf_checks=True)
    browser.force_login(player)
    assert browser.ask("GET", "/me").json()["username"] == player.username
    assert_problem(browser.ask("PATCH", "/me", {"full_name": "Asha"}), 403, "forbidden")
    browser.cookies["csrftoken"] = "a" * 32
    assert browser.ask("PATCH", "/me", {"full_name": "Asha"}, x_csrftoken="a" * 32).status_code == 200


def test_a_profile_changes_what_is_given(player):
    program = Program(player)
    changes = {"username": "new-name", "preferences": {"theme": "dark"}}
    changed = program.ask("PATCH", "/me", changes).json()
    assert (changed["username"], changed["preferences"], changed["full_name"]) == (
        "new-name",
        {"theme": "dark"},
        player.full_name,
    )
    assert program.ask("GET", "/me").json() == changed
    assert program.ask("PATCH", "/me").status_code == 200
    faults: list[tuple[dict[str, object], str, str]] = [
        ({"email": "x"}, "email", "unknown-field"),
        ({"full_name": ""}, "full_name", "blank"),
        ({"username": None}, "username", "null"),
        ({"preferences": {"theme": True}}, "preferences.theme", "unknown-preference"),
        ({"preferences": {"colour": "red"}}, "preferences.colour", "unknown-preference"),
    ]
    for body, field, code in faults:
        assert_problem(program.ask("PATCH", "/me", body), 400, code, field)


def test_sign_ups_are_limited_by_address_and_say_so(settings):
    settings.RATES = settings.RATES | {"signup": Rate(2, 60)}
    program = Program()
    assert program.ask("POST", "/auth/register", ASHA)["RateLimit-Remaining"] == "1"
    # An attempt counts although it is not even JSON.
    assert program.ask("POST", "/auth/register", b"{")["RateLimit-Remaining"] == "0"
    refused = program.ask("POST", "/auth/register", ASHA)
    assert_problem(refused, 429, "rate-limited")
    assert int(refused["Retry-After"]) > 0


def test_wrong_sign_ins_are_limited_by_login_and_address(player, settings):
    settings.RATES = settings.RATES | {"signin": Rate(2, 60)}
    wrong = {"login": player.username, "password": "wrong"}
    right = {"login": player.username, "password": factories.PASSWORD}
    for _ in range(3):
        assert Program().ask("POST", "/auth/token", right).status_code == 201
    assert Program().ask("POST", "/auth/token", wrong)["RateLimit-Remaining"] == "1"
    assert_problem(Program().ask("POST", "/auth/token", wrong), 401, "wrong-credentials")
    assert_problem(Program().ask("POST", "/auth/token", right), 429, "rate-limited")
    elsewhere = Program(REMOTE_ADDR="10.1.2.3")
    assert elsewhere.ask("POST", "/auth/token", right).status_code == 201


def test_requests_are_limited_by_token_and_say_so(player, settings):
    settings.RATES = settings.RATES | {"requests": Rate(2, 60)}
    program = Program(player)
    assert program.ask("GET", "/me")["RateLimit-Limit"] == "2"
    assert program.ask("GET", "/me/nothing").status_code == 404
    assert program.ask("DELETE", "/wallet")["RateLimit-Remaining"] == "0"
    refused = program.ask("GET", "/me")
    assert_problem(refused, 429, "rate-limited")
    assert (refused["RateLimit-Remaining"], "Retry-After" in refused) == ("0", True)
    assert Program().ask("GET", "/games").status_code == 200


def test_account_calls_take_few_statements(player, settings):
    settings.RATES = dict.fromkeys(settings.RATES, Rate(100, 60))
    program = Program(player)
    for method, path, body in [
        ("GET", "/me", None),
        ("PATCH", "/me", {"username": "new-name", "full_name": "A"}),
        ("POST", "/auth/token", {"login": player.email, "password": factories.PASSWORD}),
        ("POST", "/auth/password-reset", {"email": player.email}),
    ]:
        with count_queries():
            assert program.ask(method, path, body).status_code < 300
        program = Program(player)
    with count_queries():
        assert Program().ask("POST", "/auth/register", ASHA).status_code == 202
