"""The rule of addresses that other people name and this server calls: the open internet alone.

The author of a feed, a file or a restream could otherwise make the server call its own network. A
caller resolves a host once, checks every address that it has, and connects to exactly that one: one
that is not public is enough, because a name with both kinds is there to slip through.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

# Public by the registry, but leading to IPv4 addresses that may not be: NAT64, 6to4, Teredo.
_TUNNELS: Final = tuple(ip_network(text) for text in ("64:ff9b::/96", "2002::/16", "2001::/32"))

type Address = IPv4Address | IPv6Address


def is_public(address: Address) -> bool:
    """Return whether an address is one of the open internet."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.is_site_local or any(address in tunnel for tunnel in _TUNNELS):
            return False  # site-local: given up by RFC 3879, but routers of old still have it
    return address.is_global and not address.is_multicast and not address.is_reserved


def resolve(host: str, port: int) -> list[Address]:
    """Return all addresses of a host; none when it has none. It blocks while it asks."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
