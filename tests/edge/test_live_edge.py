"""The live edge over a real WebSocket: who comes in, the bytes, and who is cut."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from showfloor.accounts.network import AddressSigner
from showfloor.edge.live_edge import connection
from showfloor.edge.live_edge.authorizer import LiveEdgeAuthorizer
from showfloor.edge.live_edge.registry import REVIEW_EVERY_S, LiveEdgeLimits, LiveEdgeRegistry
from showfloor.edge.live_edge.rung_choice import RungChoice
from showfloor.edge.ports import AdmissionDenied
from showfloor.media.live_edge.feed import LiveFeed, LiveRung
from showfloor.media.live_edge.fragments import LiveFragments
from tests.edge.socket_harness import OpenAuthorizer, RawViewer, close_code
from tests.support import media
from tests.support.asgi import served
from tests.support.media import INITS, RUNGS, T0
from tests.support.waiting import await_until

FRAME = 1000 / 30


class Stage:
    """A served live edge of the show `open`."""

    def __init__(
        self, port: int, feed: LiveFeed, registry: LiveEdgeRegistry, show: SimpleNamespace
    ) -> None:
        self.port, self.feed, self.registry, self.show_row = port, feed, registry, show
        self._maker = LiveFragments(RUNGS, lambda _segment: T0, has_audio=False)
        self._number = 0
        self.run = 0

    def go_live(self) -> None:
        self.feed.set_public(True)
        self.run = self.feed.start(RUNGS, INITS)

    def show(self, count: int = 1, data: bytes = b"picture") -> list[bytes]:
        """Show so many pictures; return the first rung's fragments."""
        bodies = []
        for _ in range(count):
            at = 1000 + round(self._number * FRAME)
            packet = media.picture(at, data, is_key=self._number % 60 == 0)
            self._number += 1
            for place in range(len(RUNGS)):
                fragment = self._maker.picture(place, packet)
                self.feed.add(self.run, place, fragment)
                if place == 0:
                    bodies.append(fragment.body)
        return bodies

    def dial(self) -> connect:
        return connect(
            f"ws://127.0.0.1:{self.port}/live-edge/open", compression=None, max_size=None,
            max_queue=None,
        )  # fmt: skip

    @asynccontextmanager
    async def viewer(self, token: str = "ada", **hello: Any) -> AsyncIterator[ClientConnection]:
        async with self.dial() as ws:
            await ws.send(json.dumps({"type": "hello", "token": token, **hello}))
            yield ws


@asynccontextmanager
async def staged(
    limits: LiveEdgeLimits | None = None, *, for_all: bool = True,
    now: Callable[[], float] = time.monotonic, signer: AddressSigner | None = None,
) -> AsyncIterator[Stage]:  # fmt: skip
    feed = LiveFeed()

    show = SimpleNamespace(has_live_edge=for_all, channel_id="c1")

    async def by_slug(_slug: str) -> Any:
        return show

    async def opened(_channel: str) -> Any:
        return SimpleNamespace(live_feed=feed)

    shows: Any = SimpleNamespace(by_slug=by_slug)
    streams: Any = SimpleNamespace(open=opened)
    people: Any = OpenAuthorizer()
    registry = LiveEdgeRegistry(
        LiveEdgeAuthorizer(shows, streams, people), lambda *_: True, limits=limits, now=now,
        signer=signer,
    )  # fmt: skip
    async with served(_nothing, connection.protocol(registry)) as port:
        try:
            yield Stage(port, feed, registry, show)
        finally:
            await registry.shutdown()


async def _nothing(_scope: Any, _receive: Any, _send: Any) -> None:
    raise AssertionError("nobody asks")


