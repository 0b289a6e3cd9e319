"""Server-sent events: what is said, how a client comes back, and how a stream ends."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest

from showfloor.accounts.tokens import Claims
from showfloor.edge.http.connection_slots import ConnectionSlots, Target
from showfloor.edge.http.responses import RequestRejected
from showfloor.edge.ports import Admission, AdmissionDenied
from showfloor.edge.sse.streams import StreamLimits
from tests.edge.endpoint_harness import (
    BACKSTAGE,
    EPOCH,
    GUEST,
    STAFF,
    EndpointHarness,
    endpoint_harness,
    served_endpoints,
    texts,
)
from tests.support.waiting import await_until

SHORT = StreamLimits(
    streams_max=2, life_s=0.6, life_spread_s=0.0, silence_s=0.2, take_within_s=0.5, look_s=0.1
)
FILL = 60  # ticks of 100 KB: more than sockets hold, and less than the ring


class Events:
    """What a client reads, as a browser would: fields until an empty line."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.last_id = ""
        self.retry_ms: list[int] = []
        self.comments = 0
        self._subscriptions = answer.aiter_lines()

    async def next(self, kind: str = "") -> Any:
        """The data of the next event, or of the next one of this type; None at the end."""
        async with asyncio.timeout(10):
            data: list[str] = []
            async for line in self._subscriptions:
                if not line:
                    event = json.loads("\n".join(data)) if data else None
                    data = []
                    if event is not None and kind in {"", event["type"]}:
                        return event
                    continue
                name, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if name == "data":
                    data.append(value)
                elif name == "id":
                    self.last_id = value
                elif name == "retry":
                    self.retry_ms.append(int(value))
                else:
                    assert name == ""
                    self.comments += 1
            return None


@asynccontextmanager
async def following(
    harness: EndpointHarness, path: str = "open?after=0", token: str | None = None, **headers: str
) -> AsyncIterator[Events]:
    sent = {"accept": "text/event-stream", **headers}
    if token is not None:
        sent["authorization"] = f"Bearer {token}"
    async with harness.client.stream(
        "GET", f"{harness.url}/timeline/{path}", headers=sent
    ) as answer:
        yield Events(answer)


@pytest.fixture
async def harness() -> AsyncIterator[EndpointHarness]:
    async with served_endpoints(streams=StreamLimits(look_s=0.1)) as harness:
        yield harness


@pytest.fixture
async def short() -> AsyncIterator[EndpointHarness]:
    """One whose streams are short, and whose patience is."""
    async with served_endpoints(streams=SHORT) as harness:
        yield harness


async def test_a_stream_says_what_has_happened_and_what_happens(harness: EndpointHarness) -> None:
    harness.say("one", "two")
    async with following(harness) as events:
        headers = events.answer.headers
        assert headers["content-type"] == "text/event-stream"
        assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
        assert headers["access-control-allow-origin"] == "*"
        welcome = await events.next()
        assert (welcome["type"], welcome["epoch"]) == ("welcome", EPOCH)
        assert texts(await events.next("entries")) == ["one", "two"]
        assert events.last_id == f"{EPOCH}:2"
        harness.say("three")
        assert texts(await events.next("entries")) == ["three"]
        assert events.last_id == f"{EPOCH}:3"
    assert 500 <= events.retry_ms[0] <= 2000


async def test_a_frame_is_the_tick_s_own_text(harness: EndpointHarness) -> None:
    harness.say("one\nwith a line break, and ö")
    tick = (await harness.get("open/ticks/1")).text
    async with following(harness) as events:
        frame = await events.next("entries")
    assert json.dumps(frame, ensure_ascii=False, separators=(",", ":")) == tick


async def test_a_browser_comes_back_where_it_was(harness: EndpointHarness) -> None:
    harness.say("one", "two", "three")
    async with following(harness, "open", **{"last-event-id": f"{EPOCH}:2"}) as events:
        assert texts(await events.next("entries")) == ["three"]
    # What the address says is only for the first time.
    async with following(harness, "open?after=0", **{"last-event-id": f"{EPOCH}:2"}) as events:
        assert texts(await events.next("entries")) == ["three"]


