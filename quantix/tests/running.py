"""The site as it runs: gunicorn on a free port, on the test database, and clients that speak bytes."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 30.0


@dataclass
class Answer:
    """A reply as it came over the line."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Line:
    """One connection to the site."""

    def __init__(self, port: int, seconds: float = 15.0) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), seconds)
        self.reader = self.sock.makefile("rb")

    def send(self, *parts: bytes) -> None:
        self.sock.sendall(b"".join(parts))

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Send one request and read its reply."""
        self.send(request(method, path, body, **headers))
        return self.read(is_head=method == "HEAD")

    def read(self, *, is_head: bool = False) -> Answer:
        """The next reply. Raises EOFError where the site has closed instead."""
        status_line = self.reader.readline()
        if not status_line:
            raise EOFError
        status = int(status_line.split()[1])
        headers = dict(self._headers())
        if status == 100:
            return Answer(status, headers, b"")
        return Answer(status, headers, b"" if is_head else self._body(status, headers))

    def is_closed(self) -> bool:
        """Whether the site closes the connection, having nothing more to say."""
        try:
            return self.reader.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self.reader.close()
        self.sock.close()

    def _headers(self) -> Iterator[tuple[str, str]]:
        while line := self.reader.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            yield name.lower(), value.strip()

    def _body(self, status: int, headers: dict[str, str]) -> bytes:
        if status in (204, 304):
            return b""
        if headers.get("transfer-encoding") == "chunked":
            return b"".join(self._chunks())
        if "content-length" in headers:
            return self.reader.read(int(headers["content-length"]))
        return self.reader.read()

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.reader.readline(), 16):
            yield self.reader.read(size)
            self.reader.readline()
        self.reader.readline()


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of a request; `_` in names of headers stand for `-`. A body has its length unless one is given."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    told = {"Host": "127.0.0.1"} | ({"Content-Length": str(len(body))} if body else {}) | named
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


@dataclass
class Site:
    """A running site."""

    port: int
    log: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    def line(self, seconds: float = 15.0) -> Line:
        return Line(self.port, seconds)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """One request over a connection of its own."""
        line = self.line()
        try:
            return line.ask(method, path, body, **headers)
        finally:
            line.close()

    def workers(self) -> list[int]:
        """The processes that serve, by id."""
        pid = self.process.pid
        return sorted(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


@contextmanager
def running(folder: Path, *, workers: int = 1, threads: int = 4, **environment: str) -> Iterator[Site]:
    """The site, served as in production, until the block is left."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = urlsplit(settings.DATABASE_URL)._replace(path=f"/{connection.settings_dict['NAME']}")
    env = {
        "DATABASE_URL": url.geturl().replace("postgres:/", "postgres:/", 1),
        "DEBUG": "on",
        "BIND": "127.0.0.1",
        "PORT": str(port),
        "WEB_CONCURRENCY": str(workers),
        "WEB_THREADS": str(threads),
        "RATE_BETS": "",
        "RATE_REQUESTS": "",
        "DJANGO_SETTINGS_MODULE": "quantix.settings",
    }
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "python:quantix.gunicorn_settings",
        "quantix.wsgi",
    ]
    log = folder / "gunicorn.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | env | environment, stdout=out, stderr=subprocess.STDOUT
        )
    site = Site(port, log, process)
    try:
        _wait_until_it_answers(site)
        yield site
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_it_answers(site: Site) -> None:
    give_up = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            assert site.ask("GET", "/health/ready").status == 200
        except OSError:
            assert time.monotonic() < give_up and site.process.poll() is None, site.log.read_text()
            time.sleep(0.1)
        else:
            return
