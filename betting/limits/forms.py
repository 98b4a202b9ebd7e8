"""The shape of what a player, or staff, ask of limits."""

from decimal import Decimal
from typing import Any

from django import forms

from accounts.backoffice import ReasonForm
from betting.limits.services import BREAK_MAX, BREAK_MIN
from betting.limits.standing import NAMES, column_of
from quantix.form_fields import LimitField

_SPANS = {"day": "a day", "week": "a week, from Monday", "month": "a calendar month"}


def limit_field(name: str) -> LimitField:
    measure, _, window = name.partition(".")
    label = {"stake": "Stakes", "loss": "Losses"}[measure]
    return LimitField(label=f"{label} {_SPANS[window]}", show_hidden_initial=True)


class LimitsForm(forms.Form):
    """The six limits; an empty one is none. What was left as the form showed it is not asked for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= {column_of(name): limit_field(name) for name in NAMES}

    @property
    def asked(self) -> dict[str, Decimal | None]:
        """The limits that differ from what was shown, by name."""
        changed = set(self.changed_data)
        return {name: self.cleaned_data[column_of(name)] for name in NAMES if column_of(name) in changed}


class LowerLimitsForm(LimitsForm, ReasonForm):
    """The same for staff, with a reason."""


class BreakForm(forms.Form):
    days = forms.IntegerField(
        label="Days", min_value=BREAK_MIN.days, max_value=BREAK_MAX.days, help_text="1 to 42 days."
    )


class ExclusionForm(forms.Form):
    days = forms.TypedChoiceField(
        label="For",
        coerce=int,
        choices=[(91, "3 months"), (182, "6 months"), (365, "a year"), (1826, "5 years")],
    )