@pytest.mark.parametrize(
    ("path", "last"),
    [
        ("open", ""),
        ("open?after=9", ""),
        ("open?after=1&epoch=before", ""),
        ("open", "before:1"),
    ],
)
async def test_a_position_that_means_nothing_gets_a_snapshot(
    harness: EndpointHarness, path: str, last: str
) -> None:
    harness.say("one", "two")
    async with following(harness, path, **({"last-event-id": last} if last else {})) as events:
        assert (await events.next())["type"] == "welcome"
        snapshot = await events.next()
        assert snapshot == {
            "type": "snapshot", "snapshot": {"timeline": {"seq": 2, "epoch": EPOCH}},
        }  # fmt: skip
        assert events.last_id == f"{EPOCH}:2"
        harness.say("three")
        assert texts(await events.next("entries")) == ["three"]


async def test_history_that_was_replaced_ends_the_stream(short: EndpointHarness) -> None:
    short.say("one")
    async with following(short) as events:
        await events.next("entries")
        short.log.epoch = "epoch-2"
        short.hub._subscriptions[
            "timeline"
        ].feed.epoch = "epoch-2"  # as the feed finds it in the log
        assert await events.next("nothing") is None


async def test_a_stream_is_a_viewer_and_the_count_is_said(harness: EndpointHarness) -> None:
    async with following(harness) as events, following(harness, token=STAFF):
        await await_until(lambda: harness.streams.streams == 2)
        await await_until(lambda: harness.viewers == 1)  # staff at work are none
        assert (await events.next("count")) == {"type": "count", "count": 1, "exact": True}
    await await_until(lambda: harness.streams.streams == 0)
    assert harness.viewers == 0


async def test_a_stream_is_read_as_this_text(harness: EndpointHarness) -> None:
    """All of it, where an own stream comes along: what is of that has no `id`."""
    harness.say("one")
    harness.personal.add(f"g:{GUEST}-ana", "old", "paid")
    sent = {"accept": "text/event-stream", "authorization": f"Bearer {GUEST}-ana"}
    url = f"{harness.url}/timeline/open?after=0&epoch={EPOCH}&private=1"
    read = ""
    async with asyncio.timeout(10), harness.client.stream("GET", url, headers=sent) as answer:
        async for text in answer.aiter_text():
            read += text
            if all(f'"type":"{kind}"' in read for kind in ("entries", "private", "count")):
                break
    welcome, *events = read.removesuffix("\n\n").split("\n\n")
    assert re.fullmatch(r'retry: \d+\ndata: {"type":"welcome",[^{}\n]+,"retry_ms":\d+}', welcome)
    count, personal, entries = sorted(events)
    assert count == 'data: {"type":"count","count":1,"exact":true}'
    assert personal == (
        'data: {"type":"private","from":2,"to":2,"entries":[{"seq":2,'
        '"at":"1970-01-01T00:00:01.000Z","kind":"told","body":{"text":"paid"}}]}'
    )
    assert entries == (
        'id: epoch-1:1\ndata: {"type":"entries","tick":1,"from":1,"to":1,"entries":[{"seq":1,'
        '"at":"1970-01-01T00:00:01.000Z","kind":"said","body":{"text":"one"}}]}'
    )


async def test_personal_stream_is_sent_at_once_to_its_person_only() -> None:
    """Long before the next look at the count: it is woken."""
    ana, ben = f"{GUEST}-ana", f"{GUEST}-ben"
    async with (
        served_endpoints(streams=StreamLimits(look_s=60.0)) as harness,
        following(harness, "open?after=0&private=0", ana) as phone,
        following(harness, "open?after=0&private=0", ana) as laptop,
        following(harness, "open?after=0", ana) as not_asked,
        following(harness, "open?after=0&private=0", ben) as other,
        following(harness, "open?after=0&private=0") as nameless,
    ):
        everyone = (phone, laptop, not_asked, other, nameless)
        for events in everyone:
            await events.next("welcome")
        for text in ("paid", "sent"):
            harness.tell(f"g:{ana}", text)
            for events in (phone, laptop):
                frame = await events.next("private")
                assert texts(frame) == [text]
                assert events.last_id == ""
        harness.say("for all")
        for events in everyone:  # and nothing else was said before it
            while (frame := await events.next())["type"] == "count":
                pass
            assert texts(frame) == ["for all"]


