"""The shape of what a player, or staff, ask of limits."""

from decimal import Decimal
from typing import Any

from django import forms

from accounts.backoffice import ReasonForm
from betting.limits.services import BREAK_MAX, BREAK_MIN
from betting.limits.standing import NAMES, Standing, column_of
from quantix.form_fields import LimitField
from quantix.templatetags.ui import money_filter

_SPANS = {"day": "a day", "week": "a week, from Monday", "month": "a calendar month"}


def limit_field(name: str, **kwargs: Any) -> LimitField:
    measure, _, window = name.partition(".")
    label = {"stake": "Stakes", "loss": "Losses"}[measure]
    return LimitField(label=f"{label} {_SPANS[window]}", **kwargs)


class LimitsForm(forms.Form):
    """The six limits; an empty one is none. What was left as the form showed it is not asked for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= {column_of(name): limit_field(name, show_hidden_initial=True) for name in NAMES}

    @property
    def asked(self) -> dict[str, Decimal | None]:
        """The limits that differ from what was shown, by name."""
        changed = set(self.changed_data)
        return {name: self.cleaned_data[column_of(name)] for name in NAMES if column_of(name) in changed}


class LowerLimitsForm(ReasonForm):
    """What staff set lower for the player who stands as in `standing`; an empty field leaves a limit as it is."""

    def __init__(self, *args: Any, standing: Standing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for use in standing.uses:
            now = "none" if use.value is None else f"{money_filter(use.value)}, {money_filter(use.left)} left"
            help_text = f"Now: {now}. Empty leaves it so."
            self.fields[use.name] = limit_field(use.name, help_text=help_text, with_commas=True)
        self.order_fields([*NAMES, "reason"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not self.asked:
            raise forms.ValidationError("Lower one limit at least.", code="required")
        return cleaned

    @property
    def asked(self) -> dict[str, Decimal]:
        """The limits that are written, by name."""
        found = {name: self.cleaned_data.get(name) for name in NAMES}
        return {name: value for name, value in found.items() if value is not None}


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
