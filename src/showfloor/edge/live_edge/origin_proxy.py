"""The live edge from another process: an edge passes a viewer's WebSocket on to the process that
owns the show.

Bytes pass both ways as they come. The origin lets people in, ends them, and skips who is too slow:
little waits here, so that it sees at once what a viewer does not take. The origin is told the
viewer's address under a signature, because it counts networks and knows bans. An origin that cannot
be reached is a 503, and the viewer has HLS.
"""

import asyncio
import logging
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, Final, override
from urllib.parse import urlsplit

from showfloor.accounts.network import AddressSigner, client_address
from showfloor.edge.hls.origin_proxy import HOP
from showfloor.edge.live_edge.registry import PATH, LiveEdgeLimits
from showfloor.edge.websocket import handshake
from showfloor.edge.websocket.handshake import (
    VIEWER_HEADER,
    AllowsOrigin,
    HandshakeRejected,
    Opening,
)
from showfloor.kernel.connection_limiter import Slot

log = logging.getLogger(__name__)

PIPE_BYTES: Final = 64 * 1024  # that wait in each of the buffers on the way to a viewer
CONNECT_S: Final = 2.0
SILENCE_MAX_S: Final = 90.0  # without a byte of the origin, which answers the viewer's pings
STUCK_MAX_S: Final = 10.0  # with full buffers; the origin has given up a viewer by then
LEAVE_S: Final = 5.0  # for a viewer to take the last bytes
SWEEP_EVERY_S: Final = 2.0
_OWN_HEADERS: Final = frozenset({"x-forwarded-for", VIEWER_HEADER, HOP.decode()})


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a show's origin listens."""

    host: str
    port: int
    tls: ssl.SSLContext | None

    @classmethod
    def of(cls, address: str) -> "_Origin":
        parts = urlsplit(address)
        tls = _tls() if parts.scheme == "https" else None
        return cls(parts.hostname or "", parts.port or (443 if tls else 80), tls)


class LiveEdgeProxy:
    """The viewers whom this process passes on. All methods belong to the event loop."""

    def __init__(
        self, locate: Callable[[str], Awaitable[str | None]], allows_origin: AllowsOrigin,
        signer: AddressSigner, *, limits: LiveEdgeLimits | None = None, trusted_proxies: int = 0,
        network: Callable[[str], str] = str, now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """`locate` gives the address of a show's origin (`http://host:port`), or None when there is
        none. `network`: the key by which an address is counted."""
        self.now = now
        self._locate = locate
        self._allows_origin = allows_origin
        self._signer = signer
        self._limits = limits or LiveEdgeLimits()
        self._trusted_proxies = trusted_proxies
        self._network = network
        self._viewers: dict[ProxiedViewer, str] = {}  # with their networks
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweeping: asyncio.TimerHandle | None = None
        self._is_open = True

    @property
    def viewers(self) -> int:
        return len(self._viewers)

    def protocol(self, **_uvicorn: Any) -> "ProxiedViewer":
        """Make the protocol that takes an upgraded connection over."""
        return ProxiedViewer(self)

    def pass_on(self, viewer: "ProxiedViewer", head: bytes, remote: str) -> None:
        """Count a viewer in, and connect to the origin; HandshakeRejected."""
        opening = handshake.check(head, self._allows_origin, PATH)
        lines = head.decode("latin-1").split("\r\n")
        if any(_name(line) == HOP.decode() for line in lines):
            log.error("origin_loop show=%s: an edge is asked by an edge", opening.slug)
            raise HandshakeRejected(HTTPStatus.SERVICE_UNAVAILABLE, "Retry-After: 2")
        address = client_address(remote, opening.forwarded_for, self._trusted_proxies)
        network = self._network(address)
        near = sum(one == network for one in self._viewers.values())
        is_full = len(self._viewers) >= self._limits.viewers or near >= self._limits.per_network
        if is_full or not self._is_open:
            raise HandshakeRejected(HTTPStatus.SERVICE_UNAVAILABLE, "Retry-After: 2")
        self._viewers[viewer] = network
        if self._sweeping is None:
            self._sweep()
        kept = [line for line in lines if _name(line) not in _OWN_HEADERS]
        signed = self._signer.sign(address, opening.nonce)
        kept[1:1] = [f"{HOP.decode()}: 1", f"{VIEWER_HEADER}: {signed}"]
        task = asyncio.create_task(self._connect(viewer, opening, "\r\n".join(kept).encode()))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def forget(self, viewer: "ProxiedViewer") -> None:
        self._viewers.pop(viewer, None)

    async def _connect(self, viewer: "ProxiedViewer", opening: Opening, head: bytes) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_S):
                address = await self._locate(opening.slug)
                if address is None:
                    raise OSError("no process takes this show")  # noqa: TRY301
                origin = _Origin.of(address)
                transport, _ = await loop.create_connection(
                    lambda: _OriginSide(viewer), origin.host, origin.port, ssl=origin.tls
                )
        except (OSError, ValueError) as error:  # TimeoutError is an OSError
            log.warning("live_edge_origin_failed show=%s reason=%r", opening.slug, error)
            unreachable = HandshakeRejected(HTTPStatus.SERVICE_UNAVAILABLE, "Retry-After: 2")
            viewer.leave(unreachable.answer)
        else:
            transport.write(head)
            viewer.follow(transport)

    def _sweep(self) -> None:
        self._sweeping = None
        for viewer in list(self._viewers):
            viewer.look(self.now())
        if self._viewers:
            loop = asyncio.get_running_loop()
            self._sweeping = loop.call_later(SWEEP_EVERY_S, self._sweep)

    async def shutdown(self) -> None:
        """Let everyone go, who then comes back to another edge, and take nobody in any more."""
        self._is_open = False
        for viewer in list(self._viewers):
            viewer.abort()
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        await asyncio.gather(*self._tasks, return_exceptions=True)


