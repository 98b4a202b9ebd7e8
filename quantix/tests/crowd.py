"""Many at once: threads with connections of their own, and processes that are killed."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
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
    with subprocess.Popen(_command(program), cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        printed += process.stdout.readlines()
    assert all(printed[:lines]), "the program ended by itself"
    # What was printed last may be cut short.
    return [line.strip() for line in printed if line.endswith("\n")]


# A fork for each attempt, so that Django is set up once; nothing has connected before.
_KILLED_BEHIND_EACH = """
import os, signal, sys
from itertools import count

def kill_behind(number):
    left = iter(range(number - 1))
    def run(execute, *args):
        try:
            return execute(*args)
        finally:
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
    return connection.execute_wrapper(run)

for number in count(1):
    child = os.fork()
    if not child:
        with kill_behind(number):
            act()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        sys.exit(status and 1)
    print(number)
    input()
"""


def killed_behind_each_statement(program: str) -> Iterator[int]:
    """Run the `act()` that a program defines in a process that is killed behind its first statement, then behind its
    second, and so on, until it comes through: the number of the statement, each time that it was killed.
    """
    command = _command(program + _KILLED_BEHIND_EACH)
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin and process.stdout
        for line in process.stdout:
            yield int(line)
            process.stdin.write("\n")
            process.stdin.flush()
    assert process.returncode == 0, "it did not come through"


def _command(program: str) -> list[str]:
    """Python, set up on the test database, that runs `program`."""
    begin = (
        "import django; django.setup()\n"
        "from django.db import connection\n"
        f"connection.settings_dict['NAME'] = {connection.settings_dict['NAME']!r}\n"
    )
    return [sys.executable, "-u", "-c", begin + program]
