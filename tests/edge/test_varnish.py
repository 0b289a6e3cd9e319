"""Behind a real Varnish with the configuration that we ship: one answers for many, and what was
taken back is in no answer of it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import httpx
import pytest

from showfloor.adapters.purge.http import HttpPurge, PurgeLimits
from tests.edge.endpoint_harness import (
    EPOCH,
    GUEST,
    STAFF,
    EndpointHarness,
    served_endpoints,
    texts,
)
from tests.support.varnish import Varnish, find_varnish, varnish_in_front_of
from tests.support.waiting import await_until

pytestmark = [
    pytest.mark.skipif(find_varnish() is None, reason="there is no varnishd here"),
]
HOST = "shop.test"
CLIENTS = 50


@dataclass
class Front:
    """A cache, the endpoints behind it, and a client in front of it."""

    harness: EndpointHarness
    varnish: Varnish
    client: httpx.AsyncClient
    purge: HttpPurge

    async def get(self, path: str, token: str | None = None, **headers: str) -> httpx.Response:
        return await self.ask("GET", path, token, headers=headers)

    async def ask(
        self, method: str, path: str, token: str | None = None, *,
        headers: dict[str, str] | None = None, content: bytes | None = None,
    ) -> httpx.Response:  # fmt: skip
        sent = {"host": HOST, **(headers or {})}
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        url = f"{self.varnish.url}/timeline/{path}"
        return await self.client.request(method, url, headers=sent, content=content)

    def asked(self, path: str) -> int:
        """How often the origin was asked for it."""
        return self.harness.requests.count(f"GET /timeline/{path}")

    async def forget(self, *paths: str) -> None:
        """Have it purged, as `adapters.purge.cache_purger` does."""
        await self.purge.purge([f"/timeline/{path}" for path in paths])
        await await_until(lambda: self.purge.pending == 0, what="the cache to answer")


@asynccontextmanager
async def fronted() -> AsyncIterator[Front]:
    limits = httpx.Limits(max_connections=200)
    async with served_endpoints() as harness:
        with varnish_in_front_of(int(harness.url.rpartition(":")[2])) as varnish:
            purge = HttpPurge([varnish.url], HOST, PurgeLimits(again_s=()))
            purge.start()
            async with httpx.AsyncClient(timeout=30, limits=limits) as client:
                yield Front(harness, varnish, client, purge)
            await purge.stop()


@pytest.fixture
async def front() -> AsyncIterator[Front]:
    async with fronted() as front:
        yield front


async def test_cache_sends_one_request_for_all_who_wait_for_a_tick(front: Front) -> None:
    for number in (1, 2, 3):
        await a_crowd_waits_for(front, number)


async def a_crowd_waits_for(front: Front, number: int) -> None:
    harness, path = front.harness, f"open/ticks/{number}"
    requests = [asyncio.create_task(front.get(path)) for _ in range(CLIENTS)]
    waiting = number * (CLIENTS - 1)  # those whom the cache has put aside, since it began
    await await_until(lambda: front.varnish.counted("MAIN.busy_sleep") == waiting)
    await await_until(lambda: harness.ticks.waiting == 1)
    assert not any(request.done() for request in requests)
    harness.say(f"message {number}")
    answers = await asyncio.wait_for(asyncio.gather(*requests), 10)
    assert {answer.status_code for answer in answers} == {200}
    assert front.asked(path) == 1
    assert {answer.text for answer in answers} == {(await harness.get(path)).text}


async def test_not_yet_does_not_outlive_the_tick(front: Front) -> None:
    """A cache's usual grace would go on saying it for as long as the next one is waited for."""
    harness, path = front.harness, "open/ticks/2"
    assert (await front.get(path)).status_code == 404
    harness.say("one")
    while True:
        request = asyncio.create_task(front.get(path))
        await await_until(partial(one_is_answered_or_waits, harness, request))
        if not request.done():
            break
        assert (request.result().status_code, request.result().headers["age"]) in NOT_YET
    harness.say("two")
    answer = await asyncio.wait_for(request, 10)
    assert (answer.status_code, texts(answer.json())) == (200, ["two"])


NOT_YET = {(404, "0"), (404, "1")}


def one_is_answered_or_waits(
    harness: EndpointHarness, request: "asyncio.Task[httpx.Response]"
) -> bool:
    return request.done() or harness.ticks.waiting == 1


