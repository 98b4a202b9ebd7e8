"""The code of the day on the start page: a codebreaker position that one can reason out without playing."""

import hashlib
import hmac
import random
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import product

from django.conf import settings

from games import fairness
from games.engines.base import dice
from games.engines.puzzle.codebreaker import Config, Guess, compare

GUESSES_MAX = 4


@dataclass(frozen=True)
class Teaser:
    """Guesses and their marks that leave one code possible; sealed as the content of sessions is."""

    symbols: tuple[str, ...]
    guesses: list[Guess]
    code: str
    salt: str

    @property
    def commitment(self) -> str:
        return fairness.commitment(self.salt, {"code": self.code})


@lru_cache(maxsize=2)
def teaser_of(day: date) -> Teaser:
    """The same one for everybody all day. Tens of milliseconds, once a day and process."""
    salt = hmac.new(settings.SECRET_KEY.encode(), f"teaser {day}".encode(), hashlib.sha256).hexdigest()
    config = Config()
    codes = ["".join(symbols) for symbols in product(config.symbols, repeat=config.length)]
    draws = dice(salt, "teaser")
    while True:
        code = draws.choice(codes)
        guesses = _lead_to(code, codes, draws)
        if len(guesses) <= GUESSES_MAX:
            return Teaser(config.symbols, guesses, code, salt)


def _lead_to(code: str, codes: list[str], draws: random.Random) -> list[Guess]:
    """Guesses, each possible after the ones before it, until no code but `code` is."""
    guesses: list[Guess] = []
    left = codes
    while len(left) > 1:
        marks = compare(draws.choice([other for other in left if other != code]), code)
        left = [other for other in left if compare(marks.guess, other) == marks]
        guesses.append(marks)
    return guesses
