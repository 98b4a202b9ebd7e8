"""A stranger's program on loopback, which takes webhooks and behaves as it was told to."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Taken:
    """One request as it came."""

    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Where it listens, what it has taken, and what it does next."""

    url: str = ""
    taken: list[Taken] = field(default_factory=list)
    behave: Behaviour = lambda handler: answer(handler, 204)


def answer(handler: BaseHTTPRequestHandler, status: int, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def answering(status: int, **headers: str) -> Behaviour:
    return lambda handler: answer(handler, status, **headers)


def silent(seconds: float) -> Behaviour:
    return lambda handler: time.sleep(seconds)


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """A head that never ends, a byte at a time."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        handler.wfile.write(b"x")
        time.sleep(0.02)


def flooding(handler: BaseHTTPRequestHandler) -> None:
    """A head of many megabytes."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(90):
        handler.wfile.write(b"X-%d: " % number + b"x" * 60_000 + b"\r\n")
    handler.wfile.write(b"\r\n")


def huge(handler: BaseHTTPRequestHandler) -> None:
    """A body that would take for ever to read."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n")
    while True:
        handler.wfile.write(b"x" * 65536)


def garbage(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"220 mail.example ESMTP\r\n")


@contextmanager
def listening(path: str = "/hook") -> Iterator[Receiver]:
    """A receiver on a free port, until the block is left."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.taken.append(Taken({k.lower(): v for k, v in self.headers.items()}, body))
            self.close_connection = True
            with suppress(OSError):
                receiver.behave(self)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}{path}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.socket.close()
