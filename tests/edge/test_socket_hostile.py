"""Clients that break the rules, flood, stall or say nothing, against the served socket."""

import asyncio
import contextlib
import gc
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from typing import override

import pytest
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from showfloor.edge.fanout.limits import FanoutLimits, HubLimits
from showfloor.edge.fanout.viewer import State
from showfloor.edge.websocket.connection import Connection
from showfloor.edge.websocket.registry import SocketLimits
from showfloor.timeline.commands import Command, Outcome
from tests.edge.socket_harness import (
    Closed,
    RawViewer,
    SocketHarness,
    close_code,
    everyone_in,
    frame,
    masked,
    opening,
    socket_harness,
    texts_until,
)
from tests.support.commands import MadeUpCommands
from tests.support.waiting import await_until, pace

OFTEN_SWEPT = HubLimits(sweep_every_s=0.02)

type Loop = Callable[[], asyncio.AbstractEventLoop]

LOOPS: list[Loop] = [
    asyncio.new_event_loop,
    uvloop.new_event_loop,
]
on_both_loops = pytest.mark.parametrize("loop", LOOPS, ids=["asyncio", "uvloop"])


@pytest.fixture
async def harness() -> AsyncIterator[SocketHarness]:
    async with socket_harness() as made:
        yield made


def run(
    loop: Loop,
    work: Callable[[SocketHarness], Coroutine[None, None, None]],
    hub_limits: HubLimits | None = None,
) -> None:
    """A scenario on the event loop that is served by, and on the one that tests run on."""

    async def with_harness() -> None:
        async with socket_harness(hub_limits=hub_limits) as made:
            await work(made)

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(with_harness())


