"""The address of a foreign RTMP server, the key that it expects, and its refusal."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from showfloor.media.diagnostics.restream_status import RestreamFault

PORTS: Final = {"rtmp": 1935, "rtmps": 443}
ADDRESS_CHARS_MAX: Final = 300
KEY_CHARS_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class PublishTarget:
    """A server that takes a stream. `tc_url` and `app` are what it is told in `connect`."""

    scheme: str
    host: str
    port: int
    app: str
    tc_url: str
    key: str = field(repr=False)  # a secret: never in a log


def parse_target(address: str, key: str) -> PublishTarget:
    """Read an address like `rtmps://host:port/app`; ValueError for anything else."""
    if not (address.isascii() and address.isprintable()) or " " in address:
        raise ValueError("an address of ASCII characters, without spaces")
    parts = urlsplit(address)
    if parts.scheme not in PORTS:
        raise ValueError("an address that begins with rtmp:// or rtmps://")
    app = parts.path.strip("/")
    if not parts.hostname or parts.username is not None or parts.fragment or not app:
        raise ValueError("an address with a host and an application, like rtmp://host/live")
    if parts.query:
        app += f"?{parts.query}"
    port = parts.port or PORTS[parts.scheme]
    tc_url = f"{parts.scheme}://{parts.netloc}/{app}"
    return PublishTarget(parts.scheme, parts.hostname, port, app, tc_url, key)


class PublishFailed(Exception):
    """The server does not take our stream, or takes it no longer."""

    def __init__(self, fault: RestreamFault, detail: str = "") -> None:
        super().__init__(f"{fault}: {detail}" if detail else str(fault))
        self.fault = fault
        self.detail = detail
