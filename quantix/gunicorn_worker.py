"""gunicorn's threaded worker with habits of ours: no thread ever waits for a client to send, and errors are no HTML.

Connections are read by the one loop that also accepts them, as far as bytes have come, and a request goes to a
thread once it is whole (`quantix.framing`): two hundred clients that send a byte a second cost memory, bounded,
and no thread. What is left of a connection after the last reply is read there, too: gunicorn's own way to close
makes the loop, and so everybody, wait for the client.
"""

import errno
import http
import json
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn import util
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from quantix.errors import Refusal
from quantix.framing import Arrival, Stage
from quantix.problems import CONTENT_TYPE, BadRequestForm, BodyTooLarge, ServerFault, problem

#: To send a request, from its first byte to its last.
REQUEST_SECONDS_MAX = 10.0
#: Without any progress, when sending a reply.
IDLE_SECONDS_MAX = 10.0
#: For the client to read the last reply and close.
FAREWELL_SECONDS_MAX = 2.0
#: Of all requests that have not arrived whole, in one worker.
WAITING_BYTES_MAX = 64 * 1024 * 1024
_READ_BYTES = 64 * 1024
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_WAITS = (Stage.HEAD, Stage.BODY)
_HOPELESS = {
    Stage.HEAD_TOO_LONG: (431, "The head of the request is too long."),
    Stage.LINE_TOO_LONG: (414, "The address is too long."),
    Stage.BODY_TOO_LONG: (413, ""),
}


class Impatient(socket.socket):
    """A client's connection: threads read nothing from it, and give it up when it takes a reply too slowly."""

    def setblocking(self, flag: bool) -> None:
        self.settimeout(IDLE_SECONDS_MAX if flag else 0.0)

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        # What gunicorn still wants of a request that is whole is not coming.
        raise _lost()

    def recv_now(self) -> bytes | None:
        """What has come; empty at the end, None where nothing has. Raises OSError for a connection that broke."""
        try:
            return super().recv(_READ_BYTES)
        except BlockingIOError:
            return None

    def sendall(self, data: Any, flags: int = 0) -> None:
        try:
            super().sendall(data, flags)
        except TimeoutError as error:
            raise _lost() from error


def _lost() -> ConnectionResetError:
    # As if the client had gone: gunicorn makes no fuss about that.
    return ConnectionResetError(errno.ECONNRESET, "The client was too slow.")


class Connection(TConn):
    """A client's connection, and what has come over it."""

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any) -> None:
        super().__init__(cfg, Impatient(fileno=sock.detach()), client, server)
        self.arrival = Arrival()
        self.is_watched = self.is_told_to_continue = False


