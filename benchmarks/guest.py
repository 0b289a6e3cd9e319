"""A viewer that behaves as a browser does: it gets the page, takes token and position from it,
opens the socket, says hello, follows, pings and writes. Thousands of viewers run in one event loop,
so data that a viewer does not need is skipped unread.
"""

import asyncio
import base64
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast, override

JOIN_WITHIN_S = 20.0
PER_NETWORK = 25  # viewers behind one /24
_TOKEN = re.compile(rb'"token":\s*"([A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,})"')
_POSITION = re.compile(rb'"timeline":\s*(\{[^{}]*\})')
_COOKIE = re.compile(rb"(?i)set-cookie: (sf_guest=[^;\r\n]+)")
_ENTRIES = b'{"type":"entries"'
_KEY = base64.b64encode(b"a viewer of show")
_TEXT, _CLOSE = 1, 8


class JoinFailed(Exception):
    """A page or a socket was refused; the message gives the reason."""


@dataclass(slots=True)
class Visit:
    """The address of a guest, and the show that it visits."""

    port: int
    slug: str
    number: int

    @property
    def address(self) -> str:
        network, host = divmod(self.number, PER_NETWORK)
        return f"127.{1 + network // 250}.{1 + network % 250}.{2 + host}"


async def page(visit: Visit) -> tuple[bytes, bytes]:
    """Return head and body of the show's page for a guest without a cookie."""
    return await _request(visit, f"GET /shows/{visit.slug}", "Accept: text/html")


async def _request(
    visit: Visit, line: str, *headers: str, body: bytes = b""
) -> tuple[bytes, bytes]:
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", visit.port, local_addr=(visit.address, 0), limit=1 << 20
    )
    try:
        said = [f"{line} HTTP/1.1", f"Host: 127.0.0.1:{visit.port}", "Connection: close", *headers]
        if body:
            said += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        writer.write("\r\n".join([*said, "", ""]).encode() + body)
        head, _, answer = (await reader.read(-1)).partition(b"\r\n\r\n")
    finally:
        writer.close()
    status = head[9:12].decode("latin-1")
    if status != "200":
        raise JoinFailed(f"{line.split()[0]} had the status {status or 'nothing'}")
    return head, answer


@dataclass(slots=True)
class Ticket:
    """The data that the page gives its script, and the guest's cookie."""

    token: str
    after: int
    epoch: str
    cookie: str


def ticket(head: bytes, body: bytes) -> Ticket:
    token, position = _TOKEN.search(body), _POSITION.search(body)
    cookie = _COOKIE.search(head)
    if token is None or position is None or cookie is None:
        raise JoinFailed("a page without token, position or cookie")
    timeline = json.loads(position[1])
    return Ticket(token[1].decode(), timeline["seq"], timeline["epoch"], cookie[1].decode())


@dataclass
class Heard:
    """Counts of what all guests together have met."""

    frames: int = 0
    closes: list[str] = field(default_factory=list)


class Guest(asyncio.Protocol):
    """A socket from the upgrade on. `listener` is given every frame that is JSON to be read."""

    def __init__(
        self, visit: Visit, admitted: Ticket, heard: Heard,
        listener: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:  # fmt: skip
        self.visit = visit
        self.welcomed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ticket = admitted
        self._heard = heard
        self._listener = listener
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._upgraded = False
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._leaving = False

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is not one by its type
        self._transport.write(
            f"GET /timeline/{self.visit.slug} HTTP/1.1\r\nHost: 127.0.0.1:{self.visit.port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Origin: http://127.0.0.1:{self.visit.port}\r\n"
            f"Sec-WebSocket-Key: {_KEY.decode()}\r\n\r\n".encode()
        )

    @override
    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        at = 0
        if not self._upgraded:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._rest = data
                return
            if data[9:12] != b"101":
                self._end(f"upgrade refused with {data[9:12].decode('latin-1')}")
                return
            self._upgraded, at = True, end + 4
            self._hello()
        self._rest = data[self._frames(data, at) :]

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._end("the line was cut")

    def send(self, frame: dict[str, Any]) -> None:
        assert self._transport is not None
        text = json.dumps(frame, separators=(",", ":")).encode()
        size = len(text)
        header = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + size.to_bytes(2)
        self._transport.write(b"\x81" + header + b"\0\0\0\0" + text)  # a mask of zeros

    async def command(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a command; return the `ack` or `problem` that answers it."""
        ident = f"{self.visit.number}-{time.monotonic_ns()}"
        answer = asyncio.get_running_loop().create_future()
        self._answers[ident] = answer
        self.send({"type": "command", "id": ident, "name": name, "body": body})
        try:
            async with asyncio.timeout(JOIN_WITHIN_S):
                told: dict[str, Any] = await answer
        finally:
            del self._answers[ident]
        return told

    async def take_name(self, name: str) -> None:
        """Take a display name, without which nobody may write; the socket gets the new token."""
        given = self._ticket
        _head, told = await _request(
            self.visit, "PUT /api/v1/viewer/name", f"Cookie: {given.cookie}",
            f"Authorization: Bearer {given.token}", body=json.dumps({"name": name}).encode(),
        )  # fmt: skip
        given.token = json.loads(told)["token"]
        self.send({"type": "token", "token": given.token})

    def leave(self) -> None:
        self._leaving = True
        if self._transport is not None:
            self._transport.abort()

    def _hello(self) -> None:
        given = self._ticket
        hello = {"token": given.token, "after": given.after, "epoch": given.epoch}
        self.send({"type": "hello", **hello})

    def _frames(self, data: bytes, at: int) -> int:
        """Take the whole frames; return the place where the rest begins."""
        length = len(data)
        while length - at >= 2:
            size, header = data[at + 1] & 127, 2
            if size == 126:
                size, header = int.from_bytes(data[at + 2 : at + 4]), 4
            elif size == 127:
                size, header = int.from_bytes(data[at + 2 : at + 10]), 10
            end = at + header + size
            if end > length:
                break
            self._frame(data[at] & 15, data, at + header, end)
            at = end
        return at

    def _frame(self, opcode: int, data: bytes, start: int, end: int) -> None:
        if opcode == _CLOSE:
            self._end(f"closed with {int.from_bytes(data[start : start + 2])}")
        if opcode != _TEXT:
            return
        self._heard.frames += 1
        if data.startswith(_ENTRIES, start) and self._listener is None:
            return
        frame = json.loads(data[start:end])
        kind = frame["type"]
        if kind == "welcome" and not self.welcomed.done():
            self.welcomed.set_result(None)
        elif kind in ("ack", "problem"):
            answer = self._answers.get(frame["id"])
            if answer is not None and not answer.done():
                answer.set_result(frame)
        if self._listener is not None:
            self._listener(frame)

    def _end(self, why: str) -> None:
        if self._leaving:
            return
        self._leaving = True
        if self.welcomed.done():
            self._heard.closes.append(why)
        else:
            self.welcomed.set_exception(JoinFailed(why))
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(JoinFailed(why))
        if self._transport is not None:
            self._transport.abort()


async def join(
    visit: Visit, heard: Heard, listener: Callable[[dict[str, Any]], None] | None = None
) -> Guest:
    """Join, from the address of the page to the welcome; JoinFailed, OSError or TimeoutError."""
    async with asyncio.timeout(JOIN_WITHIN_S):
        admitted = ticket(*await page(visit))
        _transport, guest = await asyncio.get_running_loop().create_connection(
            lambda: Guest(visit, admitted, heard, listener), "127.0.0.1", visit.port,
            local_addr=(visit.address, 0),
        )  # fmt: skip
        await guest.welcomed
    return guest
