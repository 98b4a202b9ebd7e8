"""Settings from the environment: each read once, with its default, and refused by name when it is wrong."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import environ
from django.core.exceptions import ImproperlyConfigured

from quantix.money import parse_money
from quantix.rates import Rate

T = TypeVar("T")
env = environ.Env()
env.read_env(Path(__file__).resolve().parent.parent / ".env")
#: Every name that was asked for, with its default: what `.env.example` lists.
NAMES: dict[str, str] = {}


def read(name: str, default: Any, cast: Callable[[str], T], form: str) -> T:
    """The setting `name` through `cast`, which raises ValueError for what is not of the form that `form` describes."""
    NAMES[name] = str(default)
    try:
        # As it stands: `env.str` would take a value that begins with `$` for the name of another one.
        return cast(env.ENVIRON.get(name, NAMES[name]))
    except (ValueError, ArithmeticError) as error:
        # Without the value, which may hold a password.
        raise ImproperlyConfigured(f"{name} is wrong: it should be {form}.") from error


def text(name: str, default: str = "") -> str:
    return read(name, default, str, "text")


def switch(name: str, default: bool) -> bool:
    words = {
        "on": True,
        "true": True,
        "1": True,
        "yes": True,
        "off": False,
        "false": False,
        "0": False,
        "no": False,
    }

    def cast(value: str) -> bool:
        if value.lower() not in words:
            raise ValueError
        return words[value.lower()]

    return read(name, "on" if default else "off", cast, "on or off")


def number(name: str, default: int, least: int = 0) -> int:
    def cast(value: str) -> int:
        if int(value) < least:
            raise ValueError
        return int(value)

    return read(name, default, cast, f"a whole number of at least {least}")


def money(name: str, default: str) -> Decimal:
    return read(name, default, parse_money, 'an amount such as "100.00"')


def rate(name: str, default: str) -> Rate | None:
    return read(name, default, Rate.parse, "count/seconds, such as 5/900, or empty for none")


def choice(name: str, default: str, among: tuple[str, ...]) -> str:
    def cast(value: str) -> str:
        if value not in among:
            raise ValueError
        return value

    return read(name, default, cast, f"one of {', '.join(among)}")


def words(name: str, default: str = "") -> list[str]:
    return read(
        name, default, lambda value: [word.strip() for word in value.split(",") if word.strip()], "a list"
    )


def url(name: str, default: str = "", *schemes: str) -> str:
    """An address with one of `schemes`, or empty."""

    def cast(value: str) -> str:
        scheme, divider, _ = value.partition("://")
        if value and not (divider and scheme in schemes):
            raise ValueError
        return value

    return read(name, default, cast, f"empty, or an address that begins with {'://, '.join(schemes)}://")
