"""Hooks: how a room lower in the house lets a higher one take part in its transaction.

A lower app declares a hook; a higher one registers in its `AppConfig.ready()`. What is registered runs
at once and in the caller's database transaction; its failure is the caller's failure.
"""

from collections.abc import Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")


class Hook(Generic[P]):
    """An ordered list of functions that a service calls at one moment of its work."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.registered: list[Callable[P, None]] = []

    def register(self, function: Callable[P, None]) -> None:
        """Add `function`; registering it twice is a mistake of the programmer's."""
        assert function not in self.registered, f"{function} is registered with {self.name} already"
        self.registered.append(function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        for function in self.registered:
            function(*args, **kwargs)
