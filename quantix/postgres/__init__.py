"""The embedded PostgreSQL server: a real one, whose data live under the checkout.

`ensure_running(data_dir)` gives the URL of a running server and starts it when there is none. The server
outlives the command that started it and is shared by all commands of the checkout, until `stop(data_dir)`.

Nothing listens on the network. Clients come through a unix socket in a folder of mode 0700, and the server
asks the kernel who they are (`peer`): only root and the owner of the data, who could read the files anyway,
get in.

    python -m quantix.postgres start|stop|status|url|psql|remove
"""

import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

from quantix.postgres.host import PostgresError, processes_in
from quantix.postgres.server import Server
from quantix.postgres.start import start

__all__ = ["PostgresError", "ensure_running", "remove", "stop"]

START_SECONDS_MAX = 120
STOP_SECONDS_MAX = 30
# Children of a killed postmaster leave by themselves, unless a long query keeps them from noticing.
ORPHAN_SECONDS_MAX = 3
# The time between two looks at a server that starts or stops.
LOOK_SECONDS = 0.02


def ensure_running(data_dir: Path) -> str:
    """The URL of the server whose data are under `data_dir`, started first if it is not running.

    Raises PostgresError when it cannot be had.
    """
    server = Server(data_dir.resolve())
    if server.answers():
        return server.url
    make_data_dir(server.data_dir)
    begun = time.monotonic()
    started = False
    while not server.answers():
        with server.lock() as lock:
            if lock is not None and started:
                raise PostgresError(f"PostgreSQL did not start. Its last words:\n{server.last_words()}")
            if lock is not None:
                start(server, lock)
                started = True
        waited_seconds = time.monotonic() - begun
        if waited_seconds > START_SECONDS_MAX:
            raise PostgresError(
                f"PostgreSQL is not ready after {START_SECONDS_MAX} s:\n{server.last_words()}"
            )
        if not started and waited_seconds > ORPHAN_SECONDS_MAX:
            end_orphans(server)
        time.sleep(LOOK_SECONDS)
    return server.url


def make_data_dir(data_dir: Path) -> None:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if data_dir.stat().st_uid == os.geteuid():
            data_dir.chmod(0o755)  # The server's account passes through; what is kept inside is closed.
        elif os.geteuid() != 0:
            raise PermissionError("it belongs to another user")
    except OSError as error:
        raise PostgresError(f"{data_dir} cannot be used for PostgreSQL's data: {error}.") from error


def end_orphans(server: Server) -> None:
    """End what a killed postmaster left behind; nothing is lost, the next start recovers from the log."""
    pid = server.recorded_pid()
    if pid is None or server.is_alive(pid):
        return
    for orphan in processes_in(server.pgdata):
        with suppress(ProcessLookupError):
            os.kill(orphan, signal.SIGKILL)


def stop(data_dir: Path) -> bool:
    """Stop the server and wait until its last process is gone; False when there was none to stop.

    Open connections are closed, their transactions rolled back.
    """
    server = Server(data_dir.resolve())
    if not (server.data_dir / "token").exists():
        return False
    begun = time.monotonic()
    asked = None
    while (waited_seconds := time.monotonic() - begun) < STOP_SECONDS_MAX:
        with server.lock() as lock:
            if lock is not None:
                shutil.rmtree(server.socket_dir, ignore_errors=True)
                return waited_seconds > LOOK_SECONDS
        pid = server.recorded_pid()
        if pid and asked is None and server.is_alive(pid):
            os.kill(pid, signal.SIGINT)
            asked = pid
        if waited_seconds > ORPHAN_SECONDS_MAX:
            end_orphans(server)
        time.sleep(LOOK_SECONDS)
    raise PostgresError(f"PostgreSQL has not stopped in {STOP_SECONDS_MAX} s:\n{server.last_words()}")


def remove(data_dir: Path) -> None:
    """Stop the server and delete its data, wherever they live."""
    stop(data_dir)
    server = Server(data_dir.resolve())
    if (server.data_dir / "token").exists():
        shutil.rmtree(server.home)
        shutil.rmtree(server.data_dir, ignore_errors=True)
