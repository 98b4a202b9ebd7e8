"""Sending one request to an address that somebody has chosen: bounded in time and bytes, and followed nowhere.

`http.client` speaks HTTP. What it has not: connecting to an address that was checked under the name that
was asked for, one deadline for the whole exchange, and an end to what it reads.
"""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.webhooks import addresses
from accounts.webhooks.addresses import Target

LOOK_UP_SECONDS_MAX, CONNECT_SECONDS_MAX, TOTAL_SECONDS_MAX = 5.0, 3.0, 10.0
#: Of a reply, head and all. Only its status matters.
REPLY_BYTES_MAX = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """What came of a request: the status that was answered, or (None) why there is none."""

    status: int | None
    error: str = ""

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """POST `body` to `url`. Never raises for what the other side does; no word of its reply but the status is kept."""
    deadline = time.monotonic() + TOTAL_SECONDS_MAX
    try:
        target = addresses.find(url, seconds=min(LOOK_UP_SECONDS_MAX, _left(deadline)))
        status = _exchange(target, body, headers, deadline)
    except addresses.NotAllowed as error:
        return Answer(None, str(error))
    except Exception as error:  # noqa: BLE001 (a stranger's server may answer anything)
        return Answer(None, _words(error))
    if 300 <= status < 400:
        return Answer(status, "The receiver answered by a redirect, which is not followed.")
    return Answer(status, "" if 200 <= status < 300 else f"The receiver answered {status}.")


def _exchange(target: Target, body: bytes, headers: Mapping[str, str], deadline: float) -> int:
    connection = http.client.HTTPConnection(target.host, target.port)
    with _connect(target, deadline) as line:
        connection.sock = _Line(line, deadline)
        default_port = 443 if target.is_secure else 80
        host = f"[{target.host}]" if ":" in target.host else target.host
        sent = {
            "Host": host if target.port == default_port else f"{host}:{target.port}",
            "Connection": "close",
        }
        connection.request("POST", target.path, body, {**sent, **headers})
        return connection.getresponse().status


def _connect(target: Target, deadline: float) -> socket.socket:
    """A connection to the first of the target's addresses that takes it; with TLS, to the name that was asked for."""
    line = _first_that_answers(target, deadline)
    if not target.is_secure:
        return line
    try:
        line.settimeout(_left(deadline))
        return ssl.create_default_context().wrap_socket(line, server_hostname=target.host)
    except BaseException:
        line.close()
        raise


def _first_that_answers(target: Target, deadline: float) -> socket.socket:
    refused: OSError = OSError("The name has no address.")
    for ip in target.ips:
        try:
            return socket.create_connection((ip, target.port), min(CONNECT_SECONDS_MAX, _left(deadline)))
        except OSError as error:
            refused = error
            if time.monotonic() > deadline:
                break
    raise refused


class _Line:
    """What `http.client` needs of a socket: the rest of the time, and of the bytes, is what each reading gets."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self.sock, self.deadline = sock, deadline

    def sendall(self, data: bytes) -> None:
        self.sock.settimeout(_left(self.deadline))
        self.sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reply(self.sock, self.deadline))

    def close(self) -> None:
        self.sock.close()


class _Reply(io.RawIOBase):
    """The bytes that come back."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self.sock, self.deadline, self.bytes_left = sock, deadline, REPLY_BYTES_MAX

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.bytes_left <= 0:
            raise _TooLong
        self.sock.settimeout(_left(self.deadline))
        count = self.sock.recv_into(memoryview(buffer)[: self.bytes_left])
        self.bytes_left -= count
        return count


class _TooLong(Exception):
    """The head of the reply does not end."""


def _left(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _words(error: Exception) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"The receiver's certificate will not do: {error.verify_message}."[:200]
        case TimeoutError():
            return "The receiver took too long."
        case socket.gaierror():
            return "The receiver's name is not known."
        case ConnectionError():
            return "The receiver refused or broke the connection."
        case _TooLong() | http.client.HTTPException() | ssl.SSLError():
            return "The receiver does not speak HTTP as it should."
        case _:
            return "The receiver cannot be reached."
