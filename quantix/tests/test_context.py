"""Where a request comes from: the peer, unless a trusted proxy speaks for another."""

import re

import pytest
from django.conf import LazySettings
from django.test import Client

from quantix.context import Origin, client_address, coming_from, origin

PROXIES = ["10.0.0.0/8", "fd00::/8"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        # Nobody's word counts but a trusted proxy's.
        ("203.0.113.5", "", "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1, 10.0.0.1", "203.0.113.5"),
        # A proxy speaks for who connected to it, whatever that one wrote before.
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4,198.51.100.1 , 10.0.0.2", "198.51.100.1"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        # Proxies all the way: the first of them asks for itself.
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        # Without a word from the proxy, or with one that is no address, the proxy is who asks.
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "garbage", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, garbage", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1:443", "10.0.0.1"),
        ("10.0.0.1", ",,, ,", "10.0.0.1"),
        ("10.0.0.1", "999.1.1.1", "10.0.0.1"),
        ("10.0.0.1", "'; DROP TABLE users; --", "10.0.0.1"),
        # A socket of the machine's own has no address, and speaks for nobody.
        ("", "198.51.100.1", ""),
        ("unix:", "198.51.100.1", ""),
    ],
)
def test_the_address_is_the_last_hop_that_is_not_a_trusted_proxy(
    peer: str, forwarded: str, found: str
) -> None:
    assert client_address(peer, forwarded, PROXIES) == found


def test_without_trusted_proxies_the_header_is_nothing() -> None:
    assert client_address("10.0.0.1", "198.51.100.1", []) == "10.0.0.1"


def test_the_origin_is_known_within_the_block_only() -> None:
    with coming_from(Origin("request-1", "192.0.2.1")):
        with coming_from(Origin("request-2")):
            assert origin() == Origin("request-2", "")
        assert origin().address == "192.0.2.1"
    assert origin() == Origin()


@pytest.mark.parametrize("sent", ["abc-123_X.y", "x" * 64])
def test_a_sane_request_id_is_taken_over(client: Client, sent: str) -> None:
    assert client.get("/health/live", headers={"X-Request-Id": sent})["X-Request-Id"] == sent


@pytest.mark.parametrize("sent", ["", "x" * 65, "a b", "a\tb", "<script>", "é", '{"a":1}'])
def test_any_other_is_replaced(client: Client, sent: str) -> None:
    given = client.get("/health/live", headers={"X-Request-Id": sent})["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{32}", given)


def test_requests_without_one_get_one_each(client: Client) -> None:
    assert client.get("/health/live")["X-Request-Id"] != client.get("/health/live")["X-Request-Id"]


def test_a_request_from_nowhere_is_no_fault(client: Client, settings: LazySettings) -> None:
    settings.TRUSTED_PROXIES = PROXIES
    assert (
        client.get("/health/live", REMOTE_ADDR="", headers={"X-Forwarded-For": "1.2.3.4"}).status_code == 200
    )
