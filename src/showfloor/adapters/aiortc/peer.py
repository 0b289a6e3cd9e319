"""The server's side of a worker: starts it, reads it, and ends it when it says nothing."""

import asyncio
import contextlib
import json
import logging
import sys
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final, override

from showfloor.adapters.aiortc import wire
from showfloor.adapters.child_process import end_or_kill
from showfloor.media.formats.avc import AvcConfig
from showfloor.media.formats.opus import OpusConfig
from showfloor.media.packets import AudioTrack, MediaPacket, SourceItem, Track, VideoTrack
from showfloor.media.whip.ports import Offer, OfferRefused, Peer, PeerFailed, PeerState

log = logging.getLogger(__name__)

WORKER: Final = "showfloor.adapters.aiortc.worker"
READ_SIZE: Final = 1 << 18
QUIET_MAX_S: Final = 3.0  # a worker tells its state twice a second
END_WITHIN_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class IceSettings:
    """`ports`: the lowest and the highest UDP port; (0, 0) is any. `addresses`: told to publishers
    in place of the machine's own."""

    ports: tuple[int, int] = (0, 0)
    addresses: tuple[str, ...] = ()


class WorkerPeer(Peer):
    """A `Peer` in a process of its own."""

    def __init__(
        self, ice: IceSettings, *, quiet_max_s: float = QUIET_MAX_S,
        end_within_s: float = END_WITHIN_S,
    ) -> None:  # fmt: skip
        self._ice = ice
        self._quiet_max_s = quiet_max_s
        self._end_within_s = end_within_s
        self._child: asyncio.subprocess.Process | None = None
        self._frames = wire.FrameReader()
        self._waiting: deque[wire.Frame] = deque()
        self._picture: Track | None = None
        self._sound: Track | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None else None

    @override
    async def answer(self, offer: Offer) -> str:
        assert self._child is None, "one worker serves one connection"
        try:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", WORKER,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=READ_SIZE,
                start_new_session=True,  # Ctrl-C reaches the server, which ends the worker in order
            )  # fmt: skip
        except OSError as error:
            raise PeerFailed(f"no process: {error}") from error
        request = {
            "offer": offer.sdp, "kinds": sorted(offer.kinds), "ports": self._ice.ports,
            "addresses": self._ice.addresses,
        }  # fmt: skip
        self._write(wire.line(request))
        frame = await self._next(quiet_max_s=None)
        if frame.kind is wire.Kind.REFUSED:
            raise OfferRefused(406, "not-taken", f"The offer is not taken: {_text(frame)[:200]}")
        if frame.kind is not wire.Kind.ANSWER:
            raise PeerFailed(f"the worker began with {frame.kind.name}")
        return _text(frame)

    @override
    async def receive(self) -> AsyncIterator[SourceItem | PeerState]:
        while True:
            frame = await self._next(quiet_max_s=self._quiet_max_s)
            match frame.kind:
                case wire.Kind.PACKET:
                    yield self._packet(frame.body)
                case wire.Kind.PICTURES:
                    self._picture = VideoTrack(AvcConfig.parse(frame.body))
                    yield self._picture
                case wire.Kind.SOUND:
                    self._sound = AudioTrack(OpusConfig.parse(frame.body))
                    yield self._sound
                case wire.Kind.STATE:
                    yield PeerState(**json.loads(frame.body))
                case wire.Kind.ENDED:
                    return
                case kind:
                    raise PeerFailed(f"the worker says {kind.name}")

    def _packet(self, body: bytes) -> MediaPacket:
        is_sound, is_key, stamp_ms, data = wire.packet_fields(body)
        track = self._sound if is_sound else self._picture
        if track is None:
            raise PeerFailed("a packet without its track")
        return MediaPacket(track, stamp_ms, stamp_ms, is_key, data)

    async def _next(self, *, quiet_max_s: float | None) -> wire.Frame:
        assert self._child is not None
        assert self._child.stdout is not None
        while not self._waiting:
            try:
                async with asyncio.timeout(quiet_max_s):
                    data = await self._child.stdout.read(READ_SIZE)
                if not data:
                    raise PeerFailed("the worker is gone")
                self._waiting += self._frames.feed(data)
            except TimeoutError:
                raise PeerFailed("the worker hangs") from None
            except ValueError as error:
                raise PeerFailed(f"the worker sends {error}") from error
        return self._waiting.popleft()

    @override
    def add_candidates(self, candidates: Sequence[str]) -> None:
        self._write(wire.line({"candidates": list(candidates)}))

    def _write(self, data: bytes) -> None:
        assert self._child is not None
        assert self._child.stdin is not None
        if not self._child.stdin.is_closing():
            self._child.stdin.write(data)

    @override
    async def close(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        assert child.stdin is not None
        with contextlib.suppress(ConnectionError, RuntimeError):
            child.stdin.write(wire.line({"end": True}))
            child.stdin.close()
        if not await end_or_kill(child, _drained(child), self._end_within_s):
            log.warning("whip_worker_killed pid=%s", child.pid)


async def _drained(child: asyncio.subprocess.Process) -> None:
    """Read away what the worker still says, so that it can end."""
    assert child.stdout is not None
    while await child.stdout.read(READ_SIZE):
        pass
    await child.wait()


def _text(frame: wire.Frame) -> str:
    return frame.body.decode("utf-8", "replace")
