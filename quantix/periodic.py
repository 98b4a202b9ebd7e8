"""Work that comes round: each job is whole and harmless to run twice, so any number of workers may do it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """`run` every `seconds`."""

    name: str
    seconds: float
    run: Callable[[], object]


#: Set once the worker was asked to end: what goes on beside it finishes the piece of work at hand.
stopping = threading.Event()

_JOBS: dict[str, Job] = {}


def register(seconds: float, run: Callable[[], object]) -> None:
    """Have the worker call `run` every `seconds`; called by apps in `AppConfig.ready()`."""
    name = f"{run.__module__}.{run.__qualname__}"
    _JOBS[name] = Job(name, seconds, run)


def jobs() -> list[Job]:
    return list(_JOBS.values())
