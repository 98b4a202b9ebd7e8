"""What the web server does by itself: clients that are too slow, and bytes that are no request."""

import json
import socket
from collections.abc import Iterator

import pytest

from quantix import gunicorn_worker
from quantix.gunicorn_worker import Impatient, write_problem

Line = tuple[Impatient, socket.socket]


@pytest.fixture
def line() -> Iterator[Line]:
    """The server's end of a connection, and the client's."""
    server, client = socket.socketpair()
    with Impatient(fileno=server.detach()) as ours, client:
        ours.setblocking(True)
        yield ours, client


def test_a_thread_never_waits_for_a_client_to_send(line: Line) -> None:
    ours, client = line
    client.sendall(b"GET / HTTP/1.1")
    with pytest.raises(ConnectionResetError):
        ours.recv(100)
    ours.setblocking(False)
    assert ours.recv_now() == b"GET / HTTP/1.1"
    assert ours.recv_now() is None
    client.close()
    assert ours.recv_now() == b""


def test_a_reply_that_nobody_reads_is_given_up(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, _ = line
    monkeypatch.setattr(gunicorn_worker, "IDLE_SECONDS_MAX", 0.05)
    ours.setblocking(True)
    with pytest.raises(ConnectionResetError):
        ours.sendall(b"x" * 10_000_000)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "bad-request"),
        (413, "body-too-large"),
        (414, "bad-request"),
        (501, "bad-request"),
        (500, "server-error"),
    ],
)
def test_bytes_that_are_no_request_are_answered_by_a_problem_document(
    line: Line, status: int, code: str
) -> None:
    ours, client = line
    write_problem(ours, status, "Reason", "<b>Invalid</b>")
    head, _, body = client.recv(10_000).partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"Content-Type: application/problem+json" in head
    document = json.loads(body)
    assert (document["status"], document["code"]) == (status, code)
