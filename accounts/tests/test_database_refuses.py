"""What the database itself refuses of users, their tokens, and the audit trail: raw SQL past the ORM."""

import pytest

from accounts.models import User, VerificationToken
from accounts.services import mail_tokens
from quantix import audit
from quantix.tests import books

pytestmark = pytest.mark.django_db(transaction=True)


def change(user: User, column: str, value: str) -> str:
    return books.constraint_refusing(f"UPDATE users SET {column} = {value} WHERE id = {user.pk}")


@pytest.mark.parametrize(
    "email",
    [
        "E'21f1000001@ds.study.iitm.ac.in\\n'",
        "E'\\n21f1000001@ds.study.iitm.ac.in'",
        "' 21f1000001@ds.study.iitm.ac.in'",
        "'21f1000001@ds.study.iitm.ac.in '",
        "E'x\\n21f1000001@ds.study.iitm.ac.in'",
        "E'21f1000001@ds.study.iitm.ac.in\\nx'",
        "'٢١f1000001@ds.study.iitm.ac.in'",
        "'21f１000001@ds.study.iitm.ac.in'",
        "'21F1000001@ds.study.iitm.ac.in'",
        "'21f1000001@DS.study.iitm.ac.in'",
        "'21f1000001@dsxstudy.iitm.ac.in'",
        "'21f1000001@ds.study-iitm.ac.in'",
        "'21f1000001@ds.study.iitm.acxin'",
        "'21f100000@ds.study.iitm.ac.in'",
        "'21f10000011@ds.study.iitm.ac.in'",
        "'121f1000001@ds.study.iitm.ac.in'",
        "'21f1000001@ds.study.iitm.ac.in.example.org'",
        "'21f1000001@example.org'",
        "''",
    ],
)
def test_an_address_of_another_form_is_refused(player, email):
    assert change(player, "email", email) == "user_email_form"


def test_staff_have_institute_addresses_too(staff):
    assert change(staff("owner"), "email", "'admin@example.org'") == "user_email_form"


def test_an_address_belongs_to_one_user(player, staff):
    assert change(player, "email", f"'{staff('support').email}'") == "user_email_once"


def test_a_name_belongs_to_one_user_in_any_case(player, staff):
    assert (
        change(player, "username", f"'{staff('support').username.upper()}'") == "user_username_once_any_case"
    )


@pytest.mark.parametrize("name", ["'ab'", "'a b'", "'añb'", "E'abc\\n'", "repeat('a', 81)", "''", "'a@b.c'"])
def test_a_name_of_another_form_is_refused(player, name):
    assert change(player, "username", name) in ("user_username_form", "22001")


def test_a_token_is_kept_as_its_digest_with_its_time(player):
    assert change(player, "api_token", "'secret'") == "user_api_token_is_digest"
    assert change(player, "api_token", "repeat('a', 64)") == "user_api_token_is_digest"
    assert change(player, "api_token_created_at", "now()") == "user_api_token_is_digest"


def test_a_mail_token_has_a_known_purpose(player, commit):
    commit(lambda: mail_tokens.make_token(player, VerificationToken.Purpose.PASSWORD_RESET))
    refusing = books.constraint_refusing("UPDATE verification_tokens SET purpose = 'fun'")
    assert refusing == "verification_token_purpose"


@pytest.fixture
def entry(player, commit):
    return commit(lambda: audit.record(actor=player, action="test.audit", target=player))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET reason = 'another'",
        "UPDATE audit_entries SET actor_id = NULL",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
    ],
)
def test_the_audit_trail_is_never_changed(entry, statement):
    assert books.constraint_refusing(statement) == "audit_append_only"
