"""What staff do to accounts in the back-office."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services.signin import issue_api_token
from quantix.models import AuditEntry
from quantix.tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def act(client: Client) -> Callable[..., Any]:
    """`act(staff, user, "suspend", reason="…")`: the action's form, sent."""

    def send(by: User, user: User, slug: str, **data: Any) -> Any:
        client.force_login(by)
        return client.post(f"/admin/accounts/user/{user.pk}/do/{slug}/", data)

    return send


def test_a_suspended_player_is_out_and_the_trail_says_why(act: Callable[..., Any]) -> None:
    player, support, phone = factories.make_player(), factories.make_staff("support"), Client()
    phone.force_login(player)
    assert act(support, player, "suspend", reason="Shared the answers").status_code == 303
    player.refresh_from_db()
    assert not player.is_active
    assert (
        "_auth_user_id" not in phone.get("/").wsgi_request.session
        or not phone.get("/").wsgi_request.user.is_active
    )
    entry = AuditEntry.objects.get(action="user.suspend")
    assert (entry.actor, entry.target_id, entry.reason) == (support, player.pk, "Shared the answers")
    assert act(support, player, "unsuspend", reason="A mistake").status_code == 303
    player.refresh_from_db()
    assert player.is_active


def test_a_message_that_begins_with_a_name_leaves_it_as_it_is(client: Client) -> None:
    player = factories.make_player(username="asha.rao")
    client.force_login(factories.make_staff("support"))
    address = f"/admin/accounts/user/{player.pk}/do/suspend/"
    page = client.post(address, {"reason": "Shared the answers"}, follow=True)
    assert '<li class="success">asha.rao is suspended.' in page.content.decode()


def test_suspending_takes_a_reason(act: Callable[..., Any]) -> None:
    player = factories.make_player()
    page = act(factories.make_staff("support"), player, "suspend", reason=" ")
    assert page.status_code == 400
    assert page.context["form"].errors.keys() == {"reason"}
    player.refresh_from_db()
    assert player.is_active


def test_a_suspension_does_not_end_before_it_begins(act: Callable[..., Any]) -> None:
    past = f"{timezone.localtime() - timedelta(hours=1):%Y-%m-%dT%H:%M}"
    page = act(factories.make_staff("support"), factories.make_player(), "suspend", reason="x", until=past)
    assert page.status_code == 400
    assert page.context["form"].errors.keys() == {"until"}


def test_support_does_not_suspend_staff_but_an_owner_does(act: Callable[..., Any]) -> None:
    owner, other = factories.make_staff("owner"), factories.make_staff("finance")
    assert act(factories.make_staff("support"), owner, "suspend", reason="A coup").status_code == 403
    page = Client()
    page.force_login(factories.make_staff("support"))
    assert "do/suspend/" not in page.get(f"/admin/accounts/user/{other.pk}/change/").content.decode()
    assert act(owner, other, "suspend", reason="Left us").status_code == 303
    owner.refresh_from_db()
    other.refresh_from_db()
    assert (owner.is_active, other.is_active) == (True, False)


def test_an_owner_gives_and_takes_roles(act: Callable[..., Any]) -> None:
    owner, player = factories.make_staff("owner"), factories.make_player()
    assert act(owner, player, "roles", roles=["games", "finance"], reason="Joined us").status_code == 303
    player = User.objects.get(pk=player.pk)
    assert (player.is_staff, set(player.groups.values_list("name", flat=True))) == (
        True,
        {"games", "finance"},
    )
    assert act(owner, player, "roles", reason="Left us").status_code == 303
    player = User.objects.get(pk=player.pk)
    assert (player.is_staff, player.groups.count()) == (False, 0)


def test_nobody_changes_their_own_roles(act: Callable[..., Any]) -> None:
    owner = factories.make_staff("owner")
    page = act(owner, owner, "roles", roles=["support"], reason="Tired")
    assert page.status_code == 403
    assert "Another owner" in page.content.decode()
    assert set(owner.groups.values_list("name", flat=True)) == {"owner"}


def test_a_revoked_token_opens_nothing(act: Callable[..., Any]) -> None:
    player = factories.make_player()
    issue_api_token(user=player)
    assert act(factories.make_staff("support"), player, "revoke-token", reason="Leaked").status_code == 303
    player.refresh_from_db()
    assert player.api_token is None


def test_the_page_of_a_user_tells_no_digest(client: Client) -> None:
    player = factories.make_player()
    issue_api_token(user=player)
    client.force_login(factories.make_staff("owner"))
    html = client.get(f"/admin/accounts/user/{player.pk}/change/").content.decode()
    assert "expires on" in html
    assert str(player.api_token) not in html
    assert player.password not in html


def test_a_reset_link_is_sent_and_noted(act: Callable[..., Any]) -> None:
    player, support = factories.make_player(), factories.make_staff("support")
    assert act(support, player, "reset").status_code == 303
    assert AuditEntry.objects.get(action="user.mail-reset").target_id == player.pk


def test_a_verified_address_is_not_verified_again(act: Callable[..., Any]) -> None:
    page = act(factories.make_staff("support"), factories.make_player(), "resend")
    assert page.status_code == 400
    assert "verified already" in page.content.decode()


def test_support_sees_no_wallet_on_a_players_page(client: Client) -> None:
    player = factories.make_player("123.45")
    address = f"/admin/accounts/user/{player.pk}/change/"
    client.force_login(factories.make_staff("support"))
    assert "123.45" not in client.get(address).content.decode()
    client.force_login(factories.make_staff("finance"))
    assert "123.45" in client.get(address).content.decode()