async def test_response_with_a_personal_stream_is_not_cached(
    harness: EndpointHarness,
) -> None:
    path = "open?after=0&private=0"
    async with following(harness, path, f"{GUEST}-ana") as events:
        assert events.answer.headers["cache-control"] == "private, no-store"
        assert "access-control-allow-origin" not in events.answer.headers
    async with following(harness, path) as events:
        assert events.answer.headers["cache-control"] == "no-store"
        assert events.answer.headers["access-control-allow-origin"] == "*"


async def test_long_personal_stream_comes_in_several_frames(harness: EndpointHarness) -> None:
    ana = f"{GUEST}-ana"
    harness.personal.add(f"g:{ana}", *(str(number) for number in range(450)))
    async with following(harness, "open?after=0&private=0", ana) as events:
        frames = [await events.next("private") for _ in range(3)]
    assert [(frame["from"], frame["to"]) for frame in frames] == [(1, 200), (201, 400), (401, 450)]


async def test_client_that_does_not_take_its_personal_stream_is_dropped(
    harness: EndpointHarness,
) -> None:
    """And not kept for in ever more memory."""
    with Deaf(harness, "&private=0", f"{GUEST}-ana"):
        await await_until(lambda: len(harness.streams._open) == 1)  # a slot is counted before this
        [stream] = harness.streams._open
        for _ in range(FILL * 2):
            stream.send_personal(b'{"type":"private","text":"' + b"x" * 100_000 + b'"}')
        await await_until(lambda: harness.streams.streams == 0)


async def test_a_quiet_stream_says_that_it_is_there_and_ends_in_time(
    short: EndpointHarness,
) -> None:
    async with following(short) as events:
        assert await events.next("nothing") is None
    assert events.comments >= 1
    assert len(events.retry_ms) == 2  # at the beginning, and when to come back


async def test_stream_beyond_the_limit_is_refused(short: EndpointHarness) -> None:
    async with following(short) as one, following(short) as two:
        await one.next()
        await two.next()
        async with following(short) as three:
            assert three.answer.status_code == 503
            assert three.answer.headers["retry-after"] == "2"
    await await_until(lambda: short.streams.streams == 0)


async def test_one_network_does_not_take_all_the_seats() -> None:
    seats = ConnectionSlots(5, per_network=2)
    with ExitStack() as taken:
        for _ in range(2):
            taken.enter_context(seats.take(at("crowd")))
        with pytest.raises(RequestRejected):
            taken.enter_context(seats.take(at("crowd")))
        taken.enter_context(seats.take(at("elsewhere")))
        for _ in range(2):  # where no network is known, only the number of all counts
            taken.enter_context(seats.take(at("")))
        assert seats.taken == 5
    with seats.take(at("crowd")):
        assert seats.taken == 1


def at(network: str) -> Target:
    claims = Claims("g:", "brand", network=network)
    return Target("timeline", True, Admission("timeline", "brand"), claims)


async def test_banned_follower_gets_the_close_code(harness: EndpointHarness) -> None:
    async with following(harness, token=f"{GUEST}-ana") as banned, following(harness) as other:
        await banned.next()
        await other.next()
        harness.hub.disconnect(lambda _, subject, __: subject.endswith("ana"), 4403, "sent out")
        assert await banned.next("close") == {"type": "close", "code": 4403, "reason": "sent out"}
        assert await banned.next() is None
        harness.say("one")
        assert texts(await other.next("entries")) == ["one"]


async def test_a_ban_by_network_holds_for_streams_without_a_token(harness: EndpointHarness) -> None:
    harness.authorizer.banned_networks.add("127.0.0.1")
    async with following(harness) as events:
        assert events.answer.status_code == 403


