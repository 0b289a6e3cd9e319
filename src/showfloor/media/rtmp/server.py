"""The RTMP server: sockets, time limits and clean-up around one Session per connection.

Each connection costs bounded memory and time and touches no other. A sink that was opened is closed
exactly once, however the connection ends. When all places are taken, a newcomer replaces the
connection that has been silent for longest and publishes nothing. Networks that have published
before are replaced last, and a publisher never gives way.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, override

from showfloor.kernel.connection_limiter import ConnectionLimiter, Occupant, Rank, Slot
from showfloor.kernel.networks import network_of
from showfloor.media.kicked import take_until_kicked
from showfloor.media.ports import Ingest, MediaSink
from showfloor.media.rtmp.certificate import ServerCertificate
from showfloor.media.rtmp.errors import ProtocolError
from showfloor.media.rtmp.handshake import Handshake
from showfloor.media.rtmp.intake import Intake
from showfloor.media.rtmp.session import Session, State
from showfloor.media.rtmp.wire import Wire

log = logging.getLogger(__name__)

KNOWN_NETWORKS_MAX: Final = 1000
RENEW_EVERY_S: Final = 30.0  # how often the certificate's files are looked at
_LINGER_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class RtmpLimits:
    """The bounds of one server and one connection. Times are in seconds."""

    connections_max: int = 256
    per_network_max: int = 16  # a studio behind one address
    handshake_s: float = 5.0
    command_s: float = 10.0  # from the handshake until the broadcast is let in
    silence_s: float = 5.0  # without a tag that the sink took
    stall_s: float = 30.0  # of the sink or of the peer's receiving side
    close_s: float = 10.0  # for a sink to close
    linger_s: float = 1.0  # for the peer to read our last words


@dataclass(frozen=True, slots=True)
class Rtmps:
    """RTMP in TLS, on a port of its own."""

    port: int
    certificate: ServerCertificate


class RtmpServer:
    """`port` 0 takes a free one; read `port` and `rtmps_port` after `start`."""

    def __init__(
        self, ingest: Ingest, host: str, port: int, limits: RtmpLimits | None = None,
        *, rtmps: Rtmps | None = None, network: Callable[[str], str] = network_of,
    ) -> None:  # fmt: skip
        """`network` maps an address to the network that it is counted by."""
        self._ingest = ingest
        self._host = host
        self._limits = limits or RtmpLimits()
        self._rtmps = rtmps
        self._servers: list[asyncio.Server] = []
        self._renewing: asyncio.Task[None] | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._network = network
        self._limiter = ConnectionLimiter(
            self._limits.connections_max, self._limits.per_network_max
        )
        self._known: OrderedDict[str, None] = OrderedDict()  # networks that have published
        self.port = port
        self.rtmps_port = rtmps.port if rtmps is not None else 0

    async def start(self) -> None:
        """Listen; OSError when a port is taken."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._wire, self._host, self.port)
        self._servers.append(server)
        self.port = server.sockets[0].getsockname()[1]
        log.info("rtmp_listening host=%s port=%s", self._host, self.port)
        if self._rtmps is not None:
            await self._start_rtmps(self._rtmps)

    async def _start_rtmps(self, rtmps: Rtmps) -> None:
        server = await asyncio.get_running_loop().create_server(
            self._wire, self._host, rtmps.port,
            ssl=rtmps.certificate.context, ssl_handshake_timeout=self._limits.handshake_s,
            ssl_shutdown_timeout=self._limits.linger_s,
        )  # fmt: skip
        self._servers.append(server)
        self.rtmps_port = server.sockets[0].getsockname()[1]
        self._renewing = asyncio.create_task(_renew(rtmps.certificate), name="rtmps-certificate")
        log.info("rtmps_listening host=%s port=%s", self._host, self.rtmps_port)

    def stop_listening(self) -> None:
        """Accept no new connection; the present ones stay."""
        for server in self._servers:
            server.close()
        if self._renewing is not None:
            self._renewing.cancel()

    async def close(self) -> None:
        """Stop listening and cut every connection; broadcasts in progress count as lost."""
        if not self._servers:
            return
        self.stop_listening()
        for connection in self._connections:
            connection.cancel()
        if self._connections:
            limit_s = self._limits.close_s + self._limits.linger_s
            await asyncio.wait(self._connections, timeout=limit_s)
        self._servers.clear()

    @property
    def connections(self) -> int:
        return len(self._connections)

    def _wire(self) -> Wire:
        return Wire(self._accept)

    async def _accept(self, wire: Wire) -> None:
        task = asyncio.current_task()
        assert task is not None
        address, port = wire.peer
        remote = f"{address}:{port}"
        network = self._network(address)
        connection = _Connection(self._ingest, self._limits, wire, remote)
        slot = self._limiter.admit(network, connection)
        if slot is None:
            log.warning("rtmp_too_many remote=%s", remote)
            wire.transport.abort()
            return
        self._connections.add(task)
        try:
            await connection.run(slot, lambda: self._learn(network), known=network in self._known)
        except asyncio.CancelledError:
            log.info("rtmp_cut remote=%s: the server stops", remote)
        finally:
            wire.transport.abort()
            self._connections.discard(task)
            slot.release()

    def _learn(self, network: str) -> None:
        """Remember a network in which somebody has a stream key."""
        self._known[network] = None
        self._known.move_to_end(network)
        if len(self._known) > KNOWN_NETWORKS_MAX:
            self._known.popitem(last=False)


