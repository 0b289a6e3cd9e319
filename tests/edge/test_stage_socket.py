"""The stage's socket: a studio and its guests hear each other, and nobody else does."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from showfloor.adapters.memory.link import MemoryExchange
from showfloor.edge.ports import AdmissionDenied
from showfloor.edge.stage import connection, messages
from showfloor.edge.stage.authorizer import StageAuthorizer
from showfloor.edge.stage.registry import (
    GONE_AFTER_S,
    LOOK_EVERY_S,
    StageRegistry,
    new_name,
)
from showfloor.stage import notices
from showfloor.timeline.bus import Bus
from tests.edge.socket_harness import OpenAuthorizer
from tests.support.asgi import served
from tests.support.waiting import await_until

OFFER = {"call": "c1", "kind": "offer", "sdp": "v=0"}
ANSWER = {"call": "c1", "kind": "answer", "sdp": "v=0"}


class MemorySeats:
    """Guests in the show `show-1` at the address `open`; their seats are named like them."""

    def __init__(self) -> None:
        self.guests = {"ana", "bea"}
        self.left: list[str] = []

    async def open(self, seat: str) -> tuple[str, str, str] | None:
        slug = "other" if seat == "far" else "open"
        return ("show-1", slug, seat) if seat in {*self.guests, "far"} else None

    async def inside(self, guest_ids: Collection[str]) -> set[str]:
        return self.guests & set(guest_ids)

    async def gone(self, guest_id: str) -> None:
        self.left.append(guest_id)


class Process:
    """One process with its own bus and its own port."""

    def __init__(self, port: int, registry: StageRegistry, bus: Bus) -> None:
        self.port, self.registry, self.bus = port, registry, bus

    @asynccontextmanager
    async def page(self, page: str = "p1", **hello: Any) -> AsyncIterator[ClientConnection]:
        """A page that has been let in."""
        async with self.dial() as ws:
            await ws.send(json.dumps({"type": "hello", "page": page, **hello}))
            assert (await heard(ws))["type"] == "welcome"
            yield ws

    def dial(self) -> connect:
        address = f"ws://127.0.0.1:{self.port}/timeline/open/stage"
        return connect(address, compression=None, proxy=None)


class Time:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@asynccontextmanager
async def processes(count: int = 1, now: Time | None = None) -> AsyncIterator[Any]:
    """The processes, then their common seats."""
    exchange, seats = MemoryExchange(), MemorySeats()
    made: list[Process] = []
    async with AsyncExitStack() as stack:
        for _ in range(count):
            bus = Bus()
            exchange.join(bus)
            people: Any = OpenAuthorizer()
            admission = StageAuthorizer(people, seats)
            registry = StageRegistry(admission, bus, lambda *_: True, now=now or Time())
            registry.start()
            stack.callback(registry.stop)
            port = await stack.enter_async_context(served(_nothing, connection.protocol(registry)))
            stack.push_async_callback(registry.shutdown)
            made.append(Process(port, registry, bus))
        yield *made, seats


async def _nothing(_scope: Any, _receive: Any, _send: Any) -> None:
    raise AssertionError("nobody asks")


async def heard(ws: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(5):
        told: dict[str, Any] = json.loads(await ws.recv())
        return told


async def say(ws: ClientConnection, body: Any, **more: Any) -> None:
    await ws.send(json.dumps({"type": "signal", "body": body, **more}))


async def is_silent(ws: ClientConnection) -> bool:
    """Whether nothing was sent before the answer to a ping."""
    await ws.send('{"type":"ping"}')
    return await heard(ws) == {"type": "pong"}


async def end_of(ws: ClientConnection) -> int | None:
    async with asyncio.timeout(5):
        with contextlib.suppress(ConnectionClosed):
            async for _message in ws:
                pass
    return ws.close_code


@pytest.mark.parametrize("count", [1, 2])
async def test_studio_and_guest_hear_each_other_and_no_other_guest_does(count: int) -> None:
    """In one process, and in two with only their bus between them."""
    async with processes(count) as (*all_of_them, seats):
        first, last = all_of_them[0], all_of_them[-1]
        async with first.page(seat="ana") as ana, last.page("p2", seat="bea") as bea:
            async with last.page(token="staff-lea") as studio:
                came = [await heard(studio), await heard(studio)]
                assert sorted(one["id"] for one in came) == ["ana", "bea"]
                assert {"type": "guest", "id": "ana", "page": "p1"} in came
                for guest in (ana, bea):
                    assert await heard(guest) == {"type": "studio", "here": True}
                await say(studio, {**OFFER, "extra": "<script>"}, to="ana")
                assert await heard(ana) == {"type": "signal", "body": OFFER}
                await say(ana, ANSWER)
                assert await heard(studio) == {"type": "signal", "from": "ana", "body": ANSWER}
                assert await is_silent(bea)

                # Somebody was removed: she is put out, whichever process she is connected to.
                seats.guests.discard("ana")
                last.bus.publish(notices.TOPIC, notices.changed("show-1"))
                assert await end_of(ana) == 4402
                told = [await heard(studio), await heard(studio)]
                assert {"type": "changed"} in told
                assert {"type": "gone", "id": "ana"} in told
                assert await heard(bea) == {"type": "changed"}
            assert await heard(bea) == {"type": "studio", "here": False}


async def test_newest_page_takes_the_place_of_the_one_before() -> None:
    async with processes(2) as (first, second, _seats), AsyncExitStack() as pages:
        old = await pages.enter_async_context(first.page(token="staff-lea"))
        async with second.page("phone", token="staff-lea") as studio:
            assert await end_of(old) == 4503
            async with first.page("a", seat="ana") as tab:
                assert (await heard(studio))["page"] == "a"
                async with second.page("b", seat="ana") as other:
                    assert await end_of(tab) == 4503
                    assert await heard(studio) == {"type": "guest", "id": "ana", "page": "b"}
                    assert await heard(other) == {"type": "studio", "here": True}
                    await say(studio, OFFER, to="ana")
                    assert await heard(other) == {"type": "signal", "body": OFFER}
                assert await heard(studio) == {"type": "gone", "id": "ana"}


def test_later_page_is_the_newer_one_also_within_a_millisecond() -> None:
    names = [new_name() for _ in range(1000)]
    assert names == sorted(names)


STRANGERS: list[tuple[dict[str, Any], int]] = [
    ({"token": "viewer"}, 4402),  # neither host nor producer
    ({"token": "bad"}, 4401),
    ({"token": "banned"}, 4403),
    ({"seat": "nobody"}, 4401),
    ({"seat": "far"}, 4401),  # a seat at another show
    ({"seat": "ana", "token": "staff-lea"}, 4400),
    ({}, 4400),
    ({"seat": 7}, 4400),
    ({"seat": "ana", "page": "x" * 65}, 4400),
]


async def test_nobody_else_comes_in() -> None:
    async with processes() as (process, _seats):
        for hello, code in STRANGERS:
            async with process.dial() as ws:
                await ws.send(json.dumps({"type": "hello", "page": "p", **hello}))
                assert (hello, await end_of(ws)) == (hello, code)


CANDIDATE = {"candidate": "candidate:1", "sdpMid": "0", "sdpMLineIndex": 0}


@pytest.mark.parametrize(
    "body",
    [
        None, [], {}, {"call": "c"}, {**OFFER, "call": ""}, {**OFFER, "call": 1},
        {**OFFER, "call": "x" * 65}, {**OFFER, "kind": "shout"}, {**OFFER, "kind": ["offer"]},
        {**OFFER, "sdp": ""}, {**OFFER, "sdp": "v" * 24_001}, {**OFFER, "sdp": None},
        {"call": "c", "kind": "state", "muted": "yes"},
        {"call": "c", "kind": "candidates", "candidates": [CANDIDATE] * 21},
        {"call": "c", "kind": "candidates", "candidates": ["x"]},
        {"call": "c", "kind": "candidates", "candidates": [{**CANDIDATE, "candidate": "x" * 601}]},
        {"call": "c", "kind": "candidates", "candidates": [{**CANDIDATE, "sdpMLineIndex": True}]},
        {"call": "c", "kind": "candidates", "candidates": [{**CANDIDATE, "sdpMid": {}}]},
    ],
)  # fmt: skip
def test_signal_that_is_none_is_refused(body: Any) -> None:
    with pytest.raises(AdmissionDenied) as raised:
        messages.parse_signal({"type": "signal", "body": body})
    assert raised.value.code == 4400


async def test_hostile_client_is_cut_and_the_studio_hears_nothing_of_it() -> None:
    too_big = json.dumps({"type": "signal", "body": {**OFFER, "sdp": "v" * 40_000}})
    hostile = [
        ('{"type":"signal","body":{}}', 4400), ('{"type":"shout"}', 4400), ("[]", 4400),
        (b"\x00", 4400), (too_big, 1009), ('{"type":"token","token":"staff"}', 4400),
    ]  # fmt: skip
    async with processes() as (process, _seats), process.page(token="staff-lea") as studio:
        for sent, code in hostile:
            async with process.page(seat="ana") as guest:
                await guest.send(sent)
                assert await end_of(guest) == code
            assert [(await heard(studio))["type"] for _ in range(2)] == ["guest", "gone"]
        async with process.page(seat="ana") as guest:
            for _ in range(connection.StageConnection.frames_max):
                await guest.send('{"type":"ping"}')
            assert await end_of(guest) == 4429
        await heard(studio)
        await heard(studio)
        # A studio's signal names its guest.
        await say(studio, OFFER)
        assert await end_of(studio) == 4400


async def test_guest_who_does_not_come_back_has_left_and_a_silent_page_is_cut() -> None:
    time = Time()
    async with processes(now=time) as (process, seats):
        registry = process.registry
        async with process.page(seat="ana"):
            pass
        await await_until(lambda: not registry.holders() and not registry._live())
        async with process.page(seat="ana"), process.page(seat="bea") as bea:
            time.at += GONE_AFTER_S + 1  # `ana` is back
            registry.sweep(time.at)
            assert await end_of(bea) == 4408  # nothing was heard of either
        await await_until(lambda: not registry._live())
        time.at += GONE_AFTER_S - 1
        registry.sweep(time.at)
        await asyncio.sleep(0)
        assert seats.left == []
        time.at += 2
        registry.sweep(time.at)
        await await_until(lambda: sorted(seats.left) == ["ana", "bea"])

        # A notice that got lost: the next look finds the guest who was removed.
        async with process.page(seat="ana") as ana:
            seats.guests.discard("ana")
            time.at += 14
            await ana.send('{"type":"ping"}')
            assert await heard(ana) == {"type": "pong"}
            time.at += LOOK_EVERY_S - 13
            registry.sweep(time.at)
            assert await end_of(ana) == 4402


@pytest.mark.parametrize("count", [1, 2], ids=["one-process", "two-processes"])
async def test_restart_of_a_process_tells_no_studio_that_its_guests_have_gone(count: int) -> None:
    async with processes(count) as (*made, _seats):
        first, last = made[0], made[-1]
        async with first.page(seat="ana") as ana, last.page(token="staff-lea") as studio:
            assert (await heard(studio))["id"] == "ana"
            assert await heard(ana) == {"type": "studio", "here": True}
            await first.registry.shutdown()
            assert await last_words(ana) == []
            if count == 1:
                assert await last_words(studio) == []
            else:
                assert await is_silent(studio)


async def last_words(ws: ClientConnection) -> list[Any]:
    told: list[Any] = []
    async with asyncio.timeout(5):
        with contextlib.suppress(ConnectionClosed):
            while True:
                told.append(json.loads(await ws.recv()))
    return told