async def test_a_range_is_kept_and_asked_for_by_its_tag(front: Front) -> None:
    front.harness.log.add(*map(str, range(501)))
    path = f"open/ranges/{EPOCH}/0"
    first = await front.get(path)
    again = await front.get(path)
    assert front.asked(path) == 1
    assert first.content == again.content
    assert first.headers["cache-control"] == "public, max-age=0, s-maxage=31536000"
    known = await front.get(path, **{"if-none-match": first.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    assert front.asked(path) == 1
    for _ in range(2):  # one that is not complete is asked for each time
        await front.get(f"open/ranges/{EPOCH}/1")
    assert front.asked(f"open/ranges/{EPOCH}/1") == 2


async def test_unknown_query_does_not_bypass_the_cache(front: Front) -> None:
    front.harness.say("one")
    for number in range(5):
        answer = await front.get(f"open/ticks/1?buster={number}")
        assert answer.status_code == 200
    assert front.asked("open/ticks/1") == 1


async def test_redacted_text_is_absent_after_the_purge(front: Front) -> None:
    harness = front.harness
    harness.say(*(f"message {number}" for number in range(499)), "something rude")
    range_, tick = f"open/ranges/{EPOCH}/0", "open/ticks/1"
    for path in (range_, tick):
        assert "something rude" in (await front.get(path)).text
        assert "something rude" in (await front.get(path, host="www.shop.test")).text
    harness.redact(500)
    await front.forget(range_, tick)
    for path in (range_, tick):
        for headers in ({}, {"host": "www.shop.test"}, {"accept-encoding": "gzip"}):
            answer = await front.get(path, **headers)
            assert "rude" not in answer.text, path
            assert answer.json()["to"] == 500
        assert front.asked(path) == 2


async def test_erased_person_is_absent_after_the_purge(front: Front) -> None:
    """All that someone said, in many ticks and ranges."""
    harness = front.harness
    for number in range(24):
        harness.log.add(*(f"filler {number}" for _ in range(49)), "Ana was here")
        harness.log.cut()
    harness.bus.wake("timeline")
    paths = [f"open/ticks/{number}" for number in range(1, 25)]
    paths += [f"open/ranges/{EPOCH}/{number}" for number in (0, 1)]
    for path in paths:
        assert "Ana was here" in (await front.get(path)).text
    for seq in range(50, 1201, 50):
        harness.redact(seq)
    await front.forget(*paths)
    for path in paths:
        assert "Ana" not in (await front.get(path)).text, path


async def test_second_purge_catches_an_answer_that_was_on_its_way(front: Front) -> None:
    """The origin rendered it before, the cache stored it after the first purge."""
    harness = front.harness
    harness.log.add(*map(str, range(499)), "something rude")
    path = f"open/ranges/{EPOCH}/0"
    purge = HttpPurge([front.varnish.url], HOST, PurgeLimits(again_s=(0.3,)))
    purge.start()
    await front.get(path)
    await purge.purge([f"/timeline/{path}"])
    async with asyncio.timeout(10):
        while front.asked(path) == 1:
            assert "rude" in (await front.get(path)).text  # as if it had been on its way
    harness.redact(500)
    async with asyncio.timeout(10):
        while "rude" in (answer := await front.get(path)).text:
            assert answer.status_code == 200
    await purge.stop()


def raw(varnish: Varnish, request: bytes, source: str = "127.0.0.1") -> bytes:
    """What is answered to it, until the connection ends."""
    host, port = varnish.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10, source_address=(source, 0)) as client:
        client.sendall(request)
        parts = []
        while part := client.recv(65_536):
            parts.append(part)
    return b"".join(parts)


async def test_only_the_origin_s_machines_may_purge(front: Front) -> None:
    front.harness.say("one")
    await front.get("open/ticks/1")
    request = b"PURGE /timeline/open/ticks/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = await asyncio.to_thread(raw, front.varnish, request, "127.0.0.2")
    assert answer.startswith(b"HTTP/1.1 405 ")
    await front.get("open/ticks/1")
    assert front.asked("open/ticks/1") == 1
    answer = await asyncio.to_thread(raw, front.varnish, request)
    assert answer.startswith(b"HTTP/1.1 200 ")
    await front.get("open/ticks/1")
    assert front.asked("open/ticks/1") == 2


async def test_personal_stream_is_not_cached(front: Front) -> None:
    harness = front.harness
    harness.say("one")
    for token, status in ((STAFF, 200), (None, 404), (GUEST, 404), (STAFF, 200)):
        answer = await front.get("draft/ticks/1", token)
        assert answer.status_code == status
    await front.get("open/private", f"{GUEST}-ana")
    await front.get("open/private", f"{GUEST}-ben")
    assert front.asked("open/private") == 2
    answer = await front.get("open/backstage", STAFF)
    assert answer.status_code == 200
    assert (await front.get("open/backstage")).status_code == 404


async def test_cookies_and_forwarded_addresses_make_no_difference(front: Front) -> None:
    front.harness.say("one")
    for number in range(3):
        headers = {"cookie": f"sessionid={number}", "x-forwarded-for": f"192.0.2.{number}"}
        assert (await front.get("open/ticks/1", **headers)).status_code == 200
    assert front.asked("open/ticks/1") == 1


async def test_commands_go_through(front: Front) -> None:
    body = json.dumps({"id": "1", "name": "message", "body": {}}).encode()
    for _ in range(2):
        answer = await front.ask(
            "POST", "open/commands", GUEST, content=body,
            headers={"content-type": "application/json"},
        )  # fmt: skip
        assert answer.json()["seq"] == 7
    assert len(front.harness.commands.done) == 2


async def test_event_streams_go_through_at_once(front: Front) -> None:
    url = f"{front.varnish.url}/timeline/open?after=0"
    headers = {"accept": "text/event-stream"}
    async with front.client.stream("GET", url, headers=headers) as answer:
        lines = answer.aiter_lines()
        front.harness.say("one")
        async with asyncio.timeout(10):
            async for line in lines:
                if line.startswith('data: {"type":"entries"'):
                    break
        assert texts(json.loads(line.removeprefix("data: "))) == ["one"]
    position = await front.get("open")
    assert position.json()["seq"] == 1


async def test_a_crowd_learns_where_it_stands_from_one_answer(front: Front) -> None:
    answers = await asyncio.gather(*(front.get("open", accept=f"x/{n}") for n in range(CLIENTS)))
    assert {answer.status_code for answer in answers} == {200}
    assert front.asked("open") <= 2  # a second may pass meanwhile
