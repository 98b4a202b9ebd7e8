"""Many at the same moment: threads that start together, each with a database connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """What `act(0)` to `act(count - 1)` gave or raised, all begun together; in a real-transactions test."""
    start = Barrier(count)

    def run(number: int) -> Any:
        try:
            connection.ensure_connection()
            start.wait(30)
            return act(number)
        except Exception as error:  # noqa: BLE001 - what was raised is the answer
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def raised(answers: list[Any], kind: type[Exception]) -> int:
    """How many of `answers` are errors of this very kind."""
    return sum(type(answer) is kind for answer in answers)
