"""Players and staff in the back-office, and the audit trail. What the rooms know of a player is in `dossier`."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import dashboard as own_dashboard
from accounts import dossier as _dossier  # noqa: F401 (it adds its parts to the page of a user)
from accounts import report_admin as _reports  # noqa: F401 (Django looks for pages in this module)
from accounts import sign_in_admin as _sign_ins  # noqa: F401 (Django looks for pages in this module)
from accounts import trail_admin as _trail  # noqa: F401
from accounts.backends import find_by_login
from accounts.backoffice import (
    ActionPage,
    Done,
    ExportRows,
    ReasonForm,
    StaffAdmin,
    days_by,
    dossier,
    either,
    page_url,
)
from accounts.models import User, VerificationToken
from accounts.roles import ROLES, Can, roles_of
from accounts.services import second_factor, signin, staff
from quantix import clock, dashboard
from quantix.pages import signed_in

#: What the index of names can look up: it is made of threes of letters and digits.
_SEARCHABLE = re.compile(r"[^\W_]{3}")
#: Of the mailed links, as many as a page tells of.
NEWEST_TOKENS = 5

_PLAYERS = {
    "id": "id", "username": "username", "email": "email", "full_name": "full_name", "created_at": "created_at",
    "email_verified_at": "email_verified_at", "last_login": "last_login", "is_active": "is_active",
    "is_admin": "is_admin", "balance": "wallet__balance", "currency": "wallet__currency",
}  # fmt: skip


class SuspendForm(ReasonForm):
    until = forms.DateTimeField(
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text="Leave empty to suspend until further notice.",
    )
    field_order = ["until", "reason"]


class RolesForm(ReasonForm):
    roles = forms.MultipleChoiceField(
        choices=[(role, role) for role in ROLES],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Without a role the user is no staff.",
    )
    field_order = ["roles", "reason"]


class Suspend(ActionPage):
    slug, label, can, form_class, is_danger = "suspend", "Suspend", Can.SUSPEND, SuspendForm, True
    help = "Keeps the user out at once. Running bets still settle."

    def offered(self, target: User) -> bool:
        return target.is_active

    def demand(self, *, by: User, target: User) -> None:
        staff.demand_may_suspend(by=by, user=target)

    def act(self, *, by: User, target: User, data: Mapping[str, Any]) -> Done:
        user = staff.suspend_user(by=by, user_id=target.pk, until=data["until"], reason=data["reason"])
        return Done(page_url(user), f"{user} is suspended.")


class Unsuspend(ActionPage):
    slug, label, can = "unsuspend", "Lift the suspension", Can.SUSPEND

    def offered(self, target: User) -> bool:
        return not target.is_active

    def demand(self, *, by: User, target: User) -> None:
        staff.demand_may_suspend(by=by, user=target)

    def act(self, *, by: User, target: User, data: Mapping[str, Any]) -> Done:
        user = staff.unsuspend_user(by=by, user_id=target.pk, reason=data["reason"])
        return Done(page_url(user), f"{user} may sign in again.")


class ResendVerification(ActionPage):
    slug, label, can, form_class = "resend", "Send the verification again", Can.SUSPEND, forms.Form
    help = "Sends a new link; the ones sent before stop working."

    def offered(self, target: User) -> bool:
        return not target.is_verified

    def act(self, *, by: User, target: User, data: Mapping[str, Any]) -> Done:
        staff.send_mail_again(by=by, user_id=target.pk, wanted="verify")
        return Done(page_url(target), f"A verification mail goes to {target.email}.")


class SendReset(ActionPage):
    slug, label, can, form_class = "reset", "Send a reset link", Can.SUSPEND, forms.Form
    help = "Sends a link with which the user chooses a new password."

    def act(self, *, by: User, target: User, data: Mapping[str, Any]) -> Done:
        staff.send_mail_again(by=by, user_id=target.pk, wanted="reset")
        return Done(page_url(target), f"A reset link goes to {target.email}.")


class RevokeToken(ActionPage):
    slug, label, can, is_danger = "revoke-token", "Revoke the API token", Can.SUSPEND, True

    def offered(self, target: User) -> bool:
        return target.api_token is not None

    def act(self, *, by: User, target: User, data: Mapping[str, Any]) -> Done:
        user = staff.revoke_token_of(by=by, user_id=target.pk, reason=data["reason"])
        return Done(page_url(user), f"The API token of {user} is revoked.")


class ResetSecondFactor(ActionPage):
    slug, label, can, is_danger = "reset-second-factor", "Reset the second factor", Can.MANAGE_STAFF, True
    help = (
        "For who has lost the app and the recovery codes. Make sure that it is they who ask: at the next sign-in "
        "their password alone sets up a new app. Their sessions and their API token end."
    )

    def offered(self, target: Any) -> bool:
        return target.second_factor_since is not None

    def demand(self, *, by: User, target: User) -> None:
        second_factor.demand_another(by=by, user_id=target.pk)

    def act(self, *, by: User, target: User, data: Mapping[str, Any]) -> Done:
        user = second_factor.reset_second_factor(by=by, user_id=target.pk, reason=data["reason"])
        return Done(page_url(user), f"{user} sets up a new second factor at the next sign-in.")


class SetRoles(ActionPage):
    slug, label, can, form_class = "roles", "Set roles", Can.MANAGE_STAFF, RolesForm

    def form(self, target: User, **kwargs: Any) -> forms.Form:
        return RolesForm(**kwargs | {"initial": {"roles": sorted(roles_of(target))}})

    def demand(self, *, by: User, target: User) -> None:
        staff.demand_others_roles(by=by, user=target)

    def act(self, *, by: User, target: User, data: Mapping[str, Any]) -> Done:
        user = staff.set_roles(by=by, user_id=target.pk, names=data["roles"], reason=data["reason"])
        return Done(page_url(user), f"{user} has these roles now: {', '.join(data['roles']) or 'none'}.")


@admin.register(User)
class UserAdmin(StaffAdmin[User]):
    can_view = Can.READ_PLAYERS
    action_pages = [
        Suspend(),
        Unsuspend(),
        ResendVerification(),
        SendReset(),
        RevokeToken(),
        ResetSecondFactor(),
        SetRoles(),
        ExportRows(_PLAYERS),
    ]
    list_display = ["username", "email", "full_name", "staff", "status", "created_at"]
    list_filter = [
        either("is_admin", "kind", "staff", "players only"),
        either("is_active", "status", "may sign in", "suspended"),
        "created_at",
        days_by("email_verified_at"),
    ]
    ordering = ("-created_at", "-pk")
    search_fields = ["email"]
    search_help_text = "An e-mail, a username, or three letters of a name and more"
    fields = [
        "username", "email", "full_name", "email_verified_at", "created_at", "staff", "roles", "second_factor_state",
        "api_token_state", "mail_tokens",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        roles = Group.objects.filter(user=OuterRef("pk")).order_by("name")
        tokens = VerificationToken.objects.filter(user=OuterRef("pk")).order_by("-id")
        told = JSONObject(purpose="purpose", is_used="is_used", expires_at="expires_at")
        return (
            super()
            .get_queryset(request)
            .annotate(
                role_names=ArraySubquery(roles.values("name")),
                second_factor_since=F("second_factor__enrolled_at"),
                newest_tokens=ArraySubquery(tokens.values(told=told)[:NEWEST_TOKENS]),
            )
        )

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: User | None = None,
    ) -> HttpResponse:
        """With all that the rooms know of the user."""
        assert obj is not None, "nobody is made here"
        context["dossier"] = dossier.read(obj, by=signed_in(request))
        return super().render_change_form(request, context, add, change, form_url, obj)

    def find(self, rows: QuerySet[User], words: str) -> QuerySet[User]:
        if not _SEARCHABLE.search(words):
            found = find_by_login(words)
            return rows.filter(pk=found.pk if found else 0)
        return rows.filter(
            Q(email__startswith=words.lower()) | Q(username__icontains=words) | Q(full_name__icontains=words)
        )

    @admin.display(description="staff", ordering="is_admin")
    def staff(self, user: User) -> str:
        return "staff" if user.is_admin else "no"

    @admin.display(description="status", ordering="is_active")
    def status(self, user: User) -> str:
        if not user.is_active:
            return "suspended"
        return "active" if user.is_verified else "not verified"

    @admin.display(description="roles")
    def roles(self, user: Any) -> str:
        return "owner (by command line)" if user.is_superuser else ", ".join(user.role_names) or "none"

    @admin.display(description="second factor")
    def second_factor_state(self, user: Any) -> str:
        if user.second_factor_since is None:
            return "none"
        return f"set up on {timezone.localtime(user.second_factor_since):%d %b %Y, %H:%M}"

    @admin.display(description="API token")
    def api_token_state(self, user: User) -> str:
        expires_at = signin.api_token_expires_at(user)
        if expires_at is None:
            return "none"
        verb = "expires" if expires_at > clock.now() else "expired"
        return f"{verb} on {timezone.localtime(expires_at):%d %b %Y, %H:%M}"

    @admin.display(description="mailed links")
    def mail_tokens(self, user: Any) -> str:
        """What became of the newest ones; never the digests."""
        return "; ".join(_token_state(token) for token in user.newest_tokens) or "none"


def _token_state(token: Mapping[str, Any]) -> str:
    purpose = VerificationToken.Purpose(token["purpose"]).label
    if token["is_used"]:
        return f"{purpose}: used"
    expires_at = datetime.fromisoformat(token["expires_at"])
    moment = f"{timezone.localtime(expires_at):%d %b, %H:%M}"
    return (
        f"{purpose}: open until {moment}" if expires_at > clock.now() else f"{purpose}: ran out on {moment}"
    )


dashboard.charts.append(own_dashboard.charts)
