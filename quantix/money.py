"""Money: exact decimals with two places, never floats, and the one form they are written in."""

import re
from decimal import ROUND_DOWN, Decimal

MONEY_DIGITS_MAX = 18
MONEY_PLACES = 2
CENT = Decimal("0.01")
#: No single amount is larger (the database refuses it too).
AMOUNT_MAX = Decimal(10) ** 12

FORM = r"[0-9]{1,16}(\.[0-9]{1,2})?"
_FORM = re.compile(FORM, re.ASCII)
FORM_HELP = 'Write an amount such as "12.50": digits, and at most two decimals after a point.'

#: Thousands by threes, or as in India: the last three, then pairs.
_WITH_COMMAS = re.compile(
    r"([0-9]{1,3}(,[0-9]{3})+|[0-9]{1,2}(,[0-9]{2})*,[0-9]{3})(\.[0-9]{1,2})?", re.ASCII
)


def parse_money(value: object) -> Decimal:
    """The exact amount that `value` (a decimal string or an int) writes, with two decimals.

    Raises ValueError for every other type, sign, space, exponent, or a third decimal: an amount is
    never rounded on the way in.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not _FORM.fullmatch(value):
        raise ValueError(FORM_HELP)
    return Decimal(value).quantize(CENT)


def without_commas(text: str) -> str:
    """`text` as `parse_money` takes it, where its commas can only part thousands. Raises ValueError otherwise."""
    if "," in text and not _WITH_COMMAS.fullmatch(text):
        raise ValueError("Write it without commas: 1500.00")
    return text.replace(",", "")


def parse_amount(value: object) -> Decimal:
    """`parse_money`, for an amount that moves: above zero and at most AMOUNT_MAX."""
    amount = parse_money(value)
    if amount <= 0:
        raise ValueError("The amount must be more than zero.")
    if amount > AMOUNT_MAX:
        raise ValueError("The amount is larger than any that can be moved.")
    return amount


def parse_limit(value: object) -> Decimal:
    """`parse_money`, for what bounds amounts: zero (nothing at all) to AMOUNT_MAX."""
    limit = parse_money(value)
    if limit > AMOUNT_MAX:
        raise ValueError("This is larger than any amount that can be moved.")
    return limit


def format_money(amount: Decimal) -> str:
    """The form in which money leaves: a plain decimal string with two decimals (`"-3.00"`, `"12.50"`)."""
    # Plus zero: a net of nothing is "0.00", never "-0.00".
    return f"{amount + 0:.2f}"


def round_down(amount: Decimal) -> Decimal:
    """`amount` without what is smaller than a cent: payouts are rounded against the player."""
    return amount.quantize(CENT, rounding=ROUND_DOWN)
