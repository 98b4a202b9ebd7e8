"""Where webhooks may go: to the public Internet, by HTTPS, and to the very address that was looked at."""

import ipaddress
import socket
from typing import Any

import pytest

from accounts.webhooks import addresses, sender
from accounts.webhooks.tests.receiver import Receiver
from quantix.errors import Invalid


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1", "100.127.255.254", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808",
        "64:ff9b:1::a00:1", "100::1", "fe80::1", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001::1",
        "2001:db8::1", "2002:7f00:1::", "3fff::1",
    ],
)  # fmt: skip
def test_an_address_that_is_nobodys_on_the_internet_is_not_public(ip):
    assert not addresses.is_public(ipaddress.ip_address(ip))


@pytest.mark.parametrize("ip", ["8.8.8.8", "93.184.215.14", "2606:4700::1111", "2a00:1450:4001::200e"])
def test_an_address_of_somebody_is(ip):
    assert addresses.is_public(ipaddress.ip_address(ip))


@pytest.mark.parametrize(
    "url",
    [
        "https://bot.example.org/quantix?club=chess",
        "https://bot.example.org",
        "https://bot.example.org:8443/",
        "https://8.8.8.8/hook",
        "https://[2606:4700::1111]/hook",
        "https://xn--bcher-kva.example/",
    ],
)
def test_a_public_address_will_do(url):
    addresses.check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "bot.example.org", "//bot.example.org/", "http://bot.example.org/", "ftp://bot.example.org/",
        "file:///etc/passwd", "https://", "https:///x", "https://bot.example.org:0/", "https://bot.example.org:99999/",
        "https://bot.example.org:x/", "https://user@bot.example.org/", "https://user:pw@bot.example.org/",
        "https://bot.example.org/#x", "https://bot.example.org/a b", "https://bot.example.org/\r\nX: y",
        "https://bot.example.org\\@evil/", "https://bücher.example/", "https://bot.example.org/é", "https://[::1",
        "https://[fe80::1%25eth0]/", "https://" + "a" * 254 + "/", "https://bot.example.org/" + "a" * 500,
        "https://localhost/", "https://LOCALHOST:8000/", "https://db.localhost/", "https://printer.local/",
        "https://metadata.google.internal/", "https://127.0.0.1/", "https://127.1/", "https://2130706433/",
        "https://0x7f000001/", "https://0177.0.0.1/", "https://10.0.0.5/", "https://169.254.169.254/latest/",
        "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://100.64.1.1/",
    ],
)  # fmt: skip
def test_any_other_is_refused(url):
    with pytest.raises(Invalid) as refused:
        addresses.check_url(url)
    (error,) = refused.value.errors
    assert (error.field, error.code) == ("url", "url-not-allowed")


def test_for_development_private_addresses_and_plain_http_will_do(settings):
    settings.WEBHOOK_PRIVATE = True
    for url in ("http://127.0.0.1:8107/hook", "http://localhost/", "https://[::1]/"):
        addresses.check_url(url)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """name → its addresses, at the first look, at the second, and so on."""
    known: dict[str, list[list[str]]] = {}

    def look_up(host: str, port: int, *, type: int = 0, flags: int = 0) -> list[Any]:
        return [(0, 0, 0, "", (ip, port)) for ip in known[host].pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


def test_a_name_that_leads_inside_is_not_called(names):
    names["evil.example"] = [["127.0.0.1"]]
    names["mixed.example"] = [["93.184.215.14", "10.0.0.1"]]
    for host in list(names):
        answer = sender.post(f"https://{host}/", b"{}", {})
        assert answer == sender.Answer(None, "The address is not one of the public Internet.")


def test_a_name_that_changes_is_looked_up_once(names, receiver: Receiver, monkeypatch, settings):
    """The second look would lead to the receiver on loopback; the connection goes where the first one led."""
    settings.WEBHOOK_PRIVATE = False
    called: list[str] = []

    def connect(where: tuple[str, int], timeout: float) -> socket.socket:
        called.append(where[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    names["rebind.example"] = [["93.184.215.14"], ["127.0.0.1"]]
    assert not sender.post("https://rebind.example/", b"{}", {}).is_success
    assert called == ["93.184.215.14"] and names["rebind.example"] == [["127.0.0.1"]]
    assert receiver.taken == []
