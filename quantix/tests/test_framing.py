"""Where a request ends, however its bytes come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantix import framing
from quantix.framing import Arrival, Stage

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n12345"
CHUNKED = (
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5;name=value\r\n12345\r\na\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"
)
PLAIN_CHUNKS = b"POST / HTTP/1.1\r\ntransfer-encoding:chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"
EMPTY_LINE = b"\r\nGET / HTTP/1.1\r\n\r\n"
WHOLE = [GET, POST, CHUNKED, PLAIN_CHUNKS, EMPTY_LINE]


def fed(*parts: bytes) -> Arrival:
    arrival = Arrival()
    for part in parts:
        arrival.feed(part)
    return arrival


@pytest.mark.parametrize("request_", WHOLE)
def test_a_request_is_whole_with_its_last_byte_and_not_before(request_):
    for length in range(len(request_)):
        assert fed(request_[:length]).stage in (Stage.HEAD, Stage.BODY), request_[:length]
    assert fed(request_).stage is Stage.WHOLE
    assert fed(*(bytes([byte]) for byte in request_)).take() == request_


@given(st.lists(st.sampled_from(WHOLE), min_size=1, max_size=6), st.lists(st.integers(1, 40), max_size=30))
def test_many_on_one_connection_are_taken_one_by_one(requests, cuts):
    stream, arrival, taken = b"".join(requests), Arrival(), []
    for cut in [*cuts, len(stream)]:
        arrival.feed(stream[:cut])
        stream = stream[cut:]
        while arrival.stage is Stage.WHOLE:
            taken.append(arrival.take())
            arrival.feed(b"")
    assert taken == requests and len(arrival) == 0


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nContent-Length: 5",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: -1",
        b"Content-Length: +5",
        b"Content-Length: 5, 5",
        b"Content-Length: 0x5",
        b"Content-Length: 99999999999999999999",
        b"Content-Length: 100000000",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding: xchunked",
    ],
)
def test_what_is_ambiguous_or_too_long_waits_for_no_body(head):
    assert fed(b"POST / HTTP/1.1\r\n", head, b"\r\n\r\n").stage is Stage.WHOLE


@pytest.mark.parametrize(
    "chunks", [b"x\r\n", b"-5\r\n", b"fffffffff\r\n", b"5" * 5000, b"\r\n", b"0\r\n" + b"a" * 5000]
)
def test_what_is_no_chunk_is_not_waited_for(chunks):
    assert fed(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", chunks).stage is Stage.WHOLE


def test_a_head_or_line_or_chunked_body_without_end_is_given_up():
    assert fed(b"GET /", b"a" * framing.HEAD_BYTES_MAX).stage is Stage.LINE_TOO_LONG
    assert fed(b"GET / HTTP/1.1\r\n", b"a" * framing.HEAD_BYTES_MAX).stage is Stage.HEAD_TOO_LONG
    chunks = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    arrival = fed(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", *[chunks] * 5)
    assert arrival.stage is Stage.BODY
    assert arrival.feed(b"100000\r\n") is Stage.BODY_TOO_LONG


def test_an_expectation_is_known_and_left_out_once_it_is_met():
    head = b"POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n"
    arrival = fed(head)
    assert arrival.stage is Stage.BODY and arrival.expects_continue
    arrival.feed(b"{}")
    assert arrival.take() == b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
    assert not arrival.expects_continue
