"""Players and staff in the back-office, and the audit trail. What the rooms know of a player is in `dossier`."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts import dashboard as own_dashboard
from accounts import dossier as _dossier  # noqa: F401 (it adds its parts to the page of a user)
from accounts import report_admin as _reports  # noqa: F401 (Django looks for pages in this module)
from accounts import sign_in_admin as _sign_ins  # noqa: F401 (Django looks for pages in this module)
from accounts.backends import find_by_login
from accounts.backoffice import (
    ActionPage,
    Done,
    ExportRows,
    ReasonForm,
    StaffAdmin,
    as_json,
    days_by,
    dossier,
    page_url,
)
from accounts.models import User, VerificationToken
from accounts.roles import ROLES, Can, may, roles_of
from accounts.services import second_factor, signin, staff
from accounts.services.exports import SECONDS_MAX
from quantix import clock, dashboard
from quantix.models import AuditEntry, Export
from quantix.pages import signed_in

#: Of the mailed links, as many as a page tells of.
NEWEST_TOKENS = 5

_PLAYERS = {
    "id": "id", "username": "username", "email": "email", "full_name": "full_name", "created_at": "created_at",
    "email_verified_at": "email_verified_at", "last_login": "last_login", "is_active": "is_active",
    "is_admin": "is_admin", "balance": "wallet__balance", "currency": "wallet__currency",
}  # fmt: skip
_TRAIL = {
    "id": "id", "created_at": "created_at", "actor": "actor__username", "action": "action",
    "target_type": "target_type", "target_id": "target_id", "reason": "reason", "before": "before", "after": "after",
    "address": "address", "request_id": "request_id",
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

    def act(self, *, by: User, target: User, data: Mapping[str, Any]) -> Done:
        user = staff.suspend_user(by=by, user_id=target.pk, until=data["until"], reason=data["reason"])
        return Done(page_url(user), f"{user} is suspended.")


class Unsuspend(ActionPage):
    slug, label, can = "unsuspend", "Lift the suspension", Can.SUSPEND

    def offered(self, target: User) -> bool:
        return not target.is_active

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

    def act(self, *, by: User, target: User, data: Mapping[str, Any]) -> Done:
        user = second_factor.reset_second_factor(by=by, user_id=target.pk, reason=data["reason"])
        return Done(page_url(user), f"{user} sets up a new second factor at the next sign-in.")


class SetRoles(ActionPage):
    slug, label, can, form_class = "roles", "Set roles", Can.MANAGE_STAFF, RolesForm

    def form(self, target: User, **kwargs: Any) -> forms.Form:
        return RolesForm(**kwargs | {"initial": {"roles": sorted(roles_of(target))}})

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
    list_display = ["username", "email", "full_name", "is_admin", "status", "created_at"]
    list_filter = ["is_admin", "is_active", "created_at", days_by("email_verified_at")]
    search_fields = ["email"]
    search_help_text = "An e-mail, a username, or a part of a name"
    fields = [
        "username", "email", "full_name", "email_verified_at", "created_at", "is_admin", "roles", "second_factor_state",
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
        return rows.filter(
            Q(email__startswith=words.lower()) | Q(username__icontains=words) | Q(full_name__icontains=words)
        )

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


class KindOfAction(admin.SimpleListFilter):
    """By the word before the point: a fixed list, where looking for the actions there are would read the table."""

    title = "action"
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        kinds = [
            "user",
            "report",
            "adjustment",
            "transaction",
            "reconciliation",
            "game",
            "event",
            "session",
            "bet",
            "limits",
            "question",
            "webhook",
            "season",
            "export",
        ]
        return [(kind, kind) for kind in kinds]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(action__startswith=f"{self.value()}.") if self.value() else queryset


@admin.register(AuditEntry)
class AuditAdmin(StaffAdmin[AuditEntry]):
    """The audit trail. Rows about money are shown to those who may read the ledger."""

    can_view = Can.READ_PLAYERS
    action_pages = [ExportRows(_TRAIL)]
    list_display = ["created_at", "actor", "action", "target", "reason", "address"]
    list_display_links = ["created_at"]
    list_filter = [KindOfAction, "created_at"]
    linked_by = frozenset({"target_type__exact", "target_id__exact"})
    list_select_related = ["actor"]
    search_fields = ["action"]
    search_help_text = "An action (user.suspend), or who acted (e-mail or username)"
    fields = ["created_at", "actor", "action", "target", "reason", "was", "became", "address", "request_id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        rows = super().get_queryset(request)
        return (
            rows if may(request.user, Can.READ_LEDGER) else rows.exclude(target_type__startswith="wallets.")
        )

    def find(self, rows: QuerySet[AuditEntry], words: str) -> QuerySet[AuditEntry]:
        return rows.filter(Q(action__startswith=words) | Q(actor=find_by_login(words) or 0))

    @admin.display(description="about")
    def target(self, entry: AuditEntry) -> str:
        return f"{entry.target_type.partition('.')[2]} {entry.target_id}"

    @admin.display(description="before")
    def was(self, entry: AuditEntry) -> SafeString:
        return as_json(entry.before)

    @admin.display(description="after")
    def became(self, entry: AuditEntry) -> SafeString:
        return as_json(entry.after)


@admin.register(Export)
class ExportAdmin(StaffAdmin[Export]):
    """Who took which list away, and whether all of it was sent."""

    can_view = Can.EXPORT
    list_display = ["id", "started_at", "by", "list", "format", "rows", "state"]
    list_filter = ["listed", "format", "is_whole"]
    list_select_related = ["by"]
    fields = ["by", "list", "format", "filtered_by", "rows", "state", "started_at", "finished_at"]

    @admin.display(description="list")
    def list(self, export: Export) -> str:
        return export.listed.partition(".")[2]

    @admin.display(description="filtered by")
    def filtered_by(self, export: Export) -> SafeString:
        return as_json(export.filters)

    @admin.display(description="state")
    def state(self, export: Export) -> str:
        """One that was never ended belongs to a server that was killed."""
        if export.is_whole is None:
            is_late = clock.now() - export.started_at > timedelta(seconds=SECONDS_MAX)
            return "broken off" if is_late else "being sent"
        return "whole" if export.is_whole else "broken off"


dashboard.charts.append(own_dashboard.charts)
