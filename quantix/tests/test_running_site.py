"""The running site under awkward HTTP: whatever bytes come, the reply is plain, and nothing is half done."""

import gzip
import json
import random
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from accounts.services.signin import issue_api_token
from betting.models import Bet
from quantix import gunicorn_worker
from quantix.tests import books, factories
from quantix.tests.crowd import at_once
from quantix.tests.running import Answer, Line, Site, request, running

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def _running(django_db_setup, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock(), running(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def site(_running: Site):
    """The site, which lives on with the same worker, and whose log tells of no fault."""
    before = _running.workers()
    yield _running
    assert _running.workers() == before, "a worker was lost"
    assert _running.ask("GET", "/health/ready").status == 200
    assert "Traceback" not in _running.log.read_text()


@pytest.fixture
def line(site: Site):
    line = site.line()
    yield line
    line.close()


@pytest.fixture
def token(transactional_db):
    player = factories.make_player()
    return {"Authorization": f"Bearer {issue_api_token(user=player)}", "Content_Type": "application/json"}


@pytest.fixture
def slip(transactional_db):
    event = factories.make_event()
    return json.dumps({"game": event.pk, "market": "winner", "choice": "yes", "amount": "1.00"}).encode()


def is_problem(answer: Answer, status: int, code: str) -> bool:
    assert (answer.status, answer.headers["content-type"]) == (status, PROBLEM), answer
    return bool(answer.json()["code"] == code)


# Connections that are kept.


def test_errors_in_between_do_not_poison_a_kept_connection(line: Line, token, slip):
    for _ in range(10):
        assert line.ask("GET", "/api/v1/wallet", **token).status == 200
        assert is_problem(
            line.ask("POST", "/api/v1/nothing", b"GET /evil HTTP/1.1\r\n\r\n", **token), 404, "not-found"
        )
        assert is_problem(line.ask("POST", "/api/v1/wallet", b"x" * 2000, **token), 405, "method-not-allowed")
        assert is_problem(line.ask("POST", "/api/v1/bets", b"{", **token), 400, "malformed-body")
        assert is_problem(line.ask("POST", "/api/v1/bets", slip), 401, "not-authenticated")
        assert line.ask("POST", "/api/v1/bets", slip, **token).status == 201
    assert Bet.objects.count() == 10


def test_requests_that_come_all_at_once_are_answered_in_order(line: Line, token):
    paths = ["/api/v1/wallet", "/api/v1/nothing", "/api/v1/me", "/health/live", "/api/v1/bets"] * 4
    line.send(*(request("GET", path, **token) for path in paths))
    assert [line.read().status for _ in paths] == [200, 404, 200, 200, 200] * 4


def test_a_connection_that_asks_to_be_closed_is_closed(line: Line):
    assert line.ask("GET", "/health/live", Connection="close").status == 200
    assert line.is_closed()


def test_a_client_that_does_not_close_makes_nobody_wait(site: Site):
    lines = [site.line() for _ in range(20)]
    for line in lines:
        assert line.ask("GET", "/health/live", Connection="close").status == 200
    began = time.monotonic()
    assert site.ask("GET", "/health/live").status == 200
    assert time.monotonic() - began < 1
    for line in lines:
        line.close()


def test_parallel_clients_each_keep_one_connection(site: Site, slip):
    tokens = [issue_api_token(user=factories.make_player()) for _ in range(8)]

    def play(token: str) -> Callable[[], list[int]]:
        def bet() -> list[int]:
            line = site.line(30)
            sent = {"Authorization": f"Bearer {token}", "Content_Type": "application/json"}
            return [line.ask("POST", "/api/v1/bets", slip, **sent).status for _ in range(10)]

        return bet

    assert at_once(*(play(token) for token in tokens)) == [[201] * 10] * 8
    assert Bet.objects.count() == 80
    books.assert_right()


# Bodies in pieces.


def test_a_client_may_wait_to_be_told_to_send_its_body(line: Line, token, slip):
    head = request("POST", "/api/v1/bets", slip, Expect="100-continue", **token)[: -len(slip)]
    line.send(head)
    assert line.read().status == 100
    line.send(slip)
    assert line.read().status == 201, "and is told so once"
    assert line.ask("GET", "/api/v1/wallet", **token).status == 200


def test_who_expects_anything_else_is_refused(line: Line):
    assert is_problem(line.ask("GET", "/health/live", Expect="200-ok"), 417, "bad-request")


def test_a_body_sent_slowly_is_taken(line: Line, token, slip):
    for byte in request("POST", "/api/v1/bets", slip, **token):
        line.send(bytes([byte]))
        time.sleep(0.001)
    assert line.read().status == 201


def chunked(body: bytes, size: int) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize(("length", "status"), [(64 * 1024, 400), (64 * 1024 + 1, 413), (200_000, 413)])
def test_a_chunked_body_counts_to_64_kib(line: Line, token, length, status):
    body = b'{"login": "' + b"x" * (length - 13) + b'"}'
    assert len(body) == length
    line.send(request("POST", "/api/v1/bets", Transfer_Encoding="chunked", **token), chunked(body, 1000))
    assert is_problem(line.read(), status, "invalid" if status == 400 else "body-too-large")


def test_a_chunked_bet_is_placed_and_the_next_request_is_its_own(line: Line, token, slip):
    line.send(request("POST", "/api/v1/bets", Transfer_Encoding="chunked", **token), chunked(slip, 7))
    assert line.read().status == 201
    assert line.ask("GET", "/api/v1/wallet", **token).status == 200


def test_a_body_without_end_is_refused_while_it_comes(line: Line, token):
    line.send(request("POST", "/api/v1/bets", Transfer_Encoding="chunked", **token))
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    try:
        for _ in range(50):
            line.send(chunk)
    except OSError:
        return
    assert is_problem(line.read(), 413, "body-too-large")


def test_a_length_beyond_all_is_refused_by_the_head(line: Line, token):
    head = request("POST", "/api/v1/bets", Content_Length="100000000000", Expect="100-continue", **token)
    line.send(head)
    assert is_problem(line.read(), 413, "body-too-large")
    assert line.is_closed()


# HEAD, OPTIONS, gzip.


@pytest.mark.parametrize("path", ["/", "/api/v1/games", "/api/v1/wallet", "/health/live", "/api/v1/nothing"])
def test_head_is_get_without_a_body(line: Line, token, path):
    head, get = line.ask("HEAD", path, **token), line.ask("GET", path, **token)
    assert head.status == get.status and head.body == b""
    assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize("path", ["/api/v1/games", "/api/v1/bets", "/api/v1/wallet"])
def test_options_say_what_there_is(line: Line, path):
    answer = line.ask("OPTIONS", path)
    assert (answer.status, answer.body) == (204, b"") and "GET" in answer.headers["allow"]
    assert line.ask("OPTIONS", "*").status in (400, 404)


@pytest.mark.parametrize("path", ["/", "/games", "/api/v1/games", "/api/v1/schema"])
def test_what_is_read_comes_compressed_to_who_takes_it(line: Line, path):
    factories.make_event()
    plain = line.ask("GET", path, Accept_Encoding="identity")
    small = line.ask("GET", path, Accept_Encoding="br, gzip")
    assert (plain.status, small.status) == (200, 200)
    assert "content-encoding" not in plain.headers and small.headers["content-encoding"] == "gzip"
    assert (
        "accept-encoding" in small.headers["vary"].lower()
        and "accept-encoding" in plain.headers["vary"].lower()
    )
    assert len(small.body) < len(plain.body)
    assert gzip.decompress(small.body)[:200] == plain.body[:200]


def test_a_secret_never_comes_compressed(line: Line, transactional_db, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    player = factories.make_player()
    sent = json.dumps({"login": player.email, "password": factories.PASSWORD}).encode()
    answer = line.ask(
        "POST", "/api/v1/auth/token", sent, Content_Type="application/json", Accept_Encoding="gzip"
    )
    assert answer.status == 201 and "content-encoding" not in answer.headers


def test_a_compressed_body_is_refused_with_the_way_out(line: Line, token, slip):
    answer = line.ask("POST", "/api/v1/bets", gzip.compress(slip), Content_Encoding="gzip", **token)
    assert is_problem(answer, 415, "unsupported-media-type")
    assert "Content-Encoding" in answer.json()["detail"]
    assert line.ask("POST", "/api/v1/bets", slip, Content_Encoding="identity", **token).status == 201


# Bytes that are no request.

SMUGGLING = [
    b"Content-Length: 5\r\nContent-Length: 5",
    b"Content-Length: 5\r\nContent-Length: 6",
    b"Content-Length: 5\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: chunked, identity",
    b"Transfer-Encoding : chunked",
    b"Transfer-Encoding:\x0bchunked",
    b" Content-Length: 5",
    b"X: y\r\n Content-Length: 5",
    b"Content-Length: +5",
    b"Content-Length: -5",
    b"Content-Length: 0x5",
    b"Content-Length: 5, 5",
    b"Content-Length: \xb2",
    b"Content-Length: 99999999999999999999999",
]


@pytest.mark.parametrize("head", SMUGGLING)
def test_a_body_whose_length_is_in_doubt_is_refused_and_nothing_after_it_is_read(line: Line, head):
    line.send(
        b"POST /api/v1/bets HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        head,
        b"\r\n\r\n0\r\n\r\n",
        request("GET", "/evil"),
    )
    answer = line.read()
    assert answer.status in (400, 401, 413, 501) and answer.headers["content-type"] == PROBLEM, answer
    assert line.is_closed(), "what follows is nobody's request"


@pytest.mark.parametrize(
    "sent",
    [
        b"\r\n\r\n\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET  / HTTP/1.1\r\n\r\n",
        b"G\x00T / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nA B: c\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: \x00\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"POST /api/v1/bets HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n\r\n",
        b"POST /api/v1/bets HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
        b"POST /api/v1/bets HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        b"GET /" + b"a" * 5_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /" + b"a" * 200_000,
        b"GET / HTTP/1.1\r\nX: " + b"a" * 10_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 200 + b"\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 50_000,
    ],
    ids=range(22),
)
def test_what_is_no_request_is_answered_plainly(line: Line, sent):
    try:
        line.send(sent)
        answer = line.read()
    except (OSError, EOFError):
        return  # Closed before all of it was sent: plain enough.
    assert 400 <= answer.status < 500 or answer.status == 501, answer
    assert b"Traceback" not in answer.body


def test_random_bytes_hurt_nobody(site: Site):
    dice = random.Random(7)
    template = request("POST", "/api/v1/bets", b'{"a": 1}', Content_Type="application/json")
    for _ in range(150):
        noise = bytearray(template)
        for _ in range(dice.randint(1, 6)):
            noise[dice.randrange(len(noise))] = dice.randrange(256)
        line = site.line(0.2)
        try:
            line.send(bytes(noise))
            line.sock.shutdown(socket.SHUT_WR)
            answer = line.read()
            assert answer.status < 500 or answer.status == 501, (noise, answer)
        except (OSError, EOFError, ValueError):
            pass
        finally:
            line.close()


# Clients that go away, and clients that are slow.


def reset(line: Line) -> None:
    """Go away without a word: RST, in place of a farewell."""
    line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


def test_half_a_bet_is_none(site: Site, token, slip):
    whole = request("POST", "/api/v1/bets", slip, **token)
    for length in (10, len(whole) - len(slip), len(whole) - 1):
        for leave in (reset, Line.close):
            line = site.line()
            line.send(whole[:length])
            leave(line)
    assert site.ask("GET", "/api/v1/bets", **token).json()["results"] == []


def test_a_bet_whose_client_goes_away_is_placed_wholly_or_not_at_all_and_replays(site: Site, token, slip):
    for number in range(20):
        line = site.line()
        line.send(request("POST", "/api/v1/bets", slip, Idempotency_Key=str(number), **token))
        time.sleep(0.001 * number)
        reset(line)
    placed = [
        site.ask("POST", "/api/v1/bets", slip, Idempotency_Key=str(number), **token) for number in range(20)
    ]
    assert [answer.status for answer in placed] == [201] * 20
    assert Bet.objects.count() == len({answer.json()["id"] for answer in placed}) == 20
    books.assert_right()


def test_a_client_that_goes_away_in_mid_reply_hurts_nobody(site: Site):
    for _ in range(20):
        line = site.line()
        line.send(request("GET", "/api/v1/schema"))
        line.sock.recv(100)
        reset(line)


def test_who_takes_too_long_is_told_so(site: Site):
    line = site.line(gunicorn_worker.REQUEST_SECONDS_MAX + 5)
    line.send(b"POST /api/v1/bets HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{")
    assert is_problem(line.read(), 408, "bad-request")
    assert line.is_closed()


def trickle(site: Site, stop: threading.Event, head: bytes) -> None:
    """One client that sends a byte now and then, again and again."""
    while not stop.is_set():
        try:
            line = site.line()
            line.send(head)
            while not stop.wait(0.5):
                line.send(b"x")
        except OSError:
            stop.wait(0.1)


def test_two_hundred_slow_senders_delay_nobody(site: Site):
    stop = threading.Event()
    heads = [
        b"",
        b"GET / HTTP/1.1\r\nX-Slow: ",
        b"POST /api/v1/bets HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 60000\r\n\r\n",
        b"POST /api/v1/bets HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
    ]
    slow = [
        threading.Thread(target=trickle, args=(site, stop, heads[n % 4]), daemon=True) for n in range(200)
    ]
    for thread in slow:
        thread.start()
    time.sleep(1)
    times: list[Any] = []
    for _ in range(50):
        began = time.monotonic()
        assert site.ask("GET", "/health/live").status == 200
        times.append(time.monotonic() - began)
    stop.set()
    for thread in slow:
        thread.join(20)
    assert sorted(times)[47] < 0.5, "at p95"
