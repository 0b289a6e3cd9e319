"""Slow clients cost a socket and never a thread."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any, cast

import pytest
from a2wsgi import WSGIMiddleware

from showfloor.edge import patience
from showfloor.edge.patience import Patience
from tests.support.asgi import served


def shop(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Says how long the body was; below /big, a lot."""
    size = len(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
    if environ["PATH_INFO"] == "/big":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (b"x" * 65536 for _n in range(400))
    text = str(size).encode()
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [text]


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """The shop with a single thread."""
    app: Any = WSGIMiddleware(cast("Any", shop), workers=1)
    async with served(Patience(app)) as port:
        yield port


async def send(port: int, head: str, body: bytes = b"") -> tuple[asyncio.StreamReader, Any]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(f"{head}\r\nHost: shop\r\n".encode() + body)
    await writer.drain()
    return reader, writer


async def answer(port: int, path: str = "/", body: bytes = b"") -> bytes:
    """The whole answer to a request of someone in no trouble."""
    head = f"POST {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {len(body)}"
    reader, writer = await send(port, head, b"\r\n" + body)
    async with asyncio.timeout(10):
        got = await reader.read(-1)
    writer.close()
    return got


async def test_a_body_arrives_whole(port: int) -> None:
    assert (await answer(port, body=b"y" * 1_000_000)).endswith(b"1000000")
    assert (await answer(port)).endswith(b"0")


async def test_a_body_that_does_not_come_holds_no_thread(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = await send(port, "POST / HTTP/1.1\r\nContent-Length: 9", b"\r\nhalf")
    assert (await answer(port, body=b"quick")).endswith(b"5")
    writer.close()
    monkeypatch.setattr(patience, "GRACE_S", 0.05)
    reader, writer = await send(port, "POST / HTTP/1.1\r\nContent-Length: 9", b"\r\nhalf")
    assert b"408" in await reader.readline()
    writer.close()


async def test_an_answer_that_is_not_taken_frees_its_thread(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "GRACE_S", 0.2)
    monkeypatch.setattr(patience, "RATE_MIN", 1 << 30)
    _reader, writer = await send(port, "GET /big HTTP/1.1", b"\r\n")
    assert (await answer(port, body=b"quick")).endswith(b"5")
    writer.close()


async def test_a_body_that_is_too_large_is_refused_before_it_comes(port: int) -> None:
    reader, writer = await send(port, "POST / HTTP/1.1\r\nContent-Length: 99999999", b"\r\n")
    assert b"413" in await reader.readline()
    writer.close()


async def test_uploads_at_once_are_bounded(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "LARGE_MAX", 0)
    head = "POST / HTTP/1.1\r\nContent-Length: 1000000"
    reader, writer = await send(port, head, b"\r\n" + b"y" * 300_000)
    assert b"503" in await reader.readline()
    writer.close()