class ProxiedViewer(asyncio.Protocol):
    """The viewer's side of one connection."""

    def __init__(self, proxy: LiveEdgeProxy) -> None:
        self.connection_slot: Slot | None = None
        self.heard_at = proxy.now()
        self._proxy = proxy
        self._origin: asyncio.Transport | None = None
        self._has_opened = self._is_gone = self._is_leaving = False
        self._full_since: float | None = None  # the viewer takes less than comes
        self._leaves_at = 0.0

    @override
    def connection_made(self, transport: Any) -> None:
        self.transport: asyncio.Transport = transport
        accepted: socket.socket = transport.get_extra_info("socket")
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, PIPE_BYTES)
        transport.set_write_buffer_limits(high=PIPE_BYTES)
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if isinstance(peer, tuple) else ""

    @override
    def data_received(self, data: bytes) -> None:
        if self._has_opened:
            if self._origin is not None and not self._origin.is_closing():
                self._origin.write(data)
            return
        self._has_opened = True
        self.transport.pause_reading()  # until there is somebody to tell
        try:
            self._proxy.pass_on(self, data, self._address)
        except HandshakeRejected as rejected:
            self.leave(rejected.answer)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._is_gone = True
        self._proxy.forget(self)
        if self._origin is not None:
            self._origin.abort()
        if self.connection_slot is not None:
            self.connection_slot.release()

    @override
    def pause_writing(self) -> None:
        self._full_since = self._proxy.now()
        if self._origin is not None:
            self._origin.pause_reading()

    @override
    def resume_writing(self) -> None:
        self._full_since = None
        if self._origin is not None and not self._is_leaving:
            self._origin.resume_reading()

    def follow(self, origin: asyncio.Transport) -> None:
        """Pass on from now on, with an origin that was reached."""
        if self._is_gone or self._is_leaving:
            origin.abort()
            return
        self._origin = origin
        self.transport.resume_reading()

    def give(self, data: bytes) -> None:
        """Pass on what the origin says."""
        self.heard_at = self._proxy.now()
        if not self.transport.is_closing():
            self.transport.write(data)

    def hold(self, is_held: bool) -> None:
        """Read no more of the viewer while the origin takes nothing."""
        if self.transport.is_closing():
            return
        if is_held:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def leave(self, last: bytes = b"") -> None:
        """Close once everything is sent, within LEAVE_S."""
        if self._is_leaving or self._is_gone:
            return
        self._is_leaving = True
        self._leaves_at = self._proxy.now() + LEAVE_S
        self.transport.write(last)
        self.transport.close()

    def look(self, now: float) -> None:
        """End a connection that nothing comes through any more."""
        is_stuck = self._full_since is not None and now - self._full_since > STUCK_MAX_S
        is_late = self._is_leaving and now > self._leaves_at
        if is_stuck or is_late or now - self.heard_at > SILENCE_MAX_S:
            self.abort()

    def abort(self) -> None:
        self.transport.abort()


class _OriginSide(asyncio.Protocol):
    """The origin's side of one connection."""

    def __init__(self, viewer: ProxiedViewer) -> None:
        self._viewer = viewer

    @override
    def connection_made(self, transport: Any) -> None:
        connected: socket.socket = transport.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIPE_BYTES)
        transport.set_write_buffer_limits(high=PIPE_BYTES)

    @override
    def data_received(self, data: bytes) -> None:
        self._viewer.give(data)

    @override
    def pause_writing(self) -> None:
        self._viewer.hold(is_held=True)

    @override
    def resume_writing(self) -> None:
        self._viewer.hold(is_held=False)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._viewer.leave()


@cache
def _tls() -> ssl.SSLContext:
    """Reading all of the machine's authorities takes a while, once."""
    return ssl.create_default_context()


def _name(line: str) -> str:
    return line.partition(":")[0].strip().lower()
