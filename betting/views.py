"""The player's bets: those that are open, and what became of the others."""

from typing import Any, cast

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from betting.models import Bet
from betting.record import record_of

PAGE_ROWS = 30


class BetsForm(forms.Form):
    """Which bets to show. What is not understood is left out."""

    tab = forms.ChoiceField(required=False, choices=[("open", "Open"), ("settled", "Settled")])
    outcome = forms.ChoiceField(
        required=False,
        choices=[
            ("", "Any"),
            ("win", "Won"),
            ("loss", "Lost"),
            ("void", "Void"),
            ("cashed_out", "Cashed out"),
        ],
    )
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


@require_safe
@never_cache
@login_required
def bets(request: HttpRequest) -> HttpResponse:
    player = cast(User, request.user)
    form = BetsForm(request.GET)
    form.is_valid()
    wanted = form.cleaned_data
    tab = wanted.get("tab") or ("settled" if wanted.get("outcome") else "open")
    page = _page(player, tab, wanted.get("outcome"), wanted.get("before"))
    context = {
        "tab": tab,
        "outcome": wanted.get("outcome", ""),
        "outcomes": BetsForm.base_fields["outcome"].choices,  # type: ignore[attr-defined]
        "before": wanted.get("before"),
        "record": record_of(player),
        "bets": page[:PAGE_ROWS],
        "older": page[PAGE_ROWS - 1].pk if len(page) > PAGE_ROWS else None,
    }
    return render(request, "betting/bets.html", context)


def _page(player: User, tab: str, outcome: str | None, before: int | None) -> list[Bet]:
    """A page of bets, newest first, and one more where there are older ones."""
    found: Any = Bet.objects.of(player).select_related("session__game").order_by("-id")
    found = found.open() if tab == "open" else found.exclude(outcome=None)
    if outcome and tab == "settled":
        found = found.filter(outcome=outcome)
    if before:
        found = found.filter(pk__lt=before)
    return list(found[: PAGE_ROWS + 1])
