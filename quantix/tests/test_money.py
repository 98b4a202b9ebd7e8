"""Money: one form, exact, and nothing else is taken for it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantix.money import AMOUNT_MAX, CENT, format_money, parse_amount, parse_money, round_down

#: All that the form can write.
moneys = st.integers(0, 10**18 - 1).map(lambda cents: Decimal(cents).scaleb(-2))


@given(moneys)
def test_what_is_written_is_read_back(amount: Decimal) -> None:
    assert parse_money(format_money(amount)) == amount


@given(st.from_regex(r"[0-9]{1,16}(\.[0-9]{1,2})?", fullmatch=True, alphabet=st.characters(codec="ascii")))
def test_what_is_read_is_written_with_two_decimals_and_no_change(text: str) -> None:
    amount = parse_money(text)
    assert amount == Decimal(text) and amount.as_tuple().exponent == -2
    assert format_money(amount) == f"{Decimal(text):.2f}"


@given(st.integers(0, 10**16 - 1))
def test_a_whole_number_is_money(number: int) -> None:
    assert parse_money(number) == number


@given(
    st.one_of(
        st.floats(),
        st.booleans(),
        st.none(),
        st.binary(),
        st.decimals(),
        st.lists(st.integers()),
        st.integers(max_value=-1),
        st.integers(min_value=10**16),
    )
)
def test_no_other_type_is_money(value: object) -> None:
    with pytest.raises(ValueError, match="amount"):
        parse_money(value)


HOSTILE = [
    *("", " ", ".", "-", "+", "0x10", "NaN", "nan", "Infinity", "inf", "null", "true"),
    *(
        "1.",
        ".5",
        "1.234",
        "1..2",
        "1.2.3",
        "1,50",
        "1_000",
        "1 000",
        "1e2",
        "1E2",
        "1e-2",
        "٣",
        "１.5",
        "1٫50",
    ),
    *(
        "-1",
        "+1",
        "-0",
        "−1",
        " 1",
        "1 ",
        "1\n",
        "\n1",
        "1\x00",
        "\ufeff1",
        "₹1",
        "1₹",
        "1.5\u200b",
        "²",
        "½",
    ),
    *("1" * 17, "0" * 17, "1" * 10_000),
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_other_form_is_money(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        parse_money(text)


@given(st.text())
def test_a_text_is_money_exactly_when_it_has_the_form(text: str) -> None:
    whole, point, cents = text.partition(".")
    digits = set("0123456789")
    has_form = (
        1 <= len(whole) <= 16 and set(whole + cents) <= digits and (1 <= len(cents) <= 2 if point else True)
    )
    try:
        parse_money(text)
    except ValueError:
        assert not has_form
    else:
        assert has_form


@pytest.mark.parametrize("value", ["0", "0.00", 0, "1000000000000.01", 10**12 + 1])
def test_an_amount_that_moves_is_above_zero_and_within_the_largest(value: object) -> None:
    with pytest.raises(ValueError, match="amount"):
        parse_amount(value)


@pytest.mark.parametrize("value", ["0.01", 1, "1000000000000.00"])
def test_the_smallest_and_the_largest_amount_move(value: object) -> None:
    assert CENT <= parse_amount(value) <= AMOUNT_MAX


@given(st.decimals(min_value=0, max_value=10**12, allow_nan=False, allow_infinity=False))
def test_rounding_down_never_gives_more_and_loses_less_than_a_cent(amount: Decimal) -> None:
    assert 0 <= amount - round_down(amount) < CENT


@given(moneys)
def test_a_negative_net_is_written_with_its_sign(amount: Decimal) -> None:
    assert format_money(amount.copy_negate()) == (f"-{format_money(amount)}" if amount else "0.00")