class Worker(ThreadWorker):
    """Threads that are given whole requests."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Those that send, and those that are read to their end; each with the time (monotonic) it has left.
        self.sending: dict[Connection, float] = {}
        self.leaving: dict[Connection, float] = {}
        self.waiting_bytes = 0

    def accept(self, listener: socket.socket) -> None:
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections:
            self._make_room()
        self._await_request(Connection(self.cfg, sock, client, listener.getsockname()))

    # From a connection to a whole request.

    def _await_request(self, conn: Connection) -> None:
        """Read on until the next request is there, of which something may have come already."""
        conn.sock.setblocking(False)
        self.sending[conn] = time.monotonic() + REQUEST_SECONDS_MAX
        self.waiting_bytes += len(conn.arrival)
        if conn.arrival.feed(b"") in _WAITS:
            self._read(conn)
        else:
            self._go_on(conn)

    def _read(self, conn: Connection) -> None:
        try:
            data = conn.sock.recv_now()
        except OSError:
            data = b""
        if data == b"":
            # Half a request is none: nothing was done, and nobody is there to be told.
            self._drop(conn)
            return
        self.waiting_bytes += len(data or b"")
        conn.arrival.feed(data or b"")
        self._go_on(conn)

    def _go_on(self, conn: Connection) -> None:
        stage = conn.arrival.stage
        if stage is Stage.WHOLE:
            self._unwatch(conn)
            self.enqueue_req(conn)
        elif stage in _HOPELESS:
            self._refuse(conn, *_HOPELESS[stage])
        else:
            self._wait_for_more(conn)

    def _wait_for_more(self, conn: Connection) -> None:
        if (
            conn.arrival.stage is Stage.BODY
            and conn.arrival.expects_continue
            and not conn.is_told_to_continue
        ):
            conn.is_told_to_continue = True
            with suppress(OSError):
                conn.sock.send(_CONTINUE)
        self._watch(conn, self._read)
        if self.waiting_bytes > WAITING_BYTES_MAX:
            self._drop(max(self.sending, key=lambda waiting: len(waiting.arrival)))

    # In a thread.

    def handle(self, conn: Connection) -> Any:
        conn.sock.setblocking(True)
        conn.init()
        conn.parser.unreader.unread(conn.arrival.take())
        conn.is_told_to_continue = False
        return super().handle(conn)

    # Afterwards.

    def finish_request(self, conn: Connection, future: "Future[Any]") -> None:
        is_kept = not future.cancelled() and future.exception() is None and bool(future.result())
        # Bytes left over: gunicorn takes the request to be shorter than we did. No guess which is the next one.
        if not is_kept or conn.parser.unreader.buf.getvalue():
            self._see_off(conn)
        elif len(conn.arrival) or not self.cfg.keepalive:
            self._await_request(conn)
        else:
            self._keep(conn)

    def _keep(self, conn: Connection) -> None:
        """Hold the connection for a next request, for as long as gunicorn is set to."""
        conn.sock.setblocking(False)
        conn.set_timeout()
        if not self.alive:
            conn.timeout = min(conn.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
        self.keepalived_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_client_socket_readable, conn))

    def on_client_socket_readable(self, conn: Connection, client: socket.socket) -> None:
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._await_request(conn)

    def _see_off(self, conn: Connection) -> None:
        """Close once the client has read the reply: to close at once would take it back (RFC 9112, 9.6)."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        self.leaving[conn] = time.monotonic() + FAREWELL_SECONDS_MAX
        self._watch(conn, self._read_out)

    def _read_out(self, conn: Connection) -> None:
        try:
            is_over = conn.sock.recv_now() == b""
        except OSError:
            is_over = True
        if is_over:
            self._drop(conn)

    def _refuse(self, conn: Connection, status: int, words: str) -> None:
        """Answer what will never be a request, and close."""
        self._unwatch(conn)
        with suppress(OSError):
            write_problem(conn.sock, status, "", words)
        self._see_off(conn)

    # Whose time is over.

    def murder_pending(self) -> None:
        """Called in each turn of the loop."""
        for conn in _late(self.sending):
            if len(conn.arrival):
                self._refuse(conn, 408, "The request took too long to arrive.")
            else:
                self._drop(conn)
        for conn in _late(self.leaving):
            self._drop(conn)
        if not self.alive:
            for conn in [waiting for waiting in self.sending if not len(waiting.arrival)]:
                self._drop(conn)

    def _make_room(self) -> None:
        """Let go of whoever has been idle, or sending, for the longest."""
        if self.keepalived_conns:
            conn = self.keepalived_conns.popleft()
            self.poller.unregister(conn.sock)
            self._close(conn)
        elif self.sending:
            self._drop(next(iter(self.sending)))

    def _watch(self, conn: Connection, read: Callable[[Connection], None]) -> None:
        if not conn.is_watched:
            conn.is_watched = True
            self.poller.register(conn.sock, EVENT_READ, lambda _: read(conn))

    def _unwatch(self, conn: Connection) -> None:
        if self.sending.pop(conn, None):
            self.waiting_bytes -= len(conn.arrival)
        self.leaving.pop(conn, None)
        if conn.is_watched:
            conn.is_watched = False
            self.poller.unregister(conn.sock)

    def _drop(self, conn: Connection) -> None:
        self._unwatch(conn)
        self._close(conn)

    def _close(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()


def _late(waiting: dict[Connection, float]) -> list[Connection]:
    """Those whose time is over. They came in the order of their times."""
    now, late = time.monotonic(), []
    for conn, until in waiting.items():
        if until > now:
            break
        late.append(conn)
    return late


def write_problem(client: socket.socket, status: int, _reason: str, words: str) -> None:
    """What is answered to bytes that are no request Django could see; its path may not even be known."""
    title = http.HTTPStatus(status).phrase
    body = json.dumps(problem(_refusal(status, words)) | {"title": title, "status": status}).encode()
    head = (
        f"HTTP/1.1 {status} {title}\r\nConnection: close\r\n"
        f"Content-Type: {CONTENT_TYPE}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    util.write_nonblock(client, head.encode("latin-1") + body)


def _refusal(status: int, words: str) -> Refusal:
    if status == 413:
        return BodyTooLarge()
    return BadRequestForm(words) if status < 500 or status == 501 else ServerFault()


# There is no setting for it.
util.write_error = write_problem
