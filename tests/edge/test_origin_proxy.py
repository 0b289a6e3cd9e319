"""An edge passes HLS on: the origin's bytes, one request for equal ones, no kept error."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import override

import httpx
import pytest

from showfloor.edge.hls.origin_proxy import OriginLimits, OriginProxy, origin_client
from tests.edge.test_hls import TOKEN, Site
from tests.support.media import INITS, RUNGS
from tests.support.waiting import await_until

LIMITS = OriginLimits()


class Edge:
    """A proxy before an origin that is this transport."""

    def __init__(self, transport: httpx.AsyncBaseTransport, limits: OriginLimits = LIMITS) -> None:
        self.asked: list[httpx.Request] = []
        self.origin = origin_client(limits, transport)
        self.origin.event_hooks["request"].append(self._note)
        self.address: str | None = "http://serve.internal:8000"
        proxy = OriginProxy(self._locate, self.origin, limits)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(proxy), base_url="http://edge.test"
        )

    async def _note(self, request: httpx.Request) -> None:
        self.asked.append(request)

    async def _locate(self, slug: str) -> str | None:
        return self.address

    async def close(self) -> None:
        await self.client.aclose()
        await self.origin.aclose()


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    site = Site(tmp_path)
    site.channel.set_public(True)
    site.channel.begin_broadcast(RUNGS, INITS)
    await site.parts(8)
    yield site
    await site.client.aclose()
    await site.channel.close()


@pytest.fixture
async def edge(site: Site) -> AsyncIterator[Edge]:
    edge = Edge(site.client._transport)
    yield edge
    await edge.close()


type Seen = tuple[int, list[tuple[bytes, bytes]], bytes]


async def raw(client: httpx.AsyncClient, method: str, path: str, headers: dict[str, str]) -> Seen:
    """All of a response that a cache or a player sees, with its body as it was sent."""
    named = {"accept-encoding": "identity"} | headers
    async with client.stream(method, f"/hls/spring/{path}", headers=named) as answer:
        body = b"".join([chunk async for chunk in answer.aiter_raw()])
    seen = sorted((name.lower(), value) for name, value in answer.headers.raw)
    return answer.status_code, seen, body


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "index.m3u8", {}),
        ("GET", "720p.m3u8", {"accept-encoding": "gzip"}),
        ("GET", "720p.m3u8?_HLS_msn=0", {}),
        ("GET", "720p.m3u8?_HLS_skip=YES", {}),
        ("GET", "720p.m3u8?_HLS_msn=9", {}),  # too far ahead
        ("GET", "720p.m3u8?_HLS_part=1", {}),
        ("GET", "720p.m3u8?_HLS_msn=x", {}),
        ("HEAD", "720p.m3u8", {}),
        ("GET", "1/720p/init.mp4", {}),
        ("GET", "1/720p/0.m4s", {"range": "bytes=3-9"}),
        ("GET", "1/720p/0.m4s", {"range": "bytes=99999-"}),
        ("GET", "1/720p/0.m4s", {"range": "bytes=3-9", "if-range": '"x"'}),
        ("HEAD", "1/720p/0.m4s", {"range": "bytes=3-9"}),
        ("GET", "1/720p/1.1.m4s", {}),
        ("GET", "1/720p/7.m4s", {}),
        ("GET", "preview/720p.m3u8", {"authorization": f"Bearer {TOKEN}"}),
        ("GET", "preview/720p.m3u8", {"authorization": "Bearer nobody"}),
        ("GET", "pass/bad/index.m3u8", {}),
        ("GET", "../secret", {}),
        ("OPTIONS", "index.m3u8", {}),
        ("POST", "index.m3u8", {}),
    ],
)
async def test_responses_are_the_origins_byte_for_byte(
    site: Site, edge: Edge, method: str, path: str, headers: dict[str, str]
) -> None:
    direct = await raw(site.client, method, path, headers)
    assert await raw(edge.client, method, path, headers) == direct


async def test_blocked_reload_of_a_crowd_is_one_request_and_ends_with_the_part(
    site: Site, edge: Edge
) -> None:
    address = "/hls/spring/720p.m3u8"
    queries = ["_HLS_msn=1&_HLS_part=2", "_HLS_part=2&_HLS_msn=1", "_HLS_msn=1&_HLS_part=2&me=7"]
    browsers = [
        {"accept-encoding": "gzip, deflate, br, zstd"}, {"accept-encoding": "gzip, deflate"},
        {"authorization": "Bearer mine"}, {"range": "bytes=0-"}, {"if-range": "x"},
    ]  # fmt: skip
    crowd = [
        asyncio.create_task(edge.client.get(f"{address}?{query}", headers=headers))
        for query in queries
        for headers in browsers
    ]
    await await_until(lambda: len(edge.asked) == 1)
    crowd.pop().cancel()  # one viewer leaves; the others wait on
    await site.parts(1)
    bodies = {(await one).content for one in crowd}
    assert len(edge.asked) == 1
    [body] = bodies
    assert b'URI="1/720p/1.2.m4s"' in body
    await edge.client.get(f"{address}?{queries[0]}")
    assert len(edge.asked) == 2  # nothing was kept


async def test_people_with_different_rights_never_share_a_request(site: Site, edge: Edge) -> None:
    path = "preview/720p.m3u8?_HLS_msn=1&_HLS_part=2"
    staff = asyncio.create_task(raw(edge.client, "GET", path, {"authorization": f"Bearer {TOKEN}"}))
    await await_until(lambda: len(edge.asked) == 1)
    status, *_ = await raw(edge.client, "GET", path, {"authorization": "Bearer x"})
    assert status == 401
    await site.parts(1)
    assert (await staff)[0] == 200


def fails(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error

    return answer


async def too_long() -> AsyncIterator[bytes]:
    for _ in range(101):
        yield b"x"


@pytest.mark.parametrize(
    "answer",
    [
        fails(httpx.ConnectTimeout("silent")),
        fails(httpx.ConnectError("refused")),
        fails(httpx.RemoteProtocolError("cut in the middle")),
        lambda request: httpx.Response(200, content=too_long()),
    ],
    ids=["silent", "refused", "cut", "too-long"],
)
async def test_origin_that_fails_is_a_503_that_nobody_keeps(
    answer: Callable[[httpx.Request], httpx.Response], caplog: pytest.LogCaptureFixture
) -> None:
    edge = Edge(httpx.MockTransport(answer), replace(LIMITS, body_bytes_max=100))
    found = await edge.client.get("/hls/spring/pass/a-secret/index.m3u8")
    assert "origin_failed show=spring" in caplog.text
    assert "a-secret" not in caplog.text
    assert (found.status_code, found.headers["cache-control"]) == (503, "no-store")
    assert found.headers["retry-after"] == "1"
    assert found.headers["access-control-allow-origin"] == "*"
    await edge.client.get("/hls/spring/index.m3u8")
    assert len(edge.asked) == 2
    await edge.close()


async def test_origin_that_never_ends_its_response_is_given_up() -> None:
    class Endless(httpx.AsyncBaseTransport):
        @override
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.Event().wait()
            raise AssertionError

    edge = Edge(Endless(), replace(LIMITS, connect_s=0.01, block_s=0.01, margin_s=0.01))
    assert (await edge.client.get("/hls/spring/index.m3u8")).status_code == 503
    await edge.close()


async def test_address_that_leads_back_to_an_edge_makes_no_loop(site: Site, edge: Edge) -> None:
    outer = Edge(edge.client._transport)
    assert (await outer.client.get("/hls/spring/index.m3u8")).status_code == 503
    assert (len(outer.asked), len(edge.asked)) == (1, 0)
    edge.address = None
    assert (await edge.client.get("/hls/spring/index.m3u8")).status_code == 503
    assert edge.asked == []
    await outer.close()
