"""The back-office as a whole: who gets in, that lists stay quick, and that nothing is edited as a field."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import PlayerReport, SignIn, User
from accounts.webhooks.models import Delivery, Webhook, WebhookEvent
from betting.models import Bet
from betting.services import Slip, place_bet
from betting.standing.seasons import ensure_season
from games.formats import QuestionFile
from games.models import Game, GameSession, Question
from games.services.bank_import import store_upload
from quantix import audit
from quantix.models import AuditEntry, Export
from quantix.money import parse_money
from quantix.tests import factories
from wallets.models import Adjustment, Reconciliation, Transaction, Wallet

LISTS = [
    "accounts_user",
    "accounts_playerreport",
    "accounts_signin",
    "quantix_auditentry",
    "quantix_export",
    "wallets_wallet",
    "wallets_transaction",
    "wallets_adjustment",
    "wallets_reconciliation",
    "games_game",
    "games_question",
    "games_questionimport",
    "games_gamesession",
    "games_event",
    "betting_bet",
    "betting_season",
    "betting_accountlink",
    "betting_linksearch",
    "webhooks_webhook",
    "webhooks_delivery",
]


def actions(*, of_lists: bool) -> list[tuple[str, str]]:
    """(list, slug) of every action there is: those of whole lists, or those of one row."""
    from django.contrib import admin

    admins: list[Any] = [found for found in admin.site._registry.values() if hasattr(found, "action_pages")]
    return [
        (a.url_name, page.slug) for a in admins for page in a.action_pages if page.is_for_list == of_lists
    ]


@pytest.fixture
def signed_in(client: Client, staff: Callable[..., User]) -> Callable[..., Client]:
    """`signed_in("finance")`: the client of a member of staff with these roles."""

    def sign_in(*roles: str) -> Client:
        client.force_login(staff(*roles))
        return client

    return sign_in


@pytest.fixture
def rows(db: None) -> dict[str, Any]:
    """One row for each page."""
    return make_rows()


def make_rows() -> dict[str, Any]:
    player = factories.make_player()
    game = factories.make_event()
    bet = place_bet(player=player, slip=Slip("winner", "yes", parse_money("10.00"), game_id=game.pk)).bet
    asked_by = factories.make_staff("finance")
    adjustment = Adjustment.objects.create(
        user=player, type="credit", amount=1, reason="A prize", requested_by=asked_by
    )
    entry = audit.record(actor=asked_by, action="user.suspend", target=player)
    webhook = Webhook.objects.create(
        url=f"https://bot.example.org/{player.pk}", events=["bet.settled"], salt="salt", created_by=asked_by
    )
    event = WebhookEvent.objects.create(type="ping")
    return {
        "webhooks_webhook": webhook,
        "webhooks_delivery": Delivery.objects.create(webhook=webhook, event=event),
        "accounts_user": player,
        "accounts_playerreport": PlayerReport.objects.create(
            reporter=asked_by, reported=player, reason="name", words="A rude name."
        ),
        "accounts_signin": SignIn.objects.create(user=player, way="page", result="in"),
        "quantix_auditentry": entry,
        "quantix_export": Export.objects.create(by=asked_by, listed="wallets.transaction", format="csv"),
        "wallets_wallet": player.wallet,
        "wallets_transaction": Transaction.objects.of(player.pk).latest("id"),
        "wallets_adjustment": adjustment,
        "wallets_reconciliation": Reconciliation.objects.create(is_clean=True),
        "games_game": game,
        "games_question": factories.QuestionFactory(),
        "games_questionimport": store_upload(
            by=factories.make_staff("games"), file=QuestionFile("sums.gift", b"1 + 1?{#2}")
        ),
        "games_gamesession": bet.session,
        "games_event": game.event,
        "betting_bet": bet,
        "betting_season": ensure_season(timezone.now()),
        "betting_accountlink": factories.make_link(player, factories.make_player()),
        "betting_linksearch": factories.make_link_search(),
    }


def test_a_guest_is_sent_to_the_sites_own_sign_in(client: Client, settings: Any, db: None) -> None:
    settings.LOGIN_URL = "/sign-in"
    first = client.get("/admin/accounts/user/")
    assert first.headers["Location"].startswith("/admin/login/?next=")
    assert client.get(first.headers["Location"]).headers["Location"] == "/sign-in?next=/admin/accounts/user/"


def test_a_player_is_refused_at_every_door(client: Client, player: User) -> None:
    client.force_login(player)
    assert client.get("/admin/", follow=True).status_code == 403
    assert client.get("/admin/accounts/user/", follow=True).status_code == 403


def test_a_suspended_member_of_staff_is_out_at_once(signed_in: Callable[..., Client]) -> None:
    client = signed_in("owner")
    assert client.get("/admin/").status_code == 200
    User.objects.filter(is_admin=True).update(is_active=False)
    assert client.get("/admin/").status_code == 302


def test_the_login_address_never_leads_off_the_site(signed_in: Callable[..., Client]) -> None:
    assert signed_in("owner").get("/admin/login/?next=https://example.org/").headers["Location"] == "/admin/"


def test_staff_without_a_role_find_an_empty_office(signed_in: Callable[..., Client]) -> None:
    page = signed_in().get("/admin/")
    assert page.status_code == 200
    assert b"without a role" in page.content


def test_every_list_is_looked_at_here() -> None:
    """Which role opens which list, page and action stands in `test_permissions`."""
    from django.contrib import admin

    assert {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry} == set(
        LISTS
    )


@pytest.mark.parametrize("name", LISTS)
def test_not_even_an_owner_edits_a_row_as_a_form(
    name: str, signed_in: Callable[..., Client], rows: dict[str, Any]
) -> None:
    client, row = signed_in("owner"), rows[name]
    before = type(row).objects.filter(pk=row.pk).values().get()
    sent = {
        "balance": "9999.00",
        "amount": "9999.00",
        "outcome": "win",
        "payout": "9999.00",
        "is_admin": "on",
        "_save": "1",
    }
    for place in ("change", "delete"):
        assert (
            client.post(reverse(f"admin:{name}_{place}", args=[row.pk]), sent | {"post": "yes"}).status_code
            == 403
        )
    assert client.post(reverse(f"admin:{name}_add"), sent).status_code == 403
    listed = client.post(
        reverse(f"admin:{name}_changelist"), {"action": "delete_selected", "_selected_action": row.pk}
    )
    assert listed.status_code in (302, 200, 403)
    assert type(row).objects.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_no_more_queries_for_thirty_rows_than_for_one(
    name: str, signed_in: Callable[..., Client], rows: dict[str, Any]
) -> None:
    client = signed_in("owner")

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(reverse(f"admin:{name}_changelist")).status_code == 200
        return len(captured)

    queries()
    one = queries()
    for _ in range(29):
        make_rows()
    assert queries() <= one <= 10


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "words", ["player", "5", "bet:1:stake", "99999999999999999999", "\x00", "21f2@", "Ü"]
)
def test_a_search_for_anything_answers(name: str, words: str, signed_in: Callable[..., Client]) -> None:
    assert signed_in("owner").get(reverse(f"admin:{name}_changelist"), {"q": words}).status_code == 200


def test_history_is_the_rows_part_of_the_audit_trail(
    signed_in: Callable[..., Client], rows: dict[str, Any]
) -> None:
    client, player = signed_in("owner"), rows["accounts_user"]
    page = client.get(reverse("admin:accounts_user_history", args=[player.pk]), follow=True)
    assert page.status_code == 200
    about = AuditEntry.objects.filter(target_type="accounts.user", target_id=player.pk)
    assert page.context["cl"].result_count == about.count() == 1


@pytest.mark.parametrize("name", [name for name in LISTS if name != "quantix_auditentry"])
def test_every_page_leads_to_what_staff_did_to_the_object_and_back(
    name: str, signed_in: Callable[..., Client], rows: dict[str, Any]
) -> None:
    from django.contrib import admin

    client, row = signed_in("owner"), rows[name]
    audited_as = admin.site._registry[type(row)].audited_as  # type: ignore[attr-defined]
    about = row if not audited_as else rows[audited_as.replace(".", "_")]
    entry = audit.record(actor=None, action="test.done", target=about)
    address = reverse(f"admin:{name}_change", args=[row.pk])
    html = client.get(address).content.decode()
    history = reverse(f"admin:{name}_history", args=[row.pk])
    assert f'<a href="{history}">Audit trail</a>' in html
    trail = client.get(history, follow=True)
    assert entry.pk in [found.pk for found in trail.context["cl"].result_list]
    back = f"admin:{(audited_as or type(row)._meta.label_lower).replace('.', '_')}_change"
    assert f'href="{reverse(back, args=[about.pk])}"' in trail.content.decode()


@pytest.mark.parametrize("words", ["user.susp", "player {player}", "the noise", "{actor}"])
def test_the_trail_is_searched_by_deed_object_reason_and_actor(
    words: str, signed_in: Callable[..., Client], player: User
) -> None:
    client, actor = signed_in("owner"), factories.make_staff("support")
    entry = audit.record(actor=actor, action="user.suspend", target=player, reason="Made the NOISE again")
    audit.record(actor=None, action="game.change", target=factories.make_event(), reason="Other")
    words = words.replace("player {player}", f"user {player.pk}").replace("{actor}", actor.email)
    page = client.get(reverse("admin:quantix_auditentry_changelist"), {"q": words})
    assert [found.pk for found in page.context["cl"].result_list] == [entry.pk]


def test_support_does_not_read_the_audit_trail_of_money(
    signed_in: Callable[..., Client], rows: dict[str, Any]
) -> None:
    audit.record(actor=None, action="adjustment.request", target=rows["wallets_adjustment"])
    page = signed_in("support").get(reverse("admin:quantix_auditentry_changelist"))
    assert "adjustment.request" not in page.content.decode()


def test_every_model_of_play_and_money_has_its_page() -> None:
    from django.contrib import admin

    assert {User, Wallet, Transaction, Adjustment, Game, Question, GameSession, Bet} <= set(
        admin.site._registry
    )


def test_an_action_that_is_not_there_is_not_found(
    signed_in: Callable[..., Client], rows: dict[str, Any]
) -> None:
    client = signed_in("owner")
    assert client.get(f"/admin/accounts/user/{rows['accounts_user'].pk}/do/anything/").status_code == 404
    assert client.get("/admin/accounts/user/999999/do/suspend/").status_code == 404


def test_nothing_in_the_office_is_inline(signed_in: Callable[..., Client], rows: dict[str, Any]) -> None:
    """What the content policy would refuse in silence."""
    client = signed_in("owner")
    for name in LISTS:
        for address in (
            reverse(f"admin:{name}_changelist"),
            reverse(f"admin:{name}_change", args=[rows[name].pk]),
        ):
            html = client.get(address).content.decode()
            assert "<style" not in html
            assert ' style="' not in html
            assert "<script>" not in html


@pytest.mark.parametrize(
    "address",
    [
        "accounts/user/?password__startswith=argon2",
        "accounts/user/?api_token__startswith=a",
        "games/gamesession/?metadata__salt__startswith=a",
        "games/gamesession/?metadata__state__code__0=A",
        "games/gamesession/?status=%00",
        "games/gamesession/?status__regex=(",
        "betting/bet/?session__metadata__salt__startswith=a",
    ],
)
def test_no_list_is_filtered_by_what_it_does_not_offer(
    signed_in: Callable[..., Client], address: str
) -> None:
    """A filter that answers yes or no to any question spells out what the page does not show."""
    assert signed_in("owner").get(f"/admin/{address}").status_code == 400
