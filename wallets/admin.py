"""The ledger in the back-office: read only; what staff do to it is in `backoffice`."""

import re
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.db.models import Case, F, Q, QuerySet, When
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from accounts.admin import UserAdmin
from accounts.backends import find_by_login
from accounts.backoffice import ExportRows, StaffAdmin, as_json, days_by, filter_by, link_to, list_url
from accounts.backoffice.lists import ROWS_MAX, BoundedPaginator
from accounts.roles import Can, may
from quantix import backoffice, dashboard
from quantix.backoffice import Queue
from quantix.db import reading_at_most
from quantix.fields import MoneyField
from quantix.templatetags.ui import money_tag
from wallets import dashboard as own_dashboard
from wallets import dossier as _dossier  # noqa: F401 (it adds its parts to the page of a user)
from wallets import reconciliation_admin
from wallets.backoffice import Adjust, Approve, Reject, VoidTransaction
from wallets.forms import LedgerForm
from wallets.models import Adjustment, Transaction, Wallet, refers_to, wallet_key
from wallets.reconciliation_admin import subject_link, subjects

#: For any statement of the list. No filter on an index comes near it.
READ_SECONDS_MAX = 3.0
#: Rows that are added up while one waits.
ADD_MAX = 10_000
#: No name of a player has a colon or a space in it.
_REFERENCE = re.compile(r"[^\s:]+[\s:]")
_SIGNED = Case(When(type="credit", then=F("amount")), default=-F("amount"), output_field=MoneyField())
_LEDGER = {
    "id": "id", "created_at": "created_at", "player": "wallet__user__username", "email": "wallet__user__email",
    "type": "type", "category": "category", "amount": "amount", "moved": _SIGNED, "balance_after": "balance_after",
    "currency": "wallet__currency", "description": "description", "reference": "reference", "voided_at": "deleted_at",
}  # fmt: skip
_ADJUSTMENTS = {
    "id": "id", "created_at": "created_at", "player": "user__username", "email": "user__email", "type": "type",
    "amount": "amount", "reason_code": "reason_code", "reason": "reason", "status": "status",
    "requested_by": "requested_by__username", "decided_by": "decided_by__username", "decided_at": "decided_at",
    "transaction": "transaction_id",
}  # fmt: skip


@admin.register(Wallet)
class WalletAdmin(StaffAdmin[Wallet]):
    can_view = Can.READ_LEDGER
    action_pages = [Adjust()]
    list_display = ["user", "amount", "currency", "last_updated"]
    list_select_related = ["user"]
    search_fields = ["user"]
    search_help_text = "An e-mail or a username, whole"
    fields = ["player", "amount", "currency", "last_updated"]
    linked_by = frozenset({"user__id__exact"})

    def find(self, rows: QuerySet[Wallet], words: str) -> QuerySet[Wallet]:
        return rows.filter(user=find_by_login(words) or 0)

    @admin.display(description="balance", ordering="balance")
    def amount(self, wallet: Wallet) -> SafeString:
        return money_tag(wallet.balance, wallet.currency)

    @admin.display(description="player")
    def player(self, wallet: Wallet) -> SafeString:
        return link_to(wallet.user)


class Voided(admin.SimpleListFilter):
    title = "voided"
    parameter_name = "voided"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "live rows"), ("yes", "voided pairs")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Transaction]) -> QuerySet[Transaction]:
        if self.value() is None:
            return queryset
        return queryset.filter(deleted_at__isnull=self.value() == "no")


class AddingPaginator(BoundedPaginator):
    """Looks up what rows add up to with their keys, of up to ADD_MAX of them."""

    @cached_property
    def _rows(self) -> list[tuple[int, str, Decimal]]:
        return list(self.object_list.values_list("pk", "type", "amount")[:ADD_MAX])

    @cached_property
    def keys(self) -> list[int]:
        return [key for key, _, _ in self._rows[:ROWS_MAX]]

    @property
    def totals(self) -> list[tuple[str, Decimal]]:
        """What the rows that fit add up to; nothing of too many to be added up while one waits."""
        if len(self._rows) >= ADD_MAX:
            return []
        came, went = (
            sum((amount for _, direction, amount in self._rows if direction == type), Decimal(0))
            for type in Transaction.Type
        )
        return [("Credits", came), ("Debits", -went), ("Together", came - went)]


