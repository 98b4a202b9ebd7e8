"""The account pages, as a browser meets them."""

import re
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.services.mails import send_account_mail
from quantix.rates import Rate
from quantix.tests.factories import PASSWORD, make_player

pytestmark = pytest.mark.django_db

NEW = {
    "email": "22f3000001@ds.study.iitm.ac.in",
    "username": "asha",
    "full_name": "Asha Rao",
    "password": "marigold tokens 7",
}


def words(response: Any) -> str:
    """The page without what differs with every request: the CSRF token, and what names fields typed in."""
    return re.sub(
        r'(name="csrfmiddlewaretoken" value|hx-headers)=(".*?"|\'.*?\')', "", response.content.decode()
    )


def link_in_mail(email: str, wanted: str) -> str:
    """The path of the one link in the mail that the worker sends."""
    mail.outbox.clear()
    send_account_mail.call(email, wanted)
    links = re.findall(r"https?://[^/\s]+(/\S+)", str(mail.outbox[0].body))
    assert len(links) == 1
    return str(links[0])


def signed_in(client: Client, player: User) -> Client:
    client.force_login(player)
    return client


# Signing up and proving the address.


def test_signing_up_leads_to_check_your_mail(client: Client) -> None:
    response = client.post("/sign-up", NEW)
    assert (response.status_code, response["Location"]) == (303, "/resend?sent=sign-up")
    assert "Check your mail" in client.get(response["Location"]).content.decode()


def test_a_known_address_gets_the_same_answer_as_a_new_one(client: Client, player: User) -> None:
    new = client.post("/sign-up", NEW, follow=True)
    known = Client().post("/sign-up", NEW | {"email": player.email, "username": "other"}, follow=True)
    assert known.redirect_chain == new.redirect_chain
    assert words(known) == words(new)


@pytest.mark.parametrize("page", ["/resend", "/forgot"])
def test_asking_for_a_mail_does_not_tell_whether_the_address_is_known(
    page: str, client: Client, player: User
) -> None:
    known = client.post(page, {"email": player.email}, follow=True)
    unknown = Client().post(page, {"email": NEW["email"]}, follow=True)
    assert (known.status_code, known.redirect_chain) == (200, unknown.redirect_chain)
    assert words(known) == words(unknown)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("email", "asha@example.org", "Use your institute address"),
        ("email", NEW["email"] + " ", "Use your institute address"),
        ("username", "no spaces", "3 to 80 letters"),
        ("full_name", "   ", "Your name has 1 to 100"),
        ("password", "short", "at least 10 characters"),
        ("password", "1234567890123", "entirely numeric"),
    ],
)
def test_what_is_wrong_with_a_sign_up_stands_beside_its_field(
    field: str, value: str, said: str, client: Client
) -> None:
    response: Any = client.post("/sign-up", NEW | {field: value})
    assert response.status_code == 400
    assert list(response.context["form"].errors) == [field]
    assert said in " ".join(response.context["form"].errors[field])
    assert f'id="id_{field}_error"' in response.content.decode()


def test_a_taken_username_is_told(client: Client, player: User) -> None:
    response: Any = client.post("/sign-up", NEW | {"username": player.username.upper()})
    assert response.context["form"].errors["username"] == ["This username is taken. Choose another one."]


def test_a_password_is_never_shown_again(client: Client) -> None:
    response = client.post("/sign-up", NEW | {"username": "no spaces"})
    assert NEW["password"] not in response.content.decode()


def test_too_many_sign_ups_from_one_address_are_held_back_with_a_page(
    client: Client, settings: LazySettings
) -> None:
    settings.RATES = settings.RATES | {"signup": Rate(1, 3600)}
    client.post("/sign-up", NEW)
    response = client.post("/sign-up", NEW)
    assert (response.status_code, response["Retry-After"]) == (429, "3600")
    assert "Try again in 60 minutes" in response.content.decode()


def test_looking_at_the_link_does_not_use_it_up_and_pressing_the_button_does(client: Client) -> None:
    client.post("/sign-up", NEW)
    link = link_in_mail(NEW["email"], "sign-up")
    assert client.get(link).status_code == client.get(link).status_code == 200
    response = client.post(link, follow=True)
    assert response.redirect_chain == [("/sign-in", 303)]
    assert "A bonus of ₹100.00 is in your wallet" in response.content.decode()
    assert User.objects.get(email=NEW["email"]).wallet.balance == 100


