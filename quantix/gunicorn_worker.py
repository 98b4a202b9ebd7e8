"""gunicorn's threaded worker with two habits of ours: it waits for nobody for long, and its errors are no HTML."""

import errno
import http
import json
import socket
import time
from typing import Any

from gunicorn import util
from gunicorn.workers.gthread import TConn, ThreadWorker

from quantix.errors import Refusal
from quantix.problems import CONTENT_TYPE, BadRequestForm, ServerFault, problem

#: To send a request, from its first byte to its last. A byte now and then would hold a thread for good.
REQUEST_SECONDS_MAX = 10.0
#: Without any progress, when sending a reply.
IDLE_SECONDS_MAX = 10.0


class Impatient(socket.socket):
    """A client's connection, which is as good as lost once the client is too slow."""

    read_until = 0.0

    def setblocking(self, flag: bool) -> None:
        self.settimeout(IDLE_SECONDS_MAX if flag else 0.0)

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        self.settimeout(max(0.001, self.read_until - time.monotonic()))
        try:
            return super().recv(bufsize, flags)
        except TimeoutError as error:
            raise _lost() from error
        finally:
            self.settimeout(IDLE_SECONDS_MAX)

    def sendall(self, data: Any, flags: int = 0) -> None:
        try:
            super().sendall(data, flags)
        except TimeoutError as error:
            raise _lost() from error


def _lost() -> ConnectionResetError:
    # As if the client had gone: gunicorn makes no fuss about that.
    return ConnectionResetError(errno.ECONNRESET, "The client was too slow.")


class Worker(ThreadWorker):
    """Threads that read from impatient connections."""

    def enqueue_req(self, conn: TConn) -> None:
        if not isinstance(conn.sock, Impatient):
            conn.sock = Impatient(fileno=conn.sock.detach())
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> Any:
        conn.sock.read_until = time.monotonic() + REQUEST_SECONDS_MAX
        return super().handle(conn)


def write_problem(client: socket.socket, status: int, _reason: str, words: str) -> None:
    """What is answered to bytes that are no request Django could see; its path may not even be known."""
    refusal: Refusal = BadRequestForm(words) if status < 500 or status == 501 else ServerFault()
    title = http.HTTPStatus(status).phrase
    body = json.dumps(problem(refusal) | {"title": title, "status": status}).encode()
    head = (
        f"HTTP/1.1 {status} {title}\r\nConnection: close\r\n"
        f"Content-Type: {CONTENT_TYPE}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    util.write_nonblock(client, head.encode("latin-1") + body)


# There is no setting for it.
util.write_error = write_problem
