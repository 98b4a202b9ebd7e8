"""One request to a stranger: bounded in time and bytes, followed nowhere, never believed."""

import socket
import ssl
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from accounts.webhooks import names, sender
from accounts.webhooks.tests import receiver as behaviours
from accounts.webhooks.tests.receiver import Receiver, answering, listening


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(sender, "TOTAL_SECONDS_MAX", 0.5)


def test_the_body_and_headers_arrive_as_they_are(receiver: Receiver):
    answer = sender.post(
        receiver.url + "?club=chess", b'{"a":1}', {"Content-Type": "application/json", "X-A": "b"}
    )
    assert answer == sender.Answer(204) and answer.is_success
    (taken,) = receiver.taken
    assert taken.body == b'{"a":1}'
    assert (taken.headers["x-a"], taken.headers["host"]) == ("b", receiver.url.split("/")[2])


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503])
def test_what_is_no_success_is_told(receiver: Receiver, status):
    receiver.behave = answering(status)
    assert sender.post(receiver.url, b"{}", {}) == sender.Answer(status, f"The receiver answered {status}.")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status):
    with listening() as inside:
        receiver.behave = answering(status, Location=inside.url)
        answer = sender.post(receiver.url, b"{}", {})
        assert (answer.status, answer.is_success) == (status, False) and "redirect" in answer.error
        assert inside.taken == []


@pytest.mark.parametrize("behaviour", [behaviours.silent(2), behaviours.dripping])
def test_a_slow_reply_is_given_up_in_time(receiver: Receiver, behaviour):
    receiver.behave = behaviour
    began = time.monotonic()
    assert sender.post(receiver.url, b"{}", {}) == sender.Answer(None, "The receiver took too long.")
    assert time.monotonic() - began < 1.5


def test_of_a_huge_reply_only_the_head_is_read(receiver: Receiver):
    receiver.behave = behaviours.huge
    assert sender.post(receiver.url, b"{}", {}).status == 200


@pytest.mark.parametrize("behaviour", [behaviours.flooding, behaviours.garbage, lambda handler: None])
def test_what_is_no_http_is_a_failure(receiver: Receiver, behaviour):
    receiver.behave = behaviour
    answer = sender.post(receiver.url, b"{}", {})
    assert answer.status is None and answer.error


def test_nobody_there_is_a_failure(receiver: Receiver):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        answer = sender.post(f"http://127.0.0.1:{free.getsockname()[1]}/", b"{}", {})
    assert answer == sender.Answer(None, "The receiver refused or broke the connection.")


def test_a_name_that_is_none_is_a_failure(settings):
    answer = sender.post("https://nothing.invalid/", b"{}", {})
    assert answer.status is None and answer.error


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and a certificate for the name localhost, which nobody has signed."""
    file = tmp_path / "both.pem"
    command = (
        f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout {file} -out {tmp_path}/cert.pem"
        " -addext subjectAltName=DNS:localhost"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    file.write_text(file.read_text() + (tmp_path / "cert.pem").read_text())
    return file


@pytest.fixture
def secure_port(certificate: Path):
    """A server that speaks TLS and answers 204 to whatever comes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    taken = server.accept()[0]
                except OSError:
                    return
                with suppress(OSError), context.wrap_socket(taken, server_side=True) as line:
                    # All of it: what is closed unread takes the reply with it.
                    while line.recv(65536)[-2:] != b"{}":
                        pass
                    line.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def test_a_certificate_is_verified_for_the_name_that_was_asked_for(
    secure_port, certificate, monkeypatch, settings
):
    settings.WEBHOOK_PRIVATE = True
    monkeypatch.setattr(sender, "TOTAL_SECONDS_MAX", 10.0)
    url = f"https://localhost:{secure_port}/"
    refused = sender.post(url, b"{}", {})
    assert refused.status is None and "certificate" in refused.error
    trusting = ssl.create_default_context(cafile=certificate.with_name("cert.pem"))
    monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)
    assert sender.post(url, b"{}", {}) == sender.Answer(204)
    by_number = sender.post(f"https://127.0.0.1:{secure_port}/", b"{}", {})
    assert by_number.status is None and "certificate" in by_number.error


@pytest.fixture
def dead_names(monkeypatch):
    """Names that nobody answers for, until the test is over."""
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(20) and [])
    yield
    over.set()


def test_a_name_that_nobody_answers_for_is_given_up_in_time(dead_names):
    began = time.monotonic()
    answer = sender.post("https://dead.example/", b"{}", {})
    assert answer == sender.Answer(None, "The receiver took too long.")
    assert time.monotonic() - began < 1.5


def test_looking_up_is_not_given_the_time_of_the_whole_request(dead_names, monkeypatch):
    monkeypatch.setattr(sender, "TOTAL_SECONDS_MAX", 10.0)
    monkeypatch.setattr(sender, "LOOK_UP_SECONDS_MAX", 0.2)
    began = time.monotonic()
    assert not sender.post("https://dead.example/", b"{}", {}).is_success
    assert time.monotonic() - began < 1.5


def test_a_crowd_of_dead_names_leaves_a_bounded_crowd_of_threads(dead_names, monkeypatch):
    monkeypatch.setattr(names, "_room", threading.BoundedSemaphore(2))
    monkeypatch.setattr(sender, "TOTAL_SECONDS_MAX", 0.1)
    before = set(threading.enumerate())
    for _ in range(5):
        assert sender.post("https://dead.example/", b"{}", {}).error == "The receiver took too long."
    # Others that a test before this one has left may end meanwhile.
    assert len(set(threading.enumerate()) - before) == 2


def test_a_thread_that_was_left_behind_makes_room_again(monkeypatch, receiver: Receiver):
    monkeypatch.setattr(names, "_room", threading.BoundedSemaphore(1))
    with monkeypatch.context() as dead:
        over = threading.Event()
        dead.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(20) and [])
        assert not sender.post("https://dead.example/", b"{}", {}).is_success
    over.set()
    assert sender.post(receiver.url, b"{}", {}).is_success
