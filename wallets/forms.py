"""The shape of a statement's filters."""

from datetime import date, datetime, time, timedelta

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone

from quantix.form_fields import BeforeField
from wallets.models import TransactionQuerySet

# Dates far off are mistakes, and a day after the last one that Python knows is a fault.
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
            rows = rows.filter(created_at__lt=_midnight(wanted["until"] + timedelta(days=1)))
        return rows if wanted.get("voided") else rows.live()

    @property
    def is_narrowing(self) -> bool:
        return any(self.cleaned_data.get(name) for name in ("type", "category", "since", "until"))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