async def text(ws: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(5):
        told: dict[str, Any] = json.loads(await ws.recv())
        return told


async def take(ws: ClientConnection, count: int) -> None:
    async with asyncio.timeout(10):
        for _ in range(count):
            await ws.recv()


async def test_live_edge_tells_the_rung_then_its_init_and_every_picture() -> None:
    async with staged() as stage, stage.viewer() as ws:
        assert await ws.recv() == '{"type":"off"}'
        stage.go_live()
        first = stage.show(3)
        assert await ws.recv() == (
            '{"type":"live","number":1,"rung":"720p","codecs":"avc1.2500,mp4a.40.2",'
            '"rungs":[{"name":"720p","height":720},{"name":"480p","height":480},'
            '{"name":"360p","height":360}]}'
        )
        assert [await ws.recv() for _ in range(4)] == [b"720p", *first]

        async with stage.viewer("bea", height=400) as late:
            # The page is small: the server gives the smallest rung that fills it, with its next
            # key frame; until then the best one.
            assert (await text(late))["rung"] == "720p"
            assert [await late.recv() for _ in range(4)] == [b"720p", *first]
            stage.show(58)
            assert stage.feed.viewers == 2
            got = [await late.recv() for _ in range(61)]
            assert json.loads(got[58])["rung"] == "480p"
            assert got[59] == b"480p"
            await late.send('{"type":"rung","name":"360p"}')
            await late.send('{"type":"ping"}')
            assert await late.recv() == '{"type":"pong"}'
            stage.show(60)
            names = [
                json.loads(one)["rung"]
                for _ in range(62)
                if isinstance(one := await late.recv(), str)
            ]
            assert names == ["360p"]
        stage.feed.stop(stage.run)
        while not isinstance(last := await ws.recv(), str):
            pass
        assert last == '{"type":"off"}'
        stage.feed.end()
        assert await close_code(ws) == 1000
        assert ws.close_reason == "the show has ended"


async def test_live_edge_lets_in_whom_it_is_for() -> None:
    limits = LiveEdgeLimits(viewers=3, per_person=2)
    async with staged(limits, for_all=False) as stage:
        stage.run = stage.feed.start(RUNGS, INITS)
        stage.show(2)
        refused: list[tuple[str, dict[str, Any], int]] = [
            ("ada", {}, 4402), ("ada", {"preview": True}, 4402), ("bad", {}, 4401),
            ("banned", {}, 4403), ("staff", {"height": 0}, 4400), ("staff", {"preview": 1}, 4400),
        ]  # fmt: skip
        for token, hello, code in refused:
            async with stage.viewer(token, **hello) as ws:
                assert await close_code(ws) == code, (token, hello)
        assert stage.feed.viewers == 0
        async with (
            stage.viewer("staff", preview=True) as preview, stage.viewer("staff") as public,
            stage.viewer("staff") as third,
        ):  # fmt: skip
            assert (await text(preview))["type"] == "live"
            assert (await text(public))["type"] == "off"  # nothing is public
            assert await close_code(third) == 4503
            async with stage.viewer("staff-2") as other:
                assert (await text(other))["type"] == "off"
                async with stage.viewer("staff-3") as full:
                    assert await close_code(full) == 4503


async def test_viewers_leave_a_live_edge_that_is_staffs_alone_by_now() -> None:
    async with staged() as stage, stage.viewer("ada") as ada, stage.viewer("staff") as staff:
        assert (await text(ada))["type"] == (await text(staff))["type"] == "off"
        now = time.monotonic() + REVIEW_EVERY_S
        stage.registry.sweep(now)  # nothing has changed
        stage.show_row.has_live_edge = False
        stage.registry.sweep(now + 1)  # too early for another look
        assert stage.registry.viewers == 2
        stage.registry.sweep(now + REVIEW_EVERY_S)
        assert await close_code(ada) == 4402
        assert [one.claims.is_staff for one in stage.registry.holders()] == [True]


async def test_live_edge_ends_at_once_with_the_right_of_its_viewer() -> None:
    async with staged() as stage, stage.viewer("ada") as ada, stage.viewer("bea") as bea:
        stage.go_live()
        await text(ada)
        await text(bea)
        stage.registry.disconnect(lambda _brand, sub, _net: sub == "g:ada", 4401, "come in anew")
        assert await close_code(ada) == 4401
        assert stage.feed.viewers == 1
        await bea.send('{"type":"token","token":"carl"}')
        assert (await text(bea))["code"] == "bad-token"
        stage.registry.disconnect_viewers("timeline", 4404, "no such show")
        assert await close_code(bea) == 4404


async def test_ban_that_comes_while_the_stream_is_opened_counts() -> None:
    people = OpenAuthorizer()

    async def by_slug(_slug: str) -> Any:
        return SimpleNamespace(has_live_edge=True, channel_id="c1")

    async def opened(_channel: str) -> Any:
        people.banned.add("g:ada")  # she is no viewer yet whom the ban could end
        return SimpleNamespace(live_feed=LiveFeed())

    shows: Any = SimpleNamespace(by_slug=by_slug)
    streams: Any = SimpleNamespace(open=opened)
    with pytest.raises(AdmissionDenied) as denied:
        await LiveEdgeAuthorizer(shows, streams, people).admit("open", "ada", "", preview=False)
    assert denied.value.code == 4403


async def test_slow_viewer_is_skipped_to_a_key_frame_of_less_and_then_cut() -> None:
    at = [1000.0]
    async with staged(now=lambda: at[0]) as stage:
        stage.go_live()
        stage.show()
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.port, limit=1 << 16)
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
        slow = RawViewer(reader, writer)
        await slow.shake_hands("/live-edge/open")
        slow.say({"type": "hello", "token": "slow"})
        await slow.until("live")
        async with stage.viewer("ada") as ada:
            slow.stall()
            await await_until(lambda: stage.feed.viewers == 2, what="both")
            await take(ada, 3)  # words, the init segment, and a picture
            stage.show(30, bytes(60_000))
            await take(ada, 30)
            at[0] += 1.5  # bytes wait for longer than a second: nothing more until a key frame
            stage.show(30, bytes(60_000))
            await take(ada, 30)
            slow.go_on()
            frames = 0
            async with asyncio.timeout(10):
                while (told := await slow.frame())[0] != 1:  # its next words
                    frames += 1
                    if frames == 31:
                        stage.show(60)
            assert json.loads(told[1])["rung"] == "480p"
            assert frames == 32  # the init segment, and the pictures before the skip

            await take(ada, 60)
            slow.stall()
            stage.show(40, bytes(60_000))
            await take(ada, 40)
            at[0] += 6.5
            stage.registry.sweep(at[0])
            await await_until(lambda: stage.feed.viewers == 1, what="the slow one to be cut")
        slow.close()


def test_rung_is_tried_again_after_a_calm_time_that_doubles() -> None:
    rungs = [
        LiveRung(1, place, rung, init)
        for place, (rung, init) in enumerate(zip(RUNGS, INITS, strict=True))
    ]
    choice = RungChoice()
    choice.begin(rungs[0], rungs, 0)
    choice.too_slow(5)
    choice.begin(rungs[1], rungs, 6)
    choice.calm(45)
    assert choice.place == 1
    choice.calm(47)
    assert choice.place == 0
    choice.begin(rungs[0], rungs, 48)
    for at in (50, 52, 54):
        choice.too_slow(at)
    assert choice.place == 2
    choice.choose("480p")
    assert choice.place == 1
    choice.choose("none such")
    assert choice.place == 0


async def test_live_edge_refuses_other_addresses_and_closes_with_the_server() -> None:
    async with staged() as stage:
        with pytest.raises(InvalidStatus, match="404"):
            await connect(f"ws://127.0.0.1:{stage.port}/live-edge/open/more")
        async with stage.viewer() as ws:
            await text(ws)
            await stage.registry.shutdown()
            assert await close_code(ws) == 1012
        with pytest.raises(InvalidStatus, match="503"):
            await stage.dial()
