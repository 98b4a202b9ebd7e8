"""Which addresses may be called: those of the public Internet, over HTTPS.

A name is resolved once, each address it has is checked, and the connection goes to one that was: a name that
leads somewhere else a moment later leads nowhere. With WEBHOOK_PRIVATE, for development, all addresses will do.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from accounts.webhooks import names
from accounts.webhooks.models import URL_MAX
from quantix.errors import FieldError, Invalid

IP = ipaddress.IPv4Address | ipaddress.IPv6Address

# https://www.iana.org/assignments/iana-ipv4-special-registry, with multicast and what is reserved.
_SPECIAL = [
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        # https://www.iana.org/assignments/iana-ipv6-special-registry, where it is inside of 2000::/3:
        # protocols (Teredo too), documentation, 6to4 (IPv4 inside), AS112, segment routing.
        "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
    )
]  # fmt: skip
#: All IPv6 addresses that anybody was given. Loopback, link-local, unique local, multicast, and IPv4 in every
#: disguise (mapped, NAT64) lie outside.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_LOCAL_NAMES = re.compile(r"(.*\.)?(localhost|local|internal|home\.arpa)", re.IGNORECASE)


class NotAllowed(Exception):
    """This address is not called; the message says why."""


@dataclass(frozen=True)
class Target:
    """Where a request goes: to one of `ips`, asking for `path` at the name `host`."""

    is_secure: bool
    host: str
    port: int
    path: str
    ips: tuple[str, ...]


def is_public(ip: IP) -> bool:
    """Whether `ip` is somebody's on the public Internet."""
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _GLOBAL_UNICAST:
        return False
    return not any(ip in network for network in _SPECIAL if network.version == ip.version)


def check_url(url: str) -> None:
    """Raises Invalid unless `url` is one that a webhook can have; its name is looked up only when it is called."""
    try:
        parts = _split(url)
        if not settings.WEBHOOK_PRIVATE and _LOCAL_NAMES.fullmatch(parts.hostname or ""):
            raise NotAllowed("The name is one of a local network.")
        _demand_public(_resolve(parts))
    except NotAllowed as error:
        raise Invalid(FieldError("url", "url-not-allowed", str(error))) from error
    except OSError:
        return  # A name, not a number.


def find(url: str, *, seconds: float) -> Target:
    """Where `url` leads now. Raises NotAllowed, TimeoutError, and OSError where its name is not known."""
    parts = _split(url)
    ips = _resolve(parts, seconds)
    _demand_public(ips)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", _host(parts), _port(parts), path, tuple(ips))


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotAllowed("This is no address.") from error
    schemes = ("https", "http") if settings.WEBHOOK_PRIVATE else ("https",)
    if parts.scheme not in schemes:
        raise NotAllowed(f"The address begins with {' or '.join(schemes)}://.")
    if not re.fullmatch("[!-~]+", url) or len(url) > URL_MAX or "\\" in url:
        raise NotAllowed(f"The address is written in ASCII, without spaces, in at most {URL_MAX} characters.")
    if not re.fullmatch(r"[A-Za-z0-9._:-]{1,253}", parts.hostname or "") or port == 0:
        raise NotAllowed("The address names a host.")
    if parts.username is not None or parts.password is not None or "#" in url:
        raise NotAllowed("The address has no user, password or fragment.")
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _host(parts: SplitResult) -> str:
    assert parts.hostname
    return parts.hostname


def _resolve(parts: SplitResult, seconds: float | None = None) -> list[str]:
    """The host's addresses; of a number, without `seconds`, asking nobody."""
    host, port = _host(parts), _port(parts)
    try:
        return names.of_number(host, port) if seconds is None else names.look_up(host, port, seconds=seconds)
    except UnicodeError as error:
        raise NotAllowed("The name of the host is no name.") from error


def _demand_public(ips: Iterable[str]) -> None:
    """One address that will not do is enough: a name that mixes them is up to something."""
    if not settings.WEBHOOK_PRIVATE and not all(is_public(ipaddress.ip_address(ip)) for ip in ips):
        raise NotAllowed("The address is not one of the public Internet.")
