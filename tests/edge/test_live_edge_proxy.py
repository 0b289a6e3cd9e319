"""The live edge through an edge in between: the same bytes, the viewer's address, the bounds."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from showfloor.accounts.network import AddressSigner
from showfloor.edge.live_edge.origin_proxy import (
    LEAVE_S,
    SILENCE_MAX_S,
    STUCK_MAX_S,
    LiveEdgeProxy,
)
from showfloor.edge.live_edge.registry import LiveEdgeLimits
from showfloor.edge.websocket.handshake import VIEWER_HEADER
from tests.edge.socket_harness import RawViewer, close_code
from tests.edge.test_live_edge import Stage, staged, text
from tests.support.asgi import served
from tests.support.media import INITS, RUNGS
from tests.support.waiting import await_until

SIGNER = AddressSigner("a secret of all processes")


class Edge:
    """A served edge in front of a served live edge."""

    def __init__(self, port: int, proxy: LiveEdgeProxy, stage: Stage) -> None:
        self.port, self.proxy, self.stage = port, proxy, stage

    def dial(self, headers: Mapping[str, str] | None = None, path: str = "open") -> connect:
        return connect(
            f"ws://127.0.0.1:{self.port}/live-edge/{path}", compression=None, max_size=None,
            max_queue=None, additional_headers=headers,
        )  # fmt: skip

    @asynccontextmanager
    async def viewer(self, **headers: str) -> AsyncIterator[ClientConnection]:
        async with self.dial(headers) as ws:
            await ws.send('{"type":"hello","token":"ada"}')
            yield ws

    def networks(self) -> list[str]:
        return [one.claims.network for one in self.stage.registry.holders()]


@asynccontextmanager
async def edge(
    limits: LiveEdgeLimits | None = None, *, now: Callable[[], float] = time.monotonic,
    signer: AddressSigner = SIGNER,
) -> AsyncIterator[Edge]:  # fmt: skip
    async with staged(signer=SIGNER) as stage:
        origins: dict[str, str] = {"open": f"http://127.0.0.1:{stage.port}"}
        closed = socket.socket()
        closed.bind(("127.0.0.1", 0))  # nobody listens
        origins["gone"] = f"http://127.0.0.1:{closed.getsockname()[1]}"

        async def locate(slug: str) -> str | None:
            return origins.get(slug)

        proxy = LiveEdgeProxy(
            locate, lambda *_: True, signer, limits=limits, trusted_proxies=1, now=now
        )
        origins["loop"] = ""
        async with served(_nothing, proxy.protocol) as port:
            origins["loop"] = f"http://127.0.0.1:{port}"
            try:
                yield Edge(port, proxy, stage)
            finally:
                closed.close()
                await proxy.shutdown()


async def _nothing(_scope: Any, _receive: Any, _send: Any) -> None:
    raise AssertionError("nobody asks")


async def test_viewer_gets_the_origins_bytes_and_is_ended_by_it() -> None:
    async with edge() as it, it.viewer() as ws:
        assert await ws.recv() == '{"type":"off"}'
        it.stage.go_live()
        first = it.stage.show(3, bytes(300_000))
        assert json.loads(await ws.recv())["rung"] == "720p"
        assert [await ws.recv() for _ in range(4)] == [b"720p", *first]
        await ws.send('{"type":"rung","name":"480p"}')
        await ws.send('{"type":"ping"}')
        assert await ws.recv() == '{"type":"pong"}'
        it.stage.show(60)
        names = [
            json.loads(one)["rung"] for _ in range(60) if isinstance(one := await ws.recv(), str)
        ]
        assert names == ["480p"]
        it.stage.feed.end()
        assert await close_code(ws) == 1000
        await await_until(lambda: it.proxy.viewers == 0, what="nobody to be passed on")


async def test_origin_learns_the_viewers_address_from_an_edge_alone() -> None:
    forged = {VIEWER_HEADER: AddressSigner("another").sign("198.51.100.9", "nonce")}
    proxied = {"X-Forwarded-For": "192.0.2.1, 203.0.113.7"}  # its own word, then its proxy's
    async with edge() as it, it.viewer(**proxied, **forged) as ws:
        await text(ws)
        assert it.networks() == ["net-of-203.0.113.7"]
    async with edge(signer=AddressSigner("another")) as it, it.viewer(**proxied) as ws:
        await text(ws)  # not an edge of this installation: the address is the connection's
        assert it.networks() == ["net-of-127.0.0.1"]


async def test_edge_refuses_what_it_cannot_pass_on() -> None:
    limits = LiveEdgeLimits(viewers=3, per_network=1)
    near, far = ({"X-Forwarded-For": one} for one in ("203.0.113.7", "203.0.113.9"))
    async with edge(limits) as it:
        for path in ("gone", "unknown", "loop"):
            with pytest.raises(InvalidStatus, match="503"):
                await it.dial(path=path)
        with pytest.raises(InvalidStatus, match="404"):
            await it.dial(path="open/more")
        await await_until(lambda: it.proxy.viewers == 0, what="the refused to be gone")
        async with it.viewer(**near) as ws:
            assert (await text(ws))["type"] == "off"
            with pytest.raises(InvalidStatus, match="503"):
                await it.dial(near)
            async with it.viewer(**far) as other:
                assert (await text(other))["type"] == "off"


async def test_origin_sees_a_viewer_who_takes_nothing_and_little_waits_at_the_edge() -> None:
    at = [1000.0]
    async with edge(now=lambda: at[0]) as it:
        it.stage.run = it.stage.feed.start(RUNGS, INITS)
        it.stage.feed.set_public(True)
        it.stage.show()
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port, limit=1 << 16)
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
        slow = RawViewer(reader, writer)
        await slow.shake_hands("/live-edge/open")
        slow.say({"type": "hello", "token": "slow"})
        await slow.until("live")
        slow.stall()
        it.stage.show(40, bytes(60_000))
        [viewer] = it.stage.registry.holders()
        waiting: Any = viewer
        held = []

        def has_left() -> bool:
            held.append(waiting.transport.get_write_buffer_size())
            at[0] += STUCK_MAX_S / 50  # the buffers fill up meanwhile
            return it.proxy.viewers == 0

        await await_until(has_left, 10, what="the edge to give it up")
        await await_until(lambda: it.stage.feed.viewers == 0, what="the origin to see that")
        assert held[len(held) // 2] > 1_500_000  # of 2.4 MB: they wait where somebody looks at them
        slow.close()


async def test_connection_without_a_word_of_the_origin_ends() -> None:
    at = [1000.0]
    async with edge(now=lambda: at[0]) as it, it.viewer() as ws:
        await text(ws)
        at[0] += SILENCE_MAX_S + LEAVE_S
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(ws.recv(), 10)
        await await_until(lambda: it.stage.feed.viewers == 0, what="the origin to see that")
