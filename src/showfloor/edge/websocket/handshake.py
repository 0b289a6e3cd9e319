"""The opening handshake of RFC 6455, from a request's head as uvicorn passes it on.

The address and `Origin` alone decide whether a socket opens. Cookies are ignored.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, urlsplit

SEQ_MAX: Final = 1 << 53  # the largest whole number that JavaScript holds exactly

TIMELINE_PATH: Final = re.compile(
    r"/timeline/(?P<slug>[-a-zA-Z0-9_]{1,80})(?P<backstage>/backstage)?"
)
VIEWER_HEADER: Final = "x-showfloor-viewer"
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY_BYTES: Final = 16

# Tells whether a page of this origin may open a socket to this host. None: not a browser.
type AllowsOrigin = Callable[[str | None, str], bool]


def same_origin(site_url: str) -> AllowsOrigin:
    """Return the check of a socket's origin: a browser must come from our own pages, and other
    clients send no Origin."""

    def allows(origin: str | None, host: str) -> bool:
        return origin is None or origin == site_url or urlsplit(origin).netloc == host

    return allows


@dataclass(frozen=True, slots=True)
class Opening:
    """A valid handshake; `answer` completes it. `after`: the position in the address. `nonce`: what
    the client made for this connection alone. `viewer`: the address that an edge in between tells,
    signed for this nonce."""

    slug: str
    backstage: bool
    after: int | None
    forwarded_for: str
    language: str
    answer: bytes
    nonce: str = ""
    viewer: str = ""


class HandshakeRejected(Exception):
    """An invalid handshake; `answer` says so, and the connection ends."""

    def __init__(self, status: HTTPStatus, *headers: str) -> None:
        super().__init__(status)
        lines = [f"HTTP/1.1 {status.value} {status.phrase}", *headers]
        lines += ["Content-Length: 0", "Connection: close", "", ""]
        self.status = status
        self.answer = "\r\n".join(lines).encode()


def check(
    head: bytes, allows_origin: AllowsOrigin, path_is: re.Pattern[str] = TIMELINE_PATH
) -> Opening:
    """Return the opening for a request's head, whose size `edge.http.intake` has bounded;
    HandshakeRejected. The group `slug` of `path_is` names the show."""
    method, target, headers = _read(head)
    if method != "GET":
        raise HandshakeRejected(HTTPStatus.METHOD_NOT_ALLOWED, "Allow: GET")
    origins = headers.get("origin", [])
    host = headers.get("host", [""])[0]
    if len(origins) > 1 or not allows_origin(origins[0] if origins else None, host):
        raise HandshakeRejected(HTTPStatus.FORBIDDEN)
    path, _, query = target.partition("?")
    found = path_is.fullmatch(path)
    if found is None:
        raise HandshakeRejected(HTTPStatus.NOT_FOUND)
    if headers.get("sec-websocket-version") != ["13"]:
        raise HandshakeRejected(HTTPStatus.UPGRADE_REQUIRED, "Sec-WebSocket-Version: 13")
    return Opening(
        found["slug"], bool(found.groupdict().get("backstage")), _after(query),
        ",".join(headers.get("x-forwarded-for", [])),
        _language(headers.get("accept-language", [""])[0]), _accept(headers),
        nonce=headers["sec-websocket-key"][0], viewer=headers.get(VIEWER_HEADER, [""])[0],
    )  # fmt: skip


def _read(head: bytes) -> tuple[str, str, dict[str, list[str]]]:
    """Return method, target and headers by lower-case name. The HTTP parser has checked the
    syntax."""
    first, *lines = head.decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), []).append(value.strip())
    return method, rest.rpartition(" ")[0], headers


def _after(query: str) -> int | None:
    """Return the position; HandshakeRejected for a bad one, because a typing error must not send
    the whole history."""
    values = parse_qs(query, max_num_fields=None).get("after") if len(query) < 1000 else None
    if not values:
        return None
    text = values[0]
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and int(text) < SEQ_MAX):
        raise HandshakeRejected(HTTPStatus.BAD_REQUEST)
    return int(text)


def _language(accepted: str) -> str:
    first = accepted[:2].lower()
    return first if first.isalpha() and first.isascii() and len(first) == 2 else ""


def _accept(headers: dict[str, list[str]]) -> bytes:
    keys = headers.get("sec-websocket-key", [])
    try:
        sound = len(keys) == 1 and len(base64.b64decode(keys[0], validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        sound = False
    if not sound:
        raise HandshakeRejected(HTTPStatus.BAD_REQUEST)
    digest = hashlib.sha1(keys[0].encode() + _GUID, usedforsecurity=False).digest()
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
    )
