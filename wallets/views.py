"""The wallet as its player sees it: the balance, where it came from, and every posting."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from quantix import clock
from quantix.pages import newest, signed_in
from quantix.tables import csv_file
from wallets import charts
from wallets.forms import StatementForm
from wallets.models import Transaction, TransactionQuerySet, Wallet
from wallets.selectors import wallet_of

CHART_ROWS = 200
_COLUMNS = (
    "id", "created_at", "type", "category", "amount", "balance_after", "currency", "description", "reference",
    "voided_at",
)  # fmt: skip


@require_safe
@never_cache
@login_required
def wallet(request: HttpRequest) -> HttpResponse:
    held = _wallet_of(request)
    form, found = _statement(request, held)
    context = {
        "wallet": held,
        "chart": charts.draw(_points(held), clock.now()),
        "form": form,
        **newest(found, form.cleaned_data.get("before")),
    }
    return render(request, "wallets/wallet.html", context)


@require_safe
@login_required
def wallet_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The statement, filtered as on the page, row by row as the database gives it."""
    held = _wallet_of(request)
    _, found = _statement(request, held)
    name = f"quantix-wallet-{timezone.localdate():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        csv_file.write(_COLUMNS, (_values(held, row) for row in found.iterator(chunk_size=1000))),
        content_type=csv_file.CONTENT_TYPE,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )


def _wallet_of(request: HttpRequest) -> Wallet:
    return wallet_of(signed_in(request).pk)


def _statement(request: HttpRequest, held: Wallet) -> tuple[StatementForm, TransactionQuerySet]:
    form = StatementForm(request.GET)
    form.is_valid()
    return form, form.narrow(held.transactions.order_by("-id"))


def _points(held: Wallet) -> list[charts.Point]:
    newest = held.transactions.order_by("-id").values_list("created_at", "balance_after")[:CHART_ROWS]
    return [charts.Point(*row) for row in reversed(newest)]


def _values(held: Wallet, row: Transaction) -> list[Any]:
    return [
        row.pk, row.created_at, row.type, row.category, row.amount, row.balance_after, held.currency,
        row.description, row.reference, row.deleted_at,
    ]  # fmt: skip
