"""Form fields that pages share."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from quantix.fields import ID_MAX
from quantix.money import parse_amount, parse_limit, without_commas


class AmountField(forms.CharField):
    """An amount of money that moves: a decimal string, more than zero, never rounded.

    `with_commas` takes it as money is shown, too: 1,500.00 or 12,34,567.00.
    """

    parse = staticmethod(parse_amount)

    def __init__(self, *, with_commas: bool = False, **kwargs: Any) -> None:
        self.with_commas = with_commas
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=20, **kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return text
        try:
            return self.parse(without_commas(text) if self.with_commas else text)
        except ValueError as error:
            raise ValidationError(str(error), code="amount-form") from error

    def validate(self, value: Any) -> None:
        if not isinstance(value, Decimal):
            super().validate(value)

    def run_validators(self, value: Any) -> None:
        """`to_python` has checked all there is."""


class LimitField(AmountField):
    """What bounds amounts: zero or more, or None where it is left empty."""

    parse = staticmethod(parse_limit)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, empty_value=None, **kwargs)


class BeforeField(forms.IntegerField):
    """From which row on a list shows the older ones (`quantix.pages.newest`): its id, or empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, min_value=1, max_value=ID_MAX, widget=forms.HiddenInput, **kwargs)
