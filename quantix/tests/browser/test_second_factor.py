"""The second factor as staff meet it: set up without a script, entered by keyboard, clean at every width and theme."""

import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.core import mail
from django.core.management import call_command
from playwright.sync_api import Page, expect

from accounts import totp
from accounts.models import SecondFactor, User
from accounts.services import second_factor
from quantix import clock
from quantix.tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def asked_for(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True


@pytest.fixture
def owner() -> User:
    return factories.make_staff("owner")


def sign_in(page: Page, url: str, user: User) -> None:
    page.goto(f"{url}/sign-in?next=/admin/")
    page.get_by_label("E-mail or username").fill(user.email)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_label("Password").press("Enter")


def fill_in_the_mail(page: Page) -> None:
    page.get_by_role("button", name="Send me the mail").click()
    expect(page.get_by_text("A mail is on its way")).to_be_visible()
    call_command("worker", once=True)
    (proof,) = re.findall(r"^ +([a-z2-7]{4}-[a-z2-7]{4})$", str(mail.outbox[-1].body), re.MULTILINE)
    page.get_by_label("From the mail").fill(proof)


def check_widths(page: Page, check: Any) -> None:
    for width in (1280, 400):
        # All of it in sight: wherever the focus had scrolled to, the narrow page's bar lies across something.
        page.set_viewport_size({"width": width, "height": 2000})
        check(page)


def test_it_is_set_up_by_the_key_in_words_and_shows_the_codes_once(
    page: Page, live_server: Any, check: Any, owner: User
) -> None:
    sign_in(page, live_server.url, owner)
    expect(page.get_by_role("heading", name="Set up your second factor")).to_be_visible()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    check_widths(page, check)
    fill_in_the_mail(page)
    check_widths(page, check)
    page.get_by_role("textbox", name="Code").fill("000000")
    page.get_by_role("textbox", name="Code").press("Enter")
    expect(page.get_by_text("The code is wrong")).to_be_visible()
    check_widths(page, check)
    key = page.locator("#factor-key").inner_text().replace(" ", "")
    page.get_by_role("textbox", name="Code").fill(pyotp.TOTP(key).now())
    page.get_by_role("textbox", name="Code").press("Enter")
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    assert page.locator(".codes li").count() == 10
    check_widths(page, check)
    page.get_by_role("link", name="I have them").click()
    expect(page).to_have_url(f"{live_server.url}/admin/")


def test_a_code_is_entered_and_a_recovery_code_in_its_place(
    page: Page, live_server: Any, check: Any, owner: User
) -> None:
    salt = totp.new_salt()
    with clock.set_to(clock.now() - timedelta(hours=1)):
        mailed = totp.proof_of_address(salt, owner.pk)
        codes = second_factor.enrol(
            user=owner, salt=salt, mailed=mailed, code=totp.code_at(salt, clock.now())
        )
    sign_in(page, live_server.url, owner)
    expect(page.get_by_role("textbox", name="Code")).to_be_focused()
    check_widths(page, check)
    page.get_by_role("link", name="Without the app?").click()
    check_widths(page, check)
    page.get_by_label("Recovery code").fill(codes[0])
    page.get_by_label("Recovery code").press("Enter")
    expect(page).to_have_url(f"{live_server.url}/admin/")
    page.goto(f"{live_server.url}/account")
    check_widths(page, check)
    page.get_by_role("link", name="New recovery codes").click()
    check_widths(page, check)
    page.get_by_role("textbox", name="Code").fill(totp.code_at(SecondFactor.objects.get().salt, clock.now()))
    page.get_by_role("button", name="Make new ones").click()
    assert page.locator(".codes li").count() == 10


def test_it_works_without_a_script(browser: Any, live_server: Any, owner: User) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server.url, owner)
    fill_in_the_mail(page)
    key = page.locator("#factor-key").inner_text().replace(" ", "")
    page.get_by_role("textbox", name="Code").fill(pyotp.TOTP(key).now())
    page.get_by_role("button", name="Set it up").click()
    page.get_by_role("link", name="I have them").click()
    expect(page).to_have_url(f"{live_server.url}/admin/")
    context.close()
