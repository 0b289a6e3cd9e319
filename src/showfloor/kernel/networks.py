"""The network of an address: one function cuts every address, for counting and for hashing."""

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

IPV6_PREFIX: Final = 64  # a household or a phone gets one such network
_LOOPBACK_V6: Final = ip_network("::/64")  # holds `::1` and nothing that is routed


def network(address: str, ipv4_prefix: int) -> IPv4Network | IPv6Network | None:
    """Return the IPv4 network of this prefix, or the IPv6 /64, that an address lies in; None where
    the text is no address. An IPv4 address in IPv6 form counts as IPv4."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return ip_network((ip, ipv4_prefix if ip.version == 4 else IPV6_PREFIX), strict=False)


def network_of(address: str) -> str:
    """Return what connections of an address are counted by: the IPv4 address or the IPv6 /64. The
    addresses of this machine, which a proxy on it has, and a text that is no address give ""."""
    if ":" not in address:  # the usual case, which has to be cheap
        return "" if address.startswith("127.") else address
    found = network(address, 32)
    if found is None or found == _LOOPBACK_V6 or found.network_address.is_loopback:
        return ""
    return str(found.network_address) if found.version == 4 else str(found)
