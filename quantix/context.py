"""Who asks, from where, and under which name in the logs: known to services without a request in hand."""

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """Where the work at hand comes from. `address` is an IP address, or empty for background work.

    `agent` is what the client calls itself: a User-Agent header, AGENT_CHARACTERS_MAX of it.
    """

    request_id: str = ""
    address: str = ""
    agent: str = ""


#: Of what a client calls itself, as much as is kept.
AGENT_CHARACTERS_MAX = 200


_NOWHERE = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=_NOWHERE)


def origin() -> Origin:
    """The origin of the request (or of the background work) that runs now."""
    return _origin.get()


@contextmanager
def coming_from(where: Origin) -> Iterator[None]:
    """Run a block as work that comes from `where`."""
    token = _origin.set(where)
    try:
        yield
    finally:
        _origin.reset(token)


def client_address(peer: str, forwarded: str, trusted: list[str]) -> str:
    """The client's address: the last hop in X-Forwarded-For (`forwarded`) that is not a trusted proxy.

    The header counts only if `peer`, who connected, is in `trusted` (networks in CIDR form): anybody
    may write one.
    """
    networks = [ipaddress.ip_network(network) for network in trusted]
    hops = [_address(hop) for hop in forwarded.split(",")]
    address = _address(peer)
    while address and hops and hops[-1] and any(address in network for network in networks):
        address = hops.pop()
    return str(address or "")


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that `text` writes; an IPv4 one that comes through an IPv6 socket as what it is."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
