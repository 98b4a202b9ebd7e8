"""The whole path, as people walk it: from signing up to money that settled, and staff who see to it."""

import re
from typing import Any

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from accounts.models import User
from games.models import Game, GameSession
from quantix.tests import factories
from wallets import reconcile
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL = "23f3001234@ds.study.iitm.ac.in"


@pytest.fixture
def site(live_server: Any) -> str:
    return str(live_server.url)


@pytest.fixture
def content() -> dict[str, Game]:
    return {
        "quiz": factories.make_quiz(questions=2, bank=4, pass_mark=0.5),
        "code": factories.make_codebreaker(),
        "event": factories.make_event(),
    }


def sign_in(page: Page, site: str, login: str, password: str = factories.PASSWORD) -> None:
    page.goto(f"{site}/sign-in")
    page.get_by_label("E-mail or username").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def test_from_signing_up_to_a_bet_that_settled(
    page: Page, site: str, content: dict[str, Game], check: Any, work: Any
) -> None:
    page.goto(site)
    check(page)
    sign_up(page, site, check)
    verify(page, site, check, work)
    sign_in(page, site, "new.student", "a long enough password")
    check(page)
    play_quiz_with_a_stake(page, site, content["quiz"], check)
    page.goto(f"{site}/wallet")
    check(page)
    expect(page.get_by_role("main")).to_contain_text("Sign-up bonus")
    expect(page.get_by_role("main")).to_contain_text(content["quiz"].name)
    page.goto(f"{site}/bets")
    check(page)
    page.goto(f"{site}/account")
    check(page)
    assert reconcile.run().is_clean


def sign_up(page: Page, site: str, check: Any) -> None:
    page.goto(f"{site}/sign-up")
    check(page)
    page.get_by_label("Institute e-mail").fill("somebody@example.org")
    page.get_by_label("Username").fill("new.student")
    page.get_by_label("Full name").fill("New Student")
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("main").get_by_role("button", name=re.compile("sign up|account", re.IGNORECASE)).click()
    expect(page.get_by_role("main")).to_contain_text("institute address")
    check(page)
    page.get_by_label("Institute e-mail").fill(EMAIL.upper())
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("main").get_by_role("button", name=re.compile("sign up|account", re.IGNORECASE)).click()
    expect(page.get_by_role("main")).to_contain_text(re.compile("mail", re.IGNORECASE))
    check(page)


def verify(page: Page, site: str, check: Any, work: Any) -> None:
    work()
    links = re.findall(r"https?://\S+", str(mail.outbox[-1].body))
    assert len(links) == 1
    token = links[0].rsplit("/", 1)[1]
    page.goto(f"{site}/verify/{token}")
    check(page)
    page.get_by_role("button", name=re.compile("verify", re.IGNORECASE)).click()
    expect(page.get_by_role("main")).to_contain_text(re.compile("verified|sign in", re.IGNORECASE))
    assert str(Wallet.objects.get(user__email=EMAIL).balance) == "100.00"


def play_quiz_with_a_stake(page: Page, site: str, quiz: Game, check: Any) -> None:
    page.goto(f"{site}/lobby")
    check(page)
    page.get_by_role("link", name=quiz.name).first.click()
    check(page)
    page.get_by_role("button", name="Start").click()
    page.get_by_label("Stake", exact=True).fill("10.00")
    page.get_by_role("button", name="Place stake").click()
    expect(page.get_by_text(re.compile("staked at"))).to_be_visible()
    check(page)
    for number in (1, 2):
        page.get_by_role("button", name=f"Show question {number}").click()
        expect(page.get_by_role("button", name="Answer")).to_be_visible()
        check(page)
        page.get_by_role("radio", name=re.compile(r"^\w\s*right$")).check()
        page.get_by_role("button", name="Answer").click()
    expect(page.get_by_role("heading", name="Question by question")).to_be_visible()
    check(page)
    session = GameSession.objects.get(game=quiz)
    bet = session.bets.get()
    assert (session.result, bet.outcome) == ("win", "win")
    assert Wallet.objects.get(user__email=EMAIL).balance == 90 + bet.payout


def test_staff_adjust_a_balance_and_resolve_an_event_that_pays(
    page: Page, site: str, content: dict[str, Game], check: Any, work: Any
) -> None:
    player = factories.make_player("100.00")
    sign_in(page, site, player.username)
    stake_on_event(page, site, content["event"], check)
    sign_out(page)

    owner = factories.make_staff("owner")
    sign_in(page, site, owner.email)
    page.goto(f"{site}/admin/")
    check(page)
    adjust(page, site, player, check)
    resolve(page, site, content["event"], check)
    sign_out(page)
    assert str(Wallet.objects.get(user=player).balance) == "135.00"

    sign_in(page, site, player.username)
    page.goto(f"{site}/wallet")
    expect(page.get_by_role("main")).to_contain_text("135.00")
    page.goto(f"{site}/games/{content['event'].slug}")
    check(page)
    assert reconcile.run().is_clean


def stake_on_event(page: Page, site: str, event: Game, check: Any) -> None:
    page.goto(f"{site}/games/{event.slug}")
    check(page)
    page.get_by_role("radio", name=re.compile("^Yes")).check()
    page.get_by_label("Stake", exact=True).fill("10")
    page.get_by_role("button", name="Place stake").click()
    expect(page.get_by_text(re.compile("staked at"))).to_be_visible()
    check(page)


def sign_out(page: Page) -> None:
    page.context.clear_cookies()


def adjust(page: Page, site: str, player: User, check: Any) -> None:
    page.goto(f"{site}/admin/accounts/user/?q={player.username}")
    check(page)
    page.get_by_role("link", name=player.username, exact=True).first.click()
    check(page)
    page.get_by_role("link", name="Adjust the balance").click()
    check(page)
    page.get_by_label("credit", exact=True).check()
    page.get_by_label("Amount").fill("25.00")
    page.get_by_label("Kind of reason").select_option("prize")
    page.get_by_label("Reason", exact=False).last.fill("Prize of the hackathon quiz")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Balance after")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Confirm: Adjust the balance").click()
    expect(page.get_by_text("The adjustment is posted.")).to_be_visible()
    check(page)


def resolve(page: Page, site: str, event: Game, check: Any) -> None:
    page.goto(f"{site}/admin/games/event/{event.pk}/change/")
    check(page)
    page.get_by_role("link", name="Resolve", exact=True).click()
    check(page)
    page.get_by_label("Yes", exact=True).check()
    page.get_by_label("Reason").fill("As the notice board says.")
    page.get_by_role("button", name="Preview").click()
    check(page)
    page.get_by_role("button", name="Confirm: Resolve").click()
    expect(page.get_by_text("Decided and settled")).to_be_visible()
    check(page)