def run_alone(loop: Loop, work: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run a scenario that makes a harness of its own."""
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(work())


async def connected(harness: SocketHarness) -> RawViewer:
    viewer = RawViewer(*await asyncio.open_connection("127.0.0.1", harness.port))
    await viewer.shake_hands()
    return viewer


# --- the handshake -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (opening("/timeline/open", "Origin: null"), 403),
        (opening("/timeline/open", "Origin: http://test", "Origin: http://test"), 403),
        (opening("/timeline/open", "Origin: http://test.evil.example"), 403),
        (opening("/timeline/"), 404),
        (opening("/timeline/open/ticks"), 404),
        (opening("/timeline/../open"), 404),
        (opening("/timeline/" + "x" * 81), 404),
        (opening("/timeline/open?after=-1"), 400),
        (opening("/timeline/open?after=1e3"), 400),
        (opening("/timeline/open?after=99999999999999999"), 400),
        (opening().replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"c2hvcnQ="), 400),
        (opening().replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"***"), 400),
        (opening().replace(b"Sec-WebSocket-Key", b"X-Key"), 400),
        (opening().replace(b"Version: 13", b"Version: 8"), 426),
        (opening().replace(b"GET", b"POST"), 405),
    ],
)  # fmt: skip
async def test_malformed_handshake_is_refused_without_a_frame(
    harness: SocketHarness, request_head: bytes, status: int
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", harness.port)
    writer.write(request_head)
    async with asyncio.timeout(10):
        answer = await reader.read()  # to the end: the connection is closed
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert answer.endswith(b"\r\n\r\n"), "no body, no frame"
    assert b"set-cookie" not in answer.lower()
    writer.close()
    assert len(harness.sockets) == 0


async def test_the_answer_of_the_specification(harness: SocketHarness) -> None:
    """Section 1.3. An extension or a protocol that is offered is not taken."""
    reader, writer = await asyncio.open_connection("127.0.0.1", harness.port)
    offers = ("Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Protocol: chat")
    writer.write(opening("/timeline/open", *offers))
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    assert head[0] == "HTTP/1.1 101 Switching Protocols"
    assert "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
    assert not [line for line in head if "Extensions" in line or "Protocol:" in line]
    writer.close()


async def test_client_without_origin_is_let_in_and_its_cookies_are_ignored(
    harness: SocketHarness,
) -> None:
    viewer = RawViewer(*await asyncio.open_connection("127.0.0.1", harness.port))
    viewer.writer.write(opening("/timeline/open/backstage", "Cookie: sessionid=of-staff"))
    await viewer.reader.readuntil(b"\r\n\r\n")
    viewer.say({"type": "hello"})
    assert await viewer.close_code() == 4404
    viewer.close()


# --- what is said --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hello",
    [
        b"no json",
        b"[]",
        b'{"type":"ping2"}',
        b'{"type":"command","id":"1","name":"message"}',
        b'{"type":"hello","after":-1}',
        b'{"type":"hello","after":"1"}',
        b'{"type":"hello","after":true}',
        b'{"type":"hello","after":1.5}',
        b'{"type":"hello","after":NaN}',
        b'{"type":"hello","after":9007199254740992}',
        b'{"type":"hello","token":7}',
        b'{"type":"hello","epoch":[]}',
        b'{"type":"hello","private":1}',
        b'{"type":"hello","private":{"after":-1}}',
        b'{"type":"hello","epoch":"\\ud800"}',
        b'{"a":' * 600,
        b"1" * 4000,
    ],
)
async def test_a_bad_first_frame_is_answered_with_its_code(
    harness: SocketHarness, hello: bytes
) -> None:
    viewer = await connected(harness)
    viewer.writer.write(masked(hello))
    assert await viewer.close_code() == 4400
    viewer.close()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (masked(b"x" * 4097), 1009),
        (masked(b"\xff\xfe"), 1007),
        (masked(b"x", 0x82), 4400),
        (b"\x81\x05hello", 1002),
        (masked(b"", 0xC1), 1002),
        (masked(b'{"type":"hello"}'), 4400),  # again
        (masked(b'{"type":"nonsense"}'), 4400),
        (masked(b'{"type":"command","id":"' + b"x" * 65 + b'"}'), 4400),
        (masked(b'{"type":"ping","a":1}') * 61, 4429),
        (masked(b"", 0x89) * 61, 4429),
        (masked(b'{"type":"token","token":"bad"}') * 41, 4429),
        (masked(b"", 0x8A) * 300, 4429),
    ],
)
async def test_protocol_error_ends_with_its_close_code(
    harness: SocketHarness, sent: bytes, code: int
) -> None:
    viewer = await harness.raw()
    viewer.writer.write(sent)
    assert await viewer.close_code() == code
    viewer.close()


async def test_close_and_ping_are_answered_as_the_specification_says(
    harness: SocketHarness,
) -> None:
    viewer = await harness.raw()
    viewer.writer.write(masked(b"abc", 0x89))
    while (got := await viewer.frame())[0] != 10:
        assert got[0] == 1
    assert got[1] == b"abc"
    viewer.writer.write(masked((1000).to_bytes(2) + b"bye", 0x88))
    assert await viewer.close_code() == 1000
    assert await viewer.reader.read() == b"", "and the connection is closed"
    await everyone_in(harness, 0)
    viewer.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    chunks=st.lists(
        st.binary(max_size=300)
        | st.binary(max_size=100).map(masked)
        | st.sampled_from(
            [b'{"type":"hello","after":0}', b'{"type":"ping"}', b'{"type":"token","token":"a"}']
        ).map(masked)
        | st.tuples(st.binary(max_size=20), st.integers(0, 255)).map(lambda p: masked(*p)),
        max_size=8,
    )
)
def test_no_bytes_hurt_anyone_else(chunks: list[bytes]) -> None:
    async def attack(harness: SocketHarness) -> None:
        problems: list[dict[str, object]] = []
        asyncio.get_running_loop().set_exception_handler(
            lambda _loop, context: problems.append(context)
        )
        harness.say("one")
        async with harness.follow() as there:
            viewer = await connected(harness)
            for chunk in chunks:
                viewer.writer.write(chunk)
                with contextlib.suppress(ConnectionError):
                    await viewer.writer.drain()
            viewer.writer.write_eof()
            harness.say("two")
            assert await texts_until(there, 2, 0) == ["one", "two"]
            viewer.close()
            await everyone_in(harness, 1)
        assert problems == []

    run(asyncio.new_event_loop, attack)


# --- limits --------------------------------------------------------------------------------------


async def test_client_without_a_hello_is_disconnected() -> None:
    async with socket_harness(limits=SocketLimits(hello_s=0.2), hub_limits=OFTEN_SWEPT) as harness:
        viewer = await connected(harness)
        viewer.writer.write(masked(b"", 0x89))  # also who only pings
        assert await viewer.close_code() == 4400
        viewer.close()


async def test_silent_client_is_disconnected_and_pinging_client_stays() -> None:
    async with (
        socket_harness(limits=SocketLimits(silent_s=0.3), hub_limits=OFTEN_SWEPT) as harness,
        harness.follow(token="silent") as silent,
        harness.follow(token="b") as pinging,
    ):

        async def ping() -> None:
            while True:
                await pinging.send('{"type":"ping"}')
                await frame(pinging, "pong")
                await pace(0.1)  # the client's own rhythm

        async with asyncio.TaskGroup() as group:
            pings = group.create_task(ping())
            assert await close_code(silent) == 4408
            pings.cancel()
        assert len(harness.sockets) == 1


async def test_client_that_does_not_answer_a_close_is_dropped() -> None:
    async with socket_harness(limits=SocketLimits(close_s=0.1), hub_limits=OFTEN_SWEPT) as harness:
        viewer = await harness.raw()
        viewer.writer.write(masked(b"\xff"))
        with pytest.raises(Closed):
            await viewer.until("entries")
        async with asyncio.timeout(10):
            assert await viewer.reader.read() == b""
        await await_until(lambda: len(harness.sockets) == 0)
        viewer.close()


@pytest.mark.parametrize(
    "limits",
    [SocketLimits(connections=3), SocketLimits(per_network=3), SocketLimits(per_person=3)],
    ids=["in-all", "per-network", "per-person"],
)
async def test_there_is_room_for_so_many(limits: SocketLimits) -> None:
    async with socket_harness(limits=limits) as harness, contextlib.AsyncExitStack() as stack:
        three = [await stack.enter_async_context(harness.follow(token="a")) for _ in range(3)]
        for socket in three:
            await frame(socket, "welcome")
        async with harness.dial() as fourth:
            if limits.per_person:
                await fourth.send(json.dumps({"type": "hello", "token": "a"}))
            assert await close_code(fourth) == 4503
        if limits.per_person:
            async with harness.follow(token="someone else") as other:
                await frame(other, "welcome")
        await three.pop().close()
        await everyone_in(harness, 2)
        async with harness.follow(token="a") as again:
            await frame(again, "welcome")


async def test_nameless_guests_are_no_person() -> None:
    async with (
        socket_harness(limits=SocketLimits(per_person=1)) as harness,
        harness.follow(token=None) as one,
        harness.follow(token=None) as other,
    ):
        await frame(one, "welcome")
        await frame(other, "welcome")


# --- stalled -------------------------------------------------------------------------------------


def connections(harness: SocketHarness) -> list[Connection]:
    return [one for one in harness.sockets._connections if isinstance(one, Connection)]


@on_both_loops
def test_client_that_reads_nothing_costs_one_frame_and_delays_no_other(
    loop: Loop,
) -> None:
    async def stall(harness: SocketHarness) -> None:
        stalled = await harness.raw(token="stalled")
        stalled.stall()
        text, count = "x" * 9000, 0
        async with harness.follow() as there:
            await frame(there, "welcome")
            [blocked] = [c for c in connections(harness) if c.claims.sub == "g:stalled"]
            while blocked.state is not State.BLOCKED:
                harness.log.add(*[f"{count + n} {text}" for n in range(50)])
                harness.log.cut()
                harness.bus.wake("timeline")
                count += 50
                await texts_until(there, count, count - 50)
            waiting = blocked.transport.get_write_buffer_size()
            for _ in range(5):
                harness.say("more")
                count += 1
                await texts_until(there, count, count - 1)
            assert blocked.transport.get_write_buffer_size() == waiting < 600_000
            stalled.go_on()
            texts = await texts_until(stalled, count, 0)
            assert len(texts) == count
            harness.say("and on")
            assert await texts_until(stalled, count + 1, count) == ["and on"]
            assert await texts_until(there, count + 1, count) == ["and on"]
        stalled.close()

    run(loop, stall)


@on_both_loops
def test_client_that_reads_nothing_for_long_is_disconnected(loop: Loop) -> None:
    async def stall(harness: SocketHarness) -> None:
        stalled = await harness.raw(token="stalled")
        stalled.stall()
        while harness.hub.viewers:
            harness.log.add(*["x" * 9000 for _ in range(50)])
            harness.log.cut()
            harness.bus.wake("timeline")
            await pace(0.01)
        stalled.go_on()
        assert await stalled.close_code() in {4408, 0}
        stalled.close()

    run(loop, stall, replace(OFTEN_SWEPT, fanout=FanoutLimits(stalled_max_s=0.1)))


class LongAnswers(MadeUpCommands):
    """Answers every command at length."""

    SIZE = 2_000_000

    def __init__(self) -> None:
        super().__init__()
        self.done = 0

    @override
    async def submit(self, command: Command) -> Outcome:
        self.done += 1
        return Outcome(self.done, {"text": "x" * self.SIZE})


@on_both_loops
def test_client_that_never_reads_its_answers_is_disconnected(loop: Loop) -> None:
    async def work() -> None:
        commands = LongAnswers()
        async with socket_harness(commands=commands) as harness:
            reading = await harness.raw(token="reads")
            stalled = await harness.raw(token="stalled")
            stalled.stall()
            asks = [
                {"type": "command", "id": f"c{number}", "name": "message", "body": {}}
                for number in range(8)
            ]
            for ask in asks:
                stalled.say(ask)
            await await_until(lambda: len(harness.sockets) == 1)
            [there] = connections(harness)
            assert there.claims.sub == "g:reads"
            for ask in asks:
                reading.say(ask)
                assert (await reading.until("ack"))["id"] == ask["id"]
            reading.close()
            stalled.close()

    run_alone(loop, work)


@on_both_loops
def test_many_come_and_go_by_every_way_out(
    loop: Loop,
) -> None:
    """Resets, ends and closes, while entries go out to all; nobody gets another's bytes."""

    async def storm(harness: SocketHarness) -> None:
        async def come_and_go(number: int) -> None:
            after = len(harness.log.entries)
            viewer = await harness.raw(after, token=f"t{number}")
            await texts_until(viewer, after + 3, after)
            if number % 3 == 0:
                viewer.close()
            elif number % 3 == 1:
                viewer.writer.write(masked(b"", 0x88))
                assert await viewer.close_code() == 0
            else:
                viewer.writer.write_eof()
            await asyncio.sleep(0)
            viewer.close()

        async def write() -> None:
            while True:
                harness.log.add("said")
                harness.log.cut()
                harness.bus.wake("timeline")
                await pace(0.002)

        writing = asyncio.create_task(write())
        async with asyncio.TaskGroup() as group:
            for number in range(150):
                group.create_task(come_and_go(number))
        writing.cancel()
        await everyone_in(harness, 0)
        await await_until(lambda: len(harness.sockets) == 0)
        gc.collect()
        assert not [o for o in gc.get_objects() if isinstance(o, Connection)], "nothing is kept"

    run(loop, storm)
