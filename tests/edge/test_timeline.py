"""The WebSocket door: resume without gaps or doubles, who is let in, bad frames, bans."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from showfloor.accounts.tokens import Claims
from showfloor.edge.hub import Hub
from showfloor.edge.ports import Admission, Turned
from showfloor.edge.timeline import TimelineApp
from showfloor.timeline.bus import Bus
from showfloor.timeline.log import Entry, Head, NoTimeline
from tests.support.asgi import served
from tests.support.waiting import await_until

BRAND, TIMELINE, EPOCH = "brand", "timeline", "epoch-1"


class MemoryLog:
    """The log, as a list."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.reads = 0
        self.after_read: Callable[[], None] = lambda: None

    def add(self, text: str) -> None:
        self.entries.append(Entry(len(self.entries) + 1, 1_000, "said", {"text": text}))

    async def head(self, timeline_id: str) -> Head:
        if timeline_id != TIMELINE:
            raise NoTimeline(timeline_id)
        return Head(len(self.entries), EPOCH)

    async def read(
        self, timeline_id: str, after: int, limit: int, until: int | None = None
    ) -> list[Entry]:
        self.reads += 1
        end = until if until is not None else len(self.entries)
        found = self.entries[after:end][:limit]
        self.after_read()
        return found


class OpenDoor:
    """Lets everyone into the show `open`, as the person whose name is the token."""

    async def admit(self, slug: str, token: str | None, address: str) -> tuple[Admission, Claims]:
        if slug != "open":
            raise Turned(4404, "no such show")
        roles = ("producer",) if token == "staff" else ()
        claims = Claims(f"g:{token or ''}", BRAND, roles=roles, network=f"net-of-{address}")
        return Admission(TIMELINE, BRAND), claims


class Stage:
    """A served timeline and what the tests do with it."""

    def __init__(self, port: int, log: MemoryLog, hub: Hub, bus: Bus) -> None:
        self.port, self.log, self.hub, self.bus = port, log, hub, bus

    def say(self, *texts: str) -> None:
        for text in texts:
            self.log.add(text)
        self.bus.wake(TIMELINE)

    def dial(self, slug: str = "open", origin: Origin | None = None) -> connect:
        return connect(
            f"ws://127.0.0.1:{self.port}/timeline/{slug}", origin=origin, compression=None
        )

    @asynccontextmanager
    async def follow(
        self, after: int, token: str = "a", epoch: str = EPOCH
    ) -> AsyncIterator[ClientConnection]:
        async with self.dial() as socket:
            await socket.send(
                json.dumps({"type": "hello", "token": token, "after": after, "epoch": epoch})
            )
            yield socket


@pytest.fixture
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    log, bus = MemoryLog(), Bus()
    hub = Hub(log, bus)
    hub.start()
    app = TimelineApp(
        hub, OpenDoor(), lambda origin, host: origin in {None, f"http://{host}"},
        trusted_proxies=getattr(request, "param", 0),
    )  # fmt: skip
    async with served(app) as port:
        yield Stage(port, log, hub, bus)
    hub.stop()


