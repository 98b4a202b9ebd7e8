"""Looking up a name within a deadline: the system's resolver knows none but its own, which may be half a minute.

Each look-up has a thread of its own. Where it takes too long the thread is left behind, and ends when the resolver
gives up; so many may be under way in a process that no crowd of dead names piles up more.
"""

import socket
import threading
import time
from concurrent.futures import Future

LOOK_UPS_MAX = 64

_room = threading.BoundedSemaphore(LOOK_UPS_MAX)


def look_up(host: str, port: int, *, seconds: float) -> list[str]:
    """The addresses of `host`, as text. Raises TimeoutError, OSError where there are none, UnicodeError for no name."""
    room, deadline = _room, time.monotonic() + seconds
    if not room.acquire(timeout=seconds):
        raise TimeoutError
    found: Future[list[str]] = Future()
    # A daemon: the process ends without waiting for it.
    threading.Thread(target=_run, args=(host, port, found, room), name="look-up", daemon=True).start()
    return found.result(deadline - time.monotonic())


def of_number(host: str, port: int) -> list[str]:
    """The address that `host` is, in numbers however written. Raises OSError for a name, UnicodeError for none."""
    return _ask(host, port, socket.AI_NUMERICHOST)


def _ask(host: str, port: int, flags: int = 0) -> list[str]:
    told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return list(dict.fromkeys(str(address[0]) for *_, address in told))


def _run(host: str, port: int, found: "Future[list[str]]", room: threading.Semaphore) -> None:
    try:
        found.set_result(_ask(host, port))
    except BaseException as error:  # noqa: BLE001 (whoever waits for it gets it)
        found.set_exception(error)
    finally:
        room.release()
