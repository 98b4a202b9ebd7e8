"""The same thing, many times at the same moment."""

from collections.abc import Callable
from functools import partial
from typing import Any

from quantix.tests import crowd


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """What `act(0)` to `act(count - 1)` gave or raised, all begun together; in a real-transactions test."""
    return crowd.at_once(*[partial(act, number) for number in range(count)])


def raised(answers: list[Any], kind: type[Exception]) -> int:
    """How many of `answers` are errors of this very kind."""
    return sum(type(answer) is kind for answer in answers)
