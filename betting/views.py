"""The player's bets: those that are open, and what became of the others."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from betting.models import Bet, BetQuerySet
from betting.record import record_of
from quantix.form_fields import BeforeField
from quantix.pages import newest, signed_in


class BetsForm(forms.Form):
    """Which bets to show. What is not understood is left out."""

    tab = forms.ChoiceField(required=False, choices=[("open", "Open"), ("settled", "Settled")])
    outcome = forms.ChoiceField(
        required=False,
        choices=[("", "Any"), *((value, str(label).capitalize()) for value, label in Bet.Outcome.choices)],
    )
    before = BeforeField()


@require_safe
@never_cache
@login_required
def bets(request: HttpRequest) -> HttpResponse:
    player = signed_in(request)
    form = BetsForm(request.GET)
    form.is_valid()
    wanted = form.cleaned_data
    tab = wanted.get("tab") or ("settled" if wanted.get("outcome") else "open")
    context = {
        "tab": tab,
        "outcome": wanted.get("outcome", ""),
        "outcomes": BetsForm.base_fields["outcome"].choices,  # type: ignore[attr-defined]
        "record": record_of(player),
        **newest(_bets_of(player, tab, wanted.get("outcome")), wanted.get("before")),
    }
    return render(request, "betting/bets.html", context)


def _bets_of(player: User, tab: str, outcome: str | None) -> BetQuerySet:
    found: BetQuerySet = Bet.objects.of(player).with_prospects().select_related("session__game")
    if tab == "open":
        return found.open()
    return found.filter(outcome=outcome) if outcome else found.exclude(outcome=None)