async def frame(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next frame of a kind."""
    async with asyncio.timeout(10):
        while True:
            got: dict[str, Any] = json.loads(await socket.recv())
            if got["type"] == kind:
                return got


async def texts_until(socket: ClientConnection, seq: int) -> list[str]:
    """The texts of all entries up to `seq`; fails on a gap or a double."""
    texts: list[str] = []
    expected: int | None = None
    while expected is None or expected <= seq:
        entries = await frame(socket, "entries")
        for entry in entries["entries"]:
            assert expected in {None, entry["seq"]}, f"{entry['seq']} after {expected}"
            expected = entry["seq"] + 1
            texts.append(entry["body"]["text"])
        assert (entries["from"], entries["to"]) == (
            entries["entries"][0]["seq"],
            entries["entries"][-1]["seq"],
        )
    return texts


async def test_a_viewer_gets_what_happened_since_and_what_happens_next(stage: Stage) -> None:
    stage.say("one", "two", "three")
    async with stage.follow(after=1) as socket:
        welcome = await frame(socket, "welcome")
        assert (welcome["seq"], welcome["epoch"]) == (3, EPOCH)
        assert await texts_until(socket, 3) == ["two", "three"]
        stage.say("four")
        assert await texts_until(socket, 4) == ["four"]


async def test_offline_for_a_while_misses_nothing_and_sees_nothing_twice(stage: Stage) -> None:
    stage.say("one")
    async with stage.follow(after=0) as socket:
        assert await texts_until(socket, 1) == ["one"]
    for number in range(150):  # more wake-ups than frames are kept
        stage.say(f"missed {number}")
    async with stage.follow(after=1) as socket:
        assert await texts_until(socket, 151) == [f"missed {number}" for number in range(150)]


async def test_many_entries_of_one_tick_are_one_frame(stage: Stage) -> None:
    async with stage.follow(after=0) as first, stage.follow(after=0, token="b") as second:
        await frame(first, "welcome")
        await frame(second, "welcome")
        stage.say(*(f"{number}" for number in range(40)))
        for socket in (first, second):
            entries = await frame(socket, "entries")
            assert (entries["from"], entries["to"]) == (1, 40)


async def test_a_lost_wake_up_costs_delay_and_no_entry(stage: Stage) -> None:
    async with stage.follow(after=0) as socket:
        await frame(socket, "welcome")
        stage.log.add("nobody was woken")
        assert await texts_until(socket, 1) == ["nobody was woken"]


async def test_a_position_of_another_epoch_or_from_the_future_starts_again(stage: Stage) -> None:
    stage.say("one")
    async with stage.follow(after=1, epoch="before-the-backup") as socket:
        await frame(socket, "restart")
    async with stage.follow(after=7) as socket:
        await frame(socket, "restart")


async def test_what_was_redacted_is_not_resent_from_memory(stage: Stage) -> None:
    async with stage.follow(after=0) as socket:
        await frame(socket, "welcome")
        stage.say("rude")
        await texts_until(socket, 1)
    stage.log.entries[0] = Entry(1, 1_000, "said", {"text": ""})
    stage.bus.wake(TIMELINE, redacted=True)
    async with stage.follow(after=0) as socket:
        assert await texts_until(socket, 1) == [""]


async def test_what_is_redacted_while_it_is_read_is_not_sent(stage: Stage) -> None:
    async with stage.follow(after=0) as socket:
        await frame(socket, "welcome")

        def redact() -> None:
            if stage.log.entries and stage.log.entries[0].body["text"] == "rude":
                stage.log.entries[0] = Entry(1, 1_000, "said", {"text": ""})
                stage.hub._feeds[TIMELINE].forget_frames()

        stage.log.after_read = redact
        stage.say("rude")
        assert await texts_until(socket, 1) == [""]


async def test_a_log_that_has_lost_entries_is_not_read_in_a_spin(stage: Stage) -> None:
    def not_for_ever() -> None:
        assert stage.log.reads < 50

    stage.say("one", "two")
    async with stage.follow(after=2) as there, stage.follow(after=2):
        await frame(there, "welcome")
        stage.log.entries.clear()
        stage.log.after_read = not_for_ever
        async with stage.follow(after=0) as behind:
            await frame(behind, "welcome")
            await behind.send('{"type":"ping"}')
            await frame(behind, "pong")
    assert stage.log.reads < 50


async def test_the_viewer_count_counts(stage: Stage) -> None:
    async with stage.follow(after=0) as first:
        assert (await frame(first, "count"))["count"] == 1
        async with stage.follow(after=0, token="b") as second:
            assert (await frame(second, "count"))["count"] == 2
    await await_until(lambda: stage.hub.viewers == 0)


async def test_staff_at_work_are_no_viewers(stage: Stage) -> None:
    async with stage.follow(after=0, token="staff"), stage.follow(after=0) as viewer:
        assert (await frame(viewer, "count"))["count"] == 1


async def test_a_ban_ends_the_connections_of_that_person_and_no_other(stage: Stage) -> None:
    async with stage.follow(after=0, token="troll") as troll, stage.follow(after=0) as good:
        await frame(troll, "welcome")
        await frame(good, "welcome")
        stage.hub.cut(lambda brand, sub, network: sub == "g:troll", 4403, "out")
        with pytest.raises(ConnectionClosed) as closed:
            await frame(troll, "entries")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403
        stage.say("still here")
        assert await texts_until(good, 1) == ["still here"]


@pytest.mark.parametrize(
    ("stage", "network"),
    [(0, "net-of-127.0.0.1"), (1, "net-of-192.0.2.7")],
    indirect=["stage"],
)
async def test_behind_a_proxy_the_network_is_the_visitors(stage: Stage, network: str) -> None:
    told: list[str] = []

    def covers(brand: str, sub: str, network: str) -> bool:
        told.append(network)
        return False

    forwarded = {"X-Forwarded-For": "198.51.100.1, 192.0.2.7"}
    async with connect(
        f"ws://127.0.0.1:{stage.port}/timeline/open", additional_headers=forwarded
    ) as socket:
        await socket.send(json.dumps({"type": "hello", "after": 0, "epoch": EPOCH}))
        await frame(socket, "welcome")
        stage.hub.cut(covers, 4403, "out")
        await await_until(lambda: told)
    assert told == [network]


async def test_a_cut_is_told_brand_person_and_network(stage: Stage) -> None:
    asked: list[tuple[str, str, str]] = []

    def covers(brand: str, sub: str, network: str) -> bool:
        asked.append((brand, sub, network))
        return network == "net-of-127.0.0.1"

    async with stage.follow(after=0, token="new-cookie") as socket:
        await frame(socket, "welcome")
        stage.hub.cut(covers, 4403, "out")
        with pytest.raises(ConnectionClosed):
            await frame(socket, "entries")
    assert asked == [(BRAND, "g:new-cookie", "net-of-127.0.0.1")]


async def test_a_show_that_is_hidden_keeps_its_staff_only(stage: Stage) -> None:
    async with stage.follow(after=0) as guest, stage.follow(after=0, token="staff") as staff:
        await frame(guest, "welcome")
        await frame(staff, "welcome")
        stage.hub.cut_viewers("another timeline", 4404, "no such show")
        stage.hub.cut_viewers(TIMELINE, 4404, "no such show")
        with pytest.raises(ConnectionClosed) as closed:
            await frame(guest, "entries")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4404
        stage.say("still here")
        assert await texts_until(staff, 1) == ["still here"]


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
async def test_a_foreign_origin_is_refused_at_the_handshake(stage: Stage, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with stage.dial(origin=Origin(origin)):
            pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    "hello",
    [
        "no json",
        "[]",
        '{"type":"ping"}',
        '{"type":"hello","after":-1}',
        '{"type":"hello","after":"1"}',
        '{"type":"hello","after":true}',
        '{"type":"hello","token":7}',
        "{" * 3000,
    ],
)
async def test_a_bad_first_frame_is_answered_with_its_code(stage: Stage, hello: str) -> None:
    async with stage.dial() as socket:
        await socket.send(hello)
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400


async def test_an_unknown_show_is_told_so(stage: Stage) -> None:
    async with stage.dial("nowhere") as socket:
        await socket.send('{"type":"hello"}')
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4404


async def test_pings_are_answered_with_the_servers_time(stage: Stage) -> None:
    async with stage.follow(after=0) as socket:
        await socket.send('{"type":"ping"}')
        assert (await frame(socket, "pong"))["now"].endswith("Z")