def test_a_used_link_offers_another_mail(client: Client) -> None:
    client.post("/sign-up", NEW)
    link = link_in_mail(NEW["email"], "sign-up")
    client.post(link)
    response = client.post(link)
    assert response.status_code == 400
    assert 'href="/resend"' in response.content.decode()


# Signing in and out.


@pytest.mark.parametrize("login", ["email", "username"])
def test_one_signs_in_by_email_or_username(login: str, client: Client, player: User) -> None:
    response = client.post("/sign-in", {"login": getattr(player, login), "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (303, "/lobby")
    assert int(client.session["_auth_user_id"]) == player.pk


def test_the_session_key_changes_at_sign_in(client: Client, player: User) -> None:
    session = client.session
    session["here"] = "before"
    session.save()
    client.post("/sign-in", {"login": player.email, "password": PASSWORD})
    assert client.session.session_key != session.session_key


def test_signing_in_leads_on_to_the_page_that_was_asked_for(client: Client, player: User) -> None:
    asked = client.get("/account")
    assert asked["Location"] == "/sign-in?next=/account"
    assert 'name="next" value="/account"' in client.get(asked["Location"]).content.decode()
    response = client.post("/sign-in", {"login": player.email, "password": PASSWORD, "next": "/account"})
    assert response["Location"] == "/account"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_signing_in_never_leads_to_another_site(elsewhere: str, client: Client, player: User) -> None:
    data = {"login": player.email, "password": PASSWORD, "next": elsewhere}
    assert client.post("/sign-in", data)["Location"] == "/lobby"
    assert client.get("/sign-in", {"next": elsewhere})["Location"] == "/lobby"


def test_a_wrong_password_and_an_unknown_login_get_the_same_answer(client: Client, player: User) -> None:
    wrong = client.post("/sign-in", {"login": player.email, "password": "not this one"})
    unknown = Client().post("/sign-in", {"login": "nobody-here", "password": "not this one"})
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert words(wrong).replace(player.email, "") == words(unknown).replace("nobody-here", "")


def test_too_many_wrong_passwords_say_when_to_try_again(
    client: Client, player: User, settings: LazySettings
) -> None:
    settings.RATES = settings.RATES | {"signin": Rate(1, 900)}
    data = {"login": player.email, "password": "not this one"}
    client.post("/sign-in", data)
    response = client.post("/sign-in", data)
    assert (response.status_code, response["Retry-After"]) == (429, "900")
    assert "Try again in 15 minutes" in response.content.decode()


def test_who_has_signed_in_here_before_is_not_locked_out_by_guesses(
    client: Client, player: User, settings: LazySettings
) -> None:
    settings.RATES = {**settings.RATES, "signin": Rate(2, 900)}
    sign_in_here = {"login": player.username, "password": PASSWORD}
    client.post("/sign-in", sign_in_here)
    client.post("/sign-out")
    stranger = Client()
    for _ in range(3):
        answer = stranger.post("/sign-in", {"login": player.username, "password": "a wrong guess"})
    assert answer.status_code == 429
    assert stranger.post("/sign-in", sign_in_here).status_code == 429
    assert client.post("/sign-in", sign_in_here).status_code == 303
    assert client.cookies["device"]["httponly"] and client.cookies["device"]["samesite"] == "Lax"


def test_an_address_that_is_not_verified_is_offered_the_mail_again(client: Client) -> None:
    client.post("/sign-up", NEW)
    response = client.post("/sign-in", {"login": NEW["email"], "password": NEW["password"]})
    assert response.status_code == 403
    assert 'href="/resend"' in response.content.decode()


def test_one_signs_out_by_a_form_and_not_by_a_link(client: Client, player: User) -> None:
    signed_in(client, player)
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out")["Location"] == "/"
    assert "_auth_user_id" not in client.session


def test_a_form_from_another_site_is_refused_with_a_page(player: User) -> None:
    client = signed_in(Client(enforce_csrf_checks=True), player)
    response = client.post("/sign-out")
    assert response.status_code == 403
    assert "came from another site" in response.content.decode()


# A new password by mail.


def test_a_new_password_by_mail_ends_sessions_and_the_token(client: Client, player: User) -> None:
    elsewhere = signed_in(Client(), player)
    elsewhere.post("/account/token")
    link = link_in_mail(player.email, "reset")
    response = client.post(link, {"password": NEW["password"]})
    assert response["Location"] == "/sign-in"
    assert elsewhere.get("/account").status_code == 302
    player.refresh_from_db()
    assert player.check_password(NEW["password"]) and player.api_token is None


def test_a_password_that_breaks_a_rule_leaves_the_link_working(client: Client, player: User) -> None:
    link = link_in_mail(player.email, "reset")
    response: Any = client.post(link, {"password": "short"})
    assert response.status_code == 400 and response.context["form"].errors["password"]
    assert client.post(link, {"password": NEW["password"]}).status_code == 303


def test_a_wrong_reset_link_offers_another_mail(client: Client) -> None:
    response = client.post("/reset/wrong", {"password": NEW["password"]})
    assert response.status_code == 400
    assert 'href="/forgot"' in response.content.decode()


# The account.


def test_the_account_page_takes_few_queries(
    client: Client, player: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    signed_in(client, player)
    with django_assert_max_num_queries(5):
        assert client.get("/account").status_code == 200


def test_the_profile_is_saved(client: Client, player: User) -> None:
    response = signed_in(client, player).post("/account", {"full_name": "New Name", "username": "newname"})
    assert response["Location"] == "/account"
    player.refresh_from_db()
    assert (player.full_name, player.username) == ("New Name", "newname")


def test_a_refused_username_stands_beside_its_field_and_nowhere_else(client: Client, player: User) -> None:
    taken = make_player().username
    response: Any = signed_in(client, player).post("/account", {"full_name": "A", "username": taken})
    assert response.status_code == 400
    assert response.context["profile_form"].errors["username"]
    assert f"@{player.username}" in response.content.decode()


def test_who_changes_the_password_stays_signed_in_here_and_nowhere_else(client: Client, player: User) -> None:
    elsewhere = signed_in(Client(), player)
    passwords = {"old_password": PASSWORD, "new_password": NEW["password"]}
    assert signed_in(client, player).post("/account/password", passwords).status_code == 303
    assert client.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302


def test_a_wrong_old_password_stands_beside_its_field(client: Client, player: User) -> None:
    passwords = {"old_password": "not this one", "new_password": NEW["password"]}
    response: Any = signed_in(client, player).post("/account/password", passwords)
    assert response.context["password_form"].errors["old_password"] == ["This is not your password."]


def test_an_api_token_is_shown_once(client: Client, player: User) -> None:
    response: Any = signed_in(client, player).post("/account/token")
    token = response.context["token"]
    assert re.fullmatch(r"qx_[A-Za-z0-9_-]{43}", token) and token in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert token not in client.get("/account").content.decode()
    assert token not in str(dict(client.session))


def test_a_revoked_token_is_gone(client: Client, player: User) -> None:
    signed_in(client, player).post("/account/token")
    client.post("/account/token/revoke")
    player.refresh_from_db()
    assert player.api_token is None


def test_preferences_are_kept_and_the_theme_shows_at_once(client: Client, player: User) -> None:
    data = {"theme": "dark"}
    signed_in(client, player).post("/account/preferences", data)
    player.refresh_from_db()
    assert player.preferences == data
    assert 'data-theme="dark"' in client.get("/account").content.decode()


def test_an_unknown_preference_is_refused_beside_its_field(client: Client, player: User) -> None:
    data = {"theme": "pink"}
    response: Any = signed_in(client, player).post("/account/preferences", data)
    assert response.context["preferences_form"].errors["theme"]


# The mails.


@pytest.mark.parametrize("wanted", ["sign-up", "reset"])
def test_the_html_part_of_a_mail_leads_where_its_text_leads(wanted: str, player: User) -> None:
    link = link_in_mail(player.email, wanted)
    message = mail.outbox[0]
    assert isinstance(message, EmailMultiAlternatives)
    html = str(message.alternatives[0][0])
    assert f'{link}"' in html


def test_the_outbox_of_the_demo_shows_the_link(client: Client, settings: LazySettings, tmp_path: Any) -> None:
    settings.DEBUG = True
    settings.EMAIL_BACKEND = "quantix.outbox.EmailBackend"
    settings.OUTBOX_DIR = tmp_path
    client.post("/sign-up", NEW)
    send_account_mail.call(NEW["email"], "sign-up")
    page = client.get("/outbox").content.decode()
    assert "Verify your address for Quantix" in page
    assert timezone.localtime().strftime("%b %Y, %H:") in page
    assert re.search(r'<a href="[^"]+/verify/[^"]+"', page)


def test_the_outbox_is_not_there_without_debug(client: Client, settings: LazySettings) -> None:
    settings.DEBUG = False
    assert client.get("/outbox").status_code == 404
