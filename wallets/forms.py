"""The shape of a statement's filters."""

from datetime import date, datetime, time, timedelta

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.utils import timezone

from accounts.backends import find_by_login
from quantix.form_fields import BeforeField, LimitField
from wallets.models import Transaction, TransactionQuerySet, refers_to, wallet_key

# Dates far off are mistakes, and a day after the last one that Python knows is a fault.
_DAY = timedelta(days=1)
_DAYS = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2200, 1, 1))]


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        validators=_DAYS,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )


class StatementForm(forms.Form):
    """Which postings to show. A filter that is not understood is told beside its field, and left out."""

    type = forms.ChoiceField(
        label="Direction", required=False, choices=[("", "In and out"), ("credit", "In"), ("debit", "Out")]
    )
    category = forms.ChoiceField(
        label="Source",
        required=False,
        choices=[
            ("", "Any"),
            ("bet", "Stakes"),
            ("win", "Winnings"),
            ("bonus", "Bonuses"),
            ("admin_adjustment", "Adjustments"),
        ],
    )
    since = _day("From")
    until = _day("Until")
    voided = forms.BooleanField(label="With voided rows", required=False)
    before = BeforeField()

    def narrow(self, rows: TransactionQuerySet) -> TransactionQuerySet:
        """Those of `rows` that pass the filters. `since` and `until` are days in India, both included."""
        wanted = self.cleaned_data
        for name in ("type", "category"):
            if wanted.get(name):
                rows = rows.filter(**{name: wanted[name]})
        if wanted.get("since"):
            rows = rows.filter(created_at__gte=_midnight(wanted["since"]))
        if wanted.get("until"):
            rows = rows.filter(created_at__lt=_midnight(wanted["until"] + _DAY))
        return rows if wanted.get("voided") else rows.live()

    @property
    def is_narrowing(self) -> bool:
        return any(self.cleaned_data.get(name) for name in ("type", "category", "since", "until"))


class LedgerForm(forms.Form):
    """Which postings staff want to see. Days are days in India, both included; names and references are whole."""

    since = _day("From")
    until = _day("Until")
    amount_from = LimitField(label="Amount from", help_text="The largest come first", with_commas=True)
    amount_to = LimitField(label="Amount to", with_commas=True)
    player = forms.CharField(label="Player", required=False, help_text="An e-mail or a username, whole")
    reference = forms.CharField(label="Reference", required=False, help_text="bet:17 for all rows of bet 17")

    def narrow(self, rows: QuerySet[Transaction]) -> QuerySet[Transaction]:
        wanted = self.cleaned_data
        if wanted["player"]:
            rows = rows.filter(wallet=wallet_key(find_by_login(wanted["player"]) or 0))
        if wanted["reference"]:
            rows = rows.filter(refers_to(wanted["reference"]))
        if wanted["amount_from"] is not None:
            rows = rows.filter(amount__gte=wanted["amount_from"])
        if wanted["amount_to"] is not None:
            rows = rows.filter(amount__lte=wanted["amount_to"])
        if wanted["since"]:
            rows = rows.filter(created_at__gte=_midnight(wanted["since"]))
        return rows.filter(created_at__lt=_midnight(wanted["until"] + _DAY)) if wanted["until"] else rows


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