async def test_a_show_that_is_not_public_is_streamed_to_staff(harness: EndpointHarness) -> None:
    harness.say("one")
    async with following(harness, "draft?after=0") as events:
        assert events.answer.status_code == 404
    async with following(harness, "draft?after=0", STAFF) as events:
        assert events.answer.headers["cache-control"] == "private, no-store"
        assert "access-control-allow-origin" not in events.answer.headers
        assert texts(await events.next("entries")) == ["one"]


async def test_backstage_is_streamed_to_staff(harness: EndpointHarness) -> None:
    harness.say("between us", to=BACKSTAGE)
    async with following(harness, "open/backstage?after=0", GUEST) as events:
        assert events.answer.status_code == 404
    async with following(harness, "open/backstage?after=0", STAFF) as events:
        assert texts(await events.next("entries")) == ["between us"]


async def test_head_asks_whether_there_is_a_stream(harness: EndpointHarness) -> None:
    answer = await harness.ask("HEAD", "open", accept="text/event-stream")
    assert answer.headers["content-type"] == "text/event-stream"
    assert harness.streams.streams == 0


class Deaf:
    """A client that asks for a stream and reads no more than it must."""

    def __init__(self, harness: EndpointHarness, query: str = "", token: str = GUEST) -> None:
        host, port = harness.url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        self.socket.sendall(
            f"GET /timeline/open?after=0{query} HTTP/1.1\r\nHost: shop.test\r\n"
            f"Authorization: Bearer {token}\r\nAccept: text/event-stream\r\n\r\n".encode()
        )

    def __enter__(self) -> "Deaf":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def read(self) -> bytes:
        """Everything until the end of the connection, however that comes."""
        self.socket.settimeout(10)
        parts = []
        try:
            while part := self.socket.recv(65_536):
                parts.append(part)
        except ConnectionResetError:
            pass
        return b"".join(parts)


async def fill(harness: EndpointHarness) -> None:
    """Say more than sockets hold, in ticks of their own."""
    for number in range(FILL):
        harness.log.add(f"{number} " + "x" * 100_000)
        harness.log.cut()
    harness.bus.wake("timeline")


async def test_a_client_that_takes_nothing_is_dropped(short: EndpointHarness) -> None:
    with Deaf(short):
        await await_until(lambda: short.streams.streams == 1)
        await fill(short)
        await await_until(lambda: short.streams.streams == 0)
    assert short.viewers == 0


async def test_redacted_text_that_waits_for_a_slow_client_is_dropped(
    harness: EndpointHarness,
) -> None:
    with Deaf(harness) as deaf:
        await await_until(lambda: harness.streams.streams == 1)
        await fill(harness)
        [stream] = harness.streams._open
        await await_until(lambda: 0 < stream._unsent_from < stream._cursor)
        last = stream._cursor  # of what waits: not a byte of it has left
        harness.redact(last)
        await await_until(lambda: harness.streams.streams == 0)
        read = await asyncio.to_thread(deaf.read)
    assert b'"text":"0 x' in read
    assert f'"seq":{last},'.encode() not in read


async def test_a_slow_client_misses_nothing(harness: EndpointHarness) -> None:
    async with following(harness) as events:
        await events.next()
        await fill(harness)
        said: list[str] = []
        while len(said) < FILL:
            said += texts(await events.next("entries"))
    assert [text.split()[0] for text in said] == [str(number) for number in range(FILL)]


@pytest.mark.parametrize("path", ["open", "open/ticks/1"])
async def test_person_banned_while_the_timeline_opens_is_denied(path: str) -> None:
    async with endpoint_harness() as harness:

        def check_again(claims: Claims) -> None:
            assert claims.sub == f"g:{GUEST}"
            raise AdmissionDenied(4403, "sent out of this show")

        harness.hub.check_again = check_again
        answer = await harness.get(path, GUEST, accept="text/event-stream")
        assert (answer.status_code, answer.json()["code"]) == (403, "banned")
        assert (harness.viewers, harness.ticks.waiting, harness.streams.streams) == (0, 0, 0)
