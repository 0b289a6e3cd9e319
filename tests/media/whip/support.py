"""An offer as Chromium makes it, a fake connection, and the WHIP server around them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import override

import httpx

from showfloor.edge.whip.endpoint import WhipApp
from showfloor.media.packets import SourceItem
from showfloor.media.whip.ice_servers import IceServers
from showfloor.media.whip.ports import Offer, Peer, PeerFailed, PeerState
from showfloor.media.whip.sessions import WhipLimits, WhipSessions
from tests.media.rtmp.support import KEY, FakeIngest
from tests.support.asgi import served

TRANSPORT = (
    "c=IN IP4 0.0.0.0\r\na=ice-ufrag:E5n7\r\na=ice-pwd:7aT1yX7MWZBbSxWQPzKdCbQ3\r\n"
    "a=fingerprint:sha-256 " + ":".join(["AB"] * 32) + "\r\na=setup:actpass\r\na=rtcp-mux\r\n"
)
AUDIO = (
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" + TRANSPORT + "a=mid:0\r\na=sendonly\r\n"
    "a=rtpmap:111 opus/48000/2\r\n"
)
VIDEO = (
    "m=video 9 UDP/TLS/RTP/SAVPF 96 102 103\r\n" + TRANSPORT + "a=mid:1\r\na=sendonly\r\n"
    "a=rtpmap:96 VP8/90000\r\na=rtpmap:102 H264/90000\r\n"
    "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n"
    "a=rtpmap:103 rtx/90000\r\na=fmtp:103 apt=102\r\n"
)
SESSION = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
OFFER = SESSION + "a=group:BUNDLE 0 1\r\n" + AUDIO + VIDEO


class FakePeer(Peer):
    """Gives what the test puts into `items`; None is the end, PeerFailed a loss."""

    def __init__(self) -> None:
        self.items: asyncio.Queue[SourceItem | PeerState | PeerFailed | None] = asyncio.Queue()
        self.offers: list[Offer] = []
        self.candidates: list[str] = []
        self.closed = 0

    @override
    async def answer(self, offer: Offer) -> str:
        self.offers.append(offer)
        return "v=0\r\n"

    @override
    async def receive(self) -> AsyncIterator[SourceItem | PeerState]:
        while (item := await self.items.get()) is not None:
            if isinstance(item, PeerFailed):
                raise item
            yield item

    @override
    def add_candidates(self, candidates: Sequence[str]) -> None:
        self.candidates += candidates

    @override
    async def close(self) -> None:
        self.closed += 1


@dataclass
class Whip:
    """The server: what it let in, and a client of it."""

    ingest: FakeIngest
    sessions: WhipSessions
    peers: list[FakePeer]
    client: httpx.AsyncClient
    port: int

    async def post(self, offer: str = OFFER, key: str = KEY, **headers: str) -> httpx.Response:
        given = {"Content-Type": "application/sdp", "Authorization": f"Bearer {key}", **headers}
        return await self.client.post("/whip/spring", content=offer, headers=given)


@asynccontextmanager
async def whip(
    new_peer: Callable[[], Peer] | None = None, limits: WhipLimits | None = None,
    ice_servers: IceServers | None = None,
) -> AsyncIterator[Whip]:  # fmt: skip
    ingest, peers = FakeIngest(), list[FakePeer]()

    def fake() -> Peer:
        peers.append(FakePeer())
        return peers[-1]

    sessions = WhipSessions(ingest, new_peer or fake, limits)
    app = WhipApp(sessions, ice_servers or IceServers())
    async with served(app) as port:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            yield Whip(ingest, sessions, peers, client, port)
        await sessions.stop()
