"""The page of a player in the back-office: a support question answered in one look."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import SignIn, User
from accounts.services import mails, signup, staff
from accounts.services.sign_ins import forget_old
from betting.limits.services import set_limits
from betting.models import Bet
from betting.services import Slip, place_bet
from quantix import clock
from quantix.db import in_one_transaction
from quantix.rates import Rate
from quantix.tests import factories
from quantix.tests.api import count_queries
from quantix.tests.factories import PASSWORD
from wallets import services as wallets

pytestmark = pytest.mark.django_db(transaction=True)

Look = Callable[..., Any]


@pytest.fixture
def look(client: Client) -> Look:
    """`look(player, "finance")`: the page as a member of staff with this role sees it, by its dossier."""

    def open_page(user: User, role: str = "owner") -> Any:
        client.force_login(factories.make_staff(role))
        reply = client.get(f"/admin/accounts/user/{user.pk}/change/")
        assert reply.status_code == 200
        return reply.context["dossier"]

    return open_page


def facts(dossier: Any) -> dict[str, str]:
    return {fact.name: str(fact.value) for fact in dossier.facts}


def flags(dossier: Any) -> dict[str, str]:
    return {fact.name: str(fact.value) for fact in dossier.flags}


def rows(dossier: Any, title: str) -> list[list[str]]:
    (panel,) = [panel for panel in dossier.panels if panel.title == title]
    return [[str(cell) for cell in row] for row in panel.rows]


def bet(player: User, amount: str) -> None:
    slip = Slip("winner", "yes", Decimal(amount), game_id=factories.make_event().pk)
    in_one_transaction(partial(place_bet, player=player, slip=slip))


def sign_in(player: User, password: str = PASSWORD) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    Client(headers={"User-Agent": agent}).post("/sign-in", {"login": player.email, "password": password})


def test_the_head_says_how_things_stand(player: User, look: Look) -> None:
    bet(player, "12.50")
    sign_in(player)
    in_one_transaction(partial(set_limits, player=player, limits={"stake.week": Decimal(50)}))
    told = facts(look(player))
    assert "₹87.50" in told["Balance"]
    assert "₹12.50 in 1 bet<" in told["Open stakes"]
    assert told["Limits"] == "stake ₹50.00 a week, ₹37.50 left"
    assert told["Last sign-in"].endswith("Firefox on Linux 127.0.0.1")
    assert (told["Signed in on"], told["Status"]) == ("1 browser", "active")
    assert ">1<" in told["Sessions running"]


def test_nothing_is_flagged_of_somebody_of_whom_there_is_nothing_to_say(player: User, look: Look) -> None:
    assert flags(look(player)) == {}


def test_it_says_why_the_balance_is_what_it_is(player: User, look: Look) -> None:
    finance = factories.make_staff("finance")
    bet(player, "30.00")
    give = partial(wallets.request_adjustment, by=finance, user=player, type="credit", amount=Decimal("7.25"))
    given = in_one_transaction(partial(give, reason="A prize"))
    wrong = in_one_transaction(partial(give, reason="Twice"))
    void = partial(wallets.void_transaction, by=finance, reason="Posted twice")
    in_one_transaction(partial(void, transaction_id=wrong.transaction_id))
    assert given.status == "posted"
    # By category: adjustments, stakes, the bonus.
    given_by_staff, stakes, bonus, balance = rows(look(player), "Balance")
    assert given_by_staff[1] == "3, 2 of them voided" and "+₹7.25" in given_by_staff[4]
    assert "−₹30.00" in stakes[4] and "+₹100.00" in bonus[4]
    assert "₹77.25" in balance[4]


def test_support_sees_no_money_but_stakes(player: User, look: Look) -> None:
    bet(player, "12.50")
    dossier = look(player, "support")
    assert "Balance" not in facts(dossier)
    assert {"Balance", "Statement"} & {panel.title for panel in dossier.panels} == set()
    assert "₹12.50" in facts(dossier)["Open stakes"]


def test_what_staff_should_not_miss_is_flagged(player: User, look: Look) -> None:
    finance = factories.make_staff("finance")
    bet(player, "5.00")
    Bet.objects.update(metadata={**Bet.objects.get().metadata, "uncollected": "3.00"})
    give = partial(wallets.request_adjustment, by=finance, user=player, type="credit", reason="A prize")
    in_one_transaction(partial(give, amount=Decimal("1500.00")))
    for _ in range(5):
        sign_in(player, "wrong")
    pause = {"break_until": clock.now() + timedelta(days=5)}
    in_one_transaction(partial(set_limits, player=player, limits={}, pauses=pause))
    by = factories.make_staff("support")
    in_one_transaction(partial(staff.suspend_user, by=by, user_id=player.pk, until=None, reason="Noise"))
    told = flags(look(player))
    assert told["Suspended"] == "until further notice"
    assert told["Wrong sign-ins"] == "5 in a week"
    assert "₹3.00" in told["Not collected"]
    assert "1 to approve" in told["Adjustments"]
    assert told["On a break"].startswith("until ")


def test_it_says_whether_the_verification_mail_was_sent(look: Look, settings: Any) -> None:
    settings.RATES = settings.RATES | {"mail": Rate(1, 3600)}
    person = {"email": "21f1777777@ds.study.iitm.ac.in", "username": "newcomer", "full_name": "New Comer"}
    in_one_transaction(partial(signup.register, password=PASSWORD, **person))
    user = User.objects.get(username="newcomer")
    (waiting,) = rows(look(user), "Mails of the last week")
    assert waiting[1:3] == ["sign-up: verification", "waits"]
    assert "not verified" in flags(look(user))["Address"]
    assert "the rate is reached" in flags(look(user))["Mails held back"]
    call_command("worker", once=True)
    (sent,) = rows(look(user), "Mails of the last week")
    assert sent[1:3] == ["sign-up: verification", "done"]


def test_another_s_mails_are_not_told(player: User, look: Look) -> None:
    by = factories.make_staff("support")
    other = factories.make_player()
    in_one_transaction(partial(staff.send_mail_again, by=by, user_id=other.pk, wanted="reset"))
    assert rows(look(player), "Mails of the last week") == []
    assert len(rows(look(other), "Mails of the last week")) == 1


def test_every_kind_of_mail_is_named_and_no_secret_of_one_is_shown(look: Look) -> None:
    staff = factories.make_staff("games")
    mails.send_proof_mail.enqueue(staff.email, "the-salt")
    mails.send_account_mail.enqueue(staff.email, "a-kind-to-come")
    told = {mail for _, mail, *_ in rows(look(staff), "Mails of the last week")}
    assert told == {"letters to set up a second factor", "send account mail"}


def test_sign_ins_are_listed_the_refused_ones_too(player: User, look: Look) -> None:
    sign_in(player, "wrong")
    sign_in(player)
    assert [row[1:] for row in rows(look(player), "Sign-ins")] == [
        ["sign-in page", "let in", "127.0.0.1", "Firefox on Linux"],
        ["sign-in page", "refused: wrong", "127.0.0.1", "Firefox on Linux"],
    ]


def test_what_staff_did_is_told_of_all_that_is_the_player_s(player: User, look: Look) -> None:
    finance = factories.make_staff("finance")
    give = partial(wallets.request_adjustment, by=finance, user=player, type="credit", reason="A prize")
    in_one_transaction(partial(give, amount=Decimal("5.00")))
    in_one_transaction(partial(set_limits, player=player, limits={"stake.day": Decimal(5)}))
    assert [row[3] for row in rows(look(player), "Audit trail")] == [f"playlimits {player.pk}"]
    assert "adjustment" in rows(look(player), "Audit trail of the wallet")[0][3]
    titles = {panel.title for panel in look(player, "support").panels}
    assert "Audit trail" in titles and "Audit trail of the wallet" not in titles


def test_it_takes_as_many_statements_for_a_long_history_as_for_none(
    client: Client, player: User, look: Look
) -> None:
    look(player)
    address = f"/admin/accounts/user/{player.pk}/change/"

    def taken() -> int:
        with count_queries() as statements:
            assert client.get(address).status_code == 200
        return len(statements)

    few = taken()
    for _ in range(12):
        bet(player, "1.00")
        SignIn.objects.create(user=player, way="page", result="in")
    assert taken() == few <= 6


def test_players_are_found_by_any_part_of_name_and_address(client: Client) -> None:
    client.force_login(factories.make_staff("support"))
    factories.make_player(
        full_name="Ananya Pillai", username="nightowl", email="21f3999999@ds.study.iitm.ac.in"
    )
    for words in ("anany", "PILLAI", "ya pil", "htow", "21f3999999", "21F39"):
        found = client.get("/admin/accounts/user/", {"q": words}).context["cl"].result_list
        assert [user.username for user in found] == ["nightowl"], words


def test_sign_ins_are_forgotten_after_ninety_days(player: User) -> None:
    for days in (91, 89):
        SignIn.objects.create(user=player, way="page", result="in", at=clock.now() - timedelta(days=days))
    SignIn.objects.create(user=None, way="token", result="wrong", at=clock.now() - timedelta(days=100))
    assert forget_old() == 2
    assert SignIn.objects.count() == 1


def test_a_wrong_pair_is_noted_whoever_s_login_it_is(player: User) -> None:
    sign_in(player, "wrong")
    for login in ("nobody", "a\x00b"):
        Client().post("/sign-in", {"login": login, "password": "wrong"})
        Client().post(
            "/api/v1/auth/token", {"login": login, "password": "wrong"}, content_type="application/json"
        )
    found: list[Any] = list(SignIn.objects.order_by("id").values_list("user", "way", "result"))
    assert found[0] == (player.pk, "page", "wrong")
    assert set(found[1:]) == {(None, "page", "wrong"), (None, "token", "wrong")}
