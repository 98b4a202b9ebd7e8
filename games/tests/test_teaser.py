"""The code of the day on the start page."""

import hashlib
from datetime import date, timedelta
from itertools import product

import pytest

from games.engines.puzzle.codebreaker import compare
from games.teaser import GUESSES_MAX, teaser_of

DAY = date(2026, 11, 22)


@pytest.mark.parametrize("day", [DAY + timedelta(days=n) for n in range(5)])
def test_one_code_fits_all_the_guesses(day: date) -> None:
    teaser = teaser_of(day)
    codes = ["".join(symbols) for symbols in product(teaser.symbols, repeat=4)]
    fitting = [code for code in codes if all(compare(row.guess, code) == row for row in teaser.guesses)]
    assert fitting == [teaser.code]
    assert 1 <= len(teaser.guesses) <= GUESSES_MAX
    assert teaser.code not in [row.guess for row in teaser.guesses]


def test_a_day_has_its_own_code_and_the_same_for_everybody() -> None:
    teaser = teaser_of(DAY)
    teaser_of.cache_clear()
    assert teaser_of(DAY) == teaser
    assert teaser_of(DAY + timedelta(days=1)).salt != teaser.salt


def test_the_seal_is_what_a_shell_computes_from_salt_and_code() -> None:
    teaser = teaser_of(DAY)
    sealed = f'{teaser.salt}{{"code":"{teaser.code}"}}'.encode()
    assert hashlib.sha256(sealed).hexdigest() == teaser.commitment
