"""`manage.py up`: the site's parent."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

CHECKOUT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def url_of_the_tests() -> str:
    """The URL of the tests' own database, however this run reaches its server."""
    known = connection.settings_dict
    where = {"host": known["HOST"] or known["OPTIONS"].get("host"), "port": known["PORT"]}
    query = urlencode({name: value for name, value in where.items() if value})
    return f"postgres://{quote(known['USER'])}:{quote(known['PASSWORD'])}@/{known['NAME']}?{query}"


def children(pid: int) -> dict[str, int]:
    """The process ids of the parts, by what they run."""
    found = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        command = Path(f"/proc/{child}/cmdline").read_text()
        found["web" if "gunicorn" in command else "worker"] = int(child)
    return found


def is_live(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def wait_for(condition: Callable[[], bool], seconds_max: float = 30) -> None:
    deadline = time.monotonic() + seconds_max
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def test_a_port_in_use_is_refused_with_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CommandError, match=r"in use already.*PORT="):
            call_command("up", port=taken.getsockname()[1])


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")
@pytest.mark.django_db(transaction=True)  # Emptied afterwards: the worker opens a season.
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_killed_parts_come_back_and_none_outlives_the_parent(end: signal.Signals) -> None:
    port = free_port()
    environment = os.environ | {"PORT": str(port), "DATABASE_URL": url_of_the_tests()}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "manage.py", "up"]
    with subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True) as up:
        try:
            wait_for(lambda: is_live(port))
            first = children(up.pid)
            for pid in first.values():
                os.kill(pid, signal.SIGKILL)
            wait_for(lambda: not set(first.values()) & set(children(up.pid).values()))
            wait_for(lambda: children(up.pid).keys() == {"web", "worker"} and is_live(port))
            second = children(up.pid)
        finally:
            up.send_signal(end)
            said = up.communicate(timeout=20)[0]
    wait_for(lambda: all(is_gone(pid) for pid in second.values()), seconds_max=10)
    wait_for(lambda: not is_live(port), seconds_max=10)
    assert up.returncode == (0 if end != signal.SIGKILL else -signal.SIGKILL)
    assert "web server was killed by SIGKILL: starting it again" in said
    assert "21f1000001@ds.study.iitm.ac.in   owner" in said