@admin.register(Transaction)
class TransactionAdmin(StaffAdmin[Transaction]):
    can_view = Can.READ_LEDGER
    paginator = AddingPaginator
    action_pages = [VoidTransaction(), ExportRows(_LEDGER)]
    list_display = [
        "id",
        "created_at",
        "player",
        "category",
        "moved",
        "left",
        "description",
        "reference",
        "voided",
    ]
    list_filter = [filter_by(LedgerForm), "type", "category", Voided, days_by("created_at")]
    list_select_related = ["wallet__user"]
    search_fields = ["reference"]
    search_help_text = "bet:17 for all rows of bet 17, another reference, or an e-mail or a username, whole"
    linked_by = frozenset({"category__in"})
    direct = {"wallet__user__id__exact": lambda user: Q(wallet=wallet_key(user))}
    ordering = ("-created_at", "-pk")
    ordering_of = dict.fromkeys(("wallet__user__id__exact", "player", "q"), ("-pk",))
    fields = [
        "id", "created_at", "player", "category", "moved", "left", "description", "about", "reference", "details",
        "voided",
    ]  # fmt: skip

    def find(self, rows: QuerySet[Transaction], words: str) -> QuerySet[Transaction]:
        if _REFERENCE.match(words):
            return rows.filter(refers_to(words))
        return rows.filter(wallet=wallet_key(find_by_login(words) or 0))

    def get_ordering(self, request: HttpRequest) -> Any:
        """Newest first; the largest first, where amounts are asked for. Either is read along an index."""
        asked = {name for name, value in request.GET.items() if value}
        narrower = {"player", "reference", "days", "since", "until"}
        if asked & {"amount_from", "amount_to"} and not asked & narrower:
            return ["-amount", "-pk"]
        return super().get_ordering(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """With what the rows add up to. Whatever is asked for is read in a bounded time, or refused."""
        with reading_at_most(READ_SECONDS_MAX):
            response = super().changelist_view(request, extra_context)
            changes = (getattr(response, "context_data", None) or {}).get("cl")
            if changes:
                response.context_data["totals"] = changes.paginator.totals  # type: ignore[index]
        return response

    @admin.display(description="player", ordering="wallet__user__username")
    def player(self, row: Transaction) -> SafeString:
        return link_to(row.wallet.user)

    @admin.display(description="amount", ordering="amount")
    def moved(self, row: Transaction) -> SafeString:
        return money_tag(row.amount, row.wallet.currency, type=row.type)

    @admin.display(description="balance after")
    def left(self, row: Transaction) -> SafeString:
        return money_tag(row.balance_after, row.wallet.currency)

    @admin.display(description="voided")
    def voided(self, row: Transaction) -> str:
        return f"voided {timezone.localtime(row.deleted_at):%d %b %Y, %H:%M}" if row.deleted_at else ""

    @admin.display(description="is about")
    def about(self, row: Transaction) -> SafeString | str:
        """The bet, session, adjustment or row that it was posted for, with the way there."""
        links = [subject_link(f"{name} {key}") for name, key in row.metadata.items() if name in subjects]
        return format_html_join(", ", "{}", ((link,) for link in links)) or "–"

    @admin.display(description="details")
    def details(self, row: Transaction) -> SafeString:
        return as_json(row.metadata)


@admin.register(Adjustment)
class AdjustmentAdmin(StaffAdmin[Adjustment]):
    can_view = Can.ADJUST
    action_pages = [Approve(), Reject(), ExportRows(_ADJUSTMENTS)]
    list_display = [
        "id",
        "created_at",
        "player",
        "moves",
        "reason",
        "stands",
        "requested_by",
        "decided_by",
    ]
    list_filter = ["status", "type", "reason_code", days_by("created_at")]
    list_select_related = ["user", "requested_by", "decided_by", "transaction"]
    search_fields = ["user"]
    search_help_text = "The player's e-mail or username, whole"
    linked_by = frozenset({"user__id__exact"})
    ordering = ("-created_at", "-pk")
    fields = [
        "player", "moves", "reason_code", "reason", "stands", "requested_by", "created_at", "decided_by",
        "decided_at", "posting",
    ]  # fmt: skip

    def find(self, rows: QuerySet[Adjustment], words: str) -> QuerySet[Adjustment]:
        return rows.filter(user=find_by_login(words) or 0)

    @admin.display(description="player", ordering="user__username")
    def player(self, adjustment: Adjustment) -> SafeString:
        return link_to(adjustment.user)

    @admin.display(description="amount", ordering="amount")
    def moves(self, adjustment: Adjustment) -> SafeString:
        return money_tag(adjustment.amount, type=adjustment.type)

    @admin.display(description="posting")
    def posting(self, adjustment: Adjustment) -> SafeString | str:
        posted = adjustment.transaction
        return link_to(posted, f"Transaction {posted.pk}") if posted else "none"

    @admin.display(description="status", ordering="status")
    def stands(self, adjustment: Adjustment) -> str:
        posted = adjustment.transaction
        is_voided = posted and posted.deleted_at
        return "posted, then voided" if is_voided else adjustment.get_status_display()


def adjustments_to_approve(user: Any) -> Queue | None:
    if not may(user, Can.ADJUST):
        return None
    pending = Adjustment.objects.filter(status=Adjustment.Status.PENDING)
    url = list_url(Adjustment, status__exact="pending")
    return Queue("adjustments to approve", url, pending, help="Another than who asked has to decide.")


UserAdmin.action_pages.append(Adjust())
dashboard.charts.insert(0, own_dashboard.charts)
backoffice.queues += [adjustments_to_approve, reconciliation_admin.last_reconciliation]