class _Connection(Occupant):
    def __init__(
        self,
        ingest: Ingest,
        limits: RtmpLimits,
        wire: Wire,
        remote: str,
    ) -> None:
        self._limits = limits
        self._wire = wire
        self._remote = remote
        self._session = Session(ingest, remote, wire.write)
        self._heard: Callable[[], None] = lambda: None

    @override
    def evict(self) -> None:
        log.warning("rtmp_gives_way remote=%s: all places are taken", self._remote)
        self._wire.transport.abort()

    @override
    def overdue(self, rank: Rank) -> None:
        """Do nothing: each step of the conversation has a deadline of its own."""

    async def run(self, slot: Slot, on_publishing: Callable[[], None], *, known: bool) -> None:
        """Serve a connection from its first byte to the closed socket; raise nothing but
        cancellation. `known`: this network has published before."""
        waiting = Rank.IDLE if known else Rank.SILENT
        self._heard = lambda: slot.become(waiting)
        self._heard()
        try:
            self._wire.keep_alive()
            await self._converse(slot, on_publishing)
        except (ProtocolError, TimeoutError, OSError) as error:
            log.info("rtmp_cut remote=%s: %s", self._remote, error)
        except Exception:  # top of a connection: a bug here must not reach another publisher
            log.exception("rtmp_failed remote=%s", self._remote)
        finally:
            await self._close_sink()
        await self._linger()

    async def _converse(self, slot: Slot, on_publishing: Callable[[], None]) -> None:
        rest = await self._shake_hands()
        async with _deadline(self._limits.command_s, "no broadcast was started"):
            await self._session.receive(rest)
            while self._session.state not in {State.PUBLISHING, State.OVER}:
                if not await self._read_once():
                    return
        sink = self._session.sink
        if sink is not None and self._session.state is State.PUBLISHING:
            slot.settle()
            self._heard = lambda: None
            on_publishing()
            await self._publish(sink)

    async def _shake_hands(self) -> bytes:
        """Shake hands; return the bytes that came along with the end of the handshake."""
        handshake = Handshake()
        async with _deadline(self._limits.handshake_s, "no handshake"):
            while not handshake.done:
                data = await self._wire.read()
                if not data:
                    raise ConnectionResetError("gone during the handshake")
                self._heard()
                self._wire.write(handshake.feed(data))
        return handshake.rest()

    async def _publish(self, sink: MediaSink) -> None:
        """Take media until either side ends it."""
        limits = self._limits
        intake = Intake(
            self._wire, self._session, sink, silence_s=limits.silence_s, stall_s=limits.stall_s
        )
        await take_until_kicked(intake.run(), sink, self._session.refuse)

    async def _read_once(self) -> bool:
        """Read once and act on it; return False when the peer is gone."""
        data = await self._wire.read()
        if not data:
            return False
        self._heard()
        await self._session.receive(data)
        async with _deadline(self._limits.stall_s, "the peer does not read"):
            await self._wire.written()
        return True

    async def _close_sink(self) -> None:
        if self._session.sink is None:
            return
        outcome = self._session.outcome
        try:
            async with asyncio.timeout(self._limits.close_s):
                await self._session.close()
        except Exception:  # as in `run`: somebody else's clean-up failed, ours goes on
            log.exception("rtmp_close_failed remote=%s", self._remote)
        log.info("rtmp_closed remote=%s outcome=%s", self._remote, outcome)

    async def _linger(self) -> None:
        """Let the peer read our last words: closing on unread input would send a reset."""
        try:
            async with asyncio.timeout(self._limits.linger_s):
                self._wire.transport.write_eof()
                left = _LINGER_BYTES
                while left > 0 and (data := await self._wire.read()):
                    left -= len(data)
        except (TimeoutError, OSError, RuntimeError):
            pass  # gone already, or in no hurry: the socket is closed either way


async def _renew(certificate: ServerCertificate) -> None:
    while True:
        await asyncio.sleep(RENEW_EVERY_S)
        await asyncio.to_thread(certificate.renew)


@asynccontextmanager
async def _deadline(seconds: float, what: str) -> AsyncIterator[None]:
    """Limit a wait like `asyncio.timeout`, with a sentence for the log."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise TimeoutError(f"{what} within {seconds} s") from None
