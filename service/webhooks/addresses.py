"""Where may a webhook go? To names and addresses of the public internet, and nowhere inside.

What a URL says is checked when it is registered; what its name resolves to, each time before it is called.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from service.ground.problems import Invalid

LONGEST = 2000
PORTS = frozenset({443, 8443})
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
INSIDE = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "arpa", "test",
          "invalid", "example", "onion", "localdomain", "svc", "cluster")  # fmt: skip
"""Last labels of names that no public server has."""
TRANSLATED = (
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("64:ff9b:1::/48"), 0),
    (IPv6Network("2002::/16"), 80),
    (IPv6Network("::/96"), 0),
)
"""Networks whose addresses hold an IPv4 address, and how many bits stand behind it."""
NEVER = (
    IPv4Network("192.88.99.0/24"),
    IPv4Network("168.63.129.16/32"),  # what a cloud's hosts ask from inside
    IPv4Network("192.0.0.0/24"),
)
NEVER_6 = (IPv6Network("2001::/23"), IPv6Network("64:ff9b:1::/48"), IPv6Network("5f00::/16"))
Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart: a name to resolve, or an address, and what to ask for there."""

    scheme: str
    host: str
    port: int
    path: str


def target(url: str, *, development: bool = False) -> Target:
    """Return a URL taken apart; raises Invalid for one that does not lead outside.

    In development a program on the same machine may be told, without TLS and on any port.
    """
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or set(' "<>\\^`{|}') & set(url):
        raise _refused("It has at most 2,000 printable ASCII characters, and none of them is a space or \\.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused("It cannot be read as a URL.") from error
    host = (parts.hostname or "").lower()
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise _refused("It holds no user and no password.")
    if parts.fragment or "#" in url:
        raise _refused("It has no fragment.")
    usual = 80 if parts.scheme == "http" else 443
    port = usual if port is None else port
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if development and host in {"localhost", "127.0.0.1", "::1"} and parts.scheme in {"http", "https"}:
        return Target(parts.scheme, host, port, path)
    if parts.scheme != "https":
        raise _refused("It starts with https://.")
    if parts.netloc.endswith(":") or port not in PORTS:
        raise _refused("Its port is 443 or 8443.")
    _check_host(host)
    return Target("https", host, port, path)


def is_public(address: Address) -> bool:
    """Tell whether an address, and the IPv4 address that it may hold, is one of the public internet."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and not any(address in one for one in NEVER)
    if address.scope_id is not None:
        return False
    held = _held(address)
    if any(not is_public(one) for one in held):
        return False
    if any(address in one for one in NEVER_6):
        return False
    inside = address.is_site_local or address.is_multicast or address.is_reserved or address.is_link_local
    return bool(address.ipv4_mapped or address in TRANSLATED[0][0]) or (address.is_global and not inside)


def _held(address: IPv6Address) -> list[IPv4Address]:
    """Return the IPv4 addresses to which a packet for this address could be handed on."""
    found = [address.ipv4_mapped] if address.ipv4_mapped else []
    number = int(address)
    found += [IPv4Address(number >> shift & 0xFFFFFFFF) for net, shift in TRANSLATED if address in net]
    if address.teredo:
        found += list(address.teredo)
    if number >> 32 & 0xFFFFFFFF in {0x00005EFE, 0x02005EFE}:  # ISATAP (RFC 5214)
        found.append(IPv4Address(number & 0xFFFFFFFF))
    return found


def _check_host(host: str) -> None:
    if ":" in host or host.startswith("["):
        _check_address(host)
        return
    labels = host.split(".")
    if re.fullmatch(r"[0-9.]+", host) and len(labels) == 4:  # noqa: PLR2004 - a dotted quad
        _check_address(host)
        return
    # Libraries of C read 127.1, 0x7f000001 and 017700000001 as addresses: no name ends in a number.
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        raise _refused("Its host is a name, or an address in its usual form.")
    if len(host) > 253 or len(labels) < 2 or not all(LABEL.fullmatch(one) for one in labels):  # noqa: PLR2004
        raise _refused("Its host is the whole name of a public server.")
    if labels[-1] in INSIDE:
        raise _refused("Its host is a public server.")


def _check_address(host: str) -> None:
    try:
        address = ip_address(host)
    except ValueError as error:
        raise _refused("Its host is a name, or an address in its usual form.") from error
    if not is_public(address):
        raise _refused("Its host is a public server.")


def _refused(reason: str) -> Invalid:
    return Invalid("url", reason=f"A webhook cannot go to this URL. {reason}")
