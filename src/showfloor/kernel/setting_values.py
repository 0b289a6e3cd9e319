"""How the values of settings are read from text. A ValueError's words follow the setting's name."""

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from showfloor.kernel.retention import DAYS_MAX

_ICE_SERVER = re.compile(
    r"(?:stun:[^\s:?]+(?::\d+)?|turns?:[^\s:?]+(?::\d+)?(?:\?transport=(?:udp|tcp))?)"
)


def text(raw: str) -> str:
    return raw


def path(raw: str) -> Path:
    return Path(raw).expanduser().resolve()


def flag(raw: str) -> bool:
    if raw.lower() in {"1", "true", "yes", "on"}:
        return True
    if raw.lower() in {"0", "false", "no", "off"}:
        return False
    raise ValueError("must be 1 or 0")


def whole(low: int, high: int) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        if not raw.isascii() or not raw.isdigit() or not low <= int(raw) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(raw)

    return parse


def real(low: float, high: float) -> Callable[[str], float]:
    def parse(raw: str) -> float:
        value = float(raw)  # ValueError is the right answer to nonsense
        if not low <= value <= high:
            raise ValueError(f"must be a number from {low} to {high}")
        return value

    return parse


def list(raw: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in raw.split(",") if part.strip())


def rungs(raw: str) -> tuple[tuple[int, int], ...]:
    """`720:2500,480:1200` -> height in pixels and video bitrate in kbit/s, highest first."""
    rungs = []
    for part in list(raw):
        height, colon, kbps = part.partition(":")
        if not (colon and height.isdigit() and kbps.isdigit()):
            raise ValueError("must look like 720:2500,480:1200,360:700 (height:kbit/s)")
        if not (144 <= int(height) <= 2160 and 100 <= int(kbps) <= 50_000):
            raise ValueError("each rung needs a height of 144–2160 and 100–50000 kbit/s")
        rungs.append((int(height), int(kbps)))
    if not 1 <= len(rungs) <= 6 or len({height for height, _ in rungs}) != len(rungs):
        raise ValueError("needs one to six rungs of different heights")
    return tuple(sorted(rungs, reverse=True))


def days(raw: str) -> tuple[tuple[str, int], ...]:
    """`carts:90,mails:365` -> names and days."""
    found = []
    for part in list(raw):
        name, colon, days = part.partition(":")
        if not (colon and name and days.isascii() and days.isdigit() and int(days) <= DAYS_MAX):
            raise ValueError("must look like carts:90,checkouts:14 (class:days)")
        found.append((name, int(days)))
    return tuple(found)


def addresses(raw: str) -> tuple[str, ...]:
    """`http://10.0.0.7:6081,https://…`: scheme and host, nothing behind them."""
    addresses = tuple(part.rstrip("/") for part in list(raw))
    for address in addresses:
        parts = urlsplit(address)  # ValueError is the right answer to nonsense
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
            raise ValueError("must be addresses like http://10.0.0.7:6081, separated by commas")
        if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError("an address of a cache has nothing but a scheme, a host and a port")
    return addresses


def web_address(raw: str) -> str:
    """`https://translate.example`, or nothing."""
    parts = urlsplit(raw)  # ValueError is the right answer to nonsense
    if raw and not (parts.scheme in {"http", "https"} and parts.hostname):
        raise ValueError("must be an address like https://translate.example")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must have nothing but a scheme, a host, a port and a path")
    return raw.rstrip("/")


def web_address_or_off(raw: str) -> str:
    """`https://api.drand.sh`, or `off` for none where there is one by default: a variable that is
    set to nothing counts as one that is not set."""
    return "" if raw.lower() == "off" else web_address(raw)


def port_range(raw: str) -> tuple[int, int]:
    """`50000-50099` -> lowest and highest; empty is (0, 0), any port."""
    if not raw:
        return (0, 0)
    low, dash, high = raw.partition("-")
    if not (dash and low.isdigit() and high.isdigit() and 1024 <= int(low) <= int(high) <= 65535):
        raise ValueError("must be a range of ports from 1024 on, like 50000-50099")
    return int(low), int(high)


def ip_addresses(raw: str) -> tuple[str, ...]:
    return tuple(str(ip_address(part)) for part in list(raw))


def networks(raw: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(one.strip()) for one in raw.split(",") if one.strip())
    except ValueError:
        raise ValueError("must be networks like 192.168.7.0/24, with commas between") from None


def ice_servers(raw: str) -> tuple[str, ...]:
    """`stun:host:3478,turn:host:3478?transport=udp`."""
    urls = list(raw)
    if not all(_ICE_SERVER.fullmatch(url) for url in urls):
        raise ValueError("must be addresses like stun:stun.example:3478 or turn:turn.example:3478")
    return urls


def time_zone(raw: str) -> str:
    try:
        return ZoneInfo(raw).key
    except (KeyError, OSError, ValueError):
        raise ValueError("must be a time zone like Europe/Berlin") from None


def one_of(*names: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw not in names:
            raise ValueError(f"must be one of {', '.join(names)}")
        return raw

    return parse


def payment_provider(raw: str) -> str:
    if raw not in {"", "test", "stripe"}:
        raise ValueError("must be `test`, `stripe`, or empty")
    return raw


def stripe_test_key(*prefixes: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw and not raw.startswith(prefixes):
            raise ValueError(
                f"must begin with {' or '.join(prefixes)}: a key for live payments belongs to one "
                "brand, whose owner enters it in the back office"
            )
        return raw

    return parse
