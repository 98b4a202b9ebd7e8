"""Many at once: threads with connections of their own, and processes that are killed."""

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.db import connection, connections

from quantix.db import in_one_transaction

ROOT = Path(__file__).resolve().parent.parent.parent


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run every act in a thread of its own, all let go together; what each returned, or the exception it raised."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            start.wait(30)
            return act()
        except Exception as error:  # noqa: BLE001 (the test looks at it)
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def committing(act: Callable[[], Any]) -> Callable[[], Any]:
    """`act`, run as every service is run."""
    return lambda: in_one_transaction(act)


def kinds(results: Sequence[Any]) -> dict[str, int]:
    """How many results there are of each class."""
    names = [type(result).__name__ for result in results]
    return {name: names.count(name) for name in sorted(set(names))}


def kill_after_lines(program: str, lines: int) -> list[str]:
    """Run a Python program on the test database and `kill -9` it once it has printed `lines`; all it printed."""
    begin = (
        "import django; django.setup()\n"
        "from django.db import connection\n"
        f"connection.settings_dict['NAME'] = {connection.settings_dict['NAME']!r}\n"
    )
    command = [sys.executable, "-u", "-c", begin + program]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        printed += process.stdout.readlines()
    assert all(printed[:lines]), "the program ended by itself"
    # What was printed last may be cut short.
    return [line.strip() for line in printed if line.endswith("\n")]
