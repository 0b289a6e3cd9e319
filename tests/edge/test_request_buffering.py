"""Slow clients cost a socket and never a thread; only those who may send a large body are read."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from showfloor.edge.asgi_types import Scope
from showfloor.edge.http.request_buffering import (
    ANYONE_BYTES_MAX,
    BODY_BYTES_MAX,
    BufferingLimits,
    RequestBuffering,
    Uploader,
    too_large,
)
from showfloor.edge.http.wsgi_threads import WsgiThreads
from showfloor.kernel.errors import Forbidden
from showfloor.kernel.problems import REFUSAL
from tests.support.asgi import served
from tests.support.waiting import await_until


def shop(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Says how long the body was; below /big, a lot. A refusal is its status."""
    refusal = environ["asgi.scope"].get(REFUSAL)
    if refusal is not None:
        start_response(f"{refusal.status} Refused", [("Content-Length", "0")])
        return [b""]
    if environ["PATH_INFO"] == "/nowhere":
        start_response("404 Not Found", [("Content-Length", "0")])
        return [b""]
    size = len(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
    if environ["PATH_INFO"] == "/big":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (b"x" * 65536 for _n in range(400))
    text = str(size).encode()
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [text]


class Rules:
    """Files go to `/import/<person>`; nothing is at `/nowhere`."""

    def __init__(self) -> None:
        self.asked = 0
        self.bytes_max = BODY_BYTES_MAX
        self.answer = asyncio.Event()
        self.answer.set()

    def has_reader(self, path: str) -> bool:
        return path != "/nowhere"

    async def uploader(self, scope: Scope) -> Uploader:
        self.asked += 1
        await self.answer.wait()
        if scope["path"] == "/import/guest":
            raise Forbidden("Not you.")
        if not scope["path"].startswith("/import/"):
            raise too_large(ANYONE_BYTES_MAX)
        return Uploader(scope["path"], self.bytes_max)


@asynccontextmanager
async def shop_with(rules: Rules, **limits: Any) -> AsyncIterator[int]:
    """The shop with a single thread, where everyone is of one network."""
    buffering = RequestBuffering(
        WsgiThreads(shop, 1),
        rules,
        threads=1,
        network=lambda _address: "net",
        limits=BufferingLimits(**limits),
    )
    async with served(buffering) as port:
        yield port


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with shop_with(Rules()) as port:
        yield port


class Sent:
    """A request, as far as it was sent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def status(self) -> int:
        async with asyncio.timeout(10):
            return int((await self.reader.readline()).split()[1])

    def leave(self) -> None:
        self.writer.transport.abort()


async def send(port: int, head: str, body: bytes = b"") -> Sent:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(f"{head}\r\nHost: shop\r\n".encode() + body)
    await writer.drain()
    return Sent(reader, writer)


async def post(port: int, path: str, announced: int, sent: int) -> Sent:
    """A request whose body arrives as far as `sent`."""
    head = f"POST {path} HTTP/1.1\r\nContent-Length: {announced}"
    return await send(port, head, b"\r\n" + b"y" * sent)


async def answer(port: int, path: str = "/", body: bytes = b"") -> bytes:
    """The whole answer to a request of someone in no trouble."""
    head = f"POST {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {len(body)}"
    request = await send(port, head, b"\r\n" + body)
    async with asyncio.timeout(10):
        got = await request.reader.read(-1)
    request.leave()
    return got


async def test_a_body_arrives_whole(port: int) -> None:
    assert (await answer(port, "/import/ana", b"y" * 1_000_000)).endswith(b"1000000")
    assert (await answer(port, body=b"y" * 100_000)).endswith(b"100000")
    assert (await answer(port)).endswith(b"0")


async def test_chunked_body_has_its_length_when_it_gets_its_thread(port: int) -> None:
    head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close"
    request = await send(port, head, b"\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")
    assert (await request.reader.read(-1)).endswith(b"7")
    request.leave()


async def test_body_that_does_not_come_holds_no_thread(port: int) -> None:
    slow = await post(port, "/", 9, 4)
    assert (await answer(port, body=b"quick")).endswith(b"5")
    slow.leave()


async def test_body_that_comes_too_slowly_is_refused() -> None:
    async with shop_with(Rules(), grace_s=0.05) as port:
        slow = await post(port, "/", 9, 4)
        assert await slow.status() == 408
        slow.leave()


async def test_answer_that_is_not_taken_frees_its_thread() -> None:
    async with shop_with(Rules(), grace_s=0.2, rate_min=1 << 30) as port:
        stalled = await send(port, "GET /big HTTP/1.1", b"\r\n")
        assert (await answer(port, body=b"quick")).endswith(b"5")
        stalled.leave()


async def test_body_that_nobody_would_take_is_refused_before_it_comes() -> None:
    """A slow one holds nothing: an import beside them goes through."""
    rules = Rules()
    refused = {
        "/nowhere": 404, "/": 413, "/import/guest": 403, "/import/ana": 413,
    }  # fmt: skip
    async with shop_with(rules, large_max=1) as port:
        for path, status in refused.items():
            slow = [await post(port, path, BODY_BYTES_MAX + 1, 200_000) for _ in range(5)]
            assert [await one.status() for one in slow] == [status] * 5, path
            assert (await answer(port, "/import/ben", b"y" * 300_000)).endswith(b"300000")
            for one in slow:
                one.leave()
        asked = rules.asked
        assert (await answer(port, "/nowhere", b"y" * 300_000)).startswith(b"HTTP/1.1 404 ")
        assert rules.asked == asked, "the address comes before the person"


async def test_chunked_body_is_refused_as_soon_as_it_is_large() -> None:
    rules = Rules()
    rules.bytes_max = 300_000
    head = "POST {} HTTP/1.1\r\nTransfer-Encoding: chunked"
    chunk = b"10000\r\n" + b"y" * 0x10000 + b"\r\n"
    async with shop_with(rules) as port:
        for path, chunks, status in (
            ("/", 3, 413),
            ("/import/ana", 6, 413),
            ("/import/ana", 4, 200),
        ):
            request = await send(port, head.format(path), b"\r\n" + chunk * chunks + b"0\r\n\r\n")
            assert await request.status() == status
            request.leave()
        announced = await post(port, "/import/ana", 300_001, 10)
        assert await announced.status() == 413
        announced.leave()


async def test_bodies_on_their_way_are_bounded_in_all() -> None:
    async with shop_with(Rules(), bodies_max=2) as port:
        slow = [await post(port, "/", 9, 4) for _ in range(2)]
        await answer(port)  # the others have been seen by then
        third = await post(port, "/", 9, 4)
        assert await third.status() == 503
        for one in (*slow, third):
            one.leave()


async def test_uploads_at_once_are_bounded_in_all_and_for_a_person() -> None:
    async with shop_with(Rules(), large_max=3, large_per_person_max=2) as port:
        under_way = [await post(port, f"/import/{who}", 900_000, 10) for who in ("ana", "ana")]
        await answer(port)  # the others have been seen by then
        third = await post(port, "/import/ana", 900_000, 10)
        assert await third.status() == 429
        under_way.append(await post(port, "/import/ben", 900_000, 10))
        await answer(port)
        late = await post(port, "/import/cleo", 900_000, 10)
        assert await late.status() == 503
        under_way.pop().leave()
        for one in (third, late):
            one.leave()
        assert (await _until_taken(port)).endswith(b"900000")
        for one in under_way:
            one.leave()


async def _until_taken(port: int) -> bytes:
    """The answer once the server has noticed who left."""
    async with asyncio.timeout(10):
        while b" 503 " in (got := await answer(port, "/import/cleo", b"y" * 900_000)):
            pass
    return got


async def test_bodies_on_their_way_are_bounded_for_a_network() -> None:
    async with shop_with(Rules(), per_network_max=2) as port:
        slow = [await post(port, "/", 9, 4) for _ in range(2)]
        await answer(port)  # the others have been seen by then
        third = await post(port, "/", 9, 4)
        assert await third.status() == 429
        without = await send(port, "GET / HTTP/1.1", b"\r\n")
        assert await without.status() == 200
        for one in (*slow, third, without):
            one.leave()


async def test_rights_are_looked_up_for_so_many_at_a_time() -> None:
    rules = Rules()
    rules.answer.clear()
    async with shop_with(rules, asking_max=1) as port:
        first = await post(port, "/import/ana", 900_000, 10)
        await await_until(lambda: rules.asked == 1)
        second = await post(port, "/import/ben", 900_000, 10)
        assert await second.status() == 503
        rules.answer.set()
        for one in (first, second):
            one.leave()
