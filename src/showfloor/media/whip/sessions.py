"""The publishers by WHIP: let in, read, watched, and ended.

A session lives as long as its media comes. The publisher that leaves without a word, a connection
whose other end is gone, a process that died or hangs, and a cut by the show each end it once, and
its sink is closed exactly once.
"""

import asyncio
import hmac
import logging
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from showfloor.media.packets import MediaPacket, SourceClaims, SourceItem, TrackKind
from showfloor.media.ports import Ingest, MediaSink, PublishRejected, PublishRequest
from showfloor.media.whip.ports import Offer, Peer, PeerFailed, PeerState

log = logging.getLogger(__name__)

ENDED_KEPT: Final = 256  # ids of ended sessions, so that a second DELETE is answered like the first


@dataclass(frozen=True, slots=True, kw_only=True)
class WhipLimits:
    """Times are in seconds."""

    sessions_max: int = 12
    answer_s: float = 6.0  # OBS waits 8 s
    connect_s: float = 10.0  # from the answer to the first packet
    silence_s: float = 5.0  # without a packet
    stall_s: float = 30.0  # of the sink
    close_s: float = 10.0


class WhipSessions:
    """All WHIP publishers of this process. Belongs to the event loop."""

    def __init__(
        self, ingest: Ingest, new_peer: Callable[[], Peer], limits: WhipLimits | None = None
    ) -> None:
        self._ingest = ingest
        self._new_peer = new_peer
        self._limits = limits or WhipLimits()
        self._sessions: dict[str, WhipSession] = {}
        self._opening = 0
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._stopping = False

    @property
    def count(self) -> int:
        return len(self._sessions)

    async def open(self, request: PublishRequest, offer: Offer) -> "tuple[WhipSession, str]":
        """Let a publisher in; return its session and the answer. PublishRejected, OfferRefused,
        PeerFailed."""
        if self._stopping:
            raise PublishRejected("failed", "The server stops. Connect again.")
        if self.count + self._opening >= self._limits.sessions_max:
            raise PublishRejected("limit", "This server takes as many publishers as it can.")
        self._opening += 1
        try:
            return await self._open(request, offer)
        finally:
            self._opening -= 1

    async def _open(self, request: PublishRequest, offer: Offer) -> "tuple[WhipSession, str]":
        sink = await self._ingest.open(request)
        peer = self._new_peer()
        try:
            async with asyncio.timeout(self._limits.answer_s):
                answer = await peer.answer(offer)
        except BaseException as error:
            await peer.close()
            await sink.close("refused")
            if isinstance(error, TimeoutError):
                raise PeerFailed(f"no answer within {self._limits.answer_s} s") from None
            raise
        session = WhipSession(request, offer, sink, peer, self._limits, self._left)
        self._sessions[session.id] = session
        session.start()
        log.info("whip_publishing remote=%s encoder=%s", request.remote, request.encoder)
        return session, answer

    def find(self, session_id: str) -> "WhipSession | None":
        return self._sessions.get(session_id)

    def has_ended(self, session_id: str) -> bool:
        """Return whether there was such a session, not long ago."""
        return session_id in self._ended

    def _left(self, session: "WhipSession") -> None:
        del self._sessions[session.id]
        self._ended[session.id] = None
        if len(self._ended) > ENDED_KEPT:
            self._ended.popitem(last=False)

    async def stop(self) -> None:
        """Take nobody any more, and end all sessions; they count as lost."""
        self._stopping = True
        ending = [session.stop() for session in self._sessions.values()]
        if ending:
            await asyncio.wait(ending, timeout=self._limits.close_s)


class WhipSession:
    """One publisher. `id` is a secret: whoever has it may end the session (RFC 9725, 4.2)."""

    def __init__(
        self, request: PublishRequest, offer: Offer, sink: MediaSink, peer: Peer,
        limits: WhipLimits, on_left: "Callable[[WhipSession], None]",
    ) -> None:  # fmt: skip
        self.id = secrets.token_urlsafe(24)
        self.state = PeerState(None, 0)
        self._request = request
        self._has_audio = TrackKind.AUDIO in offer.kinds
        self._sink = sink
        self._peer = peer
        self._limits = limits
        self._on_left = on_left
        self._over = asyncio.Event()  # the publisher has said so
        self._task: asyncio.Task[None] | None = None

    @property
    def show(self) -> str:
        return self._request.show

    def may_use(self, key: str) -> bool:
        return hmac.compare_digest(key.encode(), self._request.key.encode())

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="whip session")

    def end(self) -> None:
        """End it at the publisher's word; the rest happens behind."""
        self._over.set()

    def stop(self) -> asyncio.Task[None]:
        assert self._task is not None
        self._task.cancel()
        return self._task

    def add_candidates(self, candidates: Sequence[str]) -> None:
        self._peer.add_candidates(candidates)

    async def _run(self) -> None:
        outcome = "lost"
        try:
            outcome = await self._until_over()
        except asyncio.CancelledError:
            log.info("whip_cut remote=%s: the server stops", self._request.remote)
        except PublishRejected as rejection:
            outcome = "refused"
            self._sink.rejected(rejection)
        except (PeerFailed, TimeoutError) as error:
            log.info("whip_lost remote=%s: %s", self._request.remote, error)
        except Exception:  # top of a session: a bug here must not reach another publisher
            log.exception("whip_failed remote=%s", self._request.remote)
        self._on_left(self)
        await self._clean_up(outcome)

    async def _clean_up(self, outcome: str) -> None:
        await self._peer.close()
        try:
            async with asyncio.timeout(self._limits.close_s):
                await self._sink.close(outcome)
        except Exception:  # somebody else's clean-up failed, ours goes on
            log.exception("whip_close_failed remote=%s", self._request.remote)
        log.info("whip_closed remote=%s outcome=%s", self._request.remote, outcome)

    async def _until_over(self) -> str:
        """Return how it ended; raise what cut it."""
        taking = asyncio.create_task(self._take_media())
        over = asyncio.create_task(self._over.wait())
        kicked = asyncio.create_task(self._sink.kicked.wait())
        tasks = {taking, over, kicked}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        if kicked in done:
            raise self._sink.kick_reason
        if over in done:
            return "ended"
        taking.result()
        return "lost"  # a browser that is closed says goodbye to nobody

    async def _take_media(self) -> None:
        self._sink.write(SourceClaims(has_audio=self._has_audio, resizes=True))
        items = self._peer.receive()
        within_s = self._limits.connect_s
        while True:
            try:
                async with asyncio.timeout(within_s):
                    packet = await self._next_packet(items)
            except TimeoutError:
                raise TimeoutError(f"no media within {within_s} s") from None
            if packet is None:
                return
            within_s = self._limits.silence_s
            self._sink.write(packet)
            async with asyncio.timeout(self._limits.stall_s):
                await self._sink.drain()

    async def _next_packet(
        self, items: AsyncIterator[SourceItem | PeerState]
    ) -> MediaPacket | None:
        """Return the next packet; None when the publisher has left."""
        async for item in items:
            match item:
                case PeerState():
                    self.state = item
                    self._sink.note_line(item.round_trip_s, item.packets_lost)
                case MediaPacket():
                    return item
                case _:
                    self._sink.write(item)
        return None
